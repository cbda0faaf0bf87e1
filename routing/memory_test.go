package routing_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rivgate/routing"
	"rivgate/tak"
)

// climbView has one route and one permission, on a unit above LEAF, for a time.
func climbView(t testing.TB, valid tak.Validity, address string) *routing.View {
	r, p := route(t, "1", "TOP", address), permission(t, "1", "TOP", "S")
	r.Valid, p.Valid = valid, valid
	tree := units(t, "LEAF|ou=leaf,o=top,c=SE", "TOP|o=top,c=SE")
	return routing.NewView(tak.New([]tak.Route{r}, []tak.Permission{p}), tree, rules())
}

// An answer is not remembered beyond the moment at which it can change, in
// either direction.
func TestMemoryEndsAtBoundaries(t *testing.T) {
	from, to := "2026-06-10T12:00:00.000Z", "2026-06-10T12:00:01.000Z"
	view := climbView(t, validity(t, from, to), "https://p.example")
	begin := now()
	moments := []struct {
		at    time.Time
		valid bool
	}{
		{begin.Add(-time.Hour), false},
		{begin.Add(-time.Millisecond), false},
		{begin, true},
		{begin.Add(time.Second), true},
		{begin.Add(time.Second + time.Millisecond), false},
		{begin.Add(time.Hour), false},
		{begin.Add(time.Second), true}, // a clock set back
		{begin.Add(-time.Millisecond), false},
	}
	for _, moment := range moments {
		q := question("S", "LEAF")
		q.At = moment.at
		for range 2 {
			d := routing.Decide(view, q, nil)
			if routed, permitted := d.RouteFault == nil, d.PermissionFault == nil; routed != moment.valid || permitted != moment.valid {
				t.Errorf("at %v: routed %v, permitted %v, want %v", moment.at, routed, permitted, moment.valid)
			}
		}
	}
}

// The nearer unit's row begins later than the one that was found and remembered.
func TestMemoryMindsRowsNotYetValid(t *testing.T) {
	later := route(t, "2", "MIDDLE", "https://new.example")
	later.Valid = validity(t, "2026-06-10T13:00:00Z", "2100-01-01T00:00:00Z")
	tree := units(t, "LEAF|ou=leaf,ou=middle,o=top,c=SE", "MIDDLE|ou=middle,o=top,c=SE", "TOP|o=top,c=SE")
	view := routing.NewView(tak.New([]tak.Route{route(t, "1", "TOP", "https://old.example"), later}, nil), tree, rules())
	for hours, want := range map[int]string{0: "https://old.example", 1: "https://new.example"} {
		q := question("S", "LEAF")
		q.At = now()
		for range 2 {
			routing.Decide(view, q, nil)
		}
		q.At = now().Add(time.Duration(hours) * time.Hour)
		if got := routing.Decide(view, q, nil).Route.Address; got != want {
			t.Errorf("after %d hours: got %q, want %q", hours, got, want)
		}
	}
}

func TestNewViewForgets(t *testing.T) {
	for _, address := range []string{"https://one.example", "https://two.example"} {
		view := climbView(t, always(t), address)
		for range 2 {
			if got := routing.Decide(view, question("S", "LEAF"), nil).Route.Address; got != address {
				t.Errorf("got %q, want %q", got, address)
			}
		}
	}
}

// Ids that run into each other when joined are different questions.
func TestMemoryKeysDoNotCollide(t *testing.T) {
	catalogue := tak.New(
		[]tak.Route{route(t, "1", "*", "https://p.example")},
		[]tak.Permission{permission(t, "1", "*", "S|A")})
	view := routing.NewView(catalogue, nil, rules())
	for _, tt := range []struct {
		sender, receiver string
		permitted        bool
	}{{"S|A", "R", true}, {"A", "R|S", false}, {"S", "A|R", false}, {"S|A", "R", true}} {
		d := routing.Decide(view, question(tt.sender, tt.receiver), nil)
		if got := d.PermissionFault == nil; got != tt.permitted {
			t.Errorf("%s at %s: permitted %v", tt.sender, tt.receiver, got)
		}
	}
}

func TestMemoryIsBoundedAndOptional(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 2} {
		r := rules()
		r.CacheSize = size
		view := routing.NewView(tak.New([]tak.Route{route(t, "1", "*", "https://p.example")}, nil), nil, r)
		for i := range 10 {
			for range 2 {
				receiver := fmt.Sprint("R", i)
				if d := routing.Decide(view, question("S", receiver), nil); d.Route.ID != "1" || d.ReceiverMatched != "*" {
					t.Errorf("size %d, %s: got %s", size, receiver, summary(d))
				}
			}
		}
	}
}

// A long receiver is answered though it is not remembered.
func TestLongReceivers(t *testing.T) {
	view := routing.NewView(tak.New([]tak.Route{route(t, "1", "*", "https://p.example")}, nil), nil, rules())
	d, _ := decide(t, view, question("S", strings.Repeat("x", 100_000)))
	if d.Route.ID != "1" {
		t.Errorf("got %s", summary(d)[:200])
	}
}

func TestConcurrentDecisions(t *testing.T) {
	r := rules()
	r.CacheSize = 3
	catalogue := tak.New([]tak.Route{route(t, "1", "TOP", "https://p.example")}, []tak.Permission{permission(t, "1", "TOP", "S")})
	view := routing.NewView(catalogue, units(t, "LEAF|ou=leaf,o=top,c=SE", "TOP|o=top,c=SE"), r)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 500 {
				receiver, want := "LEAF", true
				if i%3 == worker%3 {
					receiver, want = fmt.Sprint("R", i%7), false
				}
				d := routing.Decide(view, question("S", receiver), nil)
				if got := d.Fault() == nil; got != want {
					t.Errorf("%s: %v", receiver, d.Fault())
				}
			}
		})
	}
	group.Wait()
}
