package soap

import "strings"

// Address is one addressing header and where it stands. Spans index into
// Message.Head.
type Address struct {
	// Value is the element's text, CDATA included and character references
	// resolved, untrimmed.
	Value string
	// Prefix is the namespace prefix of the element's name, empty if the name
	// has none.
	Prefix string
	// StartName and EndName are the qualified name in the start and the end
	// tag. EndName is empty if the element is <self-closed/>.
	StartName, EndName Span
	// Declaration is the value, without quotes, of the declaration of Prefix
	// (or of the default namespace) on this very element; Declared tells
	// whether there is one.
	Declaration Span
	Declared    bool
	// PrefixOnAttributes tells whether an attribute of the element uses
	// Prefix.
	PrefixOnAttributes bool
	// Prefixes are those bound where the element stands, its own declarations
	// included, each followed by a space; the default namespace is not among them.
	Prefixes string
}

// Blank tells whether the address is nothing but XML white space, or nothing
// at all.
func (a *Address) Blank() bool { return strings.Trim(a.Value, " \t\r\n") == "" }

// InScope tells whether prefix is bound at the element, so that using it for
// something new could change what else there means.
func (a *Address) InScope(prefix string) bool {
	if prefix == "xml" || prefix == "xmlns" {
		return true
	}
	for bound := range strings.FieldsSeq(a.Prefixes) {
		if bound == prefix {
			return true
		}
	}
	return false
}

// readAddress reads the element whose start tag was just passed, to its end.
func (s *scanner) readAddress() (*Address, error) {
	a := s.newAddress()
	start := s.pos
	for {
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		switch t {
		case characters:
			continue
		case endTag:
			if s.tag.name != a.StartName {
				a.EndName = s.tag.name
				a.Value = string(resolve(s.text[start:a.EndName.Start-len("</")], '\n'))
			}
			return a, nil
		}
		name := s.text[a.StartName.Start:a.StartName.End]
		return nil, s.fail(s.pos, "Only text is allowed in element <%s>", name)
	}
}

// newAddress is the address element whose start tag was just passed, without
// value and end.
func (s *scanner) newAddress() *Address {
	t := s.tag
	prefix := s.prefix(t.name, t.prefix)
	a := &Address{StartName: t.name, Prefix: string(prefix)}
	for _, attr := range s.attrs {
		switch own := string(s.prefix(attr.name, attr.prefix)); {
		case own == "xmlns" && string(s.local(attr.name, attr.prefix)) == a.Prefix,
			a.Prefix == "" && s.bindsDefault(attr):
			a.Declared, a.Declaration = true, attr.value
		case a.Prefix != "" && own == a.Prefix:
			a.PrefixOnAttributes = true
		}
	}
	var room [128]byte
	prefixes := room[:0]
	for _, b := range s.scope {
		if len(b.prefix) > 0 {
			prefixes = append(append(prefixes, b.prefix...), ' ')
		}
	}
	a.Prefixes = string(prefixes)
	return a
}

// shift moves every span by n bytes.
func (e *Envelope) shift(n int) {
	for _, a := range []*Address{e.LogicalAddress, e.To} {
		if a == nil {
			continue
		}
		for _, span := range []*Span{&a.StartName, &a.EndName, &a.Declaration} {
			if span.End > 0 {
				span.Start += n
				span.End += n
			}
		}
	}
}
