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
