package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"rivgate/bench/load"
	"rivgate/bench/proc"
)

// soak keeps the gateway under mixed load, forgets its caches and reloads it all
// the while, and fails if memory, goroutines or descriptors grow, if they do not
// come back afterwards, or if an answer is wrong.
func soak(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	set := flags("soak", stderr)
	gateway := gatewayFlag(set)
	duration := set.Duration("duration", 10*time.Minute, "how long")
	if err := set.Parse(args); err != nil {
		return err
	}
	w, err := newWorld(*gateway, soakScenarios())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.startProducer(ctx); err != nil {
		return err
	}
	address, admin, err := w.startObserved(ctx, usualSources+"virtualisations: {default: {keep_alive_idle: 5s}}\n")
	if err != nil {
		return err
	}
	s := &soaking{world: w, address: address, admin: admin, group: w.children[len(w.children)-1].Group, out: stdout, allowed: chanceIn(*duration)}
	return s.run(ctx, *duration)
}

// soakScenarios are the calls that are mixed. Their slices are not used.
func soakScenarios() []*scenario {
	return numbered([]*scenario{
		{name: "small", size: 660, path: textPath + "2000"},
		{name: "medium", size: 20 * kB, path: textPath + "20000"},
		{name: "large", size: mB, path: textPath + "1000000"},
		{name: "converted", size: kB, path: textPath + "1000", convert: true},
		{name: "MTOM", size: 200 * kB, path: mtomPath + "200000", multipart: true},
		{name: "producer's fault", size: kB, path: faultPath},
		{name: "own fault", size: kB, path: faultPath, nobody: true},
		{name: "new connections", size: kB, path: textPath + "1000", connections: full},
		{name: "resumed sessions", size: kB, path: textPath + "1000", connections: resumed},
		{name: "several senders", size: kB, path: textPath + "1000", senders: true, callers: 20},
	}, 4)
}

const (
	soakRate   = 20 // calls a second of each scenario
	resetEvery = 10 * time.Second
	leaveEvery = 500 * time.Millisecond
)

// soaking is one soak.
type soaking struct {
	*world
	address, admin string
	group          proc.Group
	out            io.Writer
	allowed        chance

	calls, left, resets, reloads atomic.Int64
	states                       []state
}

// state is what must stay flat.
type state struct{ memory, goroutines, descriptors int64 }

func (s *soaking) run(ctx context.Context, d time.Duration) error {
	fmt.Fprintf(s.out, "soaking for %s: %d kinds of calls, resets every %s, reloads between them, callers that leave\n", d, len(s.scenarios), resetEvery)
	atRest, err := s.look(ctx)
	if err != nil {
		return err
	}
	if err := s.load(ctx, d); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d calls answered right, %d callers left early, %d resets, %d reloads\n",
		s.calls.Load(), s.left.Load(), s.resets.Load(), s.reloads.Load())
	return errors.Join(s.flat(), s.settled(ctx, atRest))
}

// load does everything at once for a time. The first thing that fails ends it.
func (s *soaking) load(ctx context.Context, d time.Duration) error {
	ctx, stop := context.WithTimeoutCause(ctx, d+time.Minute, errors.New("it takes too long"))
	defer stop()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	end := time.Now().Add(d)
	var doing sync.WaitGroup
	do := func(what string, f func() error) {
		doing.Go(func() {
			if err := f(); err != nil {
				fail(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	for _, scenario := range s.scenarios {
		do(scenario.name, func() error { return s.call(ctx, scenario, end) })
	}
	do("resets and reloads", func() error { return s.disturb(ctx, end) })
	do("callers that leave", func() error { return every(ctx, leaveEvery, end, s.leave) })
	do("measuring", func() error {
		return every(ctx, max(d/200, 100*time.Millisecond), end, func() error {
			seen, err := s.look(ctx)
			s.states = append(s.states, seen)
			return err
		})
	})
	doing.Wait()
	return context.Cause(ctx)
}

// every does f again and again until the end.
func every(ctx context.Context, pause time.Duration, end time.Time, f func() error) error {
	ticks := time.NewTicker(pause)
	defer ticks.Stop()
	for time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return nil // something else failed, and says so
		case <-ticks.C:
		}
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// call makes a scenario's calls, a second's worth at a time.
func (s *soaking) call(ctx context.Context, what *scenario, end time.Time) error {
	call, err := what.call(true)
	if err != nil {
		return err
	}
	fleet := load.Gather(s.target(s.address, what), call, what.callers, what.connections == kept)
	defer fleet.Close()
	for time.Now().Before(end) && ctx.Err() == nil {
		r, err := fleet.Open(ctx, soakRate, time.Second)
		if ctx.Err() != nil {
			return nil // as in every
		}
		if err = errors.Join(err, r.FirstCut); err != nil {
			return err
		}
		s.calls.Add(int64(r.Calls))
	}
	return nil
}

// disturb resets the catalogue and the tree, and reloads in between.
func (s *soaking) disturb(ctx context.Context, end time.Time) error {
	reload := false
	return every(ctx, resetEvery/2, end, func() error {
		if reload = !reload; !reload {
			s.reloads.Add(1)
			_, err := ask(ctx, http.MethodPost, s.admin+"/reload")
			return err
		}
		s.resets.Add(1)
		_, first := ask(ctx, http.MethodGet, s.admin+"/resetcache")
		_, second := ask(ctx, http.MethodGet, s.admin+"/resethsacache")
		return errors.Join(first, second)
	})
}

// leave is a caller that goes away in the middle of its request.
func (s *soaking) leave() error {
	what := s.scenarios[0]
	call, err := what.call(true)
	if err != nil {
		return err
	}
	s.left.Add(1)
	return load.Leave(s.target(s.address, what), call)
}

// look is the gateway's present state.
func (s *soaking) look(ctx context.Context) (state, error) {
	var seen state
	var err error
	if seen.memory, err = s.group.Resident(); err != nil {
		return seen, err
	}
	descriptors, err := s.group.Descriptors()
	if err != nil {
		return seen, err
	}
	seen.descriptors = int64(descriptors)
	metrics, err := ask(ctx, http.MethodGet, s.admin+"/metrics")
	if err != nil {
		return seen, err
	}
	_, after, found := bytes.Cut(metrics, []byte("\ngo_goroutines "))
	value, _, _ := bytes.Cut(after, []byte("\n"))
	if seen.goroutines, err = strconv.ParseInt(string(value), 10, 64); err != nil || !found {
		return seen, fmt.Errorf("no go_goroutines among the metrics: %w", err)
	}
	return seen, nil
}

// grown is an error if one figure is above another by more than may be chance:
// a tenth, and what is allowed beyond that.
func grown(what string, from, to, allowed int64) error {
	if to > from+from/10+allowed {
		return fmt.Errorf("%s grew from %d to %d", what, from, to)
	}
	return nil
}

// chance is what figures may differ by without meaning anything, beside a tenth:
// bytes by the collector's whim, counts by calls that happen to run.
type chance struct{ memory, count int64 }

// chanceIn is what may be chance in a soak of that length. A short one only shows
// that everything runs: the heap has not found its size, and one moment in which
// the machine is busy elsewhere is a good part of it.
func chanceIn(d time.Duration) chance {
	if d < 2*time.Minute {
		return chance{memory: 64 << 20, count: 100}
	}
	return chance{memory: 8 << 20, count: 10}
}

func (before state) grownTo(after state, allowed chance) error {
	return errors.Join(
		grown("memory", before.memory, after.memory, allowed.memory),
		grown("goroutines", before.goroutines, after.goroutines, allowed.count),
		grown("descriptors", before.descriptors, after.descriptors, allowed.count))
}

// flat compares the second quarter of the time with the last. The first is for
// warming up.
func (s *soaking) flat() error {
	quarter := len(s.states) / 4
	if quarter == 0 {
		return errors.New("too short to tell whether anything grows")
	}
	early, late := middle(s.states[quarter:2*quarter]), middle(s.states[3*quarter:])
	for _, part := range []struct {
		when string
		is   state
	}{{"second quarter", early}, {"last quarter", late}} {
		fmt.Fprintf(s.out, "%-15s memory %s, %d goroutines, %d descriptors\n", part.when, mebibytes(part.is.memory), part.is.goroutines, part.is.descriptors)
	}
	return early.grownTo(late, s.allowed)
}

// middle is the median of each figure.
func middle(states []state) state {
	of := func(figure func(state) int64) int64 {
		values := make([]float64, len(states))
		for i, one := range states {
			values[i] = float64(figure(one))
		}
		return int64(median(values))
	}
	return state{
		memory:      of(func(s state) int64 { return s.memory }),
		goroutines:  of(func(s state) int64 { return s.goroutines }),
		descriptors: of(func(s state) int64 { return s.descriptors }),
	}
}

// settled waits until the gateway has let go of what its callers needed:
// connections to producers are kept for some seconds.
func (s *soaking) settled(ctx context.Context, atRest state) error {
	const patience = 30 * time.Second
	for end := time.Now().Add(patience); ; {
		after, err := s.look(ctx)
		if err != nil {
			return err
		}
		after.memory = atRest.memory // the runtime gives that back at its leisure
		grown := atRest.grownTo(after, s.allowed)
		if grown == nil {
			fmt.Fprintf(s.out, "%-15s %d goroutines, %d descriptors; before the load %d and %d\n", "afterwards",
				after.goroutines, after.descriptors, atRest.goroutines, atRest.descriptors)
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s after the callers have left: %w", patience, grown)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second / 2):
		}
	}
}
