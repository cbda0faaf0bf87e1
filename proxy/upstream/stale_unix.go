//go:build unix

package upstream

import (
	"io"
	"net"
	"syscall"
)

// arrived reads what a socket holds without waiting. Deadlines cannot do that:
// a read whose deadline has passed fails without looking.
type arrived struct {
	raw syscall.RawConn // nil for a connection that is no system socket
	try func(fd uintptr) bool

	p   []byte
	n   int
	err error
}

func (a *arrived) use(c syscall.Conn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	a.raw, a.try = raw, a.readNow
}

func (a *arrived) read(c net.Conn, p []byte) (int, error) {
	if a.raw == nil {
		return readBriefly(c, p)
	}
	a.p = p
	err := a.raw.Read(a.try)
	a.p = nil
	switch {
	case err != nil:
		return 0, err
	case a.err == syscall.EAGAIN:
		return 0, errNothingYet
	case a.err != nil:
		return 0, a.err
	case a.n == 0:
		return 0, io.EOF
	}
	return a.n, nil
}

// readNow always reports that it is done, so that RawConn.Read never waits.
func (a *arrived) readNow(fd uintptr) bool {
	for {
		a.n, a.err = syscall.Read(int(fd), a.p)
		if a.err != syscall.EINTR {
			return true
		}
	}
}
