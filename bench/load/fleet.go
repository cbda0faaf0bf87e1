package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Target is what is called.
type Target struct {
	Address string // host:port
	Host    string // the Host header
	// TLS is the configuration of the i-th caller. Callers that are to resume
	// sessions share a ClientSessionCache.
	TLS func(i int) *tls.Config
}

// Fleet is a number of callers of one target, who make the same call. It is
// used by one goroutine at a time.
type Fleet struct {
	callers []*caller
}

// Gather makes a fleet of n. With keep a caller keeps its connection from call
// to call, without it makes a new one for each.
func Gather(target Target, call *Call, n int, keep bool) *Fleet {
	f := &Fleet{callers: make([]*caller, n)}
	for i := range f.callers {
		f.callers[i] = newCaller(target, target.TLS(i), call, keep, uint64(i)<<32)
	}
	return f
}

// Close closes the fleet's connections.
func (f *Fleet) Close() {
	for _, c := range f.callers {
		c.close()
	}
}

// Result is what a fleet has seen.
type Result struct {
	Calls     int // that were answered
	Elapsed   time.Duration
	Latencies []time.Duration // of each of them, in ascending order

	Cut      int   // calls whose connection ended before their answer did
	FirstCut error // how one of them ended

	Handshakes int // TLS connections made
	Resumed    int // how many of them resumed a session
}

// PerSecond is the rate of calls.
func (r Result) PerSecond() float64 { return float64(r.Calls) / r.Elapsed.Seconds() }

// Quantile is the latency that the share q of the calls did not exceed; 0 if
// there were none.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	return r.Latencies[min(len(r.Latencies)-1, int(q*float64(len(r.Latencies))))]
}

// patience is how long a call may take beyond the time it is begun in.
const patience = 2 * time.Minute

// Closed lets every caller call again as soon as it has its answer, for a
// time. The first answer that is wrong ends it.
func (f *Fleet) Closed(ctx context.Context, d time.Duration) (Result, error) {
	end := time.Now().Add(d)
	return f.run(ctx, end, func(c *caller, stopped func() bool) error {
		for start := time.Now(); start.Before(end) && !stopped(); start = time.Now() {
			if err := c.once(start); err != nil {
				return err
			}
		}
		return nil
	})
}

// tries is how often Times lets a caller begin in all where calls are cut off,
// beyond the calls it is to make.
const tries = 20

// Times lets every caller make n calls, and again those that are cut off.
func (f *Fleet) Times(ctx context.Context, n int) (Result, error) {
	return f.run(ctx, time.Now(), func(c *caller, stopped func() bool) error {
		for len(c.latencies) < n && c.cut < tries && !stopped() {
			if err := c.once(time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Open starts calls at a fixed rate for a time, whether or not earlier ones
// have been answered. A call that finds every caller busy waits, and its
// latency counts from the moment it should have begun.
func (f *Fleet) Open(ctx context.Context, rate float64, d time.Duration) (Result, error) {
	due := make(chan time.Time, int(rate*d.Seconds())+1) // holds all: the clock never waits
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go tick(ctx, due, rate, d)
	return f.run(ctx, time.Now().Add(d), func(c *caller, stopped func() bool) error {
		for start := range due {
			if stopped() {
				return nil
			}
			if err := c.once(start); err != nil {
				return err
			}
		}
		return nil
	})
}

// tick sends the moments at which calls are due, when they are due.
func tick(ctx context.Context, due chan<- time.Time, rate float64, d time.Duration) {
	defer close(due)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := time.Now()
	for i := range int(rate * d.Seconds()) {
		at := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		for wait := time.Until(at); wait > 0; wait = time.Until(at) {
			sleep(wait)
		}
		if ctx.Err() != nil {
			return
		}
		due <- at
	}
}

// run lets every caller do its part and gathers what they saw.
func (f *Fleet) run(ctx context.Context, end time.Time, do func(c *caller, stopped func() bool) error) (Result, error) {
	var failed atomic.Bool
	stopped := func() bool { return failed.Load() || ctx.Err() != nil }
	errs := make([]error, len(f.callers))
	began := time.Now()
	var working sync.WaitGroup
	for i, c := range f.callers {
		c.begin(end.Add(patience))
		working.Go(func() {
			if err := do(c, stopped); err != nil {
				errs[i] = fmt.Errorf("caller %d: %w", i, err)
				failed.Store(true)
			}
		})
	}
	working.Wait()
	r := Result{Elapsed: time.Since(began)}
	for _, c := range f.callers {
		r.Latencies = append(r.Latencies, c.latencies...)
		r.Handshakes += c.handshakes
		r.Resumed += c.resumed
		r.Cut += c.cut
		if r.FirstCut == nil {
			r.FirstCut = c.firstCut
		}
	}
	slices.Sort(r.Latencies)
	r.Calls = len(r.Latencies)
	for _, err := range errs {
		if err != nil {
			return r, err
		}
	}
	if r.Calls == 0 && ctx.Err() == nil {
		return r, errors.Join(errors.New("no call succeeded"), r.FirstCut)
	}
	return r, ctx.Err()
}
