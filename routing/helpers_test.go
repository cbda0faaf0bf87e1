package routing_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/fault"
	"rivgate/hsa"
	"rivgate/rivta"
	"rivgate/routing"
	"rivgate/tak"
)

const contract = "urn:riv:test:GetThingResponder:1"

func now() time.Time { return time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC) }

func validity(t testing.TB, from, to string) tak.Validity {
	t.Helper()
	v, err := tak.ParseValidity(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func always(t testing.TB) tak.Validity {
	return validity(t, "2013-01-01T00:00:00Z", "2123-01-01T00:00:00Z")
}

func route(t testing.TB, id, receiver, address string) tak.Route {
	return tak.Route{ID: id, Receiver: receiver, Profile: "RIVTABP21", Contract: contract, Address: address, Valid: always(t)}
}

func permission(t testing.TB, id, receiver, sender string) tak.Permission {
	return tak.Permission{ID: id, Receiver: receiver, Sender: sender, Contract: contract, Valid: always(t)}
}

// units is an HSA tree of lines "id|DN".
func units(t testing.TB, lines ...string) *hsa.Tree {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><FileGetHsaUnitsResponse xmlns="urn:riv:hsa:HsaWsResponder:3">` +
		`<startDate>2026-01-01T00:00:00.000Z</startDate><endDate>2026-01-01T00:00:00.000Z</endDate><hsaUnits>`)
	for _, line := range lines {
		id, dn, _ := strings.Cut(line, "|")
		b.WriteString("\n<hsaUnit><hsaIdentity>" + id + "</hsaIdentity><DN>" + dn + "</DN><name>" + id + "</name></hsaUnit>")
	}
	b.WriteString("</hsaUnits></FileGetHsaUnitsResponse>")
	file := filepath.Join(t.TempDir(), "hsa.xml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, _, err := hsa.Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func rules() routing.Rules {
	return routing.Rules{
		HSARoutes:      routing.Lookup{Enabled: true},
		HSAPermissions: routing.Lookup{Enabled: true},
		Delimiter:      "#",
		CacheSize:      100,
	}
}

func question(sender, receiver string) routing.Question {
	return routing.Question{
		Contract: contract, HasContract: true, Receiver: receiver, HasReceiver: true,
		Sender: sender, Profile: rivta.RIVTABP21, At: now(),
	}
}

// decide asks three times, without a trace, again from memory, and with a
// trace, and fails the test unless all agree.
func decide(t testing.TB, v *routing.View, q routing.Question) (routing.Decision, *routing.Trace) {
	t.Helper()
	trace := new(routing.Trace)
	first, second, traced := routing.Decide(v, q, nil), routing.Decide(v, q, nil), routing.Decide(v, q, trace)
	if a, b, c := summary(first), summary(second), summary(traced); a != b || a != c {
		t.Fatalf("decisions differ:\nfirst  %s\nagain  %s\ntraced %s", a, b, c)
	}
	return traced, trace
}

func summary(d routing.Decision) string {
	return strings.Join([]string{
		d.Route.ID, d.ReceiverMatched, d.Permission.ID, d.PermissionMatched, d.Profile.String(),
		faultText(d.RouteFault), faultText(d.PermissionFault), faultText(d.ConversionFault),
	}, " | ")
}

func faultText(f *fault.Error) string {
	if f == nil {
		return "-"
	}
	return f.Error()
}

func wantFault(t testing.TB, f *fault.Error, code fault.Code, detail string) {
	t.Helper()
	switch {
	case code == "" && f == nil:
	case f == nil || !errors.Is(f, code) || f.Detail != detail:
		t.Errorf("got %s\nwant %s: %s", faultText(f), code, detail)
	}
}
