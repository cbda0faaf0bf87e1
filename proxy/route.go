package proxy

import (
	"context"

	"rivgate/fault"
	"rivgate/proxy/upstream"
	"rivgate/routing"
)

// route asks the one decider where the call goes, whether it may, and whether
// the profiles fit. The stages from here on each answer for their part of it.
func (g *Gateway) route(_ context.Context, c *Call) error {
	c.Decision = routing.Decide(c.View.Routing, c.Question(), nil)
	if c.Decision.RouteFault != nil {
		return c.Decision.RouteFault
	}
	target, err := upstream.ParseTarget(c.Decision.Route.Address)
	if err != nil {
		return fault.Wrap(fault.VP010, "", err)
	}
	c.Target = target
	return nil
}

// permission stops senders who may not call this contract at this address.
func (g *Gateway) permission(_ context.Context, c *Call) error {
	if c.Decision.PermissionFault != nil {
		return c.Decision.PermissionFault
	}
	return nil
}
