package xmlstream

import (
	"bytes"
	"errors"
	"io"
)

var errTokenTooLong = errors.New("token too long")

const (
	firstWindow   = 64 << 10
	maxEmptyReads = 100
)

// window is the part of the input that is in memory. A token is looked at
// whole before it is taken; offsets count from the first byte not yet taken.
type window struct {
	src   io.Reader
	buf   []byte
	start int // first byte not yet taken
	end   int
	line  int // of the byte at start
	lines int // that end in what is in memory and not yet taken
	max   int // longest token
}

// rest is what is in memory and not yet taken.
func (w *window) rest() []byte { return w.buf[w.start:w.end] }

// at is the byte at an offset, read if need be. io.EOF: there is none.
func (w *window) at(offset int) (byte, error) {
	for w.start+offset >= w.end {
		if err := w.more(); err != nil {
			return 0, err
		}
	}
	return w.buf[w.start+offset], nil
}

// more reads at least one more byte.
func (w *window) more() error {
	w.makeRoom()
	if w.end == len(w.buf) {
		return errTokenTooLong
	}
	for range maxEmptyReads {
		n, err := w.src.Read(w.buf[w.end:])
		w.lines += bytes.Count(w.buf[w.end:w.end+n], newline)
		w.end += n
		if n > 0 {
			return nil // an error comes again with the next read
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// makeRoom moves what is not taken to the front and doubles a full buffer, up
// to the longest token.
func (w *window) makeRoom() {
	if w.start > 0 {
		w.end = copy(w.buf, w.rest())
		w.start = 0
	}
	if w.end < len(w.buf) {
		return
	}
	size := min(max(firstWindow, 2*len(w.buf)), w.max)
	if size <= len(w.buf) {
		return
	}
	grown := make([]byte, size)
	w.end = copy(grown, w.buf[:w.end])
	w.buf = grown
}

// take hands over n bytes, which stay readable until the next call of more.
func (w *window) take(n int) []byte {
	taken := w.buf[w.start : w.start+n]
	w.start += n
	if w.lines > 0 {
		ended := bytes.Count(taken, newline)
		w.line += ended
		w.lines -= ended
	}
	return taken
}

var newline = []byte{'\n'}

// find is the offset of the first c at or after from.
func (w *window) find(c byte, from int) (int, error) {
	for {
		b := w.rest()
		if i := bytes.IndexByte(b[min(from, len(b)):], c); i >= 0 {
			return from + i, nil
		}
		from = max(from, len(b))
		if err := w.more(); err != nil {
			return 0, err
		}
	}
}

// findEnd is the offset of the first mark at or after from.
func (w *window) findEnd(mark string, from int) (int, error) {
	last := mark[len(mark)-1]
	for i := from + len(mark) - 1; ; i++ {
		at, err := w.find(last, i)
		if err != nil {
			return 0, err
		}
		if begin := at - len(mark) + 1; string(w.rest()[begin:at+1]) == mark {
			return begin, nil
		}
		i = at
	}
}

// startsWith tells whether a text stands at an offset, reading as needed. It
// does not in an input that ends earlier.
func (w *window) startsWith(offset int, text string) (bool, error) {
	for i := range len(text) {
		c, err := w.at(offset + i)
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if c != text[i] {
			return false, nil
		}
	}
	return true, nil
}
