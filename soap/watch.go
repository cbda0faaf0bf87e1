package soap

import (
	"bytes"
	"io"
	"strings"
)

// Of the header of a part that follows the root, lines are kept up to
// longestLine bytes, which mail allows less than (RFC 5322, section 2.1.1), and
// may be longestHeader bytes together.
const (
	longestLine   = 1024
	longestHeader = 16 << 10
)

// watch makes sure that no later part has the root's Content-ID: a producer
// that goes by the last one would read another envelope than the one decided
// on. What has been read is looked at now, what follows as it is read.
func (m *Message) watch(root rootPart) error {
	if root.start == "" {
		return nil
	}
	part, err := root.find(m.Head, true)
	if err != nil {
		return err
	}
	w := &partWatch{r: m.src, root: root}
	m.src = w
	return w.look(m.Head[part.content:])
}

// partWatch passes a multipart body through and looks at the headers of its
// parts, line by line.
type partWatch struct {
	r      io.Reader
	root   rootPart
	line   []byte // begun, at most longestLine bytes of it
	header []byte // lines of the part header that has begun
	inside bool   // in a part header
	err    error
}

// Read is the body's; it fails as soon as a second root part has begun.
func (w *partWatch) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	if again := w.look(p[:n]); again != nil {
		return 0, again
	}
	return n, err
}

func (w *partWatch) look(p []byte) error {
	for len(p) > 0 && w.err == nil {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			w.keep(p)
			return nil
		}
		w.keep(p[:i+1])
		w.err = w.endLine()
		w.line = w.line[:0]
		p = p[i+1:]
	}
	return w.err
}

func (w *partWatch) keep(p []byte) {
	w.line = append(w.line, p[:min(len(p), longestLine-len(w.line))]...)
}

// endLine judges a whole line.
func (w *partWatch) endLine() error {
	d := w.root.delimiter
	if bytes.HasPrefix(w.line, d) && isDelimiterRest(w.line[len(d):]) {
		w.inside, w.header = !isClosing(w.line, d), w.header[:0]
		return nil
	}
	if !w.inside {
		return nil
	}
	if len(w.line) == longestLine && w.line[longestLine-1] != '\n' {
		return unreadable("A line in the header of a part is longer than %d bytes", longestLine)
	}
	line := bytes.TrimRight(w.line, "\r\n")
	if len(w.header)+len(line) > longestHeader {
		return unreadable("The header of a part is longer than %d bytes", longestHeader)
	}
	w.header = append(append(w.header, line...), '\n')
	if len(line) > 0 {
		return nil
	}
	w.inside = false
	if part, _ := readPartHeader(w.header, 0); strings.EqualFold(contentID(part.id), w.root.start) {
		return w.root.another()
	}
	return nil
}
