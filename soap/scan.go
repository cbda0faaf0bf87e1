package soap

import (
	"bytes"
	"sync"
)

// token is what the scanner has just passed.
type token uint8

const (
	startTag   token = iota
	endTag           // also follows the start tag of an empty element
	characters       // text, character references or one CDATA section
	comment
	instruction
	endOfText // behind the root element
)

// scanner takes XML text apart into tokens, as strictly as XML 1.0 and its
// namespaces ask. It holds no copies: a token is where it stands in text.
//
// DOCTYPE and entity references other than the five predefined ones are
// refused, so nothing needs expanding. Bytes above 0x7F are taken as they
// come; that they are UTF-8 is for invalidUTF8 to say.
type scanner struct {
	text  []byte
	pos   int  // behind the last token
	final bool // nothing follows text
	lim   Limits

	firstColumn int  // offset of the first row's first column, for error texts
	declaring   bool // in the XML declaration, for error texts
	xml11       bool
	encoding    Span // value in the XML declaration, empty without one

	tag    tag  // the last start or end tag
	spaces bool // the last characters were white space only
	rooted bool // the root element has started
	open   []element
	scope  namespaces
	attrs  []attribute
}

// element is an open element.
type element struct {
	name     Span
	bindings int // in scope outside it
}

// scanners lends scanners with room for what envelopes usually hold.
var scanners = sync.Pool{New: func() any {
	return &scanner{
		open:  make([]element, 0, usual),
		scope: make(namespaces, 0, usual),
		attrs: make([]attribute, 0, usual),
	}
}}

// usual is how many elements, namespaces and attributes there is room for;
// a scanner that needed many times that is not kept.
const usual = 8

// newScanner lends a scanner.
func newScanner(text []byte, final bool, lim Limits) *scanner {
	s := scanners.Get().(*scanner)
	s.text, s.final, s.lim = text, final, lim
	return s
}

// release gives s back, without any reference to its text. Nothing of it may be
// used afterwards.
func (s *scanner) release() {
	if max(cap(s.open), cap(s.scope), cap(s.attrs)) > 16*usual {
		return
	}
	clear(s.scope[:cap(s.scope)])
	clear(s.attrs[:cap(s.attrs)])
	*s = scanner{open: s.open[:0], scope: s.scope[:0], attrs: s.attrs[:0]}
	scanners.Put(s)
}

// next passes one token. At the end of a text that is not final the error is
// errShort; the scanner is of no use after an error.
func (s *scanner) next() (token, error) {
	if s.tag.empty {
		s.tag.empty = false
		s.pop()
		return endTag, nil
	}
	if len(s.open) == 0 {
		return s.nextOutside()
	}
	if s.pos == len(s.text) {
		return 0, s.end("Unexpected EOF; was expecting a close tag for element <" + s.top() + ">")
	}
	if s.text[s.pos] != '<' {
		return characters, s.characters()
	}
	return s.markup()
}

// top is the qualified name of the innermost open element.
func (s *scanner) top() string {
	name := s.open[len(s.open)-1].name
	return string(s.text[name.Start:name.End])
}

func (s *scanner) push(name Span) error {
	if s.lim.Depth > 0 && len(s.open) >= s.lim.Depth {
		return unreadable("Maximum Element Depth limit (%d) Exceeded", s.lim.Depth)
	}
	s.open = append(s.open, element{name: name, bindings: len(s.scope)})
	return nil
}

func (s *scanner) pop() {
	last := len(s.open) - 1
	s.scope = s.scope[:s.open[last].bindings]
	s.open = s.open[:last]
}

// nextOutside passes a token before or behind the root element.
func (s *scanner) nextOutside() (token, error) {
	where, eof := " in prolog", eofProlog
	if s.rooted {
		where, eof = " in epilog", eofEpilog
	}
	if err := s.skipSpace(); err != nil {
		return 0, err
	}
	if s.pos == len(s.text) {
		if s.rooted && s.final {
			return endOfText, nil
		}
		return 0, s.end(eof)
	}
	if s.text[s.pos] != '<' {
		return 0, s.unexpectedAt(s.pos, where+"; expected '<'")
	}
	s.pos++
	if s.pos == len(s.text) {
		return 0, s.end(eof)
	}
	switch c := s.text[s.pos]; {
	case c == '?':
		s.pos++
		return instruction, s.instruction()
	case c == '!':
		s.pos++
		return comment, s.bangOutside(eof)
	case c == '/':
		if s.rooted {
			where += " (extra close tag?)"
		}
		return 0, s.fail(s.pos+1, "Unexpected character combination '</'%s.", where)
	case c == ':' || isNameStart(s.peek()):
		if s.rooted {
			return 0, s.fail(s.pos+1, "Illegal to have multiple roots (start tag in epilog?).")
		}
		s.rooted = true
		return startTag, s.startTag()
	}
	return 0, s.unexpectedAt(s.pos, where+", after '<'.")
}

// bangOutside passes the comment whose "<!" was read, or refuses what else
// begins so outside the root element.
func (s *scanner) bangOutside(eof string) error {
	c, err := s.take(eofProlog)
	if err != nil {
		return err
	}
	switch c {
	case 'D':
		return s.refuseDoctype()
	case '-':
		c, err = s.take(eof)
		if err != nil {
			return err
		}
		if c != '-' {
			return s.unexpected('-', s.pos, " (malformed comment?)")
		}
		return s.comment()
	case '[':
		if s.pos == len(s.text) && !s.final {
			return errShort
		}
		if s.pos == len(s.text) {
			break
		}
		next, rest := s.peek(), " after '<!' (malformed comment?)"
		if next == 'C' {
			rest = " (CDATA not allowed in prolog/epilog)"
		}
		return s.unexpected(next, s.pos, rest)
	}
	return s.unexpectedAt(s.pos-1, " after '<!' (malformed comment?)")
}

// refuseDoctype always fails: a document type can declare entities and
// defaults that change what a reader sees, and SOAP forbids it.
func (s *scanner) refuseDoctype() error {
	s.pos--
	wrong, err := s.keyword("DOCTYPE", eofProlog)
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.fail(s.pos, "Unrecognized XML directive '<!%s' (misspelled DOCTYPE?).", wrong)
	}
	return s.fail(s.pos, "DOCTYPE is not allowed")
}

// markup passes the token that begins with the '<' at pos, inside the root
// element.
func (s *scanner) markup() (token, error) {
	s.pos++
	if s.pos == len(s.text) {
		return 0, s.end(eofStartTag)
	}
	switch c := s.text[s.pos]; {
	case c == '/':
		s.pos++
		return endTag, s.endTag()
	case c == ':' || isNameStart(s.peek()):
		return startTag, s.startTag()
	case c == '?':
		s.pos++
		return instruction, s.instruction()
	case c == '!':
		s.pos++
		return s.bang()
	case c == '[':
		return 0, s.unexpectedAt(s.pos, " in content after '<' (malformed <![CDATA[]] directive?)")
	}
	return 0, s.unexpectedAt(s.pos, " in content after '<' (malformed start element?).")
}

// bang passes the comment or CDATA section whose "<!" was read.
func (s *scanner) bang() (token, error) {
	c, err := s.take(blockContent)
	if err != nil {
		return 0, err
	}
	if c == '[' {
		return characters, s.cdata()
	}
	if c == '-' {
		if c, err = s.take(blockContent); err != nil {
			return 0, err
		}
		if c == '-' {
			return comment, s.comment()
		}
	}
	return 0, s.fail(s.runeEnd(s.pos-1), "Unrecognized XML directive; expected CDATA or comment ('<![CDATA[' or '<!--').")
}

// characters passes text and character references up to the next '<'.
func (s *scanner) characters() error {
	s.spaces = true
	run := s.pos // where the literal text began
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c > '>': // nearly everything
			s.spaces = false
		case c == '<':
			return nil
		case c == '&':
			if _, err := s.reference(); err != nil {
				return err
			}
			s.spaces = false
			run = s.pos
			continue
		case c == '>' && bytes.HasSuffix(s.text[run:s.pos], []byte("]]")):
			return s.fail(s.pos+1, "String ']]>' not allowed in textual content, except as the end marker of CDATA section")
		case isControl(c):
			return s.illegal(s.pos)
		case c > ' ':
			s.spaces = false
		}
		s.pos++
	}
	return s.end("Unexpected EOF; was expecting a close tag for element <" + s.top() + ">")
}

// comment passes a comment whose "<!--" was read.
func (s *scanner) comment() error {
	for {
		c, err := s.take(blockComment)
		switch {
		case err != nil:
			return err
		case isControl(c):
			return s.illegal(s.pos - 1)
		case c != '-':
			continue
		}
		if s.pos == len(s.text) {
			return s.end(eofComment)
		}
		if s.text[s.pos] != '-' {
			continue
		}
		s.pos++
		if c, err = s.take(eofComment); err != nil {
			return err
		}
		if c != '>' {
			return s.fail(s.runeEnd(s.pos-1), "String '--' not allowed in comment (missing '>'?)")
		}
		return nil
	}
}

// cdata passes a CDATA section whose "<![" was read.
func (s *scanner) cdata() error {
	wrong, err := s.keyword("CDATA", blockCData)
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.fail(s.pos, "Unrecognized XML directive '%s'; expected 'CDATA'.", wrong)
	}
	c, err := s.take(blockCData)
	if err != nil {
		return err
	}
	if c != '[' {
		return s.unexpectedAt(s.pos-1, "expected '[' after '<![CDATA'")
	}
	s.spaces = false
	for start := s.pos; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		if isControl(c) {
			return s.illegal(s.pos)
		}
		if c == '>' && bytes.HasSuffix(s.text[start:s.pos], []byte("]]")) {
			s.pos++
			return nil
		}
	}
	if s.text[s.pos-1] == ']' {
		return s.end(eofCData)
	}
	return s.end(blockCData)
}

// instruction passes a processing instruction whose "<?" was read.
func (s *scanner) instruction() error {
	if s.pos == len(s.text) {
		return s.end(blockInstruction)
	}
	target, err := s.fullName()
	if err != nil {
		return err
	}
	if len(target) == 3 && bytes.EqualFold(target, []byte("xml")) {
		return s.fail(s.pos, "Illegal processing instruction target (\"%s\"); xml (case insensitive) is reserved by the specs.", target)
	}
	c, err := s.take(blockInstruction)
	if err != nil {
		return err
	}
	if c > ' ' {
		return s.bareInstruction(c)
	}
	for {
		switch {
		case isControl(c):
			return s.illegal(s.pos - 1)
		case c == '?':
			if s.pos < len(s.text) && s.text[s.pos] == '>' {
				s.pos++
				return nil
			}
		}
		if c, err = s.take(blockInstruction); err != nil {
			return err
		}
	}
}

// bareInstruction ends an instruction without data: c follows its target.
func (s *scanner) bareInstruction(c byte) error {
	p := s.pos - 1
	if c == '?' {
		next, err := s.take(blockInstruction)
		if err != nil || next == '>' {
			return err
		}
		return s.unexpected('?', s.runeEnd(s.pos-1), "expected either space or \"?>\" after PI target")
	}
	return s.unexpectedAt(p, "expected either space or \"?>\" after PI target")
}
