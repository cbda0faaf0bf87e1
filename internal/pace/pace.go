// Package pace lets long work go on beside calls without making them wait.
//
// A catalogue has hundreds of thousands of rows. Reading it at full speed keeps a
// processor busy for a second or more; calls queue behind that, and behind whoever
// sends the catalogue as fast as it is read. Paced work does a little, rests, and
// does a little more. As little of it is done for every rest, calls hardly notice,
// and whoever sends waits too.
package pace

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// rest is so long because going to sleep and waking up cost processor time too.
	rest = 5 * time.Millisecond
	// share is how many times longer is rested than worked after it: paced work has
	// a tenth of one processor. With a quarter, the slowest of calls that keep two
	// processors three quarters busy took half as long again and more. A rest that lasts longer
	// than it should, as on a busy machine, buys a longer spell of work, or the work
	// would hardly end there.
	share = 9
	// longestSpell is about as long as calls wait for one another anyway.
	longestSpell = time.Millisecond
	// stride is how many steps are taken between looks at the clock, which would
	// cost as much as the shortest of them.
	stride = 16
)

// Pace paces one piece of work. A nil Pace never rests. Step is for one goroutine
// at a time.
type Pace struct {
	work   context.Context
	steps  int
	since  time.Time     // when the spell began
	spell  time.Duration // how long it is
	rested atomic.Int64  // nanoseconds, in all
}

// New makes a Pace for work that is to rest until ctx ends, and to hurry from then
// on: whoever ends it waits.
func New(ctx context.Context) *Pace { return &Pace{work: ctx, since: time.Now(), spell: rest / share} }

// Step is to be called for every small part of the work, such as a row. It rests
// when it is time to.
func (p *Pace) Step() {
	if p == nil {
		return
	}
	if p.steps++; p.steps%stride != 0 {
		return
	}
	now := time.Now()
	if now.Sub(p.since) < p.spell || p.work.Err() != nil {
		return
	}
	time.Sleep(rest)
	p.since = time.Now()
	rested := p.since.Sub(now)
	p.spell = spellAfter(rested)
	p.rested.Add(int64(rested))
}

// spellAfter is how long is worked after a rest.
func spellAfter(rested time.Duration) time.Duration { return min(rested/share, longestSpell) }

// WithTimeout is context.WithTimeout for work that p paces: rests do not count. The
// context's cause is context.DeadlineExceeded once the time is up.
func (p *Pace) WithTimeout(parent context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if p == nil {
		return context.WithTimeout(parent, limit)
	}
	ctx, cancel := context.WithCancelCause(parent)
	go p.expire(ctx, cancel, limit)
	return ctx, func() { cancel(context.Canceled) }
}

// expire ends ctx after limit and the time rested meanwhile.
func (p *Pace) expire(ctx context.Context, end context.CancelCauseFunc, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for counted := p.rested.Load(); ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		rested := p.rested.Load()
		if rested == counted {
			end(context.DeadlineExceeded)
			return
		}
		timer.Reset(time.Duration(rested - counted))
		counted = rested
	}
}
