package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// goBenchmark is one of Go's own benchmarks, and how it is run.
type goBenchmark struct {
	pkg, name string
	time      string // as go test's -benchtime
	count     int
}

// goFigures are what benchmarks printed: the values of each run, by the
// benchmark's name and the unit, such as "Decide/exact ns/op".
type goFigures map[string][]float64

// figuresOf runs benchmarks. As micro it needs the source.
func figuresOf(ctx context.Context, all []goBenchmark) (goFigures, error) {
	found := make(goFigures)
	for _, one := range all {
		out, err := tool(ctx, "test", "-run", "^$", "-bench", "^Benchmark"+one.name+"$", "-benchmem", "-benchtime", one.time,
			"-count", strconv.Itoa(one.count), one.pkg)
		if err != nil {
			return nil, err
		}
		if err := found.read(out); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// processors is what Go appends to a benchmark's name.
var processors = regexp.MustCompile(`-\d+$`)

// read adds what go test printed.
func (f goFigures) read(out string) error {
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		for pair := fields[2:]; len(pair) >= 2; pair = pair[2:] {
			value, err := strconv.ParseFloat(pair[0], 64)
			if err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			key := name + " " + pair[1]
			f[key] = append(f[key], value)
		}
	}
	return nil
}
