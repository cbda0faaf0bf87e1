package edge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// lingerTime is how long a closing connection goes on reading what the peer
// was still sending. Closing at once would make the system answer those bytes
// with a reset, which can destroy the answer before the peer has read it
// (RFC 9112, 9.6).
const lingerTime = time.Second

// conn is one accepted connection as net/http sees it: reads pass the gate,
// writes go straight through.
type conn struct {
	net.Conn          // the stream: socket, or TLS on it
	socket   net.Conn // what was accepted
	listener *Listener
	options  *Options // the listener's when the connection came
	remote   netip.AddrPort
	leaf     *x509.Certificate // set before the first request
	standing standing          // the leaf's, see VerifyPeer

	deadlines deadlines
	gate      gate
	served    atomic.Int64 // requests handed to the handler

	lingered atomic.Bool
	stuck    atomic.Bool // a write failed
	arrived  func()      // its first request is being served, or never will be; once
	leave    func()      // counts the connection out, once
}

// secureConn is a conn whose stream is TLS. It is a type of its own because
// net/http takes every connection with a ConnectionState method for TLS.
type secureConn struct {
	*conn
	tls       *tls.Conn
	under     *shaking
	handshake sync.Once
}

func newConn(l *Listener, socket net.Conn, remote netip.AddrPort) net.Conn {
	o := l.options.Load()
	c := &conn{Conn: socket, socket: socket, listener: l, options: o, remote: remote}
	c.arrived = l.arrivals.begin()
	c.leave = sync.OnceFunc(func() {
		c.arrived()
		l.admission.leave(remote.Addr())
	})
	c.deadlines = deadlines{set: socket.SetReadDeadline, limit: o.Header}
	c.gate = gate{
		src:    socket,
		timer:  &c.deadlines,
		limits: limits{bytes: o.HeaderBytes, fields: o.Headers},
	}
	if l.tls.Load() == nil {
		return c
	}
	under := &shaking{Conn: socket}
	secure := &secureConn{conn: c, tls: tls.Server(under, l.outer), under: under}
	c.Conn, c.gate.src = secure.tls, secure.tls
	return secure
}

// ConnectionState finishes the handshake first. net/http calls it before it
// reads, on the connection's own goroutine, to fill Request.TLS.
func (c *secureConn) ConnectionState() tls.ConnectionState {
	c.handshake.Do(c.shakeHands)
	return c.tls.ConnectionState()
}

func (c *secureConn) shakeHands() {
	if limit := c.options.Handshake; limit > 0 {
		c.under.end = time.Now().Add(limit)
		_ = c.socket.SetDeadline(c.under.end)
		defer func() { _ = c.socket.SetDeadline(time.Time{}) }()
	}
	if err := c.tls.Handshake(); err != nil {
		c.gate.close()
		// The alert that tells the peer why must survive its own flight.
		c.gate.owed.Store(!errors.Is(err, io.EOF))
		c.report(err)
		return
	}
	c.leaf = c.tls.ConnectionState().PeerCertificates[0]
	c.standing = c.under.accepted
}

func (c *secureConn) report(err error) {
	if c.options.OnHandshakeError == nil {
		return
	}
	failure := HandshakeError{Listener: c.options.Name, Remote: c.remote, Err: err}
	if leaf := shownCertificate(err, c.tls.ConnectionState()); leaf != nil {
		failure.Subject = leaf.Subject.String()
		failure.Issuer = leaf.Issuer.String()
		failure.Serial = fmt.Sprintf("%X", leaf.SerialNumber)
	}
	c.options.OnHandshakeError(failure)
}

// shownCertificate finds the peer's leaf after a failed handshake: in the
// error when verification failed, in the state when something later did.
func shownCertificate(err error, state tls.ConnectionState) *x509.Certificate {
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0 {
		return unverified.UnverifiedCertificates[0]
	}
	if len(state.PeerCertificates) > 0 {
		return state.PeerCertificates[0]
	}
	return nil
}

// Read gives net/http what the gate lets through.
func (c *conn) Read(p []byte) (int, error) { return c.gate.Read(p) }

// Write sends a piece of an answer.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		c.stuck.Store(true)
	}
	return n, err
}

// SetReadDeadline is merged with the deadline of a head that has begun.
func (c *conn) SetReadDeadline(t time.Time) error { return c.deadlines.ask(t) }

// SetDeadline sets both directions.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// CloseWrite ends the answer's direction only. net/http uses it before it
// closes on a peer that is still sending.
func (c *conn) CloseWrite() error {
	if secure, ok := c.Conn.(*tls.Conn); ok {
		_ = secure.CloseWrite() // fails after a failed handshake, whose alert has said it
	}
	if half, ok := c.socket.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close ends the connection cleanly, and waits a moment for a peer whose
// request was not read to its end. A peer that took its answer too slowly is cut:
// TLS would wait for it once more to say goodbye, and the system would keep what
// it has not read for as long as it likes.
func (c *conn) Close() error {
	if c.stuck.Load() {
		c.leave()
		c.abort()
		return nil
	}
	if c.gate.owed.Load() && !c.listener.closing.Load() && !c.lingered.Swap(true) {
		c.linger()
	}
	c.leave() // first, so that a peer that sees the end finds its place free
	return c.Conn.Close()
}

func (c *conn) linger() {
	if c.socket.SetDeadline(time.Now().Add(lingerTime)) != nil {
		return // already closed
	}
	if c.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, c.socket)
	}
}

// abort cuts the connection with a reset and without TLS close_notify.
func (c *conn) abort() {
	c.lingered.Store(true)
	if tcp, ok := c.socket.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.socket.Close()
}

// base lets withConn find the conn inside either type.
func (c *conn) base() *conn { return c }
