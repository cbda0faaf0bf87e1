package tak

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"

	"rivgate/internal/xmlstream"
)

// The local copy's form is what VP's XML library writes: one line, rows without
// namespace, what is in them with the prefix ns2, and no newline at the end.
const (
	copyStart = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
		`<persistentCache xmlns:ns2="` + takSpace + `">`
	copyEnd = `</persistentCache>`
)

// copyForm writes a catalogue in the local copy's form, row by row, and hashes
// what it writes. The first error of out stays.
type copyForm struct {
	out     io.Writer // may be nil
	sum     hash.Hash
	pending []byte
	err     error
}

// flushAt is how much is collected between writes.
const flushAt = 64 << 10

func newCopyForm(out io.Writer) *copyForm {
	return &copyForm{out: out, sum: sha256.New(), pending: append(make([]byte, 0, flushAt+8<<10), copyStart...)}
}

// row writes one row. Fields that were not given are left out.
func (w *copyForm) row(l *layout, rec *record) {
	b := append(w.pending, '<')
	b = append(b, l.element...)
	opened := len(b)
	b = append(b, '>')
	for i, field := range l.fields {
		if !rec.given[i] {
			continue
		}
		b = append(append(append(b, "<ns2:"...), field...), '>')
		b = appendText(b, rec.values[i])
		b = append(append(append(b, "</ns2:"...), field...), '>')
	}
	b = append(append(b, rec.filters...), rec.unknown...)
	if len(b) == opened+1 {
		b = append(b[:opened], "/>"...)
	} else {
		b = append(append(append(b, "</"...), l.element...), '>')
	}
	w.pending = b
	if len(b) >= flushAt {
		w.flush()
	}
}

func (w *copyForm) flush() {
	w.sum.Write(w.pending)
	if w.out != nil && w.err == nil {
		_, w.err = w.out.Write(w.pending)
	}
	w.pending = w.pending[:0]
}

// finish writes the end and returns the revision.
func (w *copyForm) finish() (revision string, err error) {
	w.pending = append(w.pending, copyEnd...)
	w.flush()
	return hex.EncodeToString(w.sum.Sum(nil))[:16], w.err
}

// appendText appends character data; a carriage return survives as a
// character reference.
func appendText(dst, text []byte) []byte {
	done := 0
	for i, c := range text {
		if isEscaped(c) {
			dst = append(append(dst, text[done:i]...), escape(c)...)
			done = i + 1
		}
	}
	return append(dst, text[done:]...)
}

// isEscaped tells what character data must not hold as it is.
func isEscaped(c byte) bool { return c == '&' || c == '<' || c == '>' || c == '\r' }

func escape(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	default:
		return fmt.Sprintf("&#x%X;", c)
	}
}

// appendElement appends the current element with everything in it, and passes
// over its end tag. White space between elements is left out.
func appendElement(dst []byte, x *xmlstream.Reader) ([]byte, error) {
	name := x.Name()
	dst = appendStartTag(dst, name, x.Attrs())
	var hasElements bool
	for textStart := len(dst); ; {
		kind, err := x.Next()
		if err != nil {
			return dst, err
		}
		if kind == xmlstream.Text {
			dst = appendText(dst, x.Text())
			continue
		}
		hasElements = hasElements || kind == xmlstream.Start
		if hasElements && len(bytes.Trim(dst[textStart:], xmlSpaces)) == 0 {
			dst = dst[:textStart]
		}
		if kind == xmlstream.End {
			dst = append(append(dst, "</"...), elementPrefix(name.Space)...)
			return append(append(dst, name.Local...), '>'), nil
		}
		if dst, err = appendElement(dst, x); err != nil {
			return dst, err
		}
		textStart = len(dst)
	}
}

// elementPrefix is the prefix of an element's namespace. Foreign ones are
// declared by every element that uses them.
func elementPrefix(space string) string {
	switch space {
	case takSpace:
		return "ns2:"
	case "":
		return ""
	default:
		return "ns3:"
	}
}

func appendStartTag(dst []byte, name xmlstream.Name, attrs []xmlstream.Attr) []byte {
	dst = append(append(dst, '<'), elementPrefix(name.Space)...)
	dst = append(dst, name.Local...)
	if elementPrefix(name.Space) == "ns3:" {
		dst = appendAttribute(dst, "xmlns:ns3", []byte(name.Space))
	}
	for i, a := range attrs {
		first := slices.IndexFunc(attrs, func(other xmlstream.Attr) bool { return other.Name.Space == a.Name.Space })
		dst = appendQualified(dst, a, 4+first, first == i)
	}
	return append(dst, '>')
}

// appendQualified appends an attribute. n numbers the prefix of a namespace
// that has no usual one; declare asks for the prefix's declaration.
func appendQualified(dst []byte, a xmlstream.Attr, n int, declare bool) []byte {
	prefix := "ns" + strconv.Itoa(n)
	switch a.Name.Space {
	case "":
		return appendAttribute(dst, a.Name.Local, a.Value)
	case takSpace:
		prefix, declare = "ns2", false
	case xmlSpace:
		prefix, declare = "xml", false
	case xsiSpace:
		prefix = "xsi"
	}
	if declare {
		dst = appendAttribute(dst, "xmlns:"+prefix, []byte(a.Name.Space))
	}
	return appendAttribute(dst, prefix+":"+a.Name.Local, a.Value)
}

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

func appendAttribute(dst []byte, name string, value []byte) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	for {
		i := bytes.IndexAny(value, "&<>\"\r\n\t")
		if i < 0 {
			return append(append(dst, value...), '"')
		}
		dst = append(append(dst, value[:i]...), escape(value[i])...)
		value = value[i+1:]
	}
}
