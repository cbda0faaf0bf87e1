package upstream

import (
	"sync"
	"sync/atomic"
)

// Stats is what a Client has done since New, and what it holds now: the sums,
// and each target's own.
type Stats struct {
	TargetStats

	// Idle counts the idle connections per target address (host:port).
	Idle map[string]int

	// Targets are the figures of each address (host:port) ever dialled.
	Targets map[string]TargetStats
}

// TargetStats are the figures of one target address.
type TargetStats struct {
	Dials       uint64 // TCP connections made
	DialErrors  uint64 // attempts that failed, retried ones included
	Retries     uint64 // attempts after the first of a call
	Reuses      uint64 // calls on a connection that had served one before
	Stale       uint64 // idle connections that were no longer fit for use when taken
	Handshakes  uint64 // TLS handshakes completed, resumptions included
	Resumptions uint64 // of those, sessions resumed
	Open        int64  // connections open now, idle ones included
}

// counters count for one target.
type counters struct {
	dials, dialErrors, retries, reuses, stale, handshakes, resumptions atomic.Uint64

	open atomic.Int64
}

// counting holds the counters of every target. They are looked up when a
// target is dialled and held by its connections, so that a call on an idle
// connection looks up nothing.
type counting struct {
	mu      sync.Mutex
	targets map[string]*counters
}

// of are the counters of addr.
func (c *counting) of(addr string) *counters {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.targets[addr]; known != nil {
		return known
	}
	if c.targets == nil {
		c.targets = make(map[string]*counters)
	}
	fresh := new(counters)
	c.targets[addr] = fresh
	return fresh
}

// Stats reads the counters. Each figure is exact; they are not taken at one
// instant.
func (c *Client) Stats() Stats {
	stats := Stats{Idle: c.pool.perTarget()}
	c.counting.mu.Lock()
	defer c.counting.mu.Unlock()
	stats.Targets = make(map[string]TargetStats, len(c.counting.targets))
	for addr, counters := range c.counting.targets {
		target := counters.read()
		stats.Targets[addr] = target
		stats.Add(target)
	}
	return stats
}

func (c *counters) read() TargetStats {
	return TargetStats{
		Dials:       c.dials.Load(),
		DialErrors:  c.dialErrors.Load(),
		Retries:     c.retries.Load(),
		Reuses:      c.reuses.Load(),
		Stale:       c.stale.Load(),
		Handshakes:  c.handshakes.Load(),
		Resumptions: c.resumptions.Load(),
		Open:        c.open.Load(),
	}
}

// Add adds another target's figures.
func (s *TargetStats) Add(o TargetStats) {
	s.Dials += o.Dials
	s.DialErrors += o.DialErrors
	s.Retries += o.Retries
	s.Reuses += o.Reuses
	s.Stale += o.Stale
	s.Handshakes += o.Handshakes
	s.Resumptions += o.Resumptions
	s.Open += o.Open
}
