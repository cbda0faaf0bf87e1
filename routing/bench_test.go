package routing_test

import (
	"fmt"
	"strings"
	"testing"

	"rivgate/routing"
	"rivgate/tak"
)

// deepView has a chain of eight units below the one that has the route and the
// permission, and the receiver's own where exact is asked for.
func deepView(t testing.TB, cacheSize int) *routing.View {
	var lines []string
	for level := range 8 {
		dn := "o=top,c=SE"
		for i := range level + 1 {
			dn = fmt.Sprintf("ou=%d,", i) + dn
		}
		lines = append(lines, fmt.Sprintf("SE0000000000-UNIT%d|%s", level, dn))
	}
	lines = append(lines, "SE0000000000-TOP|o=top,c=SE")
	r := rules()
	r.CacheSize = cacheSize
	return routing.NewView(tak.New(
		[]tak.Route{route(t, "1", "SE0000000000-TOP", "https://p.example")},
		[]tak.Permission{permission(t, "1", "SE0000000000-TOP", "S")},
	), units(t, lines...), r)
}

const deepest = "SE0000000000-UNIT7"

func TestDeepClimb(t *testing.T) {
	d, trace := decide(t, deepView(t, 100), question("S", deepest))
	if d.Fault() != nil || strings.Count(trace.Routes(), ",") != 9 {
		t.Errorf("got %v by %s", d.Fault(), trace.Routes())
	}
}

// On the call path a decision is free of garbage.
func TestDecisionAllocations(t *testing.T) {
	view := deepView(t, 100)
	for name, q := range map[string]routing.Question{
		"own rows": question("S", "SE0000000000-TOP"),
		"memory":   question("S", deepest),
	} {
		if n := testing.AllocsPerRun(100, func() { routing.Decide(view, q, nil) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, bench := range []struct {
		name      string
		cacheSize int
		receiver  string
	}{
		{"exact", 100, "SE0000000000-TOP"},
		{"remembered climb of eight", 100, deepest},
		{"climb of eight", 0, deepest},
	} {
		b.Run(bench.name, func(b *testing.B) {
			view, q := deepView(b, bench.cacheSize), question("S", bench.receiver)
			if d := routing.Decide(view, q, nil); d.Fault() != nil {
				b.Fatal(d.Fault())
			}
			b.ReportAllocs()
			for b.Loop() {
				routing.Decide(view, q, nil)
			}
		})
	}
}
