package auth

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"rivgate/fault"
)

// remoteAddress is what VP calls the peer's address in VP011.
const remoteAddress = "CamelNettyRemoteAddress"

// normal makes addresses comparable: an IPv4 address mapped into IPv6 is the
// IPv4 address, and a zone says nothing about trust.
func normal(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func normalPrefixes(prefixes []netip.Prefix) ([]netip.Prefix, error) {
	normalised := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if !p.IsValid() {
			return nil, fmt.Errorf("trusted proxy %v is not a network", p)
		}
		if p.Addr().Is4In6() {
			if p.Bits() < 96 {
				return nil, fmt.Errorf("trusted proxy %v covers more than the IPv4 addresses", p)
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		normalised = append(normalised, p.Masked())
	}
	return normalised, nil
}

// Trusts tells whether a is a trusted proxy's address: on a plain listener such
// a peer may tell by header what it knows of its own caller.
func (p *Policy) Trusts(a netip.Addr) bool { return p.trusts(normal(a)) }

// trusts tells whether a peer may assert identity by header. The address must
// be normal.
func (p *Policy) trusts(a netip.Addr) bool {
	for _, proxies := range p.proxies {
		if proxies.Contains(a) {
			return true
		}
	}
	return false
}

// untrusted is VP011 for an address that is no trusted proxy's.
func untrusted(address, source string) error {
	return fault.Newf(fault.VP011,
		"Caller was not on the white list of accepted IP-addresses.  IP-address: %s. HTTP header that caused checking: %s",
		address, source)
}

// forwardedFor is the client IP header, its lines joined as VP joins them, and
// whether there was one.
func (p *Policy) forwardedFor(h http.Header) (list string, present bool) {
	lines := h[p.clientIP]
	if p.clientIP == "" || len(lines) == 0 {
		return "", false
	}
	if len(lines) == 1 {
		return lines[0], true
	}
	return strings.Join(lines, ","), true
}

// trustsAll tells whether every address of a client IP list is a trusted
// proxy's. VP compares the list's beginning only, which the caller writes.
func (p *Policy) trustsAll(list string) bool {
	for element := range strings.SplitSeq(list, ",") {
		address, ok := parseAddress(strings.TrimSpace(element))
		if !ok || !p.trusts(address) {
			return false
		}
	}
	return true
}

// parseAddress reads one element of a client IP list: an address, with the
// brackets and the port that some proxies add.
func parseAddress(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return normal(withPort.Addr()), true
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	address, err := netip.ParseAddr(s)
	return normal(address), err == nil
}
