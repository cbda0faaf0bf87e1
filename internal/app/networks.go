package app

import (
	"fmt"
	"net/netip"
	"slices"

	"rivgate/config"
)

// networkCheck tells which resolved addresses may be connected to.
func networkCheck(p config.Producers) func(netip.AddrPort) error {
	if len(p.Allow.Networks) == 0 && len(p.Deny.Networks) == 0 {
		return nil
	}
	allowed, denied := forComparison(p.Allow.Networks), forComparison(p.Deny.Networks)
	return func(to netip.AddrPort) error {
		for _, address := range reached(to.Addr()) {
			holds := func(network netip.Prefix) bool { return network.Contains(address) }
			switch {
			case slices.ContainsFunc(denied, holds):
				return fmt.Errorf("%s is in producers.deny.networks", to.Addr())
			case len(allowed) > 0 && !slices.ContainsFunc(allowed, holds):
				return fmt.Errorf("%s is not in producers.allow.networks", to.Addr())
			}
		}
		return nil
	}
}

// forComparison brings networks to the form in which reached gives addresses: one
// that is written as IPv4 mapped into IPv6 is the IPv4 network.
func forComparison(networks []netip.Prefix) []netip.Prefix {
	plain := make([]netip.Prefix, len(networks))
	for i, network := range networks {
		if network.Addr().Is4In6() {
			network = netip.PrefixFrom(network.Addr().Unmap(), max(network.Bits()-96, 0))
		}
		plain[i] = network
	}
	return plain
}

// reached are the addresses that a connection to one leads to: itself without
// its zone, which no network has, and loopback where it is unspecified, because
// systems connect to themselves then.
func reached(to netip.Addr) []netip.Addr {
	address := to.Unmap().WithZone("")
	switch {
	case !address.IsUnspecified():
		return []netip.Addr{address}
	case address.Is4():
		return []netip.Addr{address, netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	default:
		return []netip.Addr{address, netip.IPv6Loopback()}
	}
}
