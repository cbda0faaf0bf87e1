package upstream

import (
	"errors"
	"net"
	"os"
	"time"
)

// glanceTime is how long a look at a connection takes that has no
// non-blocking read.
const glanceTime = time.Millisecond

// alive tells whether an idle connection can carry another request: it must be
// open and silent. A close, a TLS closing alert or any unasked byte rules it out.
//
// The look is a read that does not wait, through TLS where there is TLS. Looking
// at the socket alone would not do: a TLS 1.3 producer's session tickets are
// bytes that mean no harm, and a closing alert may have been read already with
// the answer before it.
func (c *conn) alive() bool {
	c.socket.glancing = true
	n, err := c.stream.Read(c.scratch[:])
	c.socket.glancing = false
	return n == 0 && err == errNothingYet
}

func readBriefly(c net.Conn, p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(glanceTime)); err != nil {
		return 0, err
	}
	n, err := c.Read(p)
	_ = c.SetReadDeadline(time.Time{}) // fails only on a closed connection, which the read has told
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, errNothingYet
	}
	return n, err
}
