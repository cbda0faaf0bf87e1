package proxy

import "context"

// Stage is one step of a call. Run fills the Call's fields that the stage owns,
// or returns why the call ends here.
type Stage struct {
	Name string
	Run  func(ctx context.Context, c *Call) error
}

// stages is the life of a call up to the producer. The order is VP's and a
// contract: of two things wrong with a request, the earlier stage's fault is
// the one its caller sees.
func (g *Gateway) stages() []Stage {
	return []Stage{
		{"sender", g.sender},                      // who calls: VP011, VP002, VP014, and whether too often: Overloaded
		{"envelope", g.envelope},                  // address and contract, no further than Body's first child: VP015
		{"original-consumer", g.originalConsumer}, // who started the chain: VP013
		{"request-known", g.requestKnown},         // VP's req-in, for logs that want it
		{"route", g.route},                        // where it goes: VP008, VP003, VP004, VP006, VP010
		{"permission", g.permission},              // whether it may: VP007
		{"virtualisation", g.virtualisation},      // timeout, keep-alive, TLS identity
		{"conversion", g.conversion},              // RIV-TA 2.0 and 2.1: VP005, VP015
		{"outgoing", g.outgoing},                  // the producer's headers
	}
}

// run takes c through the stages, stopping at the first that fails.
func (g *Gateway) run(ctx context.Context, c *Call) error {
	order := g.order
	if c.otel != nil {
		order = g.followed
	}
	for i := range order {
		c.Stage = order[i].Name
		if err := order[i].Run(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
