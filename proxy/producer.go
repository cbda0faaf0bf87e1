package proxy

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"rivgate/fault"
	"rivgate/proxy/upstream"
	"rivgate/record"
)

// callProducer makes one exchange with the call's producer, and holds its answer
// until it is known to be good. The error says already which fault the caller gets.
func (g *Gateway) callProducer(ctx context.Context, c *Call) (*answer, error) {
	request := &upstream.Request{
		Target:        c.Target,
		Method:        http.MethodPost,
		Header:        c.Out,
		Body:          c.Message.Body(c.Edits),
		Length:        c.Message.Length(c.In.ContentLength, c.Edits),
		StopBody:      c.body.detach,
		KeepAlive:     c.Virtualisation.KeepAlive,
		IdleTimeout:   c.Virtualisation.KeepAliveIdle,
		Timeout:       c.Virtualisation.Timeout,
		ShortAnswerOK: c.View.acceptsShort(c.Target),
	}
	if c.TLS != nil {
		request.TLS = c.TLS.Profile
	}
	g.tell(c, record.ReqOut)
	c.handed = time.Now()
	response, err := c.View.Producers.Do(ctx, request)
	if err != nil {
		c.answered = time.Now()
		return nil, g.exchangeFailed(c, err)
	}
	c.producerHeader = response.Header
	c.producerStatus, c.reused, c.began = response.Status, response.Timing.Reused, response.Timing.Began
	c.timing = response.Timing
	answer, err := g.answer(c, response)
	c.answered = time.Now()
	if err != nil {
		_ = response.Body.Close() // it never fails
		return nil, err
	}
	return answer, nil
}

// exchangeFailed turns a failed exchange into what its caller is told: the caller's
// own failure to send and a call that ended meanwhile stay what they are, everything
// else is the producer's.
func (g *Gateway) exchangeFailed(c *Call, err error) error {
	var body *upstream.BodyError
	var failure upstream.Failure
	switch {
	case errors.As(err, &body):
		return body.Err
	case errors.As(err, &failure):
		return g.producerFault(c, failure.Cause(), 0, err)
	default: // the call was cancelled
		return err
	}
}

// producerFault is VP009 with VP's detail: the address as it stands in the
// catalogue, our cause, and the status on a line of its own where there was one.
func (g *Gateway) producerFault(c *Call, cause string, status int, err error) *fault.Error {
	detail := g.producerDetail(c, cause)
	if status != 0 {
		detail += "\nVP_PRODUCER_EXCEPTION_HTTP_STATUS=" + strconv.Itoa(status)
	}
	return fault.Wrap(fault.VP009, detail, err)
}

func (g *Gateway) producerDetail(c *Call, cause string) string {
	const text = "Error connecting to service producer"
	switch address := c.Decision.Route.Address; {
	case c.View.SafeFaults:
		return text
	case address == "":
		return text + " at address unknown"
	default:
		return text + " at address " + address + ". " + cause
	}
}
