package proxy

import "context"

// permission stops senders who may not call this contract at this address.
func (g *Gateway) permission(_ context.Context, c *Call) error {
	if c.Decision.PermissionFault != nil {
		return c.Decision.PermissionFault
	}
	return nil
}
