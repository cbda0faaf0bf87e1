package proxy

import (
	"context"

	"rivgate/rivta"
)

// conversion finds the byte edits that turn the caller's profile into the
// route's. Nothing is rewritten here: the edits are applied as the body streams.
func (g *Gateway) conversion(_ context.Context, c *Call) error {
	if c.Decision.ConversionFault != nil {
		return c.Decision.ConversionFault
	}
	edits, err := rivta.Convert(c.Message.Envelope, c.Decision.Profile)
	c.Edits = edits
	return err
}
