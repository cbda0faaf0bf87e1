package auth_test

import (
	"slices"
	"strings"
	"testing"

	"rivgate/auth"
	"rivgate/fault"
)

func TestRoutingHistory(t *testing.T) {
	const key = "x-rivta-routing-history"
	tests := []struct {
		name   string
		lines  []string
		want   string
		looped bool
	}{
		{name: "absent", want: unitID + "#" + ownID},
		{name: "empty", lines: []string{""}, want: unitID + "#" + ownID},
		{name: "foreign", lines: []string{"SE-A#SE-B"}, want: "SE-A#SE-B#" + ownID},
		{name: "outer separators kept", lines: []string{"#SE-A#"}, want: "#SE-A##" + ownID},
		{name: "another case is another instance", lines: []string{"se0000000000-gate1"}, want: "se0000000000-gate1#" + ownID},
		{name: "own id as part of another", lines: []string{"SE-A#" + ownID + "0"}, want: "SE-A#" + ownID + "0#" + ownID},
		{name: "several lines", lines: []string{"SE-A", "", "SE-B"}, want: "SE-A#SE-B#" + ownID},
		{name: "loop", lines: []string{"SE-A#" + ownID}, looped: true},
		{name: "loop alone", lines: []string{ownID}, looped: true},
		{name: "loop with space", lines: []string{"SE-A# " + ownID + " #SE-B"}, looped: true},
		{name: "loop in second line", lines: []string{"SE-A", ownID + "#SE-B"}, looped: true},
		{name: "loop in joined lines", lines: []string{"SE-A#" + ownID + ", SE-B#SE-C"}, looped: true},
	}
	listeners := map[string]auth.Evidence{
		"tls":   overTLS(subject(serialNumber(unitID))),
		"plain": plain(proxy, "x-vp-auth-cert", oneLine(asPEM(certificate(subject(serialNumber(unitID)))))),
	}
	on, off := newPolicy(t, nil), newPolicy(t, func(o *auth.Options) { o.RoutingHistory = false })
	for listener, in := range listeners {
		for _, tt := range tests {
			t.Run(listener+" "+tt.name, func(t *testing.T) {
				in := in
				in.Header = in.Header.Clone()
				for _, line := range tt.lines {
					in.Header.Add(key, line)
				}
				got, err := on.Identify(in)
				if tt.looped {
					wantFault(t, err, fault.VP014, "")
				} else if err != nil || got.History != tt.want {
					t.Errorf("got %q, %v; want %q", got.History, err, tt.want)
				}
				got, err = off.Identify(in)
				came := strings.Join(slices.DeleteFunc(slices.Clone(tt.lines), func(line string) bool { return line == "" }), "#")
				if err != nil || got.History != came {
					t.Errorf("turned off: got %q, %v; want %q", got.History, err, came)
				}
			})
		}
	}
}

func TestHops(t *testing.T) {
	tests := []struct {
		name   string
		lines  []string
		want   int
		looped bool
	}{
		{name: "absent", want: 1},
		{name: "first", lines: []string{"x-vp-hops", "1"}, want: 2},
		{name: "eighth", lines: []string{"x-vp-hops", "8"}, want: 9},
		{name: "underscores", lines: []string{"x_vp_hops", "3"}, want: 4},
		{name: "ninth", lines: []string{"x-vp-hops", "9"}, looped: true},
		{name: "huge", lines: []string{"x-vp-hops", "99999999999999999999"}, looped: true},
		{name: "negative", lines: []string{"x-vp-hops", "-1"}, looped: true},
		{name: "empty", lines: []string{"x-vp-hops", ""}, looped: true},
		{name: "text", lines: []string{"x-vp-hops", "two"}, looped: true},
		{name: "twice", lines: []string{"x-vp-hops", "1", "x-vp-hops", "1"}, looped: true},
	}
	policy := newPolicy(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines := with(tt.lines, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID)
			got, err := policy.Identify(plain(proxy, lines...))
			if tt.looped {
				wantFault(t, err, fault.VP014, "")
			} else if err != nil || got.Hops != tt.want {
				t.Errorf("got %d, %v; want %d", got.Hops, err, tt.want)
			}
		})
	}
}

// The order is VP's: trust, identity, loop.
func TestLoopComesAfterIdentity(t *testing.T) {
	policy := newPolicy(t, nil)
	_, err := policy.Identify(plain(proxy, "x-rivta-routing-history", ownID))
	wantFault(t, err, fault.VP002, "No certificate found in httpheader x-vp-auth-cert")

	_, err = policy.Identify(plain(proxy, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID,
		"X-Forwarded-For", stranger, "x-vp-hops", "9"))
	wantFault(t, err, fault.VP011, notTrusted+stranger+". HTTP header that caused checking: X-Forwarded-For")
}
