package soap

import (
	"bytes"
	"unicode/utf8"
)

// tag is a start or end tag.
type tag struct {
	name   Span
	prefix int    // length of the prefix in name, 0 for none
	space  []byte // namespace name of a start tag, empty for none
	empty  bool   // a start tag that is also the end
}

// attribute is an attribute of a start tag, namespace declarations included.
type attribute struct {
	name   Span
	prefix int
	value  Span // without quotes
	plain  bool // the value needs no resolving or normalising
	space  []byte
}

// local is the local part of the qualified name n with a prefix of length
// prefix.
func (s *scanner) local(n Span, prefix int) []byte {
	if prefix > 0 {
		n.Start += prefix + 1
	}
	return s.text[n.Start:n.End]
}

func (s *scanner) prefix(n Span, prefix int) []byte {
	return s.text[n.Start : n.Start+prefix]
}

// startTag passes a start tag whose '<' was read and resolves its names.
func (s *scanner) startTag() error {
	name, prefix, err := s.qualifiedName()
	if err != nil {
		return err
	}
	s.tag = tag{name: name, prefix: prefix}
	if err := s.push(name); err != nil {
		return err
	}
	if err := s.attributes(prefix > 0); err != nil {
		return err
	}
	return s.resolveNames()
}

// attributes passes what follows the name of a start tag, the '>' included.
func (s *scanner) attributes(prefixed bool) error {
	s.attrs = s.attrs[:0]
	eof := blockName // what VP's parser expects right behind a bare name
	if prefixed {
		eof = blockStartTag
	}
	for {
		if s.pos == len(s.text) {
			return s.end(eof)
		}
		if c := s.text[s.pos]; c > ' ' && c != '/' && c != '>' {
			return s.unexpectedAt(s.pos, " expected space, or '>' or \"/>\"")
		}
		c, err := s.spaced(blockStartTag)
		if err != nil {
			return err
		}
		switch c {
		case '>':
			s.pos++
			return nil
		case '/':
			return s.emptyTag()
		case '<':
			return s.fail(s.pos+1, "Unexpected '<' character in element (missing closing '>'?)")
		}
		if err := s.attribute(); err != nil {
			return err
		}
		eof = blockStartTag
	}
}

// emptyTag passes the "/>" of an empty element.
func (s *scanner) emptyTag() error {
	s.pos++
	if s.pos == len(s.text) {
		return s.end(blockStartTag)
	}
	if s.text[s.pos] != '>' {
		return s.unexpectedAt(s.pos, " expected '>'")
	}
	s.pos++
	s.tag.empty = true
	return nil
}

// attribute passes one attribute.
func (s *scanner) attribute() error {
	name, prefix, err := s.qualifiedName()
	if err != nil {
		return err
	}
	c, err := s.spaced(blockStartTag)
	if err != nil {
		return err
	}
	if c != '=' {
		return s.unexpectedAt(s.pos, " expected '='")
	}
	s.pos++
	quote, err := s.spaced(blockStartTag)
	if err != nil {
		return err
	}
	if quote != '"' && quote != '\'' {
		return s.unexpectedAt(s.pos, " in start tag Expected a quote")
	}
	s.pos++
	a := attribute{name: name, prefix: prefix}
	if err := s.refuseRepeatedBinding(a); err != nil {
		return err
	}
	if s.lim.Attributes > 0 && len(s.attrs) >= s.lim.Attributes {
		return unreadable("Attribute limit (%d) exceeded", s.lim.Attributes)
	}
	if a.value, a.plain, err = s.attributeValue(quote); err != nil {
		return err
	}
	if a.value.Start == a.value.End && s.bindsPrefix(a) && !s.xml11 {
		return s.fail(s.pos, "Non-default namespace can not map to empty URI (as per Namespace 1.0 # 2) in XML 1.0 documents")
	}
	s.attrs = append(s.attrs, a)
	return nil
}

// attributeValue passes a value whose opening quote was read, and the closing
// one.
func (s *scanner) attributeValue(quote byte) (value Span, plain bool, err error) {
	value.Start, plain = s.pos, true
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c > '<': // nearly everything
		case c == quote:
			value.End = s.pos
			s.pos++
			return value, plain, nil
		case c == '<':
			return value, plain, s.unexpectedAt(s.pos, " in attribute value")
		case c == '&':
			plain = false
			if _, err := s.attributeReference(); err != nil {
				return value, plain, err
			}
			continue
		case isControl(c):
			return value, plain, s.illegal(s.pos)
		case c < ' ':
			plain = false
		}
		s.pos++
	}
	return value, plain, s.end(eofAttribute)
}

// endTag passes an end tag whose "</" was read.
func (s *scanner) endTag() error {
	if s.pos == len(s.text) {
		return s.end(blockEndTag)
	}
	start := s.pos
	if c := s.peek(); c <= ' ' {
		return s.unexpectedAt(start, "; missing element name?")
	} else if c != ':' && !isNameStart(c) {
		return s.unexpectedAt(start, "; expected an element name.")
	}
	open := s.open[len(s.open)-1].name
	want := s.text[open.Start:open.End]
	same := commonPrefix(want, s.text[start:])
	s.pos += same
	if same < len(want) {
		if s.pos == len(s.text) {
			return s.end(blockEndTag)
		}
		return s.wrongEnd(start, want)
	}
	if s.pos == len(s.text) {
		return s.end(blockEndTag)
	}
	if c := s.peek(); c == ':' || isNameChar(c) {
		return s.wrongEnd(start, want)
	}
	c, err := s.spaced(blockEndTag)
	if err != nil {
		return err
	}
	if c != '>' {
		return s.unexpectedAt(s.pos, " in end tag Expected '>'.")
	}
	s.pos++
	s.tag = tag{name: Span{start, start + same}}
	s.pop()
	return nil
}

// wrongEnd always fails: the end tag whose name starts at start is not for
// the element named want.
func (s *scanner) wrongEnd(start int, want []byte) error {
	name, err := s.restOfName(start)
	if err != nil {
		return err
	}
	return s.fail(s.pos, "Unexpected close tag </%s>; expected </%s>.", name, want)
}

// commonPrefix is the length of what a and b both begin with, in whole
// characters.
func commonPrefix(a, b []byte) int {
	if bytes.HasPrefix(b, a) {
		return len(a)
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}
