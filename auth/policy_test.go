package auth_test

import (
	"net/netip"
	"strings"
	"testing"

	"rivgate/auth"
)

func TestNewPolicyRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*auth.Options)
		want   string
	}{
		{"no instance id", func(o *auth.Options) { o.InstanceID = "" }, "instance id"},
		{"instance id with separator", func(o *auth.Options) { o.InstanceID = "A#B" }, "instance id"},
		{"instance id with outer space", func(o *auth.Options) { o.InstanceID = " A" }, "instance id"},
		{"instance id with line feed", func(o *auth.Options) { o.InstanceID = "A\nB" }, "instance id"},
		{"no attribute", func(o *auth.Options) { o.SenderAttribute = "" }, "sender attribute"},
		{"unknown attribute", func(o *auth.Options) { o.SenderAttribute = "HSAID" }, "sender attribute"},
		{"invalid network", func(o *auth.Options) { o.Proxies = []netip.Prefix{{}} }, "trusted proxy"},
		{"mapped network too wide", func(o *auth.Options) {
			o.Proxies = []netip.Prefix{netip.PrefixFrom(netip.MustParseAddr("::ffff:0.0.0.0"), 90)}
		}, "trusted proxy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			tt.change(&o)
			_, err := auth.NewPolicy(o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something about the %s", err, tt.want)
			}
		})
	}
}

func TestNewPolicyReportsAll(t *testing.T) {
	_, err := auth.NewPolicy(auth.Options{Proxies: []netip.Prefix{{}}})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

func TestPolicyKeepsItsOptions(t *testing.T) {
	o := options()
	policy, err := auth.NewPolicy(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Proxies[0] = netip.MustParsePrefix("203.0.113.0/24")
	if _, err := policy.Identify(plain(proxy, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID)); err != nil {
		t.Errorf("unexpected error: %v", err)
	}
}
