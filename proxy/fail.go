package proxy

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"unicode/utf8"

	"rivgate/fault"
	"rivgate/soap"
)

// fail is the one place that answers a call that failed: with nothing when its
// caller has left, with a bare status for what is wrong below SOAP, and with a
// SOAP fault for everything else.
func (g *Gateway) fail(c *Call, err error) {
	if refused := c.body.refusal(); refused != nil {
		err = refused // the producer's side of it is only a consequence
	}
	c.failure = err
	var refused *HTTPError
	switch {
	case c.writer.status != 0:
		c.cut = true // half an answer is out: only cutting it off is honest
	case errors.As(err, &refused):
		c.writer.refuse(refused)
	case errors.Is(err, errCallerLeft), c.left():
		c.cut = true // nobody is left to hear an answer
	default:
		g.writeFault(c, g.asFault(c, err))
	}
}

// asFault finds the VP fault in err; an error that is none is the producer's.
func (g *Gateway) asFault(c *Call, err error) *fault.Error {
	var failure *fault.Error
	if errors.As(err, &failure) {
		return failure
	}
	failure = fault.Wrap(fault.VP009, g.producerDetail(c, "Internal error"), err)
	c.failure = failure
	return failure
}

func (w *answerWriter) refuse(refused *HTTPError) {
	text := http.StatusText(refused.Status) + ": " + refused.Reason + "\n"
	h := w.Header()
	h["Date"] = nil
	h["Connection"] = []string{"close"}
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["Content-Length"] = []string{strconv.Itoa(len(text))}
	if refused.Allow != "" {
		h["Allow"] = []string{refused.Allow}
	}
	w.WriteHeader(refused.Status)
	_, _ = w.Write([]byte(text)) // a caller that does not listen is its own affair
}

func (g *Gateway) writeFault(c *Call, failure *fault.Error) {
	buffer := g.buffers.Get().(*bytes.Buffer)
	defer g.buffers.Put(buffer)
	buffer.Reset()
	version := c.soapVersion()
	body := soap.AppendFault(buffer.AvailableBuffer(), version,
		failure.Code.Side(), failure.FaultString(c.View.InstanceName), shortened(failure.Detail))

	h := c.commonHeaders()
	h["Content-Type"] = c.headerValue(soap.FaultContentType(version))
	h["Content-Length"] = c.headerValue(strconv.Itoa(len(body)))
	status := http.StatusInternalServerError
	if failure.Code == fault.Overloaded {
		status = http.StatusServiceUnavailable
		h["Retry-After"] = c.headerValue("1")
	}
	c.writer.WriteHeader(status)
	_, _ = c.writer.Write(body)
}

// longestDetail bounds a fault's detail in bytes. Details repeat what a caller
// sent, which may be as long as the envelope's head; nobody reads so much, and
// an answer must not grow with it.
const longestDetail = 4 << 10

// shortened is detail, cut between characters where it is too long.
func shortened(detail string) string {
	if len(detail) <= longestDetail {
		return detail
	}
	end := longestDetail
	for end > 0 && !utf8.RuneStart(detail[end]) {
		end--
	}
	return detail[:end] + "…"
}

// soapVersion is the caller's: what its envelope says, before that what its
// Content-Type says.
func (c *Call) soapVersion() soap.Version {
	if c.Message != nil && c.Message.Envelope.Version != soap.Unknown {
		return c.Message.Envelope.Version
	}
	return soap.VersionOf(contentType(c.In))
}
