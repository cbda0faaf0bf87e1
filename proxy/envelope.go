package proxy

import (
	"context"
	"net/http"

	"rivgate/fault"
	"rivgate/rivta"
	"rivgate/soap"
)

// envelope reads the request up to the first child of Body and no further.
func (g *Gateway) envelope(_ context.Context, c *Call) error {
	limits := c.View.Limits
	message, err := soap.Read(&c.body, contentType(c.In), soap.Limits{
		Head:       limits.EnvelopeHead,
		Depth:      limits.Depth,
		Attributes: limits.Attributes,
	})
	c.Message = message
	if err != nil {
		return err
	}
	if encoded(c.In.Header) { // a producer would read other bytes than these
		return fault.New(fault.VP015, "Content-Encoding of a request is not supported")
	}
	c.scanned = true
	profile, address, ok := rivta.Address(message.Envelope)
	c.Profile, c.Address, c.Blank = profile, address, !ok
	if message.Transcoded && c.In.ContentLength >= 0 && c.In.ContentLength <= int64(limits.EnvelopeHead) {
		// A small body's new length can be told exactly by reading it whole,
		// and old producers want a length. UTF-8 may take twice the bytes.
		return message.Fill(2 * limits.EnvelopeHead)
	}
	return nil
}

func contentType(r *http.Request) string { return r.Header.Get("Content-Type") }
