package edge

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// arrivals are the connections whose first request has not come yet. net/http
// closes them without a word once it shuts down, and whoever has sent its request
// by then cannot know whether it was served. So a listener first stops accepting,
// then waits for them, and only then has net/http shut down.
type arrivals struct {
	expected atomic.Bool  // Serve runs, or has run
	ending   atomic.Bool  // nothing more is to be accepted
	open     atomic.Int64 // connections that have come and asked nothing yet

	none    func() // says that nothing more will be accepted
	nothing chan struct{}

	release  func() // says that net/http shuts down or closes
	released chan struct{}
}

func newArrivals() arrivals {
	nothing, released := make(chan struct{}), make(chan struct{})
	return arrivals{
		nothing: nothing, none: sync.OnceFunc(func() { close(nothing) }),
		released: released, release: sync.OnceFunc(func() { close(released) }),
	}
}

// begin counts a connection in. The function it returns counts it out, once.
func (a *arrivals) begin() (arrived func()) {
	a.open.Add(1)
	return sync.OnceFunc(func() { a.open.Add(-1) })
}

// ended is called when accepting has failed. Where that was wanted it holds net/http
// up until it knows of it.
func (a *arrivals) ended() {
	if !a.ending.Load() {
		return
	}
	a.none()
	<-a.released
}

// firstRequest is how long a connection has at the end for its handshake and the
// head of its first request: others wait for it.
const firstRequest = 2 * time.Second

// end stops accepting by closing the socket and waits until every connection has
// brought its first request, for firstRequest at most.
func (a *arrivals) end(ctx context.Context, closeSocket func() error) {
	a.ending.Store(true)
	_ = closeSocket() // tried again, and reported, after the shutdown
	if !a.expected.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, firstRequest)
	defer cancel()
	select {
	case <-a.nothing:
	case <-ctx.Done():
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for a.open.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
