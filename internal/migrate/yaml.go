package migrate

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// node is a place in the YAML file: the file itself, a section, a list, an item
// of a list, or a key with its value.
type node struct {
	key      string // "-" for an item of a list
	text     string // the value of a key, in YAML's form
	notes    []string
	children []*node
	parent   *node
}

const itemKey = "-"

func (n *node) add(child *node) *node {
	child.parent = n
	n.children = append(n.children, child)
	return child
}

// section adds a mapping or a list. One that stays empty is not written.
func (n *node) section(key string, notes ...string) *node {
	return n.add(&node{key: key, notes: notes})
}

// item adds an item to a list; it is filled like a section.
func (n *node) item(notes ...string) *node { return n.add(&node{key: itemKey, notes: notes}) }

// set adds a key with a value that is YAML already; see text and list. Empty
// notes are left out.
func (n *node) set(key, yaml string, notes ...string) {
	n.add(&node{key: key, text: yaml, notes: notes})
}

// list adds a list of texts, on one line if they fit.
func (n *node) list(key string, items []string, notes ...string) {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = text(item)
	}
	flow := "[" + strings.Join(quoted, ", ") + "]"
	if len(flow) <= lineWidth-20 {
		n.set(key, flow, notes...)
		return
	}
	list := n.section(key, notes...)
	for _, item := range quoted {
		list.add(&node{key: itemKey, text: item})
	}
}

// path is the key path of a child named key.
func (n *node) path(key string) string {
	switch {
	case n.parent == nil:
		return key
	case n.key == itemKey:
		return strings.TrimSuffix(n.parent.path(""), ".") + "[]." + key
	}
	return n.parent.path(n.key) + "." + key
}

// lineWidth is where comments are broken and lists unfold.
const lineWidth = 110

// render writes the file that n is the root of.
func (n *node) render() []byte {
	var lines []string
	for _, child := range n.children {
		rendered := child.lines()
		if len(lines) > 0 && len(rendered) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, rendered...)
	}
	return []byte(strings.Join(append(comments(n.notes), append([]string{""}, lines...)...), "\n") + "\n")
}

func (n *node) lines() []string {
	lines := comments(n.notes)
	prefix := n.key + ": "
	if n.key == itemKey {
		prefix = "- "
	}
	if n.text != "" {
		return append(lines, prefix+n.text)
	}
	var inner []string
	for _, child := range n.children {
		inner = append(inner, child.lines()...)
	}
	if !n.filled() {
		return append(lines, inner...) // comments at most
	}
	if n.key != itemKey {
		lines = append(lines, n.key+":")
	}
	for i, line := range inner {
		if n.key == itemKey && i == 0 {
			lines = append(lines, prefix+line)
		} else {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// filled tells whether there is any value below n.
func (n *node) filled() bool {
	for _, child := range n.children {
		if child.text != "" || child.filled() {
			return true
		}
	}
	return false
}

func comments(notes []string) []string {
	var lines []string
	for _, note := range notes {
		note = sentence(note)
		line := "#"
		for word := range strings.FieldsSeq(note) {
			if len(line)+1+len(word) > lineWidth && line != "#" {
				lines, line = append(lines, line), "#"
			}
			line += " " + word
		}
		if line != "#" {
			lines = append(lines, line)
		}
	}
	return lines
}

var firstWord = regexp.MustCompile(`^[a-z]+[ ,]`)

// sentence begins a note with a capital, unless it begins with a name.
func sentence(note string) string {
	if firstWord.MatchString(note) {
		return strings.ToUpper(note[:1]) + note[1:]
	}
	return note
}

// plain is text that YAML takes for text and for nothing else.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*$`)

// words that YAML takes for something else than text.
var words = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|y|n)$`)

// text is value as a YAML text, quoted where it must be. ${ is kept from being
// taken for a reference to the environment.
func text(value string) string {
	if plain.MatchString(value) && !words.MatchString(value) {
		return value
	}
	var quoted strings.Builder
	for _, r := range strings.ReplaceAll(value, "${", "$${") {
		switch {
		case r == '"' || r == '\\':
			quoted.WriteRune('\\')
			quoted.WriteRune(r)
		case r > 0xffff && !unicode.IsPrint(r):
			fmt.Fprintf(&quoted, `\U%08x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&quoted, `\u%04x`, r)
		default:
			quoted.WriteRune(r)
		}
	}
	return `"` + quoted.String() + `"`
}
