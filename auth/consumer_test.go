package auth_test

import (
	"testing"

	"rivgate/auth"
	"rivgate/fault"
)

func TestOriginalConsumer(t *testing.T) {
	const key = "x-rivta-original-serviceconsumer-hsaid"
	const refused = "Sender is not approved to set header x-rivta-original-serviceconsumer-hsaid."
	anybody, listed := []string(nil), []string{"", " " + unitID + " "}
	others := []string{"SE0000000000-UNIT2"}
	instance := func(id string) []string { return []string{"x-vp-instance-id", id} }

	tests := []struct {
		name    string
		allowed []string
		tls     bool
		lines   []string
		want    string
		refused bool // by the list; enforced or not
	}{
		{name: "absent", allowed: others, want: unitID},
		{name: "empty list allows", allowed: anybody, lines: []string{key, "SE-ORIG"}, want: "SE-ORIG"},
		{name: "listed", allowed: listed, lines: []string{key, "SE-ORIG"}, want: "SE-ORIG"},
		{name: "listed, empty value", allowed: listed, lines: []string{key, ""}, want: unitID},
		{name: "not listed", allowed: others, lines: []string{key, "SE-ORIG"}, want: "SE-ORIG", refused: true},
		{name: "not listed, empty value", allowed: others, lines: []string{key, ""}, want: unitID, refused: true},
		{name: "not listed, own id", allowed: others, lines: []string{key, unitID}, want: unitID, refused: true},
		{name: "own platform", allowed: others, lines: with(instance(ownID), key, "SE-ORIG"), want: "SE-ORIG"},
		{
			name: "own platform with underscores", allowed: others,
			lines: []string{"x_vp_instance_id", ownID, key, "SE-ORIG"}, want: "SE-ORIG",
		},
		{name: "another platform", allowed: others, lines: with(instance("SE-B"), key, "SE-ORIG"), want: "SE-ORIG", refused: true},
		{
			name: "instance id over TLS proves nothing", tls: true, allowed: others,
			lines: with(instance(ownID), key, "SE-ORIG"), want: "SE-ORIG", refused: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := plain(proxy, tt.lines...)
			in.TLS = tt.tls
			sender := auth.Sender{ID: unitID}
			warns := newPolicy(t, func(o *auth.Options) { o.OriginalConsumer.AllowedSenders = tt.allowed })
			value, warning, err := warns.OriginalConsumer(in, sender)
			if err != nil || value != tt.want || warning != tt.refused {
				t.Errorf("got %q, %v, %v; want %q, %v", value, warning, err, tt.want, tt.refused)
			}

			enforces := newPolicy(t, func(o *auth.Options) {
				o.OriginalConsumer = auth.OriginalConsumer{AllowedSenders: tt.allowed, Enforce: true}
			})
			value, warning, err = enforces.OriginalConsumer(in, sender)
			if tt.refused {
				wantFault(t, err, fault.VP013, refused)
			} else if err != nil || value != tt.want || warning {
				t.Errorf("enforced: got %q, %v, %v; want %q", value, warning, err, tt.want)
			}
		})
	}
}

func TestOriginalConsumerTwice(t *testing.T) {
	const key = "x-rivta-original-serviceconsumer-hsaid"
	_, _, err := newPolicy(t, nil).OriginalConsumer(plain(proxy, key, "SE-A", key, "SE-A"), auth.Sender{ID: unitID})
	wantFault(t, err, fault.VP013, "Header x-rivta-original-serviceconsumer-hsaid is given more than once.")
}

func TestOriginalConsumerFromUntrustedPeer(t *testing.T) {
	policy := newPolicy(t, func(o *auth.Options) {
		o.OriginalConsumer = auth.OriginalConsumer{AllowedSenders: []string{"SE-B"}, Enforce: true}
	})
	in := plain(stranger, "x-vp-instance-id", ownID, "x-rivta-original-serviceconsumer-hsaid", "SE-ORIG")
	_, _, err := policy.OriginalConsumer(in, auth.Sender{ID: unitID})
	wantFault(t, err, fault.VP013, "Sender is not approved to set header x-rivta-original-serviceconsumer-hsaid.")
}
