package routing_test

import (
	"errors"
	"strings"
	"testing"

	"rivgate/fault"
	"rivgate/hsa"
	"rivgate/rivta"
	"rivgate/routing"
	"rivgate/tak"
)

func decisionView(t testing.TB) *routing.View {
	withAddress := func(id, receiver, address string) tak.Route { return route(t, id, receiver, address) }
	withProfile := func(id, receiver, profile string) tak.Route {
		r := route(t, id, receiver, "https://p.example/"+id)
		r.Profile = profile
		return r
	}
	r := rules()
	r.CheckAddress = func(address string) error {
		if !strings.HasPrefix(address, "https://") {
			return errors.New("no scheme")
		}
		return nil
	}
	return routing.NewView(tak.New([]tak.Route{
		withAddress("1", "OK", "https://p.example/1"),
		withAddress("2", "NOADDR", ""), withAddress("3", "BLANK", " \t"), withAddress("4", "BADADDR", "p.example"),
		withAddress("5", "TWO", "https://p.example/5"), withAddress("6", "TWO", "https://p.example/5"),
		withProfile("7", "P20", "rivtabp20"), withProfile("8", "P22", "RIVTABP22"),
		withAddress("9", "DENIED", "https://p.example/9"), withAddress("10", "NOADDR-DENIED", ""),
		withProfile("11", "P22-DENIED", "RIVTABP22"),
	}, []tak.Permission{
		permission(t, "1", "OK", "S"), permission(t, "2", "NOADDR", "S"), permission(t, "3", "BLANK", "S"),
		permission(t, "4", "BADADDR", "S"), permission(t, "5", "TWO", "S"),
		permission(t, "7", "P20", "S"), permission(t, "8", "P22", "S"), permission(t, "9", "NOROUTE", "S"),
	}), nil, r)
}

func TestFaults(t *testing.T) {
	const about = "serviceNamespace: " + contract + ", receiverId: "
	const noRoute = "No receiverId (logical address) found for " + about
	const noReceiver = "No receiverId (logical address) found in message header. "
	ask := func(change func(*routing.Question)) routing.Question {
		q := question("S", "OK")
		change(&q)
		return q
	}
	receiver := func(id string) routing.Question {
		return ask(func(q *routing.Question) { q.Receiver = id })
	}
	tests := []struct {
		name   string
		q      routing.Question
		code   fault.Code
		detail string
	}{
		{"call", receiver("OK"), "", ""},
		{"call in another case", receiver("ok"), "", ""},
		{"conversion", receiver("P20"), "", ""},
		{"no receiver", ask(func(q *routing.Question) { q.Receiver, q.HasReceiver = "", false }), fault.VP003, noReceiver},
		{"empty receiver", receiver(""), fault.VP003, noReceiver},
		{"blank receiver", receiver(" \t\r\n"), fault.VP003, noReceiver},
		{"no-break space is no white space", receiver("\u00a0"), fault.VP004, noRoute + "\u00a0"},
		{"no route", receiver("NOROUTE"), fault.VP004, noRoute + "NOROUTE"},
		{"trailing space", receiver("OK "), fault.VP004, noRoute + "OK . Whitespace detected in incoming request!"},
		{"inner space", receiver("O K"), fault.VP004, noRoute + "O K. Whitespace detected in incoming request!"},
		{"only U+0020 is told", receiver("OK\n"), fault.VP004, noRoute + "OK\n"},
		{
			"other contract", ask(func(q *routing.Question) { q.Contract = "urn:x" }), fault.VP004,
			"No receiverId (logical address) found for serviceNamespace: urn:x, receiverId: OK",
		},
		{
			"empty contract", ask(func(q *routing.Question) { q.Contract = "" }), fault.VP004,
			"No receiverId (logical address) found for serviceNamespace: , receiverId: OK",
		},
		{
			"no contract", ask(func(q *routing.Question) { q.Contract, q.HasContract = "", false }), fault.VP004,
			"No receiverId (logical address) found for serviceNamespace: null, receiverId: OK",
		},
		{
			"two routes", receiver("TWO"), fault.VP006,
			"More than one receiverId (logical address) with matching Riv-version found for " + about + "TWO",
		},
		{"no address", receiver("NOADDR"), fault.VP010, "Physical Address field is empty in Service Producer for " + about + "NOADDR"},
		{"blank address", receiver("BLANK"), fault.VP010, "Physical Address field is empty in Service Producer for " + about + "BLANK"},
		{
			"unusable address", receiver("BADADDR"), fault.VP010,
			"Physical Address field is not usable in Service Producer for " + about + "BADADDR",
		},
		{"denied", receiver("DENIED"), fault.VP007, "Authorization missing for " + about + "DENIED, senderId: S"},
		{
			"empty sender", ask(func(q *routing.Question) { q.Sender = "" }), fault.VP007,
			"Authorization missing for " + about + "OK, senderId: ",
		},
		{
			"profile", receiver("P22"), fault.VP005,
			"No receiverId (logical address) with matching Riv-version found for rivtabp21",
		},
		{
			"no address before denied", receiver("NOADDR-DENIED"), fault.VP010,
			"Physical Address field is empty in Service Producer for " + about + "NOADDR-DENIED",
		},
		{"denied before profile", receiver("P22-DENIED"), fault.VP007, "Authorization missing for " + about + "P22-DENIED, senderId: S"},
	}
	view := decisionView(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := decide(t, view, tt.q)
			wantFault(t, d.Fault(), tt.code, tt.detail)
		})
	}
}

// A view without catalogue answers VP008 before it looks at the question.
func TestNoCatalogue(t *testing.T) {
	view := routing.NewView(nil, nil, rules())
	d, trace := decide(t, view, routing.Question{At: now()})
	wantFault(t, d.Fault(), fault.VP008,
		"No contact with TAK at startup, and no local cache to fallback on, not possible to route call")
	if len(trace.Steps) != 1 || trace.Steps[0].Stage != routing.StageCatalogue {
		t.Errorf("steps %+v", trace.Steps)
	}
}

func TestDecision(t *testing.T) {
	d, _ := decide(t, decisionView(t), question("S", "p20"))
	if d.Route.ID != "7" || d.Route.Address != "https://p.example/7" || d.ReceiverMatched != "p20" ||
		d.Permission.ID != "7" || d.PermissionMatched != "p20" || d.Profile != rivta.RIVTABP20 || d.Fault() != nil {
		t.Errorf("got %s", summary(d))
	}
}

// What can be found out is told even if something else is at fault.
func TestDecisionBesidesFaults(t *testing.T) {
	d, _ := decide(t, decisionView(t), question("S", "NOROUTE"))
	if d.RouteFault == nil || d.PermissionFault != nil || d.Permission.ID != "9" {
		t.Errorf("permission without route: got %s", summary(d))
	}
	d, _ = decide(t, decisionView(t), question("X", "P22"))
	if d.Route.ID != "8" || d.PermissionFault == nil || d.ConversionFault == nil {
		t.Errorf("denied, and not convertible: got %s", summary(d))
	}
}

func TestPartialQuestions(t *testing.T) {
	q := question("", "DENIED")
	q.RouteOnly = true
	d, trace := decide(t, decisionView(t), q)
	if d.Fault() != nil || d.Route.ID != "9" || trace.Permissions() != "" {
		t.Errorf("route only: got %s", summary(d))
	}
	q = question("S", "P22")
	q.Profile = rivta.Unknown
	if d, _ = decide(t, decisionView(t), q); d.Fault() != nil || d.Profile != rivta.Unknown {
		t.Errorf("without profile: got %s", summary(d))
	}
}

func TestSteps(t *testing.T) {
	q := question("S1", "SE0000000005-1234")
	q.Profile = rivta.RIVTABP20
	_, trace := decide(t, vectorView(t, nil), q)
	want := []routing.Step{
		{routing.RouteExact, "SE0000000005-1234", "no valid row", ""},
		{routing.RouteParent, "SE0000000003-1234", "1 valid row", "r1"},
		{routing.StageAddress, "p3", "usable", ""},
		{routing.PermissionExact, "SE0000000005-1234", "no valid row", ""},
		{routing.PermissionDefault, "*", "no valid row", ""},
		{routing.PermissionParent, "SE0000000003-1234", "no valid row", ""},
		{routing.PermissionParent, "SE0000000004-1234", "permitted", "b1"},
		{routing.StageProfile, "RIVTABP20 to RIVTABP21", "converted", ""},
	}
	checkSteps(t, trace, want)

	_, trace = decide(t, vectorView(t, nil), question("S1", "A#B#C"))
	checkSteps(t, trace, []routing.Step{
		{routing.RouteLeaf, "C", "no valid row", ""},
		{routing.RouteLeaf, "B", "no valid row", ""},
		{routing.RouteLeaf, "A", "no valid row", ""},
		{routing.PermissionLeaf, "A#B#C", "too many parts, or contract or sender not listed for receivers in parts", ""},
	})

	_, trace = decide(t, vectorView(t, nil), question("S2", "R2"))
	checkSteps(t, trace, []routing.Step{
		{routing.RouteExact, "R2", "2 valid rows", "r4,r5"},
		{routing.PermissionExact, "R2", "no valid row", ""},
		{routing.PermissionDefault, "*", "permitted", "b3"},
	})
}

func checkSteps(t *testing.T, trace *routing.Trace, want []routing.Step) {
	t.Helper()
	for i, step := range trace.Steps {
		if i >= len(want) || step != want[i] {
			t.Errorf("step %d: got %+v", i, step)
		}
	}
	if len(trace.Steps) < len(want) {
		t.Errorf("got %d steps, want %d", len(trace.Steps), len(want))
	}
}

func TestHSAExceptions(t *testing.T) {
	tests := []struct {
		name   string
		lookup routing.Lookup
		climbs bool
	}{
		{"on", routing.Lookup{Enabled: true}, true},
		{"off", routing.Lookup{}, false},
		{"on but for the contract", routing.Lookup{Enabled: true, Except: []string{contract}}, false},
		{"on but for a prefix", routing.Lookup{Enabled: true, Except: []string{"urn:other", "urn:riv:test:"}}, false},
		{"off but for a prefix", routing.Lookup{Except: []string{"urn:riv:test:"}}, true},
		{"exceptions mind case", routing.Lookup{Enabled: true, Except: []string{"URN:RIV"}}, true},
		{"an exception is no infix", routing.Lookup{Enabled: true, Except: []string{"riv:test"}}, true},
		{"blank exceptions", routing.Lookup{Enabled: true, Except: []string{"", " "}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			view := vectorView(t, func(r *routing.Rules) { r.HSARoutes = tt.lookup })
			if d, _ := decide(t, view, question("S1", "SE0000000001-1234")); (d.ReceiverMatched == "SE0000000003-1234") != tt.climbs {
				t.Errorf("route of %s", d.ReceiverMatched)
			}
			view = vectorView(t, func(r *routing.Rules) { r.HSAPermissions = tt.lookup })
			if d, _ := decide(t, view, question("S1", "SE0000000001-1234")); (d.PermissionFault == nil) != tt.climbs {
				t.Errorf("permission: %v", d.PermissionFault)
			}
		})
	}
}

func TestPermissionForParts(t *testing.T) {
	const denied = "(leaf),Invalid parameters"
	tests := []struct {
		name               string
		contracts, senders []string
		receiver           string
		permitted          bool
		trace              string
	}{
		{"everybody", nil, nil, "A#B", true, "(leaf),B"},
		{"first part", nil, nil, "B#A", true, "(leaf),A,B"},
		{"listed", []string{"x", contract}, []string{"S1"}, "A#B", true, "(leaf),B"},
		{"contract not listed", []string{"x"}, nil, "A#B", false, denied},
		{"sender not listed", nil, []string{"S2"}, "A#B", false, denied},
		{"senders mind case", nil, []string{"s1"}, "A#B", false, denied},
		{"parts mind case", nil, nil, "B#b#A", false, denied},
		{"one part", nil, nil, "B#", true, "(leaf),B"},
		{"one part twice", nil, nil, "#B##B#", true, "(leaf),B"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			view := vectorView(t, func(r *routing.Rules) { r.Contracts, r.Senders = tt.contracts, tt.senders })
			d, trace := decide(t, view, question("S1", tt.receiver))
			if (d.PermissionFault == nil) != tt.permitted || trace.Permissions() != tt.trace {
				t.Errorf("got %v by %s", d.PermissionFault, trace.Permissions())
			}
		})
	}
}

// No caller can make a decision cost more than a bounded number of lookups.
func TestPartsAreBounded(t *testing.T) {
	d, trace := decide(t, vectorView(t, nil), question("S1", strings.Repeat("R2#B#", 20_000)))
	if len(trace.Steps) != 0 || d.RouteFault.Code != fault.VP004 || d.PermissionFault == nil {
		t.Errorf("%d steps, %v", len(trace.Steps), d.PermissionFault == nil)
	}
	d, _ = decide(t, vectorView(t, nil), question("S1", strings.Repeat("R2#B#", 50)))
	if d.RouteFault.Code != fault.VP006 || d.PermissionFault != nil {
		t.Errorf("a hundred parts: %s", summary(d))
	}
}

func TestViewTellsWhatItIsMadeOf(t *testing.T) {
	catalogue, tree := tak.New(nil, nil), new(hsa.Tree)
	view := routing.NewView(catalogue, tree, rules())
	if view.Catalogue() != catalogue || view.Tree() != tree {
		t.Error("other catalogue or tree")
	}
}

// Of three rows that hold, the one whose days include today decides, also where
// it is not the first.
func TestPlannedSwitchAmongThree(t *testing.T) {
	rows := []tak.Route{
		route(t, "tomorrow's", "SE0000000000-UNIT1", "https://tomorrow.example/"),
		route(t, "tomorrow's too", "SE0000000000-UNIT1", "https://tomorrow-too.example/"),
		route(t, "today's", "SE0000000000-UNIT1", "https://today.example/"),
	}
	rows[0].Valid = validity(t, "2026-06-11T00:00:00.000", "2126-06-10T00:00:00.000")
	rows[1].Valid = rows[0].Valid
	rows[2].Valid = validity(t, "2016-06-10T00:00:00.000", "2026-06-10T00:00:00.000")
	view := routing.NewView(tak.New(rows, []tak.Permission{permission(t, "1", "SE0000000000-UNIT1", "S")}), units(t), rules())
	d, trace := decide(t, view, question("S", "SE0000000000-UNIT1"))
	if d.Fault() != nil || d.Route.ID != "today's" {
		t.Errorf("%q, %v by %s", d.Route.ID, d.Fault(), trace.Routes())
	}
}
