package soap

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"rivgate/fault"
)

// errShort says that the text ended before the answer was known, and that
// more of it is to come. It never leaves the package.
var errShort = errors.New("soap: more text needed")

// What VP's parser says when the text ends, by the place it ended in. The two
// beginnings stand for the same thing; which one is used where is its habit.
const (
	eofProlog      = "Unexpected EOF in prolog"
	eofEpilog      = "Unexpected EOF in epilog"
	eofStartTag    = "Unexpected EOF in start tag"
	eofAttribute   = "Unexpected EOF in attribute value"
	eofReference   = "Unexpected EOF in entity reference"
	eofComment     = "Unexpected EOF in comment"
	eofCData       = "Unexpected EOF in CDATA section"
	eofDeclaration = " in xml declaration"

	blockName        = "Unexpected end of input block; expected an identifier"
	blockStartTag    = "Unexpected end of input block in start tag"
	blockEndTag      = "Unexpected end of input block in end tag"
	blockContent     = "Unexpected end of input block in main document content"
	blockReference   = "Unexpected end of input block in entity reference"
	blockComment     = "Unexpected end of input block in comment"
	blockCData       = "Unexpected end of input block in CDATA section"
	blockInstruction = "Unexpected end of input block in processing instruction"
)

// unreadable is a VP015 whose detail is text alone.
func unreadable(format string, args ...any) *fault.Error {
	return fault.Newf(fault.VP015, format, args...)
}

// fail is a VP015 at the place behind the first p bytes of the text.
func (s *scanner) fail(p int, format string, args ...any) error {
	return fault.New(fault.VP015, fmt.Sprintf(format, args...)+s.place(p, p))
}

// unexpected is a VP015 about the character that ends at p: rest follows the
// words that name it. A line break that is itself the offending character
// does not begin a new row.
func (s *scanner) unexpected(c rune, p int, rest string) error {
	return fault.New(fault.VP015, "Unexpected character "+describe(c)+rest+s.place(p, p-1))
}

// unexpectedAt is unexpected for the character that starts at p.
func (s *scanner) unexpectedAt(p int, rest string) error {
	c, size := utf8.DecodeRune(s.text[p:])
	return s.unexpected(c, p+size, rest)
}

// illegal is a VP015 about the control character at p.
func (s *scanner) illegal(p int) error {
	c := s.text[p]
	text := "Illegal character (" + describe(rune(c)) + ")"
	switch {
	case c == 0:
		text = "Illegal character (NULL, unicode 0) encountered: not valid in any content"
	case s.xml11:
		text += " [note: in XML 1.1, it could be included via entity expansion]"
	}
	return fault.New(fault.VP015, text+s.place(p+1, p))
}

// end answers for the text having ended: it may go on, or text tells where it
// broke off.
func (s *scanner) end(text string) error {
	if !s.final {
		return errShort
	}
	s.pos = len(s.text)
	return s.fail(s.pos, "%s", text)
}

// place is the position behind the first p bytes, in the form VP's parser
// gives it. Rows begin at 1 and are counted up to rows; columns count UTF-16
// units read in the row. A CR LF pair is one line break, and so is a lone CR.
func (s *scanner) place(p, rows int) string {
	row, start := 1, s.firstColumn
	for i := start; i < rows; i++ {
		c := s.text[i]
		if c == '\n' || c == '\r' && (i+1 >= len(s.text) || s.text[i+1] != '\n') {
			row, start = row+1, i+1
		}
	}
	format := "\n at [row,col {unknown-source}]: [%d,%d]"
	if s.declaring {
		format = "\n at [row,col,system-id]: [%d,%d,\"N/A\"]"
	}
	return fmt.Sprintf(format, row, units(s.text[start:p]))
}

// units counts the UTF-16 units text takes.
func units(text []byte) int {
	n := 0
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		if c > 0xFFFF {
			n++
		}
		n++
		text = text[size:]
	}
	return n
}

// describe names a character as VP's parser does.
func describe(c rune) string {
	switch {
	case unicode.IsControl(c):
		return fmt.Sprintf("(CTRL-CHAR, code %d)", c)
	case c > 255:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", c, c, c)
	}
	return fmt.Sprintf("'%c' (code %d)", c, c)
}
