package load

import (
	"crypto/tls"
	"net"
)

// Leave connects, sends half of a request, and resets the connection.
func Leave(target Target, call *Call) error {
	c := newCaller(target, target.TLS(0), call, true, 0)
	if err := c.connect(); err != nil {
		return err
	}
	defer c.close()
	if _, err := c.conn.Write(c.out[:len(c.out)/2]); err != nil {
		return err
	}
	return reset(c.conn)
}

// reset closes a connection without the alert and the handshake TLS and TCP end with.
func reset(conn *tls.Conn) error {
	plain, ok := conn.NetConn().(*net.TCPConn)
	if !ok {
		return nil
	}
	_ = plain.SetLinger(0) // fails for closed connections
	return plain.Close()
}
