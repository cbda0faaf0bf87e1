package edge

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"
)

// Gate is the gate without a connection, for fuzzing and benchmarks.
type Gate struct{ gate }

// NewGate reads from src under the given limits.
func NewGate(src io.Reader, headerBytes, headers int) *Gate {
	g := &Gate{}
	g.src = src
	g.timer = &deadlines{set: func(time.Time) error { return nil }}
	g.limits = limits{bytes: headerBytes, fields: headers}
	return g
}

// NewTimedGate is NewGate with a time limit for heads, and the connection
// whose read deadline keeps it.
func NewTimedGate(src net.Conn, header time.Duration) *Gate {
	g := NewGate(src, DefaultHeaderBytes, 0)
	g.timer = &deadlines{set: src.SetReadDeadline, limit: header}
	return g
}

// SetReadDeadline is what net/http calls.
func (g *Gate) SetReadDeadline(t time.Time) error { return g.timer.ask(t) }

// BufferSize is what the gate holds between two requests.
func (g *Gate) BufferSize() int { return len(g.buf) }

// RefusalFound tells whether r's connection has met a refusal, be it r's or a
// later request's.
func RefusalFound(r *http.Request) bool { return connOf(r).gate.refused.Load() != nil }

// VerifyConnection judges a finished handshake as a listener with these
// options does.
func (o *TLSOptions) VerifyConnection(state tls.ConnectionState) error {
	settings, err := o.settings()
	if err != nil {
		return err
	}
	return new(shaking).verify(&settings.trust, state)
}

// SetFailed sets how long a responder that did not help is left alone.
func (r *Responders) SetFailed(failed time.Duration) { r.failed = failed }

// ParseRevocationLists is LoadRevocationLists without a file.
func ParseRevocationLists(data []byte, authorities []*x509.Certificate) ([]*RevocationList, error) {
	return parseRevocationLists(data, authorities)
}

// Refused is the verdict the gate ended with, if it did.
func (g *Gate) Refused() *Refusal {
	if v := g.refused.Load(); v != nil {
		return &v.Refusal
	}
	return nil
}

// Broken is the framing error the gate ended with, if it did.
func (g *Gate) Broken() *FramingError { return g.broken.Load() }

// Chunks follows one chunked body.
type Chunks struct{ chunks }

// Follow is chunks.follow.
func (c *Chunks) Follow(p []byte) (kept, used int, reason string) { return c.follow(p) }

// Done tells whether the body has ended.
func (c *Chunks) Done() bool { return c.state == chunksDone }
