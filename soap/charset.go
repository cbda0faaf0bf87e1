package soap

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

// UTF8 is the label of the charset everything is scanned and sent in.
const UTF8 = "UTF-8"

type charsetKind uint8

const (
	utf8Charset charsetKind = iota
	asciiCharset
	tableCharset // one byte, one character
	utf16Charset // byte order by mark, big-endian without one
	utf16BigCharset
	utf16LittleCharset
)

// charset is a charset that can be read and written.
type charset struct {
	name  string // preferred MIME name
	kind  charsetKind
	table *charmap.Charmap // of a tableCharset
}

// javaNames are names that Java systems use and the IANA registry lacks.
var javaNames = map[string]string{
	"utf8":      "UTF-8",
	"utf16":     "UTF-16",
	"ascii":     "US-ASCII",
	"iso8859_1": "ISO-8859-1", "iso8859-1": "ISO-8859-1",
	"iso8859_15": "ISO-8859-15", "iso8859-15": "ISO-8859-15",
	"cp1250": "windows-1250", "cp1252": "windows-1252",
}

// lookupCharset finds a charset by any name the IANA registry or Java has for
// it, without regard to case.
func lookupCharset(label string) (charset, bool) {
	if label == UTF8 || label == "utf-8" { // nearly always
		return charset{name: UTF8}, true
	}
	label = strings.ToLower(label)
	if strings.ContainsFunc(label, func(c rune) bool { return c <= ' ' }) {
		return charset{}, false // the registry's names are found in spite of it
	}
	if name, ok := javaNames[label]; ok {
		label = strings.ToLower(name)
	}
	switch label {
	case "utf-8":
		return charset{name: UTF8}, true
	case "us-ascii":
		return charset{name: "US-ASCII", kind: asciiCharset}, true
	case "utf-16":
		return charset{name: "UTF-16", kind: utf16Charset}, true
	case "utf-16be":
		return charset{name: "UTF-16BE", kind: utf16BigCharset}, true
	case "utf-16le":
		return charset{name: "UTF-16LE", kind: utf16LittleCharset}, true
	}
	return lookupRegistered(label)
}

// lookupRegistered asks the IANA registry, of which the charsets with one
// byte a character and the aliases of US-ASCII are known.
func lookupRegistered(label string) (charset, bool) {
	enc, err := ianaindex.IANA.Encoding(label)
	if err != nil || enc == nil {
		return charset{}, false
	}
	name, err := ianaindex.MIME.Name(enc)
	if err != nil {
		return charset{}, false
	}
	if table, ok := enc.(*charmap.Charmap); ok {
		return charset{name: name, kind: tableCharset, table: table}, true
	}
	if name == "US-ASCII" {
		return charset{name: name, kind: asciiCharset}, true
	}
	return charset{}, false
}

func (c charset) isUTF8() bool { return c.kind == utf8Charset }

// wide tells whether characters take two bytes or more.
func (c charset) wide() bool { return c.kind >= utf16Charset }

// readsASCII tells whether ASCII bytes stand for themselves.
func (c charset) readsASCII() bool {
	return !c.wide() && (c.table == nil || c.table.DecodeByte('<') == '<')
}

// mark is what a byte order mark at the start of text says, and its size.
func mark(text []byte) (cs charset, size int) {
	switch {
	case len(text) >= 3 && string(text[:3]) == byteOrderMark:
		return charset{name: UTF8}, 3
	case len(text) >= 2 && string(text[:2]) == "\xFE\xFF":
		return charset{name: "UTF-16BE", kind: utf16BigCharset}, 2
	case len(text) >= 2 && string(text[:2]) == "\xFF\xFE":
		return charset{name: "UTF-16LE", kind: utf16LittleCharset}, 2
	}
	return charset{}, 0
}

// pattern is what the first bytes of text without a mark say: an XML
// declaration in UTF-16, or UTF-8 (XML 1.0, appendix F).
func pattern(text []byte) charset {
	if len(text) < 4 {
		return charset{name: UTF8}
	}
	switch string(text[:4]) {
	case "\x00<\x00?":
		return charset{name: "UTF-16BE", kind: utf16BigCharset}
	case "<\x00?\x00":
		return charset{name: "UTF-16LE", kind: utf16LittleCharset}
	}
	return charset{name: UTF8}
}

// agrees tells whether text that by its mark or pattern is in found may be
// called c.
func (c charset) agrees(found charset) bool {
	return c.kind == found.kind && c.table == found.table ||
		c.kind == utf16Charset && found.wide()
}
