package proxy

import (
	"context"

	"rivgate/auth"
)

func (c *Call) ingress() auth.Ingress {
	return auth.Ingress{
		TLS:         c.Peer.TLS,
		Remote:      c.Peer.Remote,
		Certificate: c.Peer.Certificate,
		Header:      c.In.Header,
	}
}

// sender finds out who calls.
func (g *Gateway) sender(_ context.Context, c *Call) error {
	sender, err := c.View.Trust.Identify(c.ingress())
	c.Sender = sender
	if err != nil {
		return err
	}
	return g.senders.enter(c)
}

// originalConsumer finds out who started the chain.
func (g *Gateway) originalConsumer(_ context.Context, c *Call) error {
	original, suspicious, err := c.View.Trust.OriginalConsumer(c.ingress(), c.Sender)
	c.OriginalConsumer = original
	if suspicious {
		c.Warnings = append(c.Warnings, "sender is not in allowed_senders but set the original consumer")
	}
	if err == nil {
		g.requestKnown(c)
	}
	return err
}
