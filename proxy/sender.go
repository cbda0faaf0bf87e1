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
