package main

import (
	"strings"
	"testing"
	"time"
)

func samplesOf(micros ...int) []sample {
	samples := make([]sample, len(micros))
	for i, n := range micros {
		samples[i].cpu = time.Duration(n) * time.Microsecond
	}
	return samples
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	// The second round was slow for both, the third for one of them.
	got := ratioOf(samplesOf(10, 100, 10), samplesOf(20, 200, 40), cpu)
	if want := (ratio{median: 0.5, low: 0.25, high: 0.5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if text := got.String(); text != "0.50 (0.25–0.50)" {
		t.Errorf("prints %s", text)
	}
	many := ratioOf(samplesOf(9, 1, 4, 5, 6, 900, 3, 7, 2), samplesOf(1, 1, 1, 1, 1, 1, 1, 1, 1), cpu)
	if text := many.String(); text != "5.00 (3.00–7.00)" {
		t.Errorf("nine rounds print %s", text)
	}
	if text := ratioOf(samplesOf(1), samplesOf(0), cpu).String(); text != "–" {
		t.Errorf("a ratio to nothing prints %s", text)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}} {
		if got := median(test.values); got != test.want {
			t.Errorf("%v: %v, want %v", test.values, got, test.want)
		}
	}
}

func TestTargetsAreJudged(t *testing.T) {
	page := &page{tables: []*table{
		{title: headline, contestants: []*contestant{
			{child: &child{name: gatewayName}, samples: samplesOf(30)},
			{child: &child{name: stockName}, samples: samplesOf(31)},
			{child: &child{name: haproxyName}, samples: samplesOf(10)},
		}},
		{title: manyBodies, contestants: []*contestant{{child: &child{name: gatewayName}, peak: 128<<20 + 1}}},
	}}
	var judged []string
	for _, row := range page.targets() {
		judged = append(judged, row[len(row)-1])
	}
	if got := strings.Join(judged, " "); got != "met **missed** **missed**" {
		t.Errorf("judged %s", got)
	}
}

// What a state may grow by is bounded for each figure.
func TestGrowthIsSeen(t *testing.T) {
	before := state{memory: 40 << 20, goroutines: 50, descriptors: 60}
	for _, test := range []struct {
		after state
		grown string
	}{
		{state{memory: 51 << 20, goroutines: 64, descriptors: 75}, ""},
		{state{memory: 53 << 20, goroutines: 50, descriptors: 60}, "memory"},
		{state{memory: 40 << 20, goroutines: 66, descriptors: 60}, "goroutines"},
		{state{memory: 40 << 20, goroutines: 50, descriptors: 77}, "descriptors"},
	} {
		err := before.grownTo(test.after, chanceIn(10*time.Minute))
		if (err == nil) != (test.grown == "") || err != nil && !strings.HasPrefix(err.Error(), test.grown) {
			t.Errorf("%+v: %v, want %q", test.after, err, test.grown)
		}
	}
}

func TestVersionIn(t *testing.T) {
	for text, want := range map[string]string{
		"nginx version: nginx/1.22.1":                             "1.22.1",
		"HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://x": "2.6.12",
		"v2.8.4 h1:abc=": "2.8.4",
		"no digits":      "unknown",
	} {
		if got := versionIn(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Go's benchmarks are read as go test prints them, whatever their units.
func TestGoFigures(t *testing.T) {
	found := make(goFigures)
	err := found.read(`goos: linux
BenchmarkRefresh-2   	       3	3121580477 ns/op	       132.2 B/row	         1.747 cpu-s/op
BenchmarkDecide/climb_of_eight-16 	1000	 3000 ns/op	 1 allocs/op
BenchmarkDecide/climb_of_eight-16 	1000	 1000 ns/op	 1 allocs/op
PASS
ok  	rivgate/tak	21.230s
`)
	if err != nil {
		t.Fatal(err)
	}
	for figure, want := range map[string]float64{
		"Refresh B/row": 132.2, "Refresh cpu-s/op": 1.747,
		"Decide/climb_of_eight ns/op": 2000, "Decide/climb_of_eight allocs/op": 1,
	} {
		if got := median(found[figure]); got != want {
			t.Errorf("%s is %v, want %v", figure, got, want)
		}
	}
}

func TestLargeLimitsAreJudged(t *testing.T) {
	parts := make(goFigures)
	for _, one := range largeLimits {
		parts[one.figure] = []float64{one.limit * one.scale}
	}
	parts["Refresh peak"] = []float64{3.01}
	parts["Decide/remembered_climb_of_eight allocs/op"] = []float64{1}
	calls := func(p99 time.Duration) []sample { return []sample{{p99: p99}} }
	r := &largeRun{parts: parts, without: calls(10 * time.Millisecond), with: calls(12 * time.Millisecond)}
	var judged []string
	for _, row := range r.limits()[1:] {
		judged = append(judged, row[len(row)-1])
	}
	if got := strings.Join(judged, " "); got != "met met met **missed** met met **missed** met met" {
		t.Errorf("judged %s", got)
	}
	r.with = calls(13 * time.Millisecond)
	if rows := r.limits(); rows[len(rows)-1][4] != met(false) {
		t.Errorf("calls that take longer: %v", rows[len(rows)-1])
	}
}

// What is called is a climb of eight below what has the route, and the rows are
// as many as they are said to be.
func TestLargeCatalogue(t *testing.T) {
	l := largeCase(false)
	units := l.tree()
	below, above := l.called()
	if steps := strings.Count(units[below].DN, ",") - strings.Count(units[above].DN, ","); len(units) != 200_000 || steps != climb {
		t.Errorf("%d units, %d steps from %s to %s", len(units), steps, units[below].DN, units[above].DN)
	}
	if c := l.catalogue("127.0.0.1:1"); len(c.Routes) != 100_000 || len(c.Permissions) != 300_000 {
		t.Errorf("%d routes, %d permissions", len(c.Routes), len(c.Permissions))
	}
}
