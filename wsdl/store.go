package wsdl

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
)

// Store keeps what is served. It is safe for concurrent use.
type Store struct {
	current atomic.Pointer[served]

	mu      sync.Mutex // for what current is made of
	options Options
	files   *fileSet
	fetched map[Source]*description
	changed chan struct{} // closed when the sources are others
}

// served is everything an answer is made from.
type served struct {
	set
	forwarded Forwarded
}

// New makes a Store that knows no descriptions.
func New() *Store {
	s := &Store{files: &fileSet{}, changed: make(chan struct{})}
	s.current.Store(&served{})
	return s
}

// Load makes a Store of the files that o names. Sources are fetched by Run.
func Load(o Options) (*Store, []Warning, error) {
	s := New()
	warnings, err := s.Reload(o)
	if err != nil {
		return nil, warnings, err
	}
	return s, warnings, nil
}

// Reload reads the files that o names and serves them instead of those before.
// Sources that are no longer named are forgotten; if any is new, Run fetches
// all of them. An error leaves everything as it was.
//
// A WSDL that cannot be served is left out, and a schema that cannot be read
// is missed where it is asked for; both are warnings. A folder or a
// wsdlconfig.json that cannot be read is an error, a *FileError, where VP warns.
func (s *Store) Reload(o Options) ([]Warning, error) {
	if len(o.Sources) > 0 && o.Client == nil {
		return nil, errors.New("wsdl: sources need a client")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	files, err := readFiles(o)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(o.Sources, s.options.Sources) {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	o.Sources = slices.Clone(o.Sources)
	s.options, s.files = o, files
	kept := make(map[Source]*description, len(o.Sources))
	for _, source := range o.Sources {
		if d := s.fetched[source]; d != nil {
			kept[source] = d
		}
	}
	s.fetched = kept
	warnings := slices.Concat(files.warnings, s.serve())
	return warnings, nil
}

// Folders are the folders that what is served was read from: a change of a file
// in one of them is a reason to reload. They are sorted.
func (s *Store) Folders() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.files.folders)
}

// serve puts what s is made of in force. The lock must be held.
func (s *Store) serve() []Warning {
	var fetched []*description
	for _, source := range s.options.Sources {
		if d := s.fetched[source]; d != nil {
			fetched = append(fetched, d)
		}
	}
	set, warnings := newSet(s.files.listed, fetched, s.files.found)
	s.current.Store(&served{set: set, forwarded: s.options.Forwarded})
	return warnings
}

// fetching is what one fetch goes by.
func (s *Store) fetching() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}
