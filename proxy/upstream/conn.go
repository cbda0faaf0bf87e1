package upstream

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

// conn is one connection to a producer: in the pool, or in the hands of one
// exchange.
type conn struct {
	began    time.Time // the attempt, or the taking, that led to this use
	key      poolKey
	socket   *socket
	stream   net.Conn // the socket, or TLS over it
	closed   atomic.Bool
	counters *counters // of its target

	silence   time.Duration // when set, every Read may take this long
	idleUntil time.Time     // in the pool: when to close
	scratch   [1]byte
}

func newConn(key poolKey, c net.Conn, counters *counters) *conn {
	counters.open.Add(1)
	s := newSocket(c)
	return &conn{key: key, socket: s, stream: s, counters: counters}
}

// handshake puts TLS on the connection; it may take as long as limit. It uses
// no context, and so no goroutine: whoever cancels the call closes the socket.
func (c *conn) handshake(limit time.Duration) (resumed bool, err error) {
	if err := c.socket.SetDeadline(time.Now().Add(limit)); err != nil {
		return false, err
	}
	secure := tls.Client(c.socket, c.key.profile.forHost(c.key.serverName))
	c.stream = secure
	if err := secure.Handshake(); err != nil {
		return false, err
	}
	return secure.ConnectionState().DidResume, c.socket.SetDeadline(time.Time{})
}

// Read reads from the producer, under the deadline set last or, once silence
// is set, under one of its own.
func (c *conn) Read(p []byte) (int, error) {
	if c.silence > 0 {
		if err := c.socket.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
			return 0, err
		}
	}
	return c.stream.Read(p)
}

// endedWithoutNotice tells that a TLS peer closed the connection below TLS
// alone, which anyone on the way can forge.
func (c *conn) endedWithoutNotice() bool {
	return c.key.profile != nil && c.socket.ended
}

// close ends the connection in order, with a closing alert under TLS.
func (c *conn) close() {
	if c.retire() {
		// Nothing depends on how the end of a finished connection is taken.
		_ = c.stream.Close()
	}
}

// abort ends the connection at once, below TLS, and with a TCP reset if the
// producer must not take what it received for a whole request. It may be called
// while another goroutine reads or writes, which ends with an error then.
func (c *conn) abort(reset bool) {
	if !c.retire() {
		return
	}
	if reset {
		c.socket.reset()
	}
	_ = c.socket.Close()
}

// retire is true for the first who asks.
func (c *conn) retire() bool {
	if c.closed.Swap(true) {
		return false
	}
	c.counters.open.Add(-1)
	return true
}
