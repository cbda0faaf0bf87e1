package proxy

import "context"

// originalConsumer finds out who started the chain.
func (g *Gateway) originalConsumer(_ context.Context, c *Call) error {
	original, suspicious, err := c.View.Trust.OriginalConsumer(c.evidence(), c.Sender)
	c.OriginalConsumer = original
	if suspicious {
		c.Warnings = append(c.Warnings, "sender is not in allowed_senders but set the original consumer")
	}
	return err
}
