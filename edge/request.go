package edge

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
)

// Peer is who is at the other end of a request's connection.
type Peer struct {
	Remote      netip.AddrPort    // IPv4-mapped addresses are unmapped
	TLS         bool              // false: a plain listener
	Certificate *x509.Certificate // the verified leaf; nil on plain listeners
	Listener    string            // Options.Name
}

// PeerOf tells who sent r. The zero Peer means that r did not come through
// this package. r may be a clone that keeps the request's context.
func PeerOf(r *http.Request) Peer {
	c := connOf(r)
	if c == nil {
		return Peer{}
	}
	return Peer{
		Remote:      c.remote,
		TLS:         c.leaf != nil,
		Certificate: c.leaf,
		Listener:    c.options.Name,
	}
}

// Refusal is why a request must not be looked at.
type Refusal struct {
	Status int    // 400, 408, 417 or 431
	Reason string // one short line, safe to show and to log
	Method string // as sent, where the request line was well-formed; else empty
	Target string // as Method
}

// RefusalOf gives the verdict on r, nil when it may be served. It holds while
// r is being served. A refused request's own method, target and headers are a
// stand-in's and mean nothing; its connection closes after the answer.
func RefusalOf(r *http.Request) *Refusal {
	c := connOf(r)
	if c == nil {
		return nil
	}
	// A refusal is a connection's last verdict, and may be found while the
	// request before it is still being served.
	refused := c.gate.refused.Load()
	if refused == nil || refused.head != c.served.Load() {
		return nil
	}
	return &refused.Refusal
}

// FramingErrorOf gives the error met so far in the framing of r's body, nil
// while there is none. Where net/http passes a read's error on unchanged,
// errors.As finds the same one; in a trailer section net/http puts its own in
// the place, so ask here.
func FramingErrorOf(r *http.Request) *FramingError {
	if c := connOf(r); c != nil {
		return c.gate.broken.Load()
	}
	return nil
}

// AbortConn cuts r's connection so that the peer sees an error and never a
// clean end: a TCP reset, and no TLS close_notify. The handler then ends as it
// likes, best with panic(http.ErrAbortHandler). It does nothing to a request
// that did not come through this package.
func AbortConn(r *http.Request) {
	if c := connOf(r); c != nil {
		c.abort()
	}
}

type connKey struct{}

// withConn is http.Server.ConnContext.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if based, ok := c.(interface{ base() *conn }); ok {
		return context.WithValue(ctx, connKey{}, based.base())
	}
	return ctx
}

func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// front stands before the handler: it counts requests, so that a verdict finds
// its own, hides announced trailers, whose fields the gate has dropped, and says
// that a connection ends where its listener retires.
type front struct{ next http.Handler }

func (f front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c := connOf(r); c != nil {
		c.served.Add(1)
		c.arrived()
		if c.listener.retiring.Load() {
			w.Header()["Connection"] = []string{"close"}
		}
	}
	r.Header.Del("Trailer")
	r.Trailer = nil
	f.next.ServeHTTP(w, r)
}
