package edge

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// DefaultHeaderBytes bounds a head when Options.HeaderBytes is zero: there is
// always a bound, because a head is held whole.
const DefaultHeaderBytes = 64 << 10

// Options say how a listener behaves. A zero duration or limit means none,
// HeaderBytes excepted.
type Options struct {
	Name     string       // names the listener in Peer and in callbacks
	Address  string       // host:port; ignored when Listener is set
	Listener net.Listener // a ready TCP listener, as from systemd; nil: Address is bound

	TLS *TLSOptions // nil: plain HTTP

	KeepAlive bool          // false: every answer closes its connection
	Idle      time.Duration // longest wait for the next request's first byte
	Handshake time.Duration // longest TLS handshake, from its start to its end
	Header    time.Duration // longest head, from its first byte to its last; also the wait for a connection's first byte

	HeaderBytes int // size of a head, request line included; 0: DefaultHeaderBytes
	Headers     int // header fields in a head
	Connections int // open connections of this listener
	PerAddress  int // open connections of one remote address

	Handler http.Handler // must not be nil; answers refused requests too, see RefusalOf
	Logger  *slog.Logger // what net/http has to say (panics, accept errors); nil: discarded

	OnHandshakeError func(HandshakeError) // may be nil; called on the connection's goroutine
	OnReject         func(RejectedConn)   // may be nil; called on the accepting goroutine, so must be quick
}

// HandshakeError is one failed TLS handshake. What it says of a certificate
// was claimed by the peer and verified by nobody.
type HandshakeError struct {
	Listener string
	Remote   netip.AddrPort
	Subject  string // of the certificate the peer showed, where one was seen
	Issuer   string
	Serial   string // hexadecimal
	Err      error  // io.EOF when the peer just left, as health checks do
}

// Error says why the handshake failed.
func (e HandshakeError) Error() string { return "TLS handshake: " + e.Err.Error() }

// Unwrap gives the reason.
func (e HandshakeError) Unwrap() error { return e.Err }

// Names of the limits in RejectedConn.
const (
	LimitConnections = "connections"
	LimitPerAddress  = "per_address"
)

// RejectedConn is one connection closed on arrival because of a limit.
type RejectedConn struct {
	Listener string
	Remote   netip.AddrPort
	Limit    string // LimitConnections or LimitPerAddress
}
