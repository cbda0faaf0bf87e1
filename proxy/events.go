package proxy

import (
	"context"
	"strings"

	"rivgate/fault"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/routing"
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

// message is what the log alone tells.
func (c *Call) message() record.Message {
	m := record.Message{
		Number:       c.number,
		TLS:          c.Peer.TLS,
		TargetHost:   c.targetHost(),
		Sent:         c.Out,
		Answer:       c.producerHeader,
		Span:         c.span,
		ProducerSpan: c.producerSpan,
		Fault:        c.producerFaultText,
		RequestText:  c.requestText(),
		AnswerText:   c.answerText(),
	}
	if !c.standIn {
		m.Host, m.Request = c.In.Host, c.In.Header
	}
	if c.writer.status != 0 {
		m.Answered = c.writer.Header()
	}
	if c.TLS != nil {
		m.TLSName = c.TLS.Name
	}
	if len(c.Edits) > 0 {
		m.Converted = c.Decision.Route.Profile
	}
	return m
}

// targetHost is the host of the route's address as the address has it, port
// included where it has one.
func (c *Call) targetHost() string {
	if c.Target.Host == "" {
		return ""
	}
	_, rest, _ := strings.Cut(c.Decision.Route.Address, "://")
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// traces tells what was tried to find the way: of calls that routing refused,
// and of all where VP's events are wanted. The call itself went without, so the
// decider is asked once more.
func (c *Call) traces(entry *record.Call) {
	switch entry.Code {
	case fault.VP004, fault.VP006, fault.VP007:
	default:
		if !c.View.Events || c.Decision.Route.Address == "" {
			return
		}
	}
	if c.tried == nil {
		c.tried = new(routing.Trace)
		routing.Decide(c.View.Routing, c.Question(), c.tried)
	}
	entry.RouteTrace = c.tried.Routes()
	if entry.Code != fault.VP004 && entry.Code != fault.VP006 {
		entry.PermissionTrace = c.tried.Permissions()
	}
}
