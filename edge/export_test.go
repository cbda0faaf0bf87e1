package edge

import (
	"io"
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
