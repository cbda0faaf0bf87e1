package proxy

import (
	"context"

	"rivgate/proxy/upstream"
	"rivgate/record"
)

// tell tells of a call while it runs, if its view asks for that.
func (g *Gateway) tell(c *Call, event record.Event) {
	observer, ok := g.record.(record.Observer)
	if !c.View.Events || !ok {
		return
	}
	switch event {
	case record.ReqIn:
		c.span = record.NewUUID()
	case record.ReqOut:
		c.producerSpan = record.NewUUID()
	}
	entry := c.entry()
	observer.Event(event, entry)
	if event == record.RespIn {
		c.producerSpan = record.UUID{}
	}
}

// tellEnd tells how a call ended that was told of while it ran. VP tells nothing
// of descriptions.
func (g *Gateway) tellEnd(c *Call, entry *record.Call) {
	observer, ok := g.record.(record.Observer)
	if !c.View.Events || !ok {
		return
	}
	entry.Told = true
	if entry.Outcome == record.Served {
		return
	}
	if entry.Outcome != record.OK {
		observer.Event(record.Failed, entry)
	}
	if entry.Status != 0 && entry.Outcome != record.Aborted {
		observer.Event(record.RespOut, entry)
	}
}

// requestKnown notes that the request's head is read and its sender known:
// from here on the call is VP's req-in, and its text may be logged.
func (g *Gateway) requestKnown(_ context.Context, c *Call) error {
	request, answer := c.View.Payload.For(c.Contract())
	if request > 0 {
		_ = c.Message.Fill(request) // a failure is met again when the rest is sent
		c.requestWanted = request
	}
	if answer > 0 {
		c.answerWanted = answer
		c.writer.kept = &kept{limit: answer}
	}
	g.tell(c, record.ReqIn)
	return nil
}

// answerKnown notes that the producer's answer has come, or its beginning. What
// VP takes for no answer is not VP's resp-in.
func (g *Gateway) answerKnown(c *Call, response *upstream.Response, head []byte, whole bool) {
	switch {
	case c.passedFault:
		c.producerFaultText = readFault(inUTF8(head, response.Header.Get("Content-Type")))
	case response.Status >= 200 && response.Status <= 299:
		c.answerHead, c.answerWhole = head, whole
		g.tell(c, record.RespIn)
		c.answerHead = nil // the buffer is lent
	}
}
