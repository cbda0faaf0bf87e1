package proxy

import (
	"testing"
	"time"
)

func TestWhichVirtualisationHolds(t *testing.T) {
	seconds := func(n int) *time.Duration { d := time.Duration(n) * time.Second; return &d }
	off := false
	v := NewVirtualisations(VirtualisationOptions{
		Default:     Virtualisation{Timeout: 29 * time.Second, KeepAlive: true, KeepAliveIdle: time.Minute},
		FileDefault: seconds(10),
		File:        map[string]time.Duration{"urn:a": 20 * time.Second, "urn:b": 21 * time.Second, "urn:c": 22 * time.Second},
		Overrides: []Override{
			{Contract: "urn:b", KeepAlive: &off},
			{Contract: "urn:c", Timeout: seconds(30), KeepAliveIdle: seconds(5)},
			{Contract: "urn:c", Receiver: "SE0000000000-UNIT1", Timeout: seconds(31)},
			{Contract: "urn:d", Receiver: "SE0000000000-UNIT1", Timeout: seconds(40)},
		},
	})
	for _, test := range []struct {
		contract, receiver string
		timeout            int
		keepAlive          bool
		idle               int
		source             string
	}{
		{"urn:other", "X", 10, true, 60, "timeout file, default row"},
		{"urn:a", "X", 20, true, 60, "timeout file"},
		{"URN:A", "X", 10, true, 60, "timeout file, default row"}, // contracts are compared exactly
		{"urn:b", "X", 21, false, 60, "timeout file"},             // an override sets only what it names
		{"urn:c", "X", 30, true, 5, "override of contract"},
		{"urn:c", "se0000000000-unit1", 31, true, 5, "override of contract and receiver"}, // receivers without case
		{"urn:d", "SE0000000000-UNIT1", 40, true, 60, "override of contract and receiver"},
		{"urn:d", "X", 10, true, 60, "timeout file, default row"},
		{"urn:d", "", 10, true, 60, "timeout file, default row"},
	} {
		got := v.For(test.contract, test.receiver)
		if got.Timeout != time.Duration(test.timeout)*time.Second || got.KeepAlive != test.keepAlive ||
			got.KeepAliveIdle != time.Duration(test.idle)*time.Second || got.Source != test.source {
			t.Errorf("%s for %s: got %+v", test.contract, test.receiver, got)
		}
	}
}

func TestFirstTLSOverrideThatMatchesWins(t *testing.T) {
	choices := &TLSChoices{Default: TLSChoice{Name: "default"}, Overrides: []TLSOverride{
		{TLSMatch{}, TLSChoice{Name: "nothing named"}},
		{TLSMatch{Suffix: ".unit1.example", Port: "8443"}, TLSChoice{Name: "suffix and port"}},
		{TLSMatch{Suffix: "INE.example"}, TLSChoice{Name: "suffix"}},
		{TLSMatch{Host: "legacy.unit1.example"}, TLSChoice{Name: "host"}},
		{TLSMatch{Port: "9443"}, TLSChoice{Name: "port"}},
	}}
	for addr, want := range map[string]string{
		"a.unit1.example:8443":      "suffix and port",
		"a.unit1.example:443":       "default",
		"online.example:443":        "suffix", // no label boundary, as in VP
		"LEGACY.unit1.example:443":  "host",
		"legacy.unit1.example.:443": "host",
		"legacy.unit1.example:8443": "suffix and port",
		"b.unit1.example:9443":      "port",
		"[::1]:9443":                "port",
	} {
		if got := choices.For(addr).Name; got != want {
			t.Errorf("%s: got %q, want %q", addr, got, want)
		}
	}
}
