package wsdl

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// secrets finds the internal addresses in what a producer offers. Nil finds nothing.
type secrets struct {
	text      *regexp.Regexp // hosts, alone or with what makes them an address
	attribute *regexp.Regexp // the same, but hosts without a dot in addresses only
}

// What stands around a host in an address.
const (
	scheme   = `(?:[a-z][a-z0-9+.-]*:)?//(?:[^\s"'<>/@]*@)?`
	portPath = `(?::[0-9]+)?(?:[/?#][^\s"'<>]*)?`
)

// newSecrets hides the hosts given. A host without a dot may also be a word or
// a part's name, so that in attributes it counts in addresses only.
func newSecrets(hosts map[string]bool) *secrets {
	var all, dotted []string
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		pattern := `\b` + regexp.QuoteMeta(host) + `\b`
		if strings.Contains(host, ":") {
			pattern = regexp.QuoteMeta("[" + host + "]")
		}
		all = append(all, pattern)
		if strings.ContainsAny(host, ".:") {
			dotted = append(dotted, pattern)
		}
	}
	inAddress := scheme + `(?:` + strings.Join(all, "|") + `)`
	attribute := inAddress
	if len(dotted) > 0 {
		attribute += `|(?:` + strings.Join(dotted, "|") + `)`
	}
	return &secrets{
		text:      regexp.MustCompile(`(?i)(?:(?:` + scheme + `)?(?:` + strings.Join(all, "|") + `))` + portPath),
		attribute: regexp.MustCompile(`(?i)(?:` + attribute + `)` + portPath),
	}
}

// replaceText puts the service's address in place of internal ones.
func (s *secrets) replaceText(text string, address func() string) string {
	if s == nil {
		return text
	}
	return s.text.ReplaceAllStringFunc(text, func(string) string { return address() })
}

// replaceAttribute is replaceText for attributes.
func (s *secrets) replaceAttribute(value string, address func() string) string {
	if s == nil {
		return value
	}
	return s.attribute.ReplaceAllStringFunc(value, func(string) string { return address() })
}

// in tells whether text shows an internal host.
func (s *secrets) in(text string) bool { return s != nil && s.text.MatchString(text) }

// remainIn tells whether pages still show an internal address, as identifiers may.
func (s *secrets) remainIn(lib *library) bool {
	for _, page := range lib.parts {
		if slices.ContainsFunc(page.text, s.attribute.MatchString) {
			return true
		}
	}
	return false
}

// blank is the content of a comment or processing instruction, or nothing if
// it shows an internal host: what may stand there follows rules of its own.
func (s *secrets) blank(content string) string {
	if s.in(content) {
		return ""
	}
	return content
}

// isIdentifier tells whether an attribute names something, so that another
// value would make another contract. Such a name may look like an address.
func isIdentifier(a *etree.Attr) bool {
	if a.Space == "xmlns" || a.FullKey() == "xmlns" {
		return true
	}
	switch a.Key {
	case "targetNamespace", "namespace", "soapAction", "Action", "value", "fixed", "default":
		return true
	}
	return false
}

// isPublic tells whether a host is one of those where standards are published:
// documents of a contract may refer to it.
func isPublic(host string) bool {
	switch strings.ToLower(host) {
	case "www.w3.org", "schemas.xmlsoap.org", "docs.oasis-open.org":
		return true
	}
	return false
}

// hostsOf adds the hosts that a document names as addresses to hosts.
func hostsOf(e *etree.Element, hosts map[string]bool) {
	attr, _ := referenceOf(e)
	if attr == nil {
		attr = addressOf(e)
	}
	if attr != nil {
		if u, err := url.Parse(strings.TrimSpace(attr.Value)); err == nil && u.Hostname() != "" && !isPublic(u.Hostname()) {
			hosts[strings.ToLower(u.Hostname())] = true
		}
	}
	for _, child := range e.ChildElements() {
		hostsOf(child, hosts)
	}
}
