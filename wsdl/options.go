package wsdl

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Options say where descriptions come from.
type Options struct {
	// Directory is searched for *.wsdl, with its folders; empty: none. Names
	// that begin with a dot are passed over.
	Directory string
	// File is VP's wsdlconfig.json; empty: none. Relative paths in it start at
	// its folder.
	File string
	// Sources are fetched while the Store runs.
	Sources []Source
	// Client fetches the sources; nil only without sources. Redirects that leave
	// a source's scheme, host and port are not followed, whatever it says.
	Client *http.Client
	// Timeout bounds one fetch of one source with all it imports; 0: DefaultTimeout.
	Timeout time.Duration
	// Retry is the pause after a fetch that failed; 0: DefaultRetry.
	Retry time.Duration
	// Forwarded names the headers by which a trusted proxy tells under what
	// address it was called. An empty name is not read.
	Forwarded Forwarded
	// Logger gets one line per fetch and its warnings; nil: none.
	Logger *slog.Logger
}

// Defaults of Options.
const (
	DefaultTimeout = 30 * time.Second
	DefaultRetry   = 30 * time.Second
)

// Source is a description that a producer offers.
type Source struct {
	Contract string        // what it must describe; case does not count
	URL      string        // where it is fetched, http or https
	Refresh  time.Duration // from one fetch that went well to the next; 0: one is enough
}

// Forwarded are header names, as VP's http.forwarded.header.*.
type Forwarded struct {
	Host, Port, Proto string
}

// Warning is something that did not stop a load.
type Warning struct {
	File string // or a source's URL
	Line int    // 0: the file as a whole
	Text string
}

// String is "FILE:LINE: TEXT", without a line that is not known.
func (w Warning) String() string { return place(w.File, w.Line) + ": " + w.Text }

// FileError is why a load failed. Line is 0 when the file could not be read.
type FileError struct {
	File string
	Line int
	Err  error
}

// Error is "FILE:LINE: cause", without a line that is not known.
func (e *FileError) Error() string { return place(e.File, e.Line) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

func place(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}
