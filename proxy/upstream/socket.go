package upstream

import (
	"io"
	"net"
	"syscall"
)

// socket is the TCP connection below a producer connection. It adds two things
// to what a net.Conn can tell: what has arrived without waiting for more, and
// whether the peer has closed. Both work from below TLS.
type socket struct {
	net.Conn
	arrived arrived

	glancing bool // Read takes only what has already arrived
	ended    bool // the peer's FIN has been read
}

func newSocket(c net.Conn) *socket {
	s := &socket{Conn: c}
	if system, ok := c.(syscall.Conn); ok {
		s.arrived.use(system)
	}
	return s
}

// Read is that of a net.Conn, but for a glance: then it returns errNothingYet
// instead of waiting.
func (s *socket) Read(p []byte) (n int, err error) {
	if s.glancing {
		n, err = s.arrived.read(s.Conn, p)
	} else {
		n, err = s.Conn.Read(p)
	}
	if err == io.EOF {
		s.ended = true
	}
	return n, err
}

// reset makes the following Close a TCP reset, so that the peer cannot take
// what it has received for the whole.
func (s *socket) reset() {
	if tcp, ok := s.Conn.(interface{ SetLinger(int) error }); ok {
		// It fails only on a socket that is closed already.
		_ = tcp.SetLinger(0)
	}
}

// errNothingYet is what a glance returns on a connection that is open and
// silent. crypto/tls keeps every read error for good unless it is temporary.
var errNothingYet net.Error = nothingYet{}

type nothingYet struct{}

func (nothingYet) Error() string   { return "upstream: nothing has arrived" }
func (nothingYet) Timeout() bool   { return true }
func (nothingYet) Temporary() bool { return true }
