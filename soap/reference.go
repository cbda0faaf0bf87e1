package soap

import (
	"bytes"
	"unicode/utf8"
)

// predefined are the entities every XML document has.
var predefined = []struct {
	name string
	char rune
}{{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}

// reference passes the reference at pos in text and is the character it
// stands for.
func (s *scanner) reference() (rune, error) {
	if len(s.text)-s.pos < 3 { // not even room for a name and a semicolon
		if !s.final {
			return 0, errShort
		}
		return 0, s.fail(s.pos, "%s", eofReference)
	}
	return s.attributeReference()
}

// attributeReference is reference in an attribute value, where VP's parser
// reads on to the end before it complains.
func (s *scanner) attributeReference() (rune, error) {
	s.pos++
	if s.pos == len(s.text) {
		return 0, s.end(blockReference)
	}
	if s.text[s.pos] == '#' {
		s.pos++
		return s.characterReference()
	}
	name, err := s.fullName()
	if err != nil {
		return 0, err
	}
	if s.pos == len(s.text) {
		return 0, s.end("Missing semicolon after reference for entity \"" + string(name) + "\"")
	}
	if s.text[s.pos] != ';' {
		return 0, s.unexpectedAt(s.pos, "; expected a semi-colon after the reference for entity '"+string(name)+"'")
	}
	s.pos++
	for _, e := range predefined {
		if string(name) == e.name {
			return e.char, nil
		}
	}
	return 0, s.fail(s.pos, "Undeclared general entity \"%s\"", name)
}

// characterReference passes a character reference whose "&#" was read.
func (s *scanner) characterReference() (rune, error) {
	c, err := s.take(eofReference)
	if err != nil {
		return 0, err
	}
	base, expected := rune(10), "; expected a decimal number."
	if c == 'x' {
		base, expected = 16, "; expected a hex digit (0-9a-fA-F)."
		if c, err = s.take(blockReference); err != nil {
			return 0, err
		}
	}
	value, digits := rune(0), 0
	for ; c != ';'; digits++ {
		d := digit(c)
		if d >= base {
			return 0, s.unexpectedAt(s.pos-1, expected)
		}
		value = value*base + d
		if value > utf8.MaxRune {
			return 0, s.fail(s.pos, "Illegal character entity: value higher than max allowed (0x10ffff)")
		}
		if c, err = s.take(blockReference); err != nil {
			return 0, err
		}
	}
	return value, s.checkReferenced(value)
}

// digit is the value of a hexadecimal digit, 16 for anything else.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return 16
}

// checkReferenced refuses characters that XML cannot hold even by reference.
func (s *scanner) checkReferenced(c rune) error {
	switch {
	case c == 0:
		return s.fail(s.pos, "Invalid character reference: null character not allowed in XML content.")
	case c < ' ' && isControl(byte(c)) && !s.xml11,
		c >= 0xD800 && c < 0xE000, c == 0xFFFE, c == 0xFFFF:
		return s.fail(s.pos, "Illegal character entity: expansion character (code 0x%x)", c)
	}
	return nil
}

// value is the normalised value of an attribute: references resolved, white
// space turned into spaces (XML 1.0, section 3.3.3).
func (s *scanner) value(a attribute) []byte {
	raw := s.text[a.value.Start:a.value.End]
	if a.plain {
		return raw
	}
	return resolve(raw, ' ')
}

// resolve replaces the references of text that the scanner has passed, opens
// its CDATA sections, and turns each line break into lineBreak; where that is
// a space, so are tabs. Where there is none of this, it is text itself.
func resolve(text []byte, lineBreak byte) []byte {
	if !bytes.ContainsAny(text, "&<\r\n\t") {
		return text
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		switch c := text[0]; {
		case c == '&':
			char, size := resolveReference(text)
			out, text = utf8.AppendRune(out, char), text[size:]
			continue
		case c == '<': // only a CDATA section can stand here
			open := len("<![CDATA[")
			size := bytes.Index(text, []byte("]]>"))
			out = appendLines(out, text[open:size], lineBreak)
			text = text[size+len("]]>"):]
			continue
		}
		size := bytes.IndexAny(text, "&<")
		if size < 0 {
			size = len(text)
		}
		out, text = appendLines(out, text[:size], lineBreak), text[size:]
	}
	return out
}

// appendLines appends text with its line breaks normalised.
func appendLines(out, text []byte, lineBreak byte) []byte {
	for i, c := range text {
		switch {
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			continue
		case c == '\r' || c == '\n':
			c = lineBreak
		case c == '\t' && lineBreak == ' ':
			c = ' '
		}
		out = append(out, c)
	}
	return out
}

// resolveReference is the character the well-formed reference at the start of
// text stands for, and the reference's length.
func resolveReference(text []byte) (rune, int) {
	s := scanner{text: text, final: true, xml11: true}
	c, err := s.attributeReference()
	if err != nil {
		return utf8.RuneError, 1
	}
	return c, s.pos
}
