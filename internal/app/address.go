package app

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"rivgate/config"
	"rivgate/internal/pace"
	"rivgate/proxy/upstream"
	"rivgate/tak"
)

// addressCheck tells which route addresses may be called: usable ones whose
// scheme and port the configuration allows.
func addressCheck(p config.Producers) func(string) error {
	return func(address string) error {
		target, err := upstream.ParseTarget(address)
		if err != nil {
			return err
		}
		_, port, err := net.SplitHostPort(target.Addr)
		if err != nil {
			return err
		}
		number, err := strconv.Atoi(port)
		switch {
		case err != nil:
			return err
		case len(p.Allow.Schemes) > 0 && !slices.Contains(p.Allow.Schemes, target.Scheme):
			return fmt.Errorf("scheme %s is not in producers.allow.schemes", target.Scheme)
		case len(p.Allow.Ports) > 0 && !slices.Contains(p.Allow.Ports, number):
			return fmt.Errorf("port %d is not in producers.allow.ports", number)
		case slices.Contains(p.Deny.Ports, number):
			return fmt.Errorf("port %d is in producers.deny.ports", number)
		}
		return nil
	}
}

// plainListener is where one of the gateway's own plain listeners is reached.
type plainListener struct{ name, address, path string }

// configuredListeners are cfg's plain listeners under their configured addresses.
func configuredListeners(listeners []config.Listener) []plainListener {
	var plain []plainListener
	for _, listener := range listeners {
		if listener.TLS == nil {
			plain = append(plain, plainListener{listener.Name, listener.Address, strings.TrimSuffix(listener.Path, "/")})
		}
	}
	return plain
}

// routesBack lists the routes that lead to one of the gateway's own plain
// listeners: calls on them would run in a circle until x-vp-hops stops them. It
// resolves no names; a name that is not this host's own is taken for another's.
func routesBack(catalogue *tak.Catalogue, listeners []plainListener, p *pace.Pace) []string {
	var texts []string
	for route := range catalogue.FirstRoutes() {
		p.Step()
		target, err := upstream.ParseTarget(route.Address)
		if err != nil || target.Scheme != "http" {
			continue
		}
		for _, listener := range listeners {
			if listener.reachedBy(target) {
				texts = append(texts, fmt.Sprintf("route of %s for %s leads back to listener %s: %s",
					route.Receiver, route.Contract, listener.name, route.Address))
				break
			}
		}
	}
	return texts
}

func (l plainListener) reachedBy(target upstream.Target) bool {
	host, port, err := net.SplitHostPort(l.address)
	if err != nil || !strings.HasSuffix(target.Addr, ":"+port) {
		return false
	}
	path, _, _ := strings.Cut(target.Path, "?")
	rest, under := strings.CutPrefix(path, l.path)
	if !under || rest != "" && rest[0] != '/' {
		return false
	}
	if strings.EqualFold(target.ServerName, host) {
		return true
	}
	bound, err := netip.ParseAddr(host)
	everywhere := host == "" || err == nil && bound.IsUnspecified()
	return ownHost(target.ServerName, everywhere, strings.EqualFold(host, "localhost") || err == nil && bound.IsLoopback())
}

// ownHost tells whether name is this host: a loopback name for listeners on
// loopback, any interface's address or the host's name for those on all.
func ownHost(name string, everywhere, loopback bool) bool {
	address, err := netip.ParseAddr(name)
	if strings.EqualFold(name, "localhost") || err == nil && address.IsLoopback() {
		return everywhere || loopback
	}
	if !everywhere {
		return false
	}
	if own, hostErr := os.Hostname(); hostErr == nil && strings.EqualFold(own, name) {
		return true
	}
	interfaces, listErr := net.InterfaceAddrs()
	return err == nil && listErr == nil && slices.ContainsFunc(interfaces, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && prefix.Addr() == address
	})
}
