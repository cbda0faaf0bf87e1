package auth_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"rivgate/auth"
	"rivgate/fault"
)

func TestTrustedPeers(t *testing.T) {
	tests := []struct {
		name    string
		proxies []string
		remote  string
		trusted bool
	}{
		{"nobody is trusted by an empty list", nil, "127.0.0.1", false},
		{"exact address", []string{"192.0.2.1/32"}, "192.0.2.1", true},
		{"an address is no prefix of another", []string{"192.0.2.1/32"}, "192.0.2.10", false},
		{"network", []string{"10.0.0.0/8"}, "10.255.0.1", true},
		{"a network is no string prefix", []string{"10.1.0.0/16"}, "10.100.2.3", false},
		{"network with host bits", []string{"10.1.2.3/8"}, "10.9.9.9", true},
		{"second network", []string{"192.0.2.1/32", "10.0.0.0/8"}, "10.0.0.1", true},
		{"IPv4 mapped into IPv6", []string{"10.0.0.0/8"}, "::ffff:10.0.0.1", true},
		{"mapped network", []string{"::ffff:10.0.0.0/104"}, "10.0.0.1", true},
		{"zone", []string{"fe80::/10"}, "fe80::1%eth0", true},
		{"IPv6", []string{"2001:db8::/32"}, "2001:db8::5", true},
		{"IPv6 wildcard does not hold IPv4", []string{"::/0"}, "10.0.0.1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			policy := newPolicy(t, func(o *auth.Options) {
				o.Proxies = nil
				for _, p := range tt.proxies {
					o.Proxies = append(o.Proxies, netip.MustParsePrefix(p))
				}
			})
			_, err := policy.Identify(plain(tt.remote, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID))
			if trusted := err == nil; trusted != tt.trusted {
				t.Errorf("trusted %v (%v), want %v", trusted, err, tt.trusted)
			}
			if trusts := policy.Trusts(netip.MustParseAddr(tt.remote)); trusts != tt.trusted {
				t.Errorf("Trusts %v, want %v", trusts, tt.trusted)
			}
		})
	}
}

func TestClientIPOfInternalCalls(t *testing.T) {
	tests := []struct {
		name    string
		lines   []string
		trusted bool
	}{
		{"one trusted", []string{"10.0.0.1"}, true},
		{"one foreign", []string{stranger}, false},
		{"all trusted", []string{"10.0.0.1, 192.0.2.10,10.0.0.2"}, true},
		{"first foreign", []string{stranger + ", 10.0.0.1"}, false},
		{"last foreign", []string{"10.0.0.1, " + stranger}, false},
		{"second line foreign", []string{"10.0.0.1", stranger}, false},
		{"two trusted lines", []string{"10.0.0.1", "10.0.0.2"}, true},
		{"empty", []string{""}, false},
		{"empty element", []string{"10.0.0.1,,10.0.0.2"}, false},
		{"with port", []string{"10.0.0.1:4711"}, true},
		{"mapped", []string{"::ffff:10.0.0.1"}, true},
		{"mapped with port", []string{"[::ffff:10.0.0.1]:4711"}, true},
		{"brackets", []string{"[::ffff:10.0.0.1]"}, true},
		{"name", []string{"localhost"}, false},
		{"trusted text in front", []string{"10.0.0.1.evil.example"}, false},
		{"unknown", []string{"unknown"}, false},
	}
	policy := newPolicy(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := plain(proxy, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID)
			for _, line := range tt.lines {
				in.Header.Add("X-Forwarded-For", line)
			}
			value := strings.Join(tt.lines, ",")
			got, err := policy.Identify(in)
			if got.ClientIP != value {
				t.Errorf("client %q, want %q", got.ClientIP, value)
			}
			if !tt.trusted {
				wantFault(t, err, fault.VP011, notTrusted+value+". HTTP header that caused checking: X-Forwarded-For")
			} else if err != nil {
				t.Errorf("unexpected error: %v", err)
			}
		})
	}
}

func TestNoClientIPHeaderConfigured(t *testing.T) {
	policy := newPolicy(t, func(o *auth.Options) { o.ClientIPHeader = "" })
	got, err := policy.Identify(plain(proxy, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID, "X-Forwarded-For", stranger))
	if err != nil || got.ClientIP != proxy {
		t.Errorf("got %+v, %v", got, err)
	}
}

func clientIPSeeds() []string {
	return []string{
		"10.0.0.1", "10.0.0.1, 192.0.2.10", "10.0.0.1,198.51.100.7", "", ",", "10.0.0.1,",
		"[::1]:80", "::ffff:10.0.0.1", "10.0.0.1:99999", "010.0.0.1", "10.1", "fe80::1%eth0", "10.0.0.1\t",
	}
}

// FuzzClientIP: an internal call is let through only if every element of the
// list names, by an independent reading, a trusted address.
func FuzzClientIP(f *testing.F) {
	for _, seed := range clientIPSeeds() {
		f.Add(seed)
	}
	policy := newPolicy(f, nil)
	f.Fuzz(func(t *testing.T, list string) {
		in := plain(proxy, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID)
		in.Header["X-Forwarded-For"] = []string{list}
		_, err := policy.Identify(in)
		if err != nil {
			wantFault(t, err, fault.VP011, notTrusted+list+". HTTP header that caused checking: X-Forwarded-For")
			return
		}
		for _, element := range strings.Split(list, ",") {
			if ip := independentIP(strings.TrimSpace(element)); !isProxy(ip) {
				t.Fatalf("%q was let through, its element %q is %v", list, element, ip)
			}
		}
	})
}

func independentIP(s string) net.IP {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	s, _, _ = strings.Cut(strings.Trim(s, "[]"), "%")
	return net.ParseIP(s)
}

func isProxy(ip net.IP) bool {
	four := ip.To4()
	return four != nil && (four[0] == 10 || four.Equal(net.ParseIP(proxy)))
}

func TestClientIPSeeds(t *testing.T) {
	if len(clientIPSeeds()) == 0 {
		t.Fatal("no seeds")
	}
}
