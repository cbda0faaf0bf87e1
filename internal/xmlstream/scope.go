package xmlstream

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// scope holds the namespace declarations in force, innermost last.
type scope struct {
	bindings []binding
	spaces   map[string]string
}

type binding struct{ prefix, space string }

// bind puts a declaration in force. It returns what is wrong with it, or "".
func (s *scope) bind(prefix string, value []byte) string {
	space := s.intern(value)
	switch {
	case prefix == "xmlns", space == xmlnsSpace, (prefix == "xml") != (space == xmlSpace):
		return "a reserved namespace is declared"
	case prefix != "" && space == "":
		return "prefix " + prefix + " is declared without a namespace"
	}
	s.bindings = append(s.bindings, binding{prefix, space})
	return ""
}

// resolve is the namespace a prefix stands for.
func (s *scope) resolve(prefix string) (space string, ok bool) {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].prefix == prefix {
			return s.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return xmlSpace, true
	}
	return "", prefix == ""
}

// leave takes the declarations after the first n out of force.
func (s *scope) leave(n int) { s.bindings = s.bindings[:n] }

// intern gives equal namespaces one string.
func (s *scope) intern(value []byte) string {
	if known, ok := s.spaces[string(value)]; ok {
		return known
	}
	if s.spaces == nil || len(s.spaces) >= maxNames {
		s.spaces = make(map[string]string)
	}
	space := string(value)
	s.spaces[space] = space
	return space
}
