package tak

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rivgate/internal/pace"
	"rivgate/internal/xmlstream"
)

// ErrEmpty is a table without rows, which is never right: TAK cannot empty one.
var ErrEmpty = errors.New("a table without rows")

// ReadCopy reads a catalogue from a local copy, as VP or a Refresher wrote it.
//
// It reads leniently, as VP does: unknown elements and elements of the wrong
// namespace are passed over, and a date that is none is missing, which the
// catalogue's warnings tell. Another root element and XML that is not
// well-formed are a *FormatError. Unlike VP, a copy with an empty table is
// refused, with an error that is ErrEmpty. p paces reading, nil: it is done at full
// speed.
func ReadCopy(file string, p *pace.Pace) (*Catalogue, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readCopy(f, file, p)
}

func readCopy(src io.Reader, name string, p *pace.Pace) (*Catalogue, error) {
	b := newBuilder(nil, lenient, p)
	x := xmlstream.NewReader(src, xmlstream.Options{})
	if err := readCopyInto(b, x); err != nil {
		return nil, formatError(name, x, err)
	}
	if b.built.routes.length == 0 || b.built.permissions.length == 0 {
		return nil, &emptyTable{name, b.built.routes.length, b.built.permissions.length}
	}
	return b.catalogue(FromCopy)
}

// readCopyInto reads the whole document.
func readCopyInto(b *builder, x *xmlstream.Reader) error {
	if _, err := x.Next(); err != nil {
		return err
	}
	if (x.Name() != xmlstream.Name{Local: "persistentCache"}) {
		return contentError("the root element is not persistentCache without namespace")
	}
	var rec record
	for {
		inside, err := nextChild(x)
		if err != nil {
			return err
		}
		if !inside {
			return untilEOF(x)
		}
		switch x.Name() {
		case xmlstream.Name{Local: routeLayout.element}:
			err = readRow(x, &routeLayout, &rec, b.strictness, b.addRoute)
		case xmlstream.Name{Local: permissionLayout.element}:
			err = readRow(x, &permissionLayout, &rec, b.strictness, b.addPermission)
		default:
			err = x.Skip()
		}
		if err != nil {
			return err
		}
	}
}

// readRow reads one row and hands it on. A row that says it is nil is an
// error, or passed over.
func readRow(x *xmlstream.Reader, l *layout, rec *record, s strictness, add func(*record, int) error) error {
	line := x.Line()
	if isNil(x) {
		if s == strict {
			return contentError("a nil " + l.element)
		}
		return x.Skip()
	}
	if err := rec.read(x, l, s); err != nil {
		return err
	}
	return add(rec, line)
}

// untilEOF reads the document to its end, so that one that was cut off is
// noticed.
func untilEOF(x *xmlstream.Reader) error {
	for {
		if _, err := x.Next(); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

// copyFile is a new local copy that takes the old one's place when it is
// committed. Writing never fails: the first error waits for commit, because a
// catalogue is good even when it cannot be saved.
type copyFile struct {
	target string
	temp   *os.File
	err    error
}

var errNoCopy = errors.New("No filename defined for local cache") // VP's words

// newCopyFile begins a file beside path. A symbolic link keeps its place, the
// file it names is replaced.
func newCopyFile(path string) *copyFile {
	if path == "" {
		return &copyFile{err: errNoCopy}
	}
	c := &copyFile{target: path}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		c.target = target
	}
	c.temp, c.err = os.CreateTemp(filepath.Dir(c.target), "."+filepath.Base(c.target)+".*.tmp")
	return c
}

// Write implements io.Writer.
func (c *copyFile) Write(p []byte) (int, error) {
	if c.err == nil {
		_, c.err = c.temp.Write(p)
	}
	return len(p), nil
}

// commit puts the new file in place with the old one's permissions, 0600 if
// there was none. A crash leaves the old file or the new one, whole.
func (c *copyFile) commit() error {
	if c.err == nil {
		c.err = c.settle()
	}
	if c.err != nil {
		c.discard()
	}
	return c.err
}

func (c *copyFile) settle() error {
	if old, err := os.Stat(c.target); err == nil {
		if err := c.temp.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := c.temp.Sync(); err != nil {
		return err
	}
	if err := c.temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(c.temp.Name(), c.target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(c.target))
}

// discard removes the new file. It may be called after any other method but a
// successful commit.
func (c *copyFile) discard() {
	if c.temp != nil {
		c.temp.Close()
		_ = os.Remove(c.temp.Name())
	}
}

// syncFolder makes a rename durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// emptyTable is an ErrEmpty with numbers.
type emptyTable struct {
	source              string
	routes, permissions int
}

func (e *emptyTable) Error() string {
	return fmt.Sprintf("%s: %v (routes: %d, permissions: %d)", e.source, ErrEmpty, e.routes, e.permissions)
}

func (e *emptyTable) Is(target error) bool { return target == ErrEmpty }
