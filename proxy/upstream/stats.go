package upstream

import "sync/atomic"

// Stats is what a Client has done since New, and what it holds now.
type Stats struct {
	Dials       uint64 // TCP connections made
	DialErrors  uint64 // attempts that failed, retried ones included
	Retries     uint64 // attempts after the first of a call
	Reuses      uint64 // calls on a connection that had served one before
	Stale       uint64 // idle connections that were no longer fit for use when taken
	Handshakes  uint64 // TLS handshakes completed, resumptions included
	Resumptions uint64 // of those, sessions resumed
	Open        int64  // connections open now, idle ones included

	// Idle counts the idle connections per target address (host:port).
	Idle map[string]int
}

type counters struct {
	dials, dialErrors, retries, reuses, stale, handshakes, resumptions atomic.Uint64

	open atomic.Int64
}

// Stats reads the counters. Each figure is exact; they are not taken at one
// instant.
func (c *Client) Stats() Stats {
	return Stats{
		Dials:       c.counters.dials.Load(),
		DialErrors:  c.counters.dialErrors.Load(),
		Retries:     c.counters.retries.Load(),
		Reuses:      c.counters.reuses.Load(),
		Stale:       c.counters.stale.Load(),
		Handshakes:  c.counters.handshakes.Load(),
		Resumptions: c.counters.resumptions.Load(),
		Open:        c.counters.open.Load(),
		Idle:        c.pool.perTarget(),
	}
}
