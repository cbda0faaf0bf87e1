package edge

import (
	"net"
	"net/netip"
	"sync"
)

// admission counts open connections, whole and by remote address.
type admission struct {
	mu                sync.Mutex
	total, perAddress int // 0: no limit
	open              int
	byAddress         map[netip.Addr]int
}

// limit sets the limits for connections from now on.
func (a *admission) limit(total, perAddress int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total, a.perAddress = total, perAddress
}

// enter counts a connection in, or names the limit that keeps it out.
func (a *admission) enter(from netip.Addr) (limit string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.total > 0 && a.open >= a.total {
		return LimitConnections
	}
	from = household(from)
	if a.perAddress > 0 && a.byAddress[from] >= a.perAddress {
		return LimitPerAddress
	}
	if a.byAddress == nil {
		a.byAddress = make(map[netip.Addr]int)
	}
	a.byAddress[from]++
	a.open++
	return ""
}

// leave undoes one enter.
func (a *admission) leave(from netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	from = household(from)
	if a.byAddress[from]--; a.byAddress[from] == 0 {
		delete(a.byAddress, from)
	}
}

// household is what counts as one address: of IPv6 a /64, since that is the least
// that one host is given, and it may use all of it.
func household(address netip.Addr) netip.Addr {
	if !address.Is6() {
		return address
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil { // for no IPv6 address
		return address
	}
	return prefix.Addr()
}

func (a *admission) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open
}

// addrPort is the address of a TCP peer, IPv4-mapped ones unmapped so that
// one peer has one address. It is the zero value for other networks.
func addrPort(address net.Addr) netip.AddrPort {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
