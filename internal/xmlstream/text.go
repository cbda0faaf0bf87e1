package xmlstream

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"
)

// place is where characters stand, which decides what they mean.
type place uint8

const (
	inText place = iota
	inCDATA
	inAttribute
)

// class sorts bytes: plain ones stand for themselves everywhere.
type class uint8

const (
	plain class = iota
	special
	forbidden
	multibyte
)

var classes = func() (t [256]class) {
	for c := range t {
		switch {
		case c == '\t' || c == '\n' || c == '\r' || c == '&' || c == '<' || c == ']':
			t[c] = special
		case c < ' ':
			t[c] = forbidden
		case c >= utf8.RuneSelf:
			t[c] = multibyte
		}
	}
	return t
}()

// charData reads text up to the next '<'. found is false for the white space
// between the parts of a document outside its root.
func (r *Reader) charData() (found bool, err error) {
	end, err := r.window.find('<', 0)
	switch {
	case err == io.EOF:
		end = len(r.window.rest())
	case err != nil:
		return false, r.cut(err)
	}
	raw := r.window.take(end)
	if r.phase != inContent {
		if len(trimLeft(raw)) > 0 {
			return false, r.wrong(msgOutside)
		}
		return false, nil
	}
	return true, r.setText(raw, inText)
}

// cdata reads a CDATA section, whose opening has been recognised.
func (r *Reader) cdata() (Kind, error) {
	const opening, closing = len("<![CDATA["), "]]>"
	end, err := r.window.findEnd(closing, opening)
	if err != nil {
		return 0, r.cut(err)
	}
	if r.phase != inContent {
		return 0, r.wrong(msgOutsideCDATA)
	}
	raw := r.window.take(end + len(closing))[opening:end]
	return Text, r.setText(raw, inCDATA)
}

// setText makes raw the current text: itself when no character of it needs a
// change, else decoded.
func (r *Reader) setText(raw []byte, where place) error {
	if isVerbatim(raw) {
		r.text = raw
		return nil
	}
	r.decoded = r.decoded[:0]
	err := r.decode(raw, where)
	r.text = r.decoded
	return err
}

// isVerbatim tells whether text of this form stands for itself. False is
// always safe.
func isVerbatim(raw []byte) bool {
	for _, c := range raw {
		if classes[c] != plain && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// decode appends the characters that raw stands for to r.decoded: references
// are replaced, line ends and white space normalised (XML 1.0 2.11 and 3.3.3).
func (r *Reader) decode(raw []byte, where place) error {
	for len(raw) > 0 {
		n := 0
		for n < len(raw) && classes[raw[n]] == plain {
			n++
		}
		r.decoded = append(r.decoded, raw[:n]...)
		if raw = raw[n:]; len(raw) == 0 {
			return nil
		}
		used, err := r.decodeOne(raw, where)
		if err != nil {
			return err
		}
		raw = raw[used:]
	}
	return nil
}

// decodeOne decodes one character that is not plain, or one reference.
func (r *Reader) decodeOne(raw []byte, where place) (used int, err error) {
	switch c := raw[0]; {
	case classes[c] == multibyte:
		return r.decodeRune(raw)
	case classes[c] == forbidden:
		return 0, r.wrong("character U+%04X is not allowed", c)
	case c == '&' && where != inCDATA:
		return r.reference(raw)
	case c == '<' && where == inAttribute:
		return 0, r.wrong("'<' in an attribute value")
	case c == ']' && where == inText && bytes.HasPrefix(raw, []byte("]]>")):
		return 0, r.wrong("']]>' in text")
	case c == '\r':
		used = 1
		if len(raw) > 1 && raw[1] == '\n' {
			used = 2
		}
		r.decoded = append(r.decoded, lineEnd(where))
		return used, nil
	case c == '\n' || c == '\t':
		if where == inAttribute {
			c = ' '
		}
		r.decoded = append(r.decoded, c)
		return 1, nil
	default:
		r.decoded = append(r.decoded, c)
		return 1, nil
	}
}

func lineEnd(where place) byte {
	if where == inAttribute {
		return ' '
	}
	return '\n'
}

// decodeRune copies one character beyond ASCII.
func (r *Reader) decodeRune(raw []byte) (int, error) {
	c, size := utf8.DecodeRune(raw)
	if c == utf8.RuneError && size == 1 {
		return 0, r.wrong("invalid UTF-8")
	}
	if !isChar(c) {
		return 0, r.wrong("character U+%04X is not allowed", c)
	}
	r.decoded = append(r.decoded, raw[:size]...)
	return size, nil
}

// isChar is Char of XML 1.0.
func isChar(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' ||
		c >= ' ' && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= utf8.MaxRune
}

// longestReference is more than any sensible reference needs; it keeps a text
// full of ampersands from being searched over and over.
const longestReference = 64

// reference decodes the entity or character reference raw starts with.
func (r *Reader) reference(raw []byte) (used int, err error) {
	end := bytes.IndexByte(raw[:min(len(raw), longestReference)], ';')
	if end < 0 {
		return 0, r.wrong("'&' without reference")
	}
	name := raw[1:end]
	if len(name) > 0 && name[0] == '#' {
		return end + 1, r.characterReference(name[1:])
	}
	switch string(name) {
	case "lt":
		r.decoded = append(r.decoded, '<')
	case "gt":
		r.decoded = append(r.decoded, '>')
	case "amp":
		r.decoded = append(r.decoded, '&')
	case "apos":
		r.decoded = append(r.decoded, '\'')
	case "quot":
		r.decoded = append(r.decoded, '"')
	default:
		return 0, r.wrong("unknown entity %q", name)
	}
	return end + 1, nil
}

// characterReference decodes the digits of a character reference.
func (r *Reader) characterReference(digits []byte) error {
	base := 10
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune || !isChar(rune(n)) {
		return r.wrong(msgCharRef)
	}
	r.decoded = utf8.AppendRune(r.decoded, rune(n))
	return nil
}
