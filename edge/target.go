package edge

import (
	"bytes"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// tokenByte marks the bytes of methods and header names, RFC 9110, 5.6.2.
var tokenByte = bytesOf("!#$%&'*+-.^_`|~" + alphanumeric)

// hostByte marks the bytes of a host name or IPv4 address. RFC 3986 knows
// more (sub-delims, escapes), which no real host has and which readers
// disagree about.
var hostByte = bytesOf("-._~" + alphanumeric)

var alphanumericByte = bytesOf(alphanumeric)

const alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func bytesOf(set string) (table [256]bool) {
	for i := range len(set) {
		table[set[i]] = true
	}
	return table
}

func isToken(name []byte) bool {
	for _, b := range name {
		if !tokenByte[b] {
			return false
		}
	}
	return len(name) > 0
}

// checkTarget checks a request target by its form, RFC 9112, 3.2, and says
// what is wrong with it, or nothing.
func checkTarget(method, target []byte) (reason string) {
	const bad = "malformed request target"
	for _, b := range target {
		if b <= ' ' || b >= 0x7f || b == '#' {
			return bad
		}
	}
	ok := false
	switch {
	case len(target) == 0:
	case target[0] == '/':
		path, _, _ := bytes.Cut(target, []byte{'?'})
		ok = validEscapes(path)
	case string(target) == "*":
		ok = string(method) == "OPTIONS"
	case string(method) == "CONNECT":
		ok = validHost(target) && parses("http://"+string(target))
	default:
		ok = validAbsolute(string(target))
	}
	if !ok {
		return bad
	}
	return ""
}

// validAbsolute accepts the http and https URLs that proxies send.
func validAbsolute(target string) bool {
	u, err := url.ParseRequestURI(target)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
		u.Opaque == "" && u.User == nil && validHost([]byte(u.Host))
}

func parses(target string) bool {
	_, err := url.ParseRequestURI(target)
	return err == nil
}

func validEscapes(path []byte) bool {
	for {
		i := bytes.IndexByte(path, '%')
		if i < 0 {
			return true
		}
		if len(path) < i+3 || !isHex(path[i+1]) || !isHex(path[i+2]) {
			return false
		}
		path = path[i+3:]
	}
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

// validHost checks host[:port], RFC 9110, 7.2. The host must not be empty; the
// port may be.
func validHost(value []byte) bool {
	host, port := value, []byte(nil)
	if i := bytes.LastIndexByte(value, ':'); i >= 0 && bytes.IndexByte(value[i:], ']') < 0 {
		host, port = value[:i], value[i+1:]
	}
	return validPort(port) && (validName(host) || validIPv6(host))
}

func validName(host []byte) bool {
	for _, b := range host {
		if !hostByte[b] {
			return false
		}
	}
	return len(host) > 0
}

func validIPv6(host []byte) bool {
	if len(host) < 2 || host[0] != '[' || host[len(host)-1] != ']' {
		return false
	}
	inner := string(host[1 : len(host)-1])
	address, err := netip.ParseAddr(inner)
	return err == nil && address.Is6() && !strings.Contains(inner, "%")
}

func validPort(port []byte) bool {
	if len(port) == 0 {
		return true
	}
	for _, b := range port {
		if b < '0' || b > '9' {
			return false
		}
	}
	_, err := strconv.ParseUint(string(port), 10, 16)
	return err == nil
}
