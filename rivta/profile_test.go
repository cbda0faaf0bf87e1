package rivta_test

import (
	"testing"

	"rivgate/fault"
	"rivgate/rivta"
	"rivgate/soap"
)

func TestParse(t *testing.T) {
	for name, want := range map[string]rivta.Profile{
		"RIVTABP20": rivta.RIVTABP20, "rivtabp20": rivta.RIVTABP20, "RivTaBP21": rivta.RIVTABP21, "RIVTABP21": rivta.RIVTABP21,
		"": rivta.Unknown, "RIVTABP22": rivta.Unknown, " RIVTABP21": rivta.Unknown, "2.1": rivta.Unknown, "unknown": rivta.Unknown,
	} {
		if got := rivta.Parse(name); got != want {
			t.Errorf("Parse(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for profile, want := range map[rivta.Profile][2]string{
		rivta.RIVTABP20: {"RIVTABP20", "rivtabp20"},
		rivta.RIVTABP21: {"RIVTABP21", "rivtabp21"},
		rivta.Unknown:   {"unknown", "unknown"},
	} {
		if got := [2]string{profile.String(), profile.Wire()}; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestConvertible(t *testing.T) {
	const detail = "No receiverId (logical address) with matching Riv-version found for "
	tests := []struct {
		in     rivta.Profile
		out    string
		code   fault.Code // empty: convertible
		detail string
	}{
		{rivta.RIVTABP20, "RIVTABP20", "", ""},
		{rivta.RIVTABP20, "rivtabp21", "", ""},
		{rivta.RIVTABP21, "RIVTABP20", "", ""},
		{rivta.RIVTABP21, "RIVTABP21", "", ""},
		{rivta.RIVTABP21, "RIVTABP22", fault.VP005, detail + "rivtabp21"},
		{rivta.RIVTABP20, "", fault.VP005, detail + "rivtabp20"},
		{rivta.Unknown, "RIVTABP21", fault.VP001, "No RIV version configured"},
	}
	for _, tt := range tests {
		got := rivta.Convertible(tt.in, tt.out)
		if tt.code == "" && got == nil {
			continue
		}
		if got == nil || got.Code != tt.code || got.Detail != tt.detail {
			t.Errorf("from %v to %q: got %v, want %v %q", tt.in, tt.out, got, tt.code, tt.detail)
		}
	}
}

func TestAddress(t *testing.T) {
	logical, to := &soap.Address{Value: " SE-A "}, &soap.Address{Value: ""}
	tests := []struct {
		name    string
		env     soap.Envelope
		profile rivta.Profile
		value   string
		ok      bool
	}{
		{"neither", soap.Envelope{}, rivta.Unknown, "", false},
		{"2.1", soap.Envelope{LogicalAddress: logical}, rivta.RIVTABP21, " SE-A ", true},
		{"2.0, empty", soap.Envelope{To: to}, rivta.RIVTABP20, "", true},
		{"both", soap.Envelope{LogicalAddress: logical, To: to}, rivta.RIVTABP21, " SE-A ", true},
	}
	for _, tt := range tests {
		profile, value, ok := rivta.Address(tt.env)
		if profile != tt.profile || value != tt.value || ok != tt.ok {
			t.Errorf("%s: got %v %q %v, want %v %q %v", tt.name, profile, value, ok, tt.profile, tt.value, tt.ok)
		}
	}
}
