package xmlstream

import (
	"strings"
	"unicode/utf8"
)

// maxNames bounds the memory of names and namespaces seen. A document with
// more distinct ones is read slower, not refused.
const maxNames = 4096

// qname is a name as written.
type qname struct {
	raw    string
	prefix string
	local  string
}

// names remembers the names of a document, so that each is checked and
// allocated once.
type names map[string]*qname

// get returns the remembered name; nil when b is no qualified name.
func (n *names) get(b []byte) *qname {
	if known, ok := (*n)[string(b)]; ok {
		return known
	}
	q := newQName(string(b))
	if q == nil {
		return nil
	}
	if *n == nil || len(*n) >= maxNames {
		*n = make(names)
	}
	(*n)[q.raw] = q
	return q
}

// newQName checks raw against "QName" of Namespaces in XML 1.0; nil: it is none.
func newQName(raw string) *qname {
	prefix, local, colon := strings.Cut(raw, ":")
	if !colon {
		prefix, local = "", raw
	} else if !isNCName(prefix) {
		return nil
	}
	if !isNCName(local) {
		return nil
	}
	return &qname{raw: raw, prefix: prefix, local: local}
}

// isNCName tells whether s is a name without colon.
func isNCName(s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	for i, c := range s {
		if !isNameChar(c) || c == ':' || i == 0 && !isNameStart(c) {
			return false
		}
	}
	return true
}

// isNameStart is NameStartChar of XML 1.0 fifth edition.
func isNameStart(c rune) bool {
	switch {
	case c < utf8.RuneSelf:
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':'
	case c < 0x300:
		return c >= 0xC0 && c != 0xD7 && c != 0xF7
	case c < 0x2000:
		return c >= 0x370 && c != 0x37E
	}
	return c == 0x200C || c == 0x200D || 0x2070 <= c && c <= 0x218F ||
		0x2C00 <= c && c <= 0x2FEF || 0x3001 <= c && c <= 0xD7FF ||
		0xF900 <= c && c <= 0xFDCF || 0xFDF0 <= c && c <= 0xFFFD ||
		0x10000 <= c && c <= 0xEFFFF
}

// isNameChar is NameChar of XML 1.0 fifth edition.
func isNameChar(c rune) bool {
	return isNameStart(c) || '0' <= c && c <= '9' || c == '-' || c == '.' || c == 0xB7 ||
		0x300 <= c && c <= 0x36F || c == 0x203F || c == 0x2040
}
