package proxy

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"rivgate/fault"
	"rivgate/proxy/upstream"
	"rivgate/record"
)

// producers is the reverse proxy's transport: one exchange with the producer of
// the call in the request's context. What it returns is an answer to pass on or
// an error that already says which fault the caller gets.
type producers struct{ gateway *Gateway }

// RoundTrip calls the producer and holds its answer until it is known to be good.
func (p producers) RoundTrip(r *http.Request) (*http.Response, error) {
	c := callOf(r.Context())
	request := &upstream.Request{
		Target:        c.Target,
		Method:        r.Method,
		Header:        r.Header,
		Body:          r.Body,
		Length:        r.ContentLength,
		StopBody:      c.body.detach,
		KeepAlive:     !r.Close,
		IdleTimeout:   c.Virtualisation.KeepAliveIdle,
		Timeout:       c.Virtualisation.Timeout,
		ShortAnswerOK: c.View.acceptsShort(c.Target),
	}
	if c.TLS != nil {
		request.TLS = c.TLS.Profile
	}
	p.gateway.tell(c, record.ReqOut)
	c.handed = time.Now()
	response, err := c.View.Producers.Do(r.Context(), request)
	if err != nil {
		c.answered = time.Now()
		return nil, p.gateway.exchangeFailed(c, err)
	}
	c.producerHeader = response.Header
	c.producerStatus, c.reused, c.began = response.Status, response.Timing.Reused, response.Timing.Began
	c.timing = response.Timing
	answer, err := p.gateway.answer(c, response)
	c.answered = time.Now()
	if err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	answer.Request = r
	return answer, nil
}

// exchangeFailed turns a failed exchange into what its caller is told: the caller's
// own failure to send stays what it is, everything else is the producer's.
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
