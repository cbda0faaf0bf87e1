package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The figures of a sample.
func cpu(s sample) float64       { return s.cpu.Seconds() }
func perSecond(s sample) float64 { return s.perSecond }
func p50(s sample) float64       { return s.p50.Seconds() }
func p99(s sample) float64       { return s.p99.Seconds() }

func medianOf(samples []sample, figure func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	return median(values)
}

// median is the one in the middle, or between the two there; 0 of none. It sorts
// the values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// ratio is a figure of one proxy over that of another, round by round: the
// median, and between what the middle half of the rounds lie. Of fewer than four
// rounds it is all of them.
type ratio struct{ median, low, high float64 }

func ratioOf(a, b []sample, figure func(sample) float64) ratio {
	var values []float64
	for i := range min(len(a), len(b)) {
		if below := figure(b[i]); below > 0 {
			values = append(values, figure(a[i])/below)
		}
	}
	if len(values) == 0 {
		return ratio{}
	}
	middle := median(values) // which sorts them
	quarter := len(values) / 4
	return ratio{median: middle, low: values[quarter], high: values[len(values)-1-quarter]}
}

func (r ratio) String() string {
	switch {
	case r == ratio{}:
		return "–"
	case r.low == r.high:
		return fmt.Sprintf("%.2f", r.median)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.median, r.low, r.high)
}

func micros(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}

func mebibytes(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// grid writes rows as a Markdown table whose columns line up.
func grid(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(&b, "| %-*s ", widths[i], cell)
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, width := range widths {
				b.WriteString("|" + strings.Repeat("-", width+2))
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}
