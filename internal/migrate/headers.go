package migrate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func (t *translation) headers(n *node) {
	t.removed(n, "remove_request", "headers.reg.exp.requestHeadersToRemove", "headers.reg.exp.requestHeadersToKeep")
	t.removed(n, "remove_response", "headers.reg.exp.responseHeadersToRemove", "headers.reg.exp.responseHeadersToKeep")
	forwarded := n.section("forwarded")
	t.carry(forwarded, "host", "http.forwarded.header.host", asText)
	t.carry(forwarded, "port", "http.forwarded.header.port", asText)
	t.carry(forwarded, "proto", "http.forwarded.header.proto", asText)
	t.contentType()
}

func (t *translation) contentType() {
	const key = "vp.header.content.type"
	if known, _ := keyNamed(key); t.get(key) == known.jar {
		t.kept(key, "")
		return
	}
	t.dropped(key, "requests are sent as text/xml;charset=UTF-8; multipart and SOAP 1.2 keep their own type")
}

// removed translates a pair of VP's regular expressions on header names. What
// VP's own expression removes is built in; the rest becomes names and prefixes.
func (t *translation) removed(n *node, name, removeKey, keepKey string) {
	target := n.path(name)
	builtIn := ownAlternatives(removeKey)
	kept := t.keptHeaders(keepKey, target)
	var names []string
	given := alternatives(t.get(removeKey))
	for _, alternative := range given {
		header, ok := headerName(alternative)
		switch {
		case slices.Contains(builtIn, strings.ToLower(alternative)):
		case !ok:
			t.unsafe(removeKey, target, fmt.Sprintf("%s is no name and no name.*: headers that it matches are no longer removed", alternative))
		case slices.Contains(kept, strings.ToLower(header)):
		default:
			names = append(names, header)
		}
	}
	inGiven := func(own string) bool {
		return slices.ContainsFunc(given, func(alternative string) bool { return strings.EqualFold(alternative, own) })
	}
	if absent := slices.DeleteFunc(builtIn, inGiven); len(absent) > 0 {
		t.changed(removeKey, target, "not in this list, and removed all the same: "+strings.Join(absent, ", "))
	}
	if len(names) > 0 {
		n.list(name, names)
	}
	t.kept(removeKey, target)
}

// keptHeaders are the names that VP excepts from removal. Only a name that is
// itself in the list of removals can be excepted here.
func (t *translation) keptHeaders(key, target string) []string {
	own := ownAlternatives(key)
	var names []string
	for _, alternative := range alternatives(t.get(key)) {
		lower := strings.ToLower(alternative)
		if slices.Contains(own, lower) {
			continue
		}
		names = append(names, lower)
		t.changed(key, target, fmt.Sprintf("%s is kept only if nothing but its own name removed it: the built-in removals have no exceptions", alternative))
	}
	t.kept(key, target)
	return names
}

// ownAlternatives are those of VP's default for key, in lower case.
func ownAlternatives(key string) []string {
	known, _ := keyNamed(key)
	return alternatives(strings.ToLower(known.jar))
}

// alternatives parts a regular expression at the bars that stand outside
// brackets. VP matches without case, whether the expression says so or not.
func alternatives(expression string) []string {
	expression = strings.TrimPrefix(strings.TrimSpace(expression), "(?i)")
	var all []string
	depth, start := 0, 0
	for i := 0; i < len(expression); i++ {
		switch expression[i] {
		case '\\':
			i++
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '|':
			if depth == 0 {
				all = append(all, expression[start:i])
				start = i + 1
			}
		}
	}
	all = trimmed(append(all, expression[start:]))
	return slices.DeleteFunc(all, func(alternative string) bool { return alternative == "" })
}

var headerToken = regexp.MustCompile("^[A-Za-z0-9!#%&'_`~.-]+$")

// headerName is an alternative as a name, or as a prefix with * after it. A dot
// stands for itself: header names that differ from the meant one in that place
// alone do not occur.
func headerName(alternative string) (name string, ok bool) {
	name, isPrefix := strings.CutSuffix(alternative, ".*")
	name = strings.NewReplacer(`\.`, ".", `\-`, "-", `\_`, "_").Replace(name)
	if !headerToken.MatchString(name) {
		return "", false
	}
	if isPrefix {
		name += "*"
	}
	return name, true
}
