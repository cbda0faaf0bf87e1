package upstream

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Target is where a request goes.
type Target struct {
	Scheme     string // http or https
	Authority  string // host and port as the address has them
	Host       string // value of the Host header; without the port when that is absent, 80 or 443, as VP sends it
	Addr       string // host:port to dial
	ServerName string // for SNI and host verification: the host without brackets, port and final dot
	Path       string // request target in origin form, byte for byte as in the address
}

// ParseTarget takes a route address apart. It is stricter than net/url about
// what makes an address ambiguous (user-info, fragments, spaces and control
// characters are refused, and hosts that end in a number but are no IPv4
// address) and changes nothing about the rest: path and query
// go out byte for byte, percent-encoded or raw UTF-8, and an empty path
// becomes "/". Upper-case schemes, IPv6 literals and underscores in host names
// work. It does no I/O. Every error is an *AddressError.
func ParseTarget(address string) (Target, error) {
	if what := unusableText(address); what != "" {
		return Target{}, &AddressError{what}
	}
	scheme, rest, found := strings.Cut(address, "://")
	scheme = strings.ToLower(scheme)
	if !found || (scheme != "http" && scheme != "https") {
		return Target{}, &AddressError{"the scheme is not http or https"}
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	host, port, err := splitAuthority(authority)
	if err != nil {
		return Target{}, err
	}
	target := Target{Scheme: scheme, Authority: authority, Host: host, Path: path}
	bare := strings.Trim(host, "[]")
	target.ServerName = strings.TrimSuffix(bare, ".")
	if port == 0 {
		port = defaultPort(scheme)
	}
	target.Addr = net.JoinHostPort(bare, strconv.Itoa(port))
	if port != 80 && port != 443 {
		target.Host += ":" + strconv.Itoa(port)
	}
	return target, nil
}

func defaultPort(scheme string) int {
	if scheme == "https" {
		return 443
	}
	return 80
}

// unusableText says what makes text no address, wherever it stands.
func unusableText(address string) string {
	if !strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == '#' }) {
		return "" // nearly always
	}
	if !utf8.ValidString(address) {
		return "it is not UTF-8"
	}
	for _, r := range address {
		switch {
		case unicode.IsControl(r):
			return "it holds a control character"
		case unicode.IsSpace(r):
			return "it holds a space"
		case r == '#':
			return "it has a fragment"
		}
	}
	return ""
}

// splitAuthority returns the host, an IPv6 literal in its brackets, and the
// port, 0 when there is none.
func splitAuthority(authority string) (host string, port int, err error) {
	if strings.Contains(authority, "@") {
		return "", 0, &AddressError{"it has user-info"}
	}
	host, digits := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, digits = authority[:i], authority[i+1:]
	}
	if !usableHost(host) {
		return "", 0, &AddressError{"the host is missing or not a host name"}
	}
	if digits == "" {
		return host, 0, nil
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || number == 0 {
		return "", 0, &AddressError{"the port is not a number from 1 to 65535"}
	}
	return host, int(number), nil
}

func usableHost(host string) bool {
	if literal, ok := strings.CutPrefix(host, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		ip, err := netip.ParseAddr(literal)
		return ok && err == nil && ip.Is6() && ip.Zone() == ""
	}
	for i := range len(host) {
		if b := host[i]; !isAlphanumeric(b) && b != '-' && b != '.' && b != '_' && b != '~' {
			return false
		}
	}
	return strings.Trim(host, ".") != "" && (!endsInNumber(host) || isIPv4(host))
}

// endsInNumber tells whether the last label of a host is a number. No name's
// is, and such a host is read in many ways if it is no plain IPv4 address:
// "127.1", "0177.0.0.1", "0x7f000001" and "2130706433" are all loopback to
// some resolvers.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	label := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	digits, hexadecimal := strings.CutPrefix(label, "0x")
	return isDigits(label) || hexadecimal && strings.Trim(digits, "0123456789abcdef") == ""
}

func isIPv4(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Is4()
}
