package upstream

import (
	"sync"
	"time"
)

// sweepPause is the shortest time between two sweeps of the idle connections.
const sweepPause = time.Second

// poolKey names the connections that may stand in for each other.
type poolKey struct {
	profile    *TLSProfile // nil for plain HTTP
	addr       string
	serverName string
}

// pool keeps idle connections, the one used last on top. One timer serves them
// all, and runs only while there are any.
type pool struct {
	max int // idle connections per key

	mu      sync.Mutex
	idle    map[poolKey][]*conn
	timer   *time.Timer
	sweepAt time.Time // when the timer fires, zero when it does not run
}

func newPool(max int) *pool {
	return &pool{max: max, idle: make(map[poolKey][]*conn)}
}

// take removes the connection used last, nil if there is none. It may have
// been closed by the producer.
func (p *pool) take(key poolKey) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	stack := p.idle[key]
	if len(stack) == 0 {
		return nil
	}
	last := len(stack) - 1
	c := stack[last]
	stack[last] = nil
	p.idle[key] = stack[:last] // an empty one stays until the next sweep, for what comes back
	return c
}

// put keeps c for the given time, or closes it if there are enough.
func (p *pool) put(c *conn, keep time.Duration) {
	if !p.push(c, keep) {
		c.close()
	}
}

func (p *pool) push(c *conn, keep time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	stack := p.idle[c.key]
	if len(stack) >= p.max {
		return false
	}
	now := time.Now()
	c.idleUntil = now.Add(keep)
	p.idle[c.key] = append(stack, c)
	p.scheduleSweep(now, c.idleUntil)
	return true
}

// scheduleSweep sees to a sweep at the given time, or sweepPause from now if
// that is later.
func (p *pool) scheduleSweep(now, at time.Time) {
	if earliest := now.Add(sweepPause); at.Before(earliest) {
		at = earliest
	}
	if !p.sweepAt.IsZero() && !at.Before(p.sweepAt) {
		return
	}
	p.sweepAt = at
	if p.timer == nil {
		p.timer = time.AfterFunc(at.Sub(now), p.sweep)
		return
	}
	p.timer.Reset(at.Sub(now))
}

// sweep closes the connections whose time has come.
func (p *pool) sweep() {
	for _, c := range p.expired(time.Now()) {
		c.close()
	}
}

func (p *pool) expired(now time.Time) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweepAt = time.Time{}
	var expired []*conn
	var next time.Time
	for key, stack := range p.idle {
		kept := stack[:0]
		for _, c := range stack {
			if !c.idleUntil.After(now) {
				expired = append(expired, c)
				continue
			}
			kept = append(kept, c)
			if next.IsZero() || c.idleUntil.Before(next) {
				next = c.idleUntil
			}
		}
		clear(stack[len(kept):])
		p.idle[key] = kept
		if len(kept) == 0 {
			delete(p.idle, key)
		}
	}
	if !next.IsZero() {
		p.scheduleSweep(now, next)
	}
	return expired
}

// closeAll empties the pool.
func (p *pool) closeAll() {
	p.mu.Lock()
	idle := p.idle
	p.idle = make(map[poolKey][]*conn)
	if p.timer != nil {
		p.timer.Stop()
		p.sweepAt = time.Time{}
	}
	p.mu.Unlock()
	for _, stack := range idle {
		for _, c := range stack {
			c.close()
		}
	}
}

// perTarget counts the idle connections of each address.
func (p *pool) perTarget() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make(map[string]int, len(p.idle))
	for key, stack := range p.idle {
		if len(stack) > 0 {
			counts[key.addr] += len(stack)
		}
	}
	return counts
}
