package soap

import "bytes"

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// binding is a namespace declaration in scope; the default namespace has an
// empty prefix.
type binding struct{ prefix, space []byte }

// namespaces are the declarations in scope, innermost last.
type namespaces []binding

// find is the namespace name bound to prefix; empty means none.
func (n namespaces) find(prefix []byte) []byte {
	for i := len(n) - 1; i >= 0; i-- {
		if bytes.Equal(n[i].prefix, prefix) {
			return n[i].space
		}
	}
	return nil
}

func (s *scanner) bindsPrefix(a attribute) bool {
	return string(s.prefix(a.name, a.prefix)) == "xmlns"
}

func (s *scanner) bindsDefault(a attribute) bool {
	return string(s.text[a.name.Start:a.name.End]) == "xmlns"
}

// refuseRepeatedBinding looks for an earlier declaration of the same prefix
// in the same tag.
func (s *scanner) refuseRepeatedBinding(a attribute) error {
	byPrefix := s.bindsPrefix(a)
	if !byPrefix && !s.bindsDefault(a) {
		return nil
	}
	name := s.text[a.name.Start:a.name.End]
	for _, b := range s.attrs {
		if !bytes.Equal(name, s.text[b.name.Start:b.name.End]) {
			continue
		}
		if byPrefix {
			return s.fail(s.pos, "Duplicate declaration for namespace prefix '%s'.", s.local(a.name, a.prefix))
		}
		return s.fail(s.pos, "Duplicate default namespace declaration.")
	}
	return nil
}

// resolveNames puts the declarations of the start tag just read into scope
// and gives it and its attributes their namespaces.
func (s *scanner) resolveNames() error {
	for _, a := range s.attrs {
		if err := s.declare(a); err != nil {
			return err
		}
	}
	prefix := s.prefix(s.tag.name, s.tag.prefix)
	s.tag.space = s.lookup(prefix)
	if len(prefix) > 0 && len(s.tag.space) == 0 {
		return s.fail(s.pos, "Undeclared namespace prefix \"%s\"", prefix)
	}
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.prefix == 0 || s.bindsPrefix(*a) {
			continue
		}
		prefix := s.prefix(a.name, a.prefix)
		a.space = s.lookup(prefix)
		if len(a.space) == 0 {
			return s.fail(s.pos, "Undeclared namespace prefix \"%s\" (for attribute \"%s\")", prefix, s.local(a.name, a.prefix))
		}
	}
	return s.refuseRepeatedAttributes()
}

func (s *scanner) lookup(prefix []byte) []byte {
	if string(prefix) == "xml" {
		return []byte(xmlNamespace)
	}
	return s.scope.find(prefix)
}

// declare puts a into scope if it is a namespace declaration. The texts for
// the reserved names show their placeholders, as VP's parser does.
func (s *scanner) declare(a attribute) error {
	var prefix []byte
	switch {
	case s.bindsPrefix(a):
		prefix = s.local(a.name, a.prefix)
	case !s.bindsDefault(a):
		return nil
	}
	space := s.value(a)
	switch {
	case string(prefix) == "xmlns":
		return s.fail(s.pos, "Trying to declare prefix \"xmlns\" (illegal as per NS 1.1 #4)")
	case string(prefix) == "xml":
		if string(space) != xmlNamespace {
			return s.fail(s.pos, "Trying to redeclare prefix \"xml\" from its default URI \"%s\" to \"%s\"", xmlNamespace, space)
		}
		return nil
	case string(space) == xmlNamespace:
		shown := "{0}"
		if prefix != nil {
			shown = string(prefix)
		}
		return s.fail(s.pos, "Trying to bind URI \"%s\" to prefix \"%s\" (can only bind to \"xml\")", xmlNamespace, shown)
	case string(space) == xmlnsNamespace:
		return s.fail(s.pos, "Trying to bind URI \"%s\" to prefix \"{0}\" (can not be explicitly bound)", xmlnsNamespace)
	case s.lim.Attributes > 0 && len(s.scope) >= s.lim.Attributes:
		// Looking up a prefix walks what is in scope, which must stay short.
		return unreadable("Limit on namespace declarations in scope (%d) exceeded", s.lim.Attributes)
	}
	s.scope = append(s.scope, binding{prefix, space})
	return nil
}

// fewAttributes is up to where comparing every pair beats building a set.
const fewAttributes = 16

// refuseRepeatedAttributes looks for two attributes of one name: the same
// local part in the same namespace, whatever their prefixes.
func (s *scanner) refuseRepeatedAttributes() error {
	if len(s.attrs) > fewAttributes {
		return s.refuseRepeatedOfMany()
	}
	for i, a := range s.attrs {
		for _, b := range s.attrs[:i] {
			if bytes.Equal(s.local(a.name, a.prefix), s.local(b.name, b.prefix)) &&
				bytes.Equal(a.space, b.space) && s.bindsPrefix(a) == s.bindsPrefix(b) {
				return s.repeated(a)
			}
		}
	}
	return nil
}

func (s *scanner) refuseRepeatedOfMany() error {
	seen := make(map[Name]bool, len(s.attrs))
	for _, a := range s.attrs {
		if s.bindsPrefix(a) {
			continue // refuseRepeatedBinding has seen to it
		}
		name := Name{string(a.space), string(s.local(a.name, a.prefix))}
		if seen[name] {
			return s.repeated(a)
		}
		seen[name] = true
	}
	return nil
}

func (s *scanner) repeated(a attribute) error {
	name := string(s.local(a.name, a.prefix))
	if len(a.space) > 0 {
		name = "{" + string(a.space) + "}" + name
	}
	return s.fail(s.pos, "Duplicate attribute '%s'.", name)
}
