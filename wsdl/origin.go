package wsdl

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Origin is what the gateway knows of where a request came in.
type Origin struct {
	TLS     bool   // the request came over TLS
	Trusted bool   // the peer may tell by header under what address it was called
	Prefix  string // the listener's path, without a slash at its end
}

// service is the scheme and authority under which the caller knows the
// gateway, "https://host:port".
//
// A trusted peer's headers tell, each for itself, and what they do not tell is
// taken from the connection and the Host header. A forwarded host does not take
// over the Host header's port, which belongs to another host. What is not a
// host, a port or a scheme counts as not told. A forwarded port is written even
// if it is the scheme's own, as VP does.
func (f Forwarded) service(r *http.Request, o Origin) string {
	scheme := "http"
	if o.TLS {
		scheme = "https"
	}
	host, port, ok := splitAuthority(r.Host)
	if !ok {
		host, port = localAddress(r)
	}
	if o.Trusted {
		if told := strings.ToLower(single(r.Header, f.Proto)); told == "http" || told == "https" {
			scheme = told
		}
		if told, toldPort, ok := splitAuthority(single(r.Header, f.Host)); ok {
			host, port = told, toldPort
		}
		if told := single(r.Header, f.Port); isPort(told) {
			port = told
		}
	}
	if port != "" {
		host += ":" + port
	}
	return scheme + "://" + host
}

// address is the request's own address without its query, the path as the
// caller spelt it. It is fit for an XML attribute.
func address(service string, u *url.URL) string {
	return service + forXML.Replace(u.EscapedPath())
}

// forXML escapes what a path may have and XML does not take as it is.
var forXML = strings.NewReplacer("&", "%26", "'", "%27")

// single is the value of a header that is there once.
func single(h http.Header, name string) string {
	if name == "" {
		return ""
	}
	values := h.Values(name)
	if len(values) != 1 {
		return ""
	}
	return strings.TrimSpace(values[0])
}

// splitAuthority reads "host" or "host:port". An IPv6 address comes back in
// brackets, and may be without them if no port follows.
func splitAuthority(authority string) (host, port string, ok bool) {
	if ip, err := netip.ParseAddr(authority); err == nil && ip.Is6() && ip.Zone() == "" {
		return "[" + authority + "]", "", true
	}
	host = authority
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
		if !isPort(port) {
			return "", "", false
		}
	}
	return host, port, isHost(host)
}

func isHost(host string) bool {
	if inside, ok := strings.CutPrefix(host, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inside, "]"))
		return err == nil && ip.Is6() && ip.Zone() == "" && strings.HasSuffix(inside, "]")
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for _, c := range []byte(host) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func isPort(port string) bool {
	for _, c := range []byte(port) {
		if c < '0' || c > '9' {
			return false
		}
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}

// localAddress is where the request was received, for callers without a usable
// Host header.
func localAddress(r *http.Request) (host, port string) {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return "localhost", ""
	}
	host, port, ok = splitAuthority(local.String())
	if !ok {
		return "localhost", ""
	}
	return host, port
}
