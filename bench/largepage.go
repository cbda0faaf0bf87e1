package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// largeParts are the Go benchmarks of parts that have limits.
var largeParts = []goBenchmark{
	{pkg: "./tak", name: "Refresh", time: "2x", count: 1},
	{pkg: "./hsa", name: "Load", time: "1x", count: 1},
	{pkg: "./routing", name: "Decide", time: "100ms", count: 6},
}

// largeLimits are what is wanted of the parts: at most so much.
var largeLimits = []struct {
	what   string
	figure string // of a Go benchmark
	limit  float64
	unit   string
	scale  float64 // what the figure is divided by to be in that unit
}{
	{"CPU of a refresh from SOAP", "Refresh cpu-s/op", 4, "s", 1},
	{"heap a row of the catalogue, steady", "Refresh B/row", 200, "B", 1},
	{"heap a unit of the tree, steady", "Load B/unit", 200, "B", 1},
	{"peak of HeapInuse in refreshes ÷ steady heap", "Refresh peak", 3, "", 1},
	{"decision by the receiver's own rows", "Decide/exact ns/op", 200, "ns", 1},
	{"decision by a climb of eight, remembered", "Decide/remembered_climb_of_eight ns/op", 200, "ns", 1},
	{"allocations of a remembered decision", "Decide/remembered_climb_of_eight allocs/op", 0, "", 1},
	{"decision by a climb of eight, not remembered", "Decide/climb_of_eight ns/op", 2, "µs", 1000},
}

// measureLargeParts runs the benchmarks that largeLimits speak of: every figure is
// there, or it is an error.
func measureLargeParts(ctx context.Context) (goFigures, error) {
	figures, err := figuresOf(ctx, largeParts)
	if err != nil {
		return nil, err
	}
	for _, one := range largeLimits {
		if len(figures[one.figure]) == 0 {
			return nil, fmt.Errorf("no benchmark told %s", one.figure)
		}
	}
	return figures, nil
}

// mostP99 is how much longer calls may take while refreshes run: what the page
// also grants beside another proxy. Chance may make more of it, which a row tells.
const mostP99 = 1.2

func (r *largeRun) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d routes, %d permissions, %d units of the tree. Refreshes (`POST /resetcache`) run one after the other in every other stretch of %d slices of %s or more,\n"+
		"until one has ended. Calls begin at a steady rate all the while, a third of what the gateway took: %.0f a second. All ask the same, which is found by a\n"+
		"climb of eight after each refresh, and remembered until the next. The gateway's callers, producer\n"+
		"and TAK run beside it, TAK with what the others leave it (nice 19). The limits that are not about calls under way are compared with Go's own\n"+
		"benchmarks, which have nothing beside them; in brackets the least and the most of several runs. Figures of calls are those of a slice, and the\n"+
		"median of all slices is shown: what holds calls up in fewer than half of them shows in the worst one only. With ÷ without is between slices of one round,\n"+
		"in brackets what the middle half of them lie between.\n\n",
		r.routes, r.permissions, r.units, r.slices, r.slice, r.rate)
	b.WriteString(grid(r.limits()))
	fmt.Fprintf(&b, "\n%d refreshes, of which %d ended while calls were made, took %s each, and %s of CPU time; resident memory rose from %s to at most %s.\n\n",
		len(r.refreshes), r.whole, micros(median(r.refreshes)), micros(r.cpu), mebibytes(r.before), mebibytes(r.peak))
	rows := [][]string{{"calls", "calls/s", "p50", "p99", "p99 of the worst slice"}}
	for _, part := range []struct {
		name    string
		samples []sample
	}{{"without refreshes", r.without}, {"while refreshes run", r.with}} {
		of := func(figure func(sample) float64) float64 { return medianOf(part.samples, figure) }
		rows = append(rows, []string{part.name, fmt.Sprintf("%.0f", of(perSecond)), micros(of(p50)), micros(of(p99)), micros(worst(part.samples))})
	}
	compared := func(what string, a, b []sample) []string {
		return []string{
			what, ratioOf(a, b, perSecond).String(), ratioOf(a, b, p50).String(), ratioOf(a, b, p99).String(),
			fmt.Sprintf("%.2f", worst(a)/worst(b)),
		}
	}
	half := len(r.without) / 2
	rows = append(rows, compared("with ÷ without", r.with, r.without),
		compared("the later half without ÷ the earlier: chance", r.without[len(r.without)-half:], r.without[:half]))
	b.WriteString(grid(rows))
	return b.String()
}

// worst is the longest p99 of any slice, in seconds.
func worst(samples []sample) float64 {
	longest := 0.0
	for _, s := range samples {
		longest = max(longest, p99(s))
	}
	return longest
}

// limits compares what is wanted with what was measured.
func (r *largeRun) limits() [][]string {
	rows := [][]string{{"figure", "at most", "is", "÷ limit", ""}}
	if r.parts != nil {
		for _, one := range largeLimits {
			runs := slices.Clone(r.parts[one.figure])
			is := median(runs) / one.scale // which sorts them
			told := quantity(is, one.unit)
			if least, most := runs[0]/one.scale, runs[len(runs)-1]/one.scale; least < most {
				told += fmt.Sprintf(" (%.3g–%.3g)", least, most)
			}
			share := "–"
			if one.limit > 0 {
				share = fmt.Sprintf("%.2f", is/one.limit)
			}
			rows = append(rows, []string{one.what, quantity(one.limit, one.unit), told, share, met(is <= one.limit)})
		}
	}
	slowdown := ratioOf(r.with, r.without, p99)
	return append(rows, []string{
		"p99 of a slice of calls while refreshes run ÷ without", quantity(mostP99, ""), slowdown.String(),
		fmt.Sprintf("%.2f", slowdown.median/mostP99), met(slowdown.median <= mostP99),
	})
}

// quantity is a figure with its unit, to three digits.
func quantity(figure float64, unit string) string {
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", figure, unit))
}
