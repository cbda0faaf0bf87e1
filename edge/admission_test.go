package edge

import (
	"net/netip"
	"testing"
)

// Who has a network of IPv6 has one place in it, as who has an address of IPv4.
func TestOneAddress(t *testing.T) {
	for _, test := range []struct {
		one, other string
		same       bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
	} {
		a := &admission{perAddress: 1}
		one, other := netip.MustParseAddr(test.one), netip.MustParseAddr(test.other)
		if limit := a.enter(one); limit != "" {
			t.Fatalf("%s is refused: %s", one, limit)
		}
		if limit := a.enter(other); (limit == LimitPerAddress) != test.same {
			t.Errorf("%s beside %s: %q", other, one, limit)
		}
		a.leave(one)
		if limit := a.enter(one); limit != "" {
			t.Errorf("%s is refused after it left: %s", one, limit)
		}
	}
}
