package routing_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rivgate/routing"
	"rivgate/tak"
)

// deepView has a chain of units below the one that has the route and the permission.
func deepView(t testing.TB, levels, cacheSize int) *routing.View {
	var lines []string
	for level := range levels {
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
	for _, levels := range []int{1, 8, 11, 12, 13, 40} {
		receiver := fmt.Sprintf("SE0000000000-UNIT%d", levels-1)
		d, trace := decide(t, deepView(t, levels, 100), question("S", receiver))
		tried := []string{receiver}
		for level := levels - 2; level >= 0; level-- {
			tried = append(tried, fmt.Sprintf("SE0000000000-UNIT%d", level))
		}
		tried = append(tried, "SE0000000000-TOP")
		routes := strings.Join(slices.Insert(slices.Clone(tried), 1, "(parent)"), ",")
		permissions := strings.Join(slices.Insert(slices.Clone(tried), 1, "(default)", "*", "(parent)"), ",")
		if d.Fault() != nil || trace.Routes() != routes || trace.Permissions() != permissions {
			t.Errorf("%d levels: got %v by %s and %s", levels, d.Fault(), trace.Routes(), trace.Permissions())
		}
	}
}

// On the call path a decision is free of garbage.
func TestDecisionAllocations(t *testing.T) {
	view := deepView(t, 8, 100)
	for name, q := range map[string]routing.Question{
		"own rows": question("S", "SE0000000000-TOP"),
		"memory":   question("S", deepest),
	} {
		if n := testing.AllocsPerRun(100, func() { routing.Decide(view, q, nil) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// largeView is of national size: 100 000 routes, 300 000 permissions and 200 000
// units, of which each has four below it. A climb of eight leads from one of them to
// the only route and permission for the contract; rows for others are on the way.
func largeView(b *testing.B, cacheSize int) (view *routing.View, below, above string) {
	unit := func(i int) string { return fmt.Sprintf("SE0000000000-UNIT%06d", i) }
	parent := func(i int) int { return (i - 1) / 4 }
	const last = 200_000 - 1
	names, lines := []string{"o=top,c=SE"}, []string{unit(0) + "|o=top,c=SE"}
	for i := 1; i <= last; i++ {
		names = append(names, fmt.Sprintf("ou=%d,%s", i, names[parent(i)]))
		lines = append(lines, unit(i)+"|"+names[i])
	}
	top := last
	for range 8 {
		top = parent(top)
	}
	other := func(i int) string { return fmt.Sprintf("urn:riv:test:GetOther%dResponder:1", i%300) }
	routes := []tak.Route{route(b, "0", unit(top), "https://p.example")}
	for i := 1; i < 100_000; i++ {
		row := route(b, strconv.Itoa(i), unit(i/5), fmt.Sprintf("https://p%d.example/%d", i%500, i%20_000))
		row.Contract = other(i)
		routes = append(routes, row)
	}
	permissions := []tak.Permission{permission(b, "0", unit(top), "S")}
	for i := 1; i < 300_000; i++ {
		row := permission(b, strconv.Itoa(i), unit(i/15), fmt.Sprintf("SE0000000000-S%03d", i%700))
		row.Contract = other(i)
		permissions = append(permissions, row)
	}
	r := rules()
	r.CacheSize = cacheSize
	return routing.NewView(tak.New(routes, permissions), units(b, lines...), r), unit(last), unit(top)
}

func BenchmarkDecide(b *testing.B) {
	remembering, below, above := largeView(b, 100)
	forgetful, _, _ := largeView(b, 0)
	for _, bench := range []struct {
		name     string
		view     *routing.View
		receiver string
	}{
		{"exact", remembering, above},
		{"remembered climb of eight", remembering, below},
		{"climb of eight", forgetful, below},
	} {
		b.Run(bench.name, func(b *testing.B) {
			q := question("S", bench.receiver)
			if d := routing.Decide(bench.view, q, nil); d.Fault() != nil || d.ReceiverMatched != above {
				b.Fatal(d.Fault(), d.ReceiverMatched)
			}
			b.ReportAllocs()
			for b.Loop() {
				routing.Decide(bench.view, q, nil)
			}
		})
	}
}
