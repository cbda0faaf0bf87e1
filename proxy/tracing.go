package proxy

import (
	"context"
	"net/http"
	"time"
)

// worthSeeing are the stages that take time in some calls: certificates, the
// caller's silence, climbs of the tree.
var worthSeeing = map[string]bool{"sender": true, "envelope": true, "route": true}

// traced makes stages tell the call's trace how long they took. Calls that
// nobody traces go by stages that are not wrapped, and pay nothing.
func traced(stages []Stage) []Stage {
	for i, stage := range stages {
		if !worthSeeing[stage.Name] {
			continue
		}
		stages[i].Run = func(ctx context.Context, c *Call) error {
			from := time.Now()
			err := stage.Run(ctx, c)
			c.otel.Stage(stage.Name, from, time.Now())
			return err
		}
	}
	return stages
}

// traceOn hands the call's trace over to the producer. While nobody traces, the
// caller's headers have passed as they came.
func (c *Call) traceOn(out http.Header) {
	if c.otel == nil {
		return
	}
	delete(out, "Traceparent")
	delete(out, "Tracestate")
	c.otel.Hand(out, time.Now())
}
