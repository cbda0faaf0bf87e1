package proxy

import (
	"rivgate/fault"
	"rivgate/record"
	"rivgate/routing"
)

// message is what the log alone tells.
func (c *Call) message() record.Message {
	m := record.Message{
		Number:       c.number,
		TLS:          c.Peer.TLS,
		TargetHost:   c.Target.Authority,
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
