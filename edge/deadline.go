package edge

import (
	"errors"
	"net"
	"sync"
	"time"
)

// deadlines merges the read deadline that net/http asks for with the one of a
// head that has begun. net/http knows nothing of a head before it is whole: it
// would cut a slow head silently at the end of the idle time, and would let
// one that begins while a handler runs take forever.
type deadlines struct {
	set   func(time.Time) error // on the socket
	limit time.Duration         // for a whole head; 0: none

	mu    sync.Mutex
	rest  time.Duration // for what net/http asks for next, see idle; 0: nothing
	asked time.Time     // by net/http
	head  time.Time     // zero while no head has begun
	none  bool          // the socket has been told that there is none
}

// ask is SetReadDeadline as net/http and handlers call it.
func (d *deadlines) ask(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rest > 0 {
		t = time.Now().Add(d.rest)
		d.rest = 0
	}
	d.asked = t
	return d.apply()
}

// idle makes limit the wait for the next request's first byte. net/http, which
// knows of no such limit, says that a connection has become idle, and next
// takes away the read deadline. Its own limit could not change while it serves.
func (d *deadlines) idle(limit time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest = limit
}

// begin starts a head's time, unless it runs already.
func (d *deadlines) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limit == 0 || !d.head.IsZero() {
		return
	}
	d.head = time.Now().Add(d.limit)
	_ = d.apply() // a lost connection shows in the read that follows
}

// end gives the socket back to net/http's deadline.
func (d *deadlines) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.head.IsZero() {
		return
	}
	d.head = time.Time{}
	_ = d.apply()
}

// late tells whether err is the end of a head's time, and not an interruption
// by net/http.
func (d *deadlines) late(err error) bool {
	d.mu.Lock()
	begun := d.head
	d.mu.Unlock()
	if begun.IsZero() || time.Now().Before(begun) {
		return false
	}
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// apply sets what holds now. A deadline in the past is how net/http interrupts
// a read, so it always holds; one in the future gives way to the head's.
func (d *deadlines) apply() error {
	interrupted := !d.asked.IsZero() && !d.asked.After(time.Now())
	if d.head.IsZero() || interrupted {
		return d.put(d.asked)
	}
	return d.put(d.head)
}

// put sets a deadline. There being none is told the socket once: net/http says
// it several times a request.
func (d *deadlines) put(t time.Time) error {
	if t.IsZero() && d.none {
		return nil
	}
	d.none = t.IsZero()
	return d.set(t)
}
