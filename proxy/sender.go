package proxy

import (
	"context"

	"rivgate/auth"
	"rivgate/fault"
)

func (c *Call) evidence() auth.Evidence {
	return auth.Evidence{
		TLS:         c.Peer.TLS,
		Remote:      c.Peer.Remote,
		Certificate: c.Peer.Certificate,
		Header:      c.In.Header,
	}
}

// sender finds out who calls. A connection outlives what its handshake was
// decided by, so that its certificate is judged again with every call.
func (g *Gateway) sender(ctx context.Context, c *Call) error {
	sender, err := c.View.Trust.Identify(c.evidence())
	c.Sender = sender
	if reason, cause := g.edge.Distrusted(ctx, c.In); cause != nil {
		c.distrusted = true
		return fault.Wrap(fault.VP002, "Certificate no longer accepted: "+reason, cause)
	}
	if err != nil {
		return err
	}
	return g.senders.enter(c)
}
