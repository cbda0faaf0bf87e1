package proxy

import (
	"context"
	"net/http"
	"strconv"
)

// outgoing makes the producer's headers: what passes of the caller's, then
// what the gateway vouches for, so that nothing a caller sends can stand in its
// place.
func (g *Gateway) outgoing(_ context.Context, c *Call) error {
	view, rules := c.View, c.View.Headers
	out := make(http.Header, len(c.In.Header)+4)
	rules.copyPassing(ToProducer, out, c.In.Header)

	set := func(name, value string) { out[name] = c.headerValue(value) }
	set("User-Agent", view.UserAgent)
	set("Content-Type", c.Message.ContentType)
	set("x-rivta-original-serviceconsumer-hsaid", c.OriginalConsumer)
	if c.Sender.History != "" {
		set("x-rivta-routing-history", c.Sender.History)
	}
	plain := c.Target.Scheme == "http"
	if plain {
		// Only on plain legs: over TLS the next gateway reads our certificate.
		set(rules.senderID, c.Sender.ID)
		set(rules.instanceID, view.InstanceID)
		set(rules.hops, strconv.Itoa(c.Sender.Hops))
	}
	if plain && view.PropagateHTTP || !plain && view.PropagateHTTPS {
		set("x-skltp-correlation-id", c.CorrelationID)
	}
	c.traceOn(out)
	c.Out = out
	return nil
}
