package hsa

import (
	"fmt"
	"io"
	"os"
	"time"

	"rivgate/internal/pace"
)

// Warning is something in a file that did not stop the load. The texts of
// skipped and parentless units are VP's log lines.
type Warning struct {
	File string
	Line int
	Text string
}

// String is "FILE:LINE: TEXT".
func (w Warning) String() string { return fmt.Sprintf("%s:%d: %s", w.File, w.Line, w.Text) }

// LoadError is why a load failed. Line is 0 when the file could not be read.
type LoadError struct {
	File string
	Line int
	Err  error
}

// Error is "FILE:LINE: cause", without the line when there is none.
func (e *LoadError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *LoadError) Unwrap() error { return e.Err }

// Load reads the files as one tree, all or nothing; the error is a *LoadError.
// No files make an empty tree.
//
// A unit of a later file replaces the unit with the same distinguished name of
// an earlier one. Two units of one file with the same name fail the load, as
// does a file without endDate. When units with different names share an id, the
// one read last has it (VP's choice is arbitrary), and a warning tells so.
//
// p paces the load, nil: it is done at full speed.
func Load(files []string, p *pace.Pace) (*Tree, []Warning, error) {
	b := newBuilder(p)
	for _, file := range files {
		if err := b.readFile(file); err != nil {
			return nil, nil, err
		}
	}
	tree := b.tree()
	return tree, b.warnings.list(), nil
}

// builder collects the units of all files.
type builder struct {
	units     []unit
	fileStart int            // index in units of the first of the current file
	byDN      map[string]int // normalised name → index in units
	created   time.Time
	warnings  warnings
	pace      *pace.Pace
}

// unit is one unit of a file; dn is empty once a later file has replaced it.
type unit struct {
	id   string
	dn   string
	file string
	line int
}

func newBuilder(p *pace.Pace) *builder { return &builder{byDN: make(map[string]int), pace: p} }

func (b *builder) readFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return &LoadError{File: file, Err: err}
	}
	defer f.Close()
	return b.read(file, f)
}

// read adds the units of one file.
func (b *builder) read(file string, src io.Reader) error {
	b.fileStart = len(b.units)
	r := newFileReader(file, src, b)
	if err := r.readAll(); err != nil {
		return r.failure(err)
	}
	if r.created.After(b.created) {
		b.created = r.created
	}
	return nil
}

// add takes in one valid unit. false: its file has that name already.
func (b *builder) add(u unit) bool {
	b.pace.Step()
	if i, known := b.byDN[u.dn]; known {
		if i >= b.fileStart {
			return false
		}
		b.units[i].dn = ""
	}
	b.byDN[u.dn] = len(b.units)
	b.units = append(b.units, u)
	return true
}

// tree relates the units.
func (b *builder) tree() *Tree {
	t := &Tree{created: b.created}
	var met []bool // ids as units' own, not only as parents
	place := func(id string) uint32 {
		n, isNew := t.ids.Number([]byte(id))
		if isNew {
			t.parents, met = append(t.parents, 0), append(met, false)
		}
		return n + 1
	}
	shared := false
	for _, u := range b.units {
		b.pace.Step()
		if u.dn == "" {
			continue
		}
		own := place(u.id)
		if met[own-1] {
			shared = true
			b.warnings.add(u.file, u.line, "HSA-ID=%s has more than one DN, the last one counts: DN=%s", u.id, u.dn)
		}
		parent := b.parent(u.dn)
		if parent == "" && u.id != Root { // VP tells of the root, too, at every load
			b.warnings.add(u.file, u.line, "No parent for HSA-ID=%s, DN=%s", u.id, u.dn)
		}
		met[own-1], t.parents[own-1] = true, 0
		if parent != "" {
			above := place(parent)
			t.parents[own-1] = above
		}
	}
	if shared {
		t.findRounds(b.pace) // units with ids of their own cannot go in circles
	}
	return t
}

// parent is the id of the nearest unit whose name is what remains when leading
// parts of dn are dropped; "" when there is none. Levels nobody has are skipped.
func (b *builder) parent(dn string) string {
	for {
		rest, ok := dropFirst(dn)
		if !ok {
			return ""
		}
		if i, known := b.byDN[rest]; known {
			return b.units[i].id
		}
		dn = rest
	}
}

// maxWarnings bounds what is kept of a badly broken file.
const maxWarnings = 1000

// warnings keeps the first of them and counts the others.
type warnings struct {
	kept    []Warning
	dropped int
}

func (w *warnings) add(file string, line int, format string, args ...any) {
	if len(w.kept) == maxWarnings {
		w.dropped++
		return
	}
	w.kept = append(w.kept, Warning{file, line, fmt.Sprintf(format, args...)})
}

func (w *warnings) list() []Warning {
	if w.dropped == 0 {
		return w.kept
	}
	last := w.kept[len(w.kept)-1]
	last.Text = fmt.Sprintf("and %d more warnings", w.dropped)
	return append(w.kept, last)
}
