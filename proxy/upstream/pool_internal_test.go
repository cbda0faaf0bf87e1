package upstream

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// What was taken leaves an empty stack, for what comes back. Nobody sees it, it holds
// on to nothing, and the next sweep takes it away.
func TestEmptyStacksAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(2)
		pooled := func(addr string) *conn {
			near, far := net.Pipe()
			t.Cleanup(func() { near.Close(); far.Close() })
			return newConn(poolKey{addr: addr}, near, new(counters))
		}
		a, b := pooled("a"), pooled("b")
		p.put(a, time.Minute)
		p.put(b, time.Hour)
		if p.take(a.key) != a || p.take(a.key) != nil {
			t.Error("a was not to be taken once")
		}
		if stack := p.idle[a.key]; cap(stack) > 0 && stack[:1][0] != nil {
			t.Error("the pool holds on to what was taken")
		}
		if counts := p.perTarget(); len(counts) != 1 || counts["b"] != 1 {
			t.Errorf("idle connections: %v", counts)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if len(p.idle) != 1 || len(p.idle[b.key]) != 1 {
			t.Errorf("after a sweep there are %v", p.idle)
		}
		p.put(a, time.Minute)
		if p.take(a.key) != a {
			t.Error("a did not come back")
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(p.idle) != 0 || !p.sweepAt.IsZero() {
			t.Errorf("at last there are %v, to be swept at %s", p.idle, p.sweepAt)
		}
	})
}
