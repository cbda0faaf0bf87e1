package soap

import (
	"bytes"
	"unicode/utf8"
)

// take passes one byte; eof is the error's text if there is none.
func (s *scanner) take(eof string) (byte, error) {
	if s.pos == len(s.text) {
		return 0, s.end(eof)
	}
	s.pos++
	return s.text[s.pos-1], nil
}

// peek is the character at pos, which must not be the end.
func (s *scanner) peek() rune {
	if c := s.text[s.pos]; c < utf8.RuneSelf {
		return rune(c)
	}
	c, _ := utf8.DecodeRune(s.text[s.pos:])
	return c
}

// runeEnd is the offset behind the character that starts at p.
func (s *scanner) runeEnd(p int) int {
	_, size := utf8.DecodeRune(s.text[p:])
	return p + size
}

// skipSpace passes white space, which may be none.
func (s *scanner) skipSpace() error {
	for ; s.pos < len(s.text) && s.text[s.pos] <= ' '; s.pos++ {
		if isControl(s.text[s.pos]) {
			return s.illegal(s.pos)
		}
	}
	return nil
}

// spaced passes white space and tells what comes then.
func (s *scanner) spaced(eof string) (byte, error) {
	if err := s.skipSpace(); err != nil {
		return 0, err
	}
	if s.pos == len(s.text) {
		return 0, s.end(eof)
	}
	return s.text[s.pos], nil
}

// localName passes a name without colon.
func (s *scanner) localName() error {
	if s.pos == len(s.text) {
		return s.end(blockName)
	}
	if c := s.peek(); !isNameStart(c) {
		if c == ':' {
			return s.unexpectedAt(s.pos, " (missing namespace prefix?)")
		}
		return s.unexpectedAt(s.pos, " (expected a name start character)")
	}
	s.pos = nameEnd(s.text, s.pos, false)
	return nil
}

// qualifiedName passes a name with or without prefix and tells how long the
// prefix is, 0 without one. Something must follow the name.
func (s *scanner) qualifiedName() (name Span, prefix int, err error) {
	name.Start = s.pos
	if err = s.localName(); err != nil {
		return
	}
	if s.pos == len(s.text) {
		return name, 0, s.end(blockName)
	}
	if s.text[s.pos] == ':' {
		prefix = s.pos - name.Start
		s.pos++
		if err = s.localName(); err != nil {
			return
		}
	}
	name.End = s.pos
	return
}

// fullName passes the name of a processing instruction or an entity, where
// namespaces allow no colon.
func (s *scanner) fullName() ([]byte, error) {
	start := s.pos
	c := s.peek()
	if c == ':' {
		s.pos++
		return nil, s.colonName(s.pos)
	}
	if !isNameStart(c) {
		if c <= ' ' {
			return nil, s.unexpectedAt(s.pos, " (missing name?)")
		}
		return nil, s.unexpectedAt(s.pos, " (expected a name start character)")
	}
	s.pos = nameEnd(s.text, s.pos, false)
	if s.pos < len(s.text) && s.text[s.pos] == ':' {
		return nil, s.colonName(start)
	}
	return s.text[start:s.pos], nil
}

// colonName always fails; the offending name starts at start.
func (s *scanner) colonName(start int) error {
	name, err := s.restOfName(start)
	if err != nil {
		return err
	}
	return s.fail(s.pos, "Illegal name \"%s\" (PI target, entity/notation name): can not contain a colon (XML Namespaces 1.0#6)", name)
}

// restOfName passes what is left of a name, colons included, for an error's
// text, and is the text from start on.
func (s *scanner) restOfName(start int) ([]byte, error) {
	s.pos = nameEnd(s.text, s.pos, true)
	if s.pos == len(s.text) && !s.final {
		return nil, errShort
	}
	return s.text[start:s.pos], nil
}

// keyword passes word. If something else stands there, wrong is that, cut at
// the end of its name characters.
func (s *scanner) keyword(word, eof string) (wrong string, err error) {
	if s.pos == len(s.text) {
		return "", s.end(eof)
	}
	start := s.pos
	rest := s.text[start:]
	if len(rest) <= len(word) && !s.final && bytes.HasPrefix([]byte(word), rest) {
		return "", errShort
	}
	same := 0
	for same < len(word) && same < len(rest) && rest[same] == word[same] {
		same++
	}
	switch {
	case same == len(word):
		s.pos += same
		if s.pos == len(s.text) || s.text[s.pos] != ':' && !isNameChar(s.peek()) {
			return "", nil
		}
	case same == len(rest): // VP's parser shows the last character twice here
		s.pos = len(s.text)
		return string(rest) + string(rest[same-1]), nil
	default:
		s.pos = s.runeEnd(start + same)
	}
	s.pos = nameEnd(s.text, s.pos, false)
	if s.pos == len(s.text) && !s.final {
		return "", errShort
	}
	return string(s.text[start:s.pos]), nil
}
