package proxy

import (
	"net"
	"strings"

	"rivgate/proxy/upstream"
)

// TLSChoice is one set of TLS settings towards producers.
type TLSChoice struct {
	Name    string // for explanations: "default", "override 1", …
	Profile *upstream.TLSProfile
}

// TLSMatch says which targets a choice is for. All that is set must hold; a
// match with nothing set holds for none.
type TLSMatch struct {
	Host   string // whole name, without case
	Suffix string // end of the name, without case and without label boundary, as in VP
	Port   string
}

// TLSOverride is a choice for the targets it matches.
type TLSOverride struct {
	Match  TLSMatch
	Choice TLSChoice
}

// TLSChoices picks the TLS settings for a target. It is immutable.
type TLSChoices struct {
	Default   TLSChoice
	Overrides []TLSOverride // the first match wins
}

// For is the choice for addr, a host:port. A name with a final dot is the same
// name without.
func (t *TLSChoices) For(addr string) *TLSChoice {
	if len(t.Overrides) > 0 {
		host, port, err := net.SplitHostPort(addr)
		host = strings.TrimSuffix(host, ".")
		for i := range t.Overrides {
			if err == nil && t.Overrides[i].Match.holds(host, port) {
				return &t.Overrides[i].Choice
			}
		}
	}
	return &t.Default
}

func (m TLSMatch) holds(host, port string) bool {
	if m == (TLSMatch{}) {
		return false
	}
	return (m.Host == "" || strings.EqualFold(m.Host, host)) &&
		(m.Suffix == "" || hasSuffixFold(host, m.Suffix)) &&
		(m.Port == "" || m.Port == port)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
