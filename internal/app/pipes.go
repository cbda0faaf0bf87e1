package app

import (
	"net"
	"net/netip"
	"sync"
)

// pipes is a listener in memory: its connections are no socket's.
type pipes struct {
	remote   net.Addr
	accepted chan net.Conn
	closed   chan struct{}
	close    sync.Once
}

func newPipes(remote netip.Addr) *pipes {
	return &pipes{
		remote:   net.TCPAddrFromAddrPort(netip.AddrPortFrom(remote, 0)),
		accepted: make(chan net.Conn), closed: make(chan struct{}),
	}
}

// pipe is one end of a connection in memory, with the address of its other end.
type pipe struct {
	net.Conn
	remote net.Addr
}

// RemoteAddr implements net.Conn.
func (p pipe) RemoteAddr() net.Addr { return p.remote }

func (p *pipes) dial() (net.Conn, error) {
	mine, theirs := net.Pipe()
	select {
	case p.accepted <- pipe{theirs, p.remote}:
		return mine, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accepted:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return p.remote }
