package tak_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rivgate/tak"
)

var always = func() tak.Validity {
	v, err := tak.ParseValidity("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
	if err != nil {
		panic(err)
	}
	return v
}()

func ids(rows []tak.Route) (ids []string) {
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func TestLookup(t *testing.T) {
	c := tak.New([]tak.Route{
		{ID: "1", Receiver: "SE0000000000-Unit1", Contract: "urn:riv:A:1", Address: "http://one.example.org", Profile: "RIVTABP20", Valid: always},
		{ID: "2", Receiver: "R|x", Contract: "y", Valid: always},
		{ID: "3", Receiver: "R", Contract: "x|y", Valid: always},
		{ID: "4", Receiver: "Åsa", Contract: "y", Valid: always},
		{ID: "5", Receiver: "se0000000000-UNIT1", Contract: "URN:riv:a:1", Valid: always},
		{ID: "6", Receiver: "", Contract: "y", Valid: always},
		{ID: "7", Receiver: "R", Contract: "", Valid: always},
		{ID: "8", Receiver: "never", Contract: "y"},
	}, []tak.Permission{
		{ID: "1", Receiver: "R", Sender: "S1", Contract: "y", Valid: always},
		{ID: "2", Receiver: "R|S1", Sender: "y", Contract: "z", Valid: always},
		{ID: "3", Receiver: "R", Sender: "", Contract: "y", Valid: always},
	})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, contract, receiver string
		want                     []string
	}{
		{"case of all parts does not matter, order stays", "urn:RIV:a:1", "SE0000000000-uniT1", []string{"1", "5"}},
		{"parts do not run together", "y", "R|x", []string{"2"}},
		{"parts do not run together, other way", "x|y", "R", []string{"3"}},
		{"beyond ASCII", "Y", "åSA", []string{"4"}},
		{"no trimming", "y", " Åsa", nil},
		{"unknown receiver", "y", "R2", nil},
		{"unknown contract", "z", "R", nil},
		{"known apart, not together", "y", "R", nil},
		{"rows without receiver", "y", "", nil},
		{"rows without contract", "", "R", nil},
		{"rows without dates", "y", "never", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, _ := routesOf(c, test.contract, now, test.receiver, nil)
			if !slices.Equal(ids(rows), test.want) {
				t.Errorf("got %v, want %v", ids(rows), test.want)
			}
		})
	}
	for _, test := range []struct {
		contract, receiver, sender string
		want                       bool
	}{
		{"y", "R", "S1", true},
		{"Y", "r", "s1", true},
		{"y", "R", "S2", false},
		{"y", "S1", "R", false},
		{"y|z", "R", "S1", false},
		{"z", "R", "S1|y", false},
		{"y", "R", "", false},
	} {
		if row, ok, _ := permits(c, test.contract, test.sender, now, test.receiver); ok != test.want || ok != (row.ID == "1") {
			t.Errorf("%v: %v, %t", test, row, ok)
		}
	}
	if rows, _ := routesOf(c, "urn:riv:A:1", now, "SE0000000000-Unit1", nil); rows[0].Address != "http://one.example.org" || rows[0].Profile != "RIVTABP20" {
		t.Errorf("row %+v", rows[0])
	}
	if c.RouteCount() != 8 || c.PermissionCount() != 3 {
		t.Errorf("%d routes, %d permissions", c.RouteCount(), c.PermissionCount())
	}
	if all := ids(slices.Collect(c.AllRoutes())); !slices.Equal(all, []string{"1", "2", "3", "4", "5", "6", "7", "8"}) {
		t.Errorf("all routes: %v", all)
	}
	if first := ids(slices.Collect(c.FirstRoutes())); !slices.Equal(first, []string{"1", "2"}) {
		t.Errorf("first routes: %v", first)
	}
	if n := len(slices.Collect(c.AllPermissions())); n != 3 {
		t.Errorf("%d permissions", n)
	}
	if len(c.Warnings()) != 1 {
		t.Errorf("warnings: %v", c.Warnings())
	}
}

func TestContractNames(t *testing.T) {
	c := tak.New([]tak.Route{{Receiver: "R", Contract: "urn:riv:A:1", Valid: always}}, []tak.Permission{{Receiver: "R", Sender: "S", Contract: "urn:riv:B:1"}})
	if !c.HasContract("urn:riv:A:1") || !c.HasContract("urn:riv:B:1") || c.HasContract("urn:riv:a:1") || c.HasContract("urn:riv:C:1") {
		t.Error("HasContract")
	}
	if name, ok := c.Contract("URN:riv:a:1"); !ok || name != "urn:riv:A:1" {
		t.Errorf("Contract: %q, %t", name, ok)
	}
}

// Of a contract's spellings the last route's is told, whatever others come between.
func TestContractIsToldAsLastWritten(t *testing.T) {
	var routes []tak.Route
	for _, contract := range []string{"urn:A", "urn:a", "R", "URN:B", "URN:A", "urn:b", "urn:C"} {
		routes = append(routes, tak.Route{Receiver: "R", Contract: contract, Valid: always})
	}
	c := tak.New(routes, nil)
	for contract, want := range map[string]string{"urn:a": "URN:A", "r": "R", "urn:B": "urn:b", "Urn:c": "urn:C"} {
		if name, ok := c.Contract(contract); !ok || name != want {
			t.Errorf("%s is told as %q, %t, want %q", contract, name, ok, want)
		}
	}
}

// A catalogue of many rows keeps each in its place.
func TestManyRows(t *testing.T) {
	const many = 10_000
	numbered := func(format string, i int) string { return fmt.Sprintf(format, i) }
	var routes []tak.Route
	var permissions []tak.Permission
	for i := range many {
		routes = append(routes, tak.Route{
			ID: numbered("r%d", i), Receiver: numbered("R%d", i), Profile: "RIVTABP21", Contract: numbered("c%d", i%7),
			Address: numbered("https://producer%d.example/", i%100), Valid: always,
		})
		permissions = append(permissions, tak.Permission{
			ID: numbered("p%d", i), Receiver: numbered("R%d", i), Sender: numbered("S%d", i%300), Contract: numbered("c%d", i%7), Valid: always,
		})
	}
	routes[many-1].Address = "https://another.example/"
	c := tak.New(routes, permissions)
	if got := slices.Collect(c.AllRoutes()); !slices.Equal(got, routes) {
		t.Error("the routes are others")
	}
	if got := slices.Collect(c.FirstRoutes()); !slices.Equal(got, append(routes[:100:100], routes[many-1])) {
		t.Errorf("%d routes are the first to their addresses", len(got))
	}
	if got := slices.Collect(c.AllPermissions()); !slices.Equal(got, permissions) {
		t.Error("the permissions are others")
	}
	for i := range many {
		s := c.Search(routes[i].Contract, permissions[i].Sender, time.Now())
		receiver := s.Receiver(routes[i].Receiver)
		if rows, _ := s.Routes(receiver, nil); !slices.Equal(rows, routes[i:i+1]) {
			t.Fatalf("route %d is found as %v", i, rows)
		}
		var row tak.Permission
		if ok, _ := s.Permits(receiver, &row); !ok || row != permissions[i] {
			t.Fatalf("permission %d is found as %v", i, row)
		}
	}
}

// A sender or contract that no row has is nobody's, not even the one's whose number is 0.
func TestUnknownIsNobody(t *testing.T) {
	c := tak.New(
		[]tak.Route{{Receiver: "R", Contract: "urn:a", Valid: always}},
		[]tak.Permission{{Receiver: "R", Sender: "R", Contract: "urn:a", Valid: always}},
	)
	for _, test := range []struct{ contract, sender, receiver string }{
		{"urn:a", "unknown", "R"}, {"unknown", "R", "R"}, {"urn:a", "R", "unknown"}, {"urn:a", "", "R"}, {"", "R", "R"}, {"urn:a", "R", ""},
	} {
		s := c.Search(test.contract, test.sender, time.Now())
		if ok, until := s.Permits(s.Receiver(test.receiver), new(tak.Permission)); ok || !until.IsZero() {
			t.Errorf("%v is permitted: %t, until %s", test, ok, until)
		}
	}
	s := c.Search("urn:a", "R", time.Now())
	if ok, _ := s.Permits(s.Receiver("r"), new(tak.Permission)); !ok {
		t.Error("nobody is permitted")
	}
}

// TestPlannedSwitch: the old row ends the day before the new one begins, both
// at midnight without zone. Both hold for hours; the day in Stockholm decides.
func TestPlannedSwitch(t *testing.T) {
	const far = "2126-06-10T00:00:00.000"
	for _, test := range []struct {
		name           string
		oldTo, newFrom string
		at             string
		want           []string
		until          string
	}{
		{
			name: "only the old holds", oldTo: "2026-06-09T00:00:00.000", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-09T09:59:59.999Z", want: []string{"old"}, until: "2026-06-09T10:00:00Z",
		},
		{
			name: "both hold, the old one's last day", oldTo: "2026-06-09T00:00:00.000", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-09T12:00:00Z", want: []string{"old"}, until: "2026-06-09T14:00:00.001Z",
		},
		{
			name: "the old one has ended", oldTo: "2026-06-09T00:00:00.000", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-09T14:00:00.001Z", want: []string{"new"}, until: "2026-06-09T22:00:00Z",
		},
		{
			name: "midnight of Stockholm summer time", oldTo: "2026-06-08T22:00:00.000", newFrom: "2026-06-09T22:00:00.000",
			at: "2026-06-09T11:00:00Z", want: []string{"old"}, until: "2026-06-09T12:00:00.001Z",
		},
		{
			name: "midnight of Stockholm winter time", oldTo: "2026-01-08T23:00:00.000", newFrom: "2026-01-09T23:00:00.000",
			at: "2026-01-09T12:30:00Z", want: []string{"old"}, until: "2026-01-09T13:00:00.001Z",
		},
		{
			name: "both on one day, before noon of the next", oldTo: "2026-06-10T00:00:00.000", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-10T08:00:00Z", want: []string{"old", "new"}, until: "2026-06-10T14:00:00.001Z",
		},
		{
			name: "overlapping rows, the day before", oldTo: "2026-06-10T00:00:00.000", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-09T21:59:59.999Z", want: []string{"old"}, until: "2026-06-09T22:00:00Z",
		},
		{
			name: "the boundary is midnight in Stockholm", oldTo: "2026-06-10T00:00:00.000", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-09T22:00:00Z", want: []string{"old", "new"}, until: "2026-06-10T14:00:00.001Z",
		},
		{
			name: "bounds with a zone count as they are", oldTo: "2026-06-09T22:00:00Z", newFrom: "2026-06-09T22:00:00Z",
			at: "2026-06-09T22:00:00Z", want: []string{"old", "new"}, until: "2026-06-09T22:00:00.001Z",
		},
		{
			name: "mixed: the bound without zone decides by day", oldTo: "2026-06-12T00:00:00Z", newFrom: "2026-06-10T00:00:00.000",
			at: "2026-06-09T20:00:00Z", want: []string{"old"}, until: "2026-06-09T22:00:00Z",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := tak.New([]tak.Route{
				{ID: "old", Receiver: "R", Contract: "k", Valid: validity(t, "2016-06-10T00:00:00.000Z", test.oldTo)},
				{ID: "new", Receiver: "R", Contract: "k", Valid: validity(t, test.newFrom, far)},
			}, nil)
			rows, until := routesOf(c, "k", instant(t, test.at), "R", nil)
			if !slices.Equal(ids(rows), test.want) {
				t.Errorf("got %v, want %v", ids(rows), test.want)
			}
			if !until.Equal(instant(t, test.until)) {
				t.Errorf("until %v, want %v", until.UTC(), test.until)
			}
		})
	}
}

// TestNoDayFits: if the days of no valid row include today, all are returned.
func TestNoDayFits(t *testing.T) {
	row := func(id string) tak.Route {
		return tak.Route{ID: id, Receiver: "R", Contract: "k", Valid: validity(t, "2026-06-10T00:00:00", "2026-06-12T00:00:00")}
	}
	c := tak.New([]tak.Route{row("1"), row("2")}, nil)
	for at, want := range map[string]string{
		"2026-06-09T12:00:00Z": "2026-06-09T22:00:00Z", // too early in Stockholm
		"2026-06-10T12:00:00Z": "2026-06-12T14:00:00.001Z",
	} {
		rows, until := routesOf(c, "k", instant(t, at), "R", nil)
		if !slices.Equal(ids(rows), []string{"1", "2"}) || !until.Equal(instant(t, want)) {
			t.Errorf("%s: %v until %v", at, ids(rows), until)
		}
	}
}

func TestUntil(t *testing.T) {
	c := tak.New([]tak.Route{
		{Receiver: "R", Contract: "k", Valid: validity(t, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")},
	}, []tak.Permission{
		{Receiver: "R", Sender: "S", Contract: "k", Valid: validity(t, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")},
		{Receiver: "R", Sender: "S", Contract: "k", Valid: validity(t, "2026-01-15T00:00:00Z", "2026-03-01T00:00:00Z")},
	})
	at := func(s string) time.Time { return instant(t, s) }
	for _, test := range []struct {
		at              string
		route, routeEnd string
		permission, end string
	}{
		{"2025-01-01T00:00:00Z", "no", "2026-01-01T00:00:00Z", "no", "2026-01-01T00:00:00Z"},
		{"2026-01-01T00:00:00Z", "yes", "2026-02-01T00:00:00.001Z", "yes", "2026-01-15T00:00:00Z"},
		{"2026-02-10T00:00:00Z", "no", "", "yes", "2026-03-01T00:00:00.001Z"},
		{"2027-01-01T00:00:00Z", "no", "", "no", ""},
	} {
		rows, until := routesOf(c, "k", at(test.at), "R", nil)
		if (len(rows) == 1) != (test.route == "yes") || !sameMoment(t, until, test.routeEnd) {
			t.Errorf("%s: routes %v until %v", test.at, rows, until)
		}
		_, ok, until := permits(c, "k", "S", at(test.at), "R")
		if ok != (test.permission == "yes") || !sameMoment(t, until, test.end) {
			t.Errorf("%s: permission %t until %v", test.at, ok, until)
		}
	}
}

func sameMoment(t *testing.T, got time.Time, want string) bool {
	if want == "" {
		return got.IsZero()
	}
	return got.Equal(instant(t, want))
}

// TestUntilIsTrue: asked at every quarter of an hour around a switch, the
// answer changes nowhere before the moment that was promised.
func TestUntilIsTrue(t *testing.T) {
	c := tak.New([]tak.Route{
		{ID: "1", Receiver: "R", Contract: "k", Valid: validity(t, "2026-03-01T00:00:00", "2026-03-28T23:00:00")},
		{ID: "2", Receiver: "R", Contract: "k", Valid: validity(t, "2026-03-29T22:00:00", "2026-03-31T00:00:00+02:00")},
		{ID: "3", Receiver: "R", Contract: "k", Valid: validity(t, "2026-03-30T00:00:00.5", "2026-04-02T00:00:00")},
	}, nil)
	changes := 0
	promised, answer := time.Time{}, []string(nil)
	for at := instant(t, "2026-02-25T00:00:00Z"); at.Before(instant(t, "2026-04-05T00:00:00Z")); at = at.Add(15 * time.Minute) {
		rows, until := routesOf(c, "k", at, "R", nil)
		if !slices.Equal(ids(rows), answer) {
			changes++
			if !promised.IsZero() && at.Before(promised) {
				t.Errorf("at %v the answer became %v, promised until %v", at, ids(rows), promised)
			}
		}
		promised, answer = until, ids(rows)
	}
	if changes < 4 {
		t.Errorf("only %d changes", changes)
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	c := tak.New([]tak.Route{{Receiver: "SE0000000000-UNIT1", Contract: contract, Valid: always}},
		[]tak.Permission{{Receiver: "SE0000000000-UNIT1", Sender: "SE0000000000-CONS1", Contract: contract, Valid: always}})
	buf := make([]tak.Route, 0, 1)
	now := time.Now()
	if n := testing.AllocsPerRun(100, func() {
		routesOf(c, contract, now, "SE0000000000-UNIT1", buf)
		permits(c, contract, "SE0000000000-CONS1", now, "SE0000000000-UNIT1")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRevision(t *testing.T) {
	row := tak.Route{Receiver: "R", Contract: "k", Valid: always}
	other := row
	other.Address = "http://other.example.org"
	first, same, different := tak.New([]tak.Route{row}, nil), tak.New([]tak.Route{row}, nil), tak.New([]tak.Route{other}, nil)
	if first.Revision() != same.Revision() || first.Revision() == different.Revision() || len(first.Revision()) != 16 {
		t.Errorf("revisions %q, %q, %q", first.Revision(), same.Revision(), different.Revision())
	}
}
