package interop

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay passes connections on to an address and counts them.
type relay struct {
	listener net.Listener
	target   string
	serving  sync.WaitGroup

	mu       sync.Mutex
	accepted int
	open     map[net.Conn]struct{}
	closed   bool
}

func startRelay(t *testing.T, target string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r := &relay{listener: listener, target: target, open: make(map[net.Conn]struct{})}
	r.serving.Go(r.accept)
	t.Cleanup(r.close)
	return r
}

// connections tells how many were accepted.
func (r *relay) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accepted
}

func (r *relay) accept() {
	for {
		from, err := r.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", r.target)
		if err != nil {
			from.Close()
			continue
		}
		r.mu.Lock()
		r.accepted++
		r.mu.Unlock()
		r.pump(from, to)
		r.pump(to, from)
	}
}

// pump passes on until one end closes, and then closes both.
func (r *relay) pump(from, to net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		from.Close()
		return
	}
	r.open[from] = struct{}{}
	r.serving.Go(func() {
		_, _ = io.Copy(to, from)
		from.Close()
		to.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.open, from)
	})
}

func (r *relay) close() {
	r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for conn := range r.open {
		conn.Close()
	}
	r.mu.Unlock()
	r.serving.Wait()
}
