package app

import (
	"fmt"
	"net/netip"
	"slices"

	"rivgate/config"
)

// networkCheck tells which resolved addresses may be connected to. The
// configuration holds no IPv4 networks written as IPv6.
func networkCheck(p config.Producers) func(netip.AddrPort) error {
	if len(p.Allow.Networks) == 0 && len(p.Deny.Networks) == 0 {
		return nil
	}
	return func(to netip.AddrPort) error {
		for _, address := range reached(to.Addr()) {
			holds := func(network netip.Prefix) bool { return network.Contains(address) }
			switch {
			case slices.ContainsFunc(p.Deny.Networks, holds):
				return fmt.Errorf("%s is in producers.deny.networks", to.Addr())
			case len(p.Allow.Networks) > 0 && !slices.ContainsFunc(p.Allow.Networks, holds):
				return fmt.Errorf("%s is not in producers.allow.networks", to.Addr())
			}
		}
		return nil
	}
}

// translated holds IPv6 addresses that networks turn into the IPv4 address in
// their last four bytes (RFC 6052, 2.1).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// reached are the addresses that a connection to one leads to: itself without
// its zone, which no network has, the one it is translated into, and loopback
// where it is unspecified, because systems connect to themselves then.
func reached(to netip.Addr) []netip.Addr {
	address := to.Unmap().WithZone("")
	switch {
	case translated.Contains(address):
		bytes := address.As16()
		return append(reached(netip.AddrFrom4([4]byte(bytes[12:]))), address)
	case !address.IsUnspecified():
		return []netip.Addr{address}
	case address.Is4():
		return []netip.Addr{address, netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	default:
		return []netip.Addr{address, netip.IPv6Loopback()}
	}
}
