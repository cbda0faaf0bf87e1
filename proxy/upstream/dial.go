package upstream

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// connect returns a connection for r: an idle one that is still alive, or a
// new one without TLS yet. A call that closes its connection gets a new one:
// who turns keep-alive off wants nothing of connections that have idled.
func (c *Client) connect(ctx context.Context, r *Request) (cn *conn, reused bool, err error) {
	key := poolKey{addr: r.Addr}
	if r.Scheme == "https" {
		key.profile, key.serverName = r.TLS, r.ServerName
	}
	if r.KeepAlive {
		if cn := c.takeAlive(key); cn != nil {
			cn.counters.reuses.Add(1)
			cn.began = time.Now()
			return cn, true, nil
		}
	}
	counters := c.counting.of(r.Addr)
	nc, began, err := c.dial(ctx, r.Addr, counters)
	if err != nil {
		return nil, false, err
	}
	cn = newConn(key, nc, counters)
	cn.began = began
	return cn, false, nil
}

// takeAlive takes idle connections until one is fit for use.
func (c *Client) takeAlive(key poolKey) *conn {
	for {
		cn := c.pool.take(key)
		if cn == nil {
			return nil
		}
		if time.Now().Before(cn.idleUntil) && cn.alive() {
			return cn
		}
		cn.counters.stale.Add(1)
		cn.close()
	}
}

// dial connects, and tries again where VP does and nothing can have reached
// the producer: after a refused or timed-out TCP connect. began is when the
// attempt that succeeded did.
func (c *Client) dial(ctx context.Context, addr string, counters *counters) (nc net.Conn, began time.Time, err error) {
	for attempt := 0; ; attempt++ {
		began = time.Now()
		nc, err = c.options.Dial(ctx, "tcp", addr)
		if err == nil {
			counters.dials.Add(1)
			return nc, began, nil
		}
		counters.dialErrors.Add(1)
		if ctx.Err() != nil {
			return nil, began, context.Cause(ctx)
		}
		if attempt >= c.options.Retries || !worthRetrying(err) {
			return nil, began, &DialError{Addr: addr, Err: err}
		}
		if err := pause(ctx, c.options.RetryDelay); err != nil {
			return nil, began, err
		}
		counters.retries.Add(1)
	}
}

func worthRetrying(err error) bool {
	var dns *net.DNSError
	var denied *deniedError
	if errors.As(err, &dns) || errors.As(err, &denied) {
		return false
	}
	var network net.Error
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &network) && network.Timeout()
}

// pause waits, or returns the context's cause.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// dialer is the TCP dialer of options.
func dialer(timeout time.Duration, allow func(netip.AddrPort) error) dialFunc {
	d := &net.Dialer{Timeout: timeout}
	if allow != nil {
		// Control sees the address after name resolution, which is the one
		// that counts: a name may resolve to anything.
		d.Control = func(_, address string, _ syscall.RawConn) error { return checkAllowed(allow, address) }
	}
	return d.DialContext
}

func checkAllowed(allow func(netip.AddrPort) error, address string) error {
	resolved, err := netip.ParseAddrPort(address)
	if err != nil {
		return &deniedError{err}
	}
	resolved = netip.AddrPortFrom(resolved.Addr().Unmap(), resolved.Port())
	if err := allow(resolved); err != nil {
		return &deniedError{err}
	}
	return nil
}

// deniedError keeps a refusal by Options.Allow apart from the network's.
type deniedError struct{ err error }

func (e *deniedError) Error() string { return e.err.Error() }
func (e *deniedError) Unwrap() error { return e.err }
