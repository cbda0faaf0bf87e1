package soap

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"rivgate/fault"
)

const byteOrderMark = "\uFEFF"

// declarationLength is the fewest characters in which VP's parser looks for
// an XML declaration.
const declarationLength = 7

// longestQuoted is where VP's parser cuts values in an XML declaration.
const longestQuoted = 60

// begin passes what may precede the document: a byte order mark and the XML
// declaration. Columns count the mark if marked is set, as VP's parser does
// when it was told the charset; errors in the declaration count it always.
func (s *scanner) begin(marked bool) error {
	start := 0
	if !s.final && len(s.text) < len(byteOrderMark) {
		return errShort
	}
	if bytes.HasPrefix(s.text, []byte(byteOrderMark)) {
		start = len(byteOrderMark)
	}
	s.pos = start
	if err := s.declaration(); err != nil {
		return err
	}
	if !marked {
		s.firstColumn = start
	}
	return nil
}

// declaration passes the XML declaration, if there is one, and notes its
// version and where its encoding stands.
func (s *scanner) declaration() error {
	const opening = "<?xml"
	rest := s.text[s.pos:]
	if len(rest) <= len(opening) {
		if !s.final && bytes.HasPrefix([]byte(opening), rest) {
			return errShort
		}
		return nil
	}
	if !bytes.HasPrefix(rest, []byte(opening)) || rest[len(opening)] > ' ' {
		return nil
	}
	if units(s.text[:min(len(s.text), declarationLength*utf8.UTFMax)]) < declarationLength {
		if !s.final {
			return errShort
		}
		return nil
	}
	s.declaring = true
	s.pos += len(opening)
	if err := s.pseudoAttributes(); err != nil {
		return err
	}
	s.declaring = false
	return nil
}

// pseudoAttributes passes version, encoding and standalone and the "?>".
func (s *scanner) pseudoAttributes() error {
	c, err := s.declared()
	if err != nil {
		return err
	}
	if c != 'v' {
		return s.undeclared(c, "; expected keyword 'version'")
	}
	version, err := s.pseudoAttribute("version")
	if err != nil {
		return err
	}
	if err := s.expectValue("version", version, "1.0", "1.1"); err != nil {
		return err
	}
	s.xml11 = string(s.text[version.Start:version.End]) == "1.1"
	if c, err = s.declaredOrEnd(); err != nil {
		return err
	}
	if c == 'e' {
		if s.encoding, err = s.pseudoAttribute("encoding"); err != nil {
			return err
		}
		if s.encoding.Start == s.encoding.End {
			return s.fail(s.pos, "Missing XML pseudo-attribute 'encoding' value")
		}
		if c, err = s.declaredOrEnd(); err != nil {
			return err
		}
	}
	if c == 's' {
		standalone, err := s.pseudoAttribute("standalone")
		if err != nil {
			return err
		}
		if err := s.expectValue("standalone", standalone, "yes", "no"); err != nil {
			return err
		}
		if c, err = s.declaredOrEnd(); err != nil {
			return err
		}
	}
	if c != '?' {
		return s.undeclared(c, "; expected \"?>\" end marker")
	}
	if c, err = s.character(); err != nil {
		return err
	}
	if c != '>' {
		return s.undeclared(c, "; expected \"?>\" end marker")
	}
	return nil
}

// pseudoAttribute passes the rest of name, whose first letter was read, and
// its value.
func (s *scanner) pseudoAttribute(name string) (value Span, err error) {
	for i := 1; i < len(name); i++ {
		c, err := s.character()
		if err != nil {
			return value, err
		}
		if c != rune(name[i]) {
			return value, s.undeclared(c, name)
		}
	}
	c, err := s.declared()
	if err != nil {
		return value, err
	}
	if c != '=' {
		return value, s.undeclared(c, "; expected '=' after '"+name+"'")
	}
	quote, err := s.declared()
	if err != nil {
		return value, err
	}
	if quote != '"' && quote != '\'' {
		return value, s.undeclared(quote, "; expected a quote character enclosing value for '"+name+"'")
	}
	value.Start = s.pos
	for {
		if c, err = s.character(); err != nil {
			return value, err
		}
		if c == quote {
			value.End = s.pos - 1
			return value, nil
		}
		if c == 0 {
			return value, s.fail(s.pos, "Illegal null byte in input stream")
		}
	}
}

// expectValue refuses a value that is neither a nor b.
func (s *scanner) expectValue(name string, value Span, a, b string) error {
	got := string(s.text[value.Start:value.End])
	if got == a || got == b {
		return nil
	}
	shown := "'" + got + "'"
	switch n := utf8.RuneCountInString(got); {
	case n == 0:
		shown = "<empty>"
	case n >= longestQuoted:
		shown = fmt.Sprintf("'%.*s[..]'", longestQuoted, got)
	}
	return s.fail(s.pos, "Invalid XML pseudo-attribute '%s' value %s; expected \"%s\" or \"%s\"", name, shown, a, b)
}

// character passes one character of the declaration.
func (s *scanner) character() (rune, error) {
	if s.pos == len(s.text) {
		return 0, s.end(eofDeclaration)
	}
	c, size := utf8.DecodeRune(s.text[s.pos:])
	s.pos += size
	return c, nil
}

// declared passes white space and the character behind it.
func (s *scanner) declared() (rune, error) {
	for {
		c, err := s.character()
		if err != nil || c > ' ' {
			return c, err
		}
		if c == 0 {
			return 0, s.fail(s.pos, "Illegal null byte in input stream")
		}
	}
}

// declaredOrEnd is declared behind a value, where white space or '?' must
// follow.
func (s *scanner) declaredOrEnd() (rune, error) {
	c, err := s.character()
	if err != nil || c == '?' {
		return c, err
	}
	if c > ' ' {
		return c, s.undeclared(c, "; expected either '?' or white space")
	}
	s.pos--
	return s.declared()
}

// undeclared refuses the character just passed in the declaration.
func (s *scanner) undeclared(c rune, rest string) error {
	name := fmt.Sprintf("'%c' (code %d)", c, c)
	if c < ' ' || 0x7F <= c && c < 0xA0 {
		name = fmt.Sprintf("(CTRL-CHAR, code %d)", c)
	}
	return fault.New(fault.VP015, "Unexpected character "+name+rest+s.place(s.pos, s.pos-1))
}
