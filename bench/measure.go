package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"rivgate/bench/load"
)

// sample is what one slice shows of a proxy.
type sample struct {
	cpu       time.Duration // of the proxy, per call
	perSecond float64
	p50, p99  time.Duration
}

// contestant is a proxy while it is measured.
type contestant struct {
	*child
	proxy   *proxy
	fleet   *load.Fleet
	samples []sample
	cut     int   // calls it did not answer to the end
	before  int64 // bytes resident before the first call that counts
	peak    int64 // the most since
}

// table is a scenario's outcome.
type table struct {
	title       string
	note        string
	bytes       int64 // carried by a call
	contestants []*contestant
}

// measure runs a scenario. Every proxy is started anew for it, so that memory is
// its own. They are called in turn, a slice each, round after round: what else the
// machine does hits all alike.
func measure(ctx context.Context, w *world, all []*proxy, s *scenario) (_ []*table, err error) {
	contestants, err := w.gather(ctx, all, s)
	defer func() {
		var ending sync.WaitGroup
		for _, c := range contestants {
			if err != nil {
				err = fmt.Errorf("%w\n%s said: %s", err, c.name, c.said())
			}
			if c.fleet != nil {
				c.fleet.Close()
			}
			ending.Go(c.stop)
		}
		ending.Wait()
	}()
	if err != nil {
		return nil, err
	}
	bytes, err := s.bytes()
	if err != nil {
		return nil, err
	}
	closed := &table{title: s.name, note: s.note, bytes: bytes, contestants: contestants}
	for _, c := range contestants {
		if c.before, err = c.Resident(); err != nil {
			return nil, err
		}
		if err := c.ResetPeak(); err != nil {
			return nil, err
		}
	}
	err = rounds(contestants, s.rounds, func(f *load.Fleet) (load.Result, error) {
		var r load.Result
		var err error
		if s.times > 0 {
			r, err = f.Times(ctx, s.times)
		} else {
			r, err = f.Closed(ctx, s.slice)
		}
		return r, errors.Join(err, s.connected(r))
	})
	if err != nil || s.open == 0 {
		return []*table{closed}, err
	}
	rate := slowest(contestants) / 3
	open := &table{
		title: s.name + ", equal rate", bytes: bytes,
		note: fmt.Sprintf("Calls begin at a rate that is the same for all, a third of what the slowest took above: %.0f a second. Latency counts from when a call was due.", rate),
	}
	for _, c := range contestants {
		again := *c
		again.samples, again.cut = nil, 0
		open.contestants = append(open.contestants, &again)
	}
	err = rounds(open.contestants, 2*s.rounds, func(f *load.Fleet) (load.Result, error) { return f.Open(ctx, rate, s.open) })
	return []*table{closed, open}, err
}

// gather starts the proxies and their callers, and makes first calls.
func (w *world) gather(ctx context.Context, all []*proxy, s *scenario) ([]*contestant, error) {
	var contestants []*contestant
	for _, p := range all {
		address, err := freeAddress()
		if err != nil {
			return contestants, err
		}
		c := &contestant{proxy: p}
		if c.child, err = p.start(ctx, w, address); err != nil {
			return contestants, err
		}
		contestants = append(contestants, c)
		call, err := s.call(p.name == gatewayName)
		if err != nil {
			return contestants, err
		}
		c.fleet = load.Gather(w.target(address, s), call, s.callers, s.connections == kept)
		if s.times > 0 {
			continue // its memory is to be seen from the first call on
		}
		if _, err := c.fleet.Times(ctx, 1); err != nil {
			return contestants, fmt.Errorf("%s: %w", p.name, err)
		}
		if _, err := c.fleet.Closed(ctx, s.slice/4); err != nil {
			return contestants, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return contestants, nil
}

// rounds calls the contestants in turn. Each round begins with another one.
func rounds(contestants []*contestant, n int, call func(*load.Fleet) (load.Result, error)) error {
	for round := range n {
		for i := range contestants {
			c := contestants[(round+i)%len(contestants)]
			before, err := c.CPU()
			if err != nil {
				return err
			}
			r, err := call(c.fleet)
			if err == nil && r.Cut > 0 && c.name == gatewayName {
				err = fmt.Errorf("%d calls: %w", r.Cut, r.FirstCut)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			c.cut += r.Cut
			after, err := c.CPU()
			if err != nil {
				return err
			}
			c.samples = append(c.samples, sample{
				cpu: (after - before) / time.Duration(r.Calls), perSecond: r.PerSecond(),
				p50: r.Quantile(0.5), p99: r.Quantile(0.99),
			})
			if c.peak, err = c.Peak(); err != nil {
				return err
			}
		}
	}
	return nil
}

// connected checks that callers connected as the scenario says.
func (s *scenario) connected(r load.Result) error {
	switch {
	case s.connections == full && (r.Handshakes < r.Calls || r.Resumed > 0):
		return fmt.Errorf("%d calls on %d connections, %d of them resumed", r.Calls, r.Handshakes, r.Resumed)
	case s.connections == resumed && (r.Handshakes < r.Calls || r.Resumed < r.Calls*9/10):
		return fmt.Errorf("%d calls on %d connections, only %d of them resumed", r.Calls, r.Handshakes, r.Resumed)
	case s.connections == kept && r.Handshakes > s.callers+r.Cut:
		return fmt.Errorf("%d callers made %d connections", s.callers, r.Handshakes)
	}
	return nil
}

// slowest is the lowest median throughput.
func slowest(contestants []*contestant) float64 {
	lowest := medianOf(contestants[0].samples, perSecond)
	for _, c := range contestants[1:] {
		lowest = min(lowest, medianOf(c.samples, perSecond))
	}
	return lowest
}
