package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// maxLine is longer than any line: eight texts of 1 KiB whose every byte became
// six, and 300 bytes beside.
const maxLine = 64 << 10

// parsed is what a line says of its place in the chain.
type parsed struct {
	seq        uint64
	prev, hash hash
	kind       kind
	whole      bool // hash is the line's
}

var (
	errForm   = errors.New("it has not the form of a line")
	errNumber = errors.New("seq is no number")
	errTime   = errors.New("time is no time")
	errHash   = errors.New("a hash is no hash")
)

// parse reads one line with its line break. The form is the one that lines are
// written in, to the byte: other JSON of the same meaning is no line. Whether
// the hash is right, whole says.
func parse(line []byte) (p parsed, err error) {
	r := &lineReader{rest: line}
	r.expect(`{"seq":`)
	p.seq = r.number()
	r.expect(`,"time":"`)
	r.time()
	r.expect(`","prev":"`)
	p.prev = r.hash()
	r.expect(`","kind":"`)
	p.kind = kind(r.text())
	for _, name := range [...]string{"sender", "original", "contract", "receiver", "target", "outcome", "code", "correlation"} {
		r.expect(`","`)
		r.expect(name)
		r.expect(`":"`)
		r.text()
	}
	r.expect(`"`)
	hashed := len(line) - len(r.rest)
	r.expect(beforeHash)
	p.hash = r.hash()
	r.expect(afterHash)
	if r.err == nil && len(r.rest) > 0 {
		r.err = errForm
	}
	if r.err != nil {
		return parsed{}, r.err
	}
	p.whole = p.hash == hashOf(append(bytes.Clone(line[:hashed]), '}'))
	return p, nil
}

// lineReader takes a line apart. After an error it reads nothing.
type lineReader struct {
	rest []byte
	err  error
}

func (r *lineReader) fail(err error) {
	if r.err == nil {
		r.rest, r.err = nil, err
	}
}

// take returns the next n bytes.
func (r *lineReader) take(n int) []byte {
	if len(r.rest) < n {
		r.fail(errForm)
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *lineReader) expect(text string) {
	if found := r.take(len(text)); r.err == nil && string(found) != text {
		r.fail(errForm)
	}
}

func (r *lineReader) number() uint64 {
	digits := r.take(max(bytes.IndexByte(r.rest, ','), 0))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil || n == 0 || digits[0] == '0' || digits[0] == '+' {
		r.fail(errNumber)
	}
	return n
}

func (r *lineReader) time() {
	if _, err := time.Parse(timeForm, string(r.take(timeWidth))); err != nil {
		r.fail(errTime)
	}
}

func (r *lineReader) hash() (h hash) {
	for i, c := range r.take(hashWidth) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			r.fail(errHash)
		}
		h[i] = c
	}
	return h
}

// text reads the inside of a JSON string, up to its closing quote.
func (r *lineReader) text() []byte {
	end := 0
	for end < len(r.rest) && r.rest[end] != '"' {
		switch c := r.rest[end]; {
		case c < ' ':
			r.fail(fmt.Errorf("a text holds byte %#02x", c))
			return nil
		case c == '\\':
			width := escapeWidth(r.rest[end:])
			if width == 0 {
				r.fail(errors.New("a text holds a broken escape"))
				return nil
			}
			end += width
		default:
			end++
		}
	}
	found := r.take(end)
	if !utf8.Valid(found) {
		r.fail(errors.New("a text is no UTF-8"))
	}
	return found
}

// escapeWidth is the length of the escape that text begins with, 0 if it is none.
func escapeWidth(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		if _, err := strconv.ParseUint(string(text[2:6]), 16, 16); err == nil {
			return 6
		}
	}
	return 0
}
