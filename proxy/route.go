package proxy

import (
	"context"

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
	c.Target = target
	return err // none: the decider refuses addresses that cannot be called
}
