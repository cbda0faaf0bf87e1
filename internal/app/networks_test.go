package app

import (
	"net/netip"
	"strings"
	"testing"

	"rivgate/config"
)

// An address is judged by where a connection to it leads, however it and the
// networks are written.
func TestNetworkCheck(t *testing.T) {
	for _, test := range []struct {
		name        string
		allow, deny string
		to          string
		passes      bool
	}{
		{"denied", "", "10.0.0.0/8", "10.1.2.3", false},
		{"not denied", "", "10.0.0.0/8", "11.1.2.3", true},
		{"mapped address", "", "10.0.0.0/8", "::ffff:10.1.2.3", false},
		{"with a zone", "", "fe80::/10", "fe80::1%eth0", false},
		{"unspecified is loopback", "", "127.0.0.0/8", "0.0.0.0", false},
		{"unspecified, mapped", "", "127.0.0.0/8", "::ffff:0.0.0.0", false},
		{"unspecified is loopback in IPv6", "", "::1/128", "::", false},
		{"unspecified is itself too", "", "0.0.0.0/32", "0.0.0.0", false},
		{"unspecified where loopback alone is allowed", "127.0.0.0/8", "", "0.0.0.0", false},
		{"all of IPv6 is not IPv4", "::/0", "", "10.1.2.3", false},
		{"translated into a denied one", "", "10.0.0.0/8", "64:ff9b::a01:203", false},
		{"translated into one that is not allowed", "64:ff9b::/96", "", "64:ff9b::a01:203", false},
		{"translated, both allowed", "64:ff9b::/96 10.0.0.0/8", "", "64:ff9b::a01:203", true},
		{"translated into loopback by way of nothing", "", "127.0.0.0/8", "64:ff9b::", false},
		{"not translated", "", "10.0.0.0/8", "64:ff9c::a01:203", true},
		{"denied within allowed", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p config.Producers
			for network := range strings.FieldsSeq(test.allow) {
				p.Allow.Networks = append(p.Allow.Networks, netip.MustParsePrefix(network))
			}
			if test.deny != "" {
				p.Deny.Networks = []netip.Prefix{netip.MustParsePrefix(test.deny)}
			}
			err := networkCheck(p)(netip.AddrPortFrom(netip.MustParseAddr(test.to), 443))
			if (err == nil) != test.passes {
				t.Errorf("%v", err)
			}
		})
	}
}
