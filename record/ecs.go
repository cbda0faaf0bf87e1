package record

import (
	"log/slog"
)

// ecsFormat writes Elastic Common Schema: one JSON object a line, its keys
// dotted and flat. The fields of calls are VP's; what VP does not tell stands
// under rivgate.
type ecsFormat struct {
	common
	strings  bool
	constant []byte // members that are the same on every line
	messages []byte // and those that are so on calls' lines
}

func newECS(c common, strings bool) *ecsFormat {
	f := &ecsFormat{common: c, strings: strings}
	l := &line{buf: []byte{'{'}, strings: strings}
	l.text("ecs.version", "1.2.0")
	l.text("service.name", c.service)
	l.text("host.hostname", c.host.Name)
	l.text("host.ip", c.host.IP)
	l.text("host.architecture", c.host.Architecture)
	l.text("host.os.family", c.host.Family)
	l.text("host.os.name", c.host.OS)
	l.text("host.os.version", c.host.Version)
	l.text("host.os.platform", c.host.Platform)
	l.text("host.type", c.host.Type)
	f.constant = append([]byte{','}, l.buf[1:]...)

	l = &line{buf: []byte{'{'}, strings: strings}
	l.text("event.kind", "event")
	l.list("event.category", "web")
	l.text("event.module", "skltp-messages")
	f.messages = append([]byte{','}, l.buf[1:]...)
	return f
}

// call writes a call's line, or one event's.
func (f *ecsFormat) call(l *line, e Event, level slog.Level, c *Call) {
	l.buf = append(l.buf, '{')
	l.time("@timestamp", c.at())
	l.text("log.level", levelName(level))
	l.text("log.logger", loggers[e])
	l.scratch = appendSummary(l.scratch[:0], e, c)
	l.made("message")
	l.buf = append(append(l.buf, f.messages...), f.constant...)
	f.event(l, e, c)
	f.places(l, e, c)
	f.request(l, e, c)
	f.response(l, e, c)
	f.labels(l, e, c)
	f.traces(l, e, c)
	f.failure(l, e, c)
	if e == Ended {
		f.own(l, c)
	}
	l.buf = append(l.buf, '}', '\n')
}

// appendSummary is VP's message: the event, who called, and whom.
func appendSummary(dst []byte, e Event, c *Call) []byte {
	dst = append(append(dst, e...), ' ')
	dst = append(appendOrNull(dst, c.Sender), " -> "...)
	return appendOrNull(dst, c.Receiver)
}

func appendOrNull(dst []byte, value string) []byte {
	if value == "" {
		value = "null"
	}
	value, cut := clip(value, maxValue)
	dst = append(dst, value...)
	if cut {
		dst = append(dst, "…"...)
	}
	return dst
}

// event says what happened, and in which call.
func (f *ecsFormat) event(l *line, e Event, c *Call) {
	l.text("event.action", string(e))
	if e.begins() {
		l.list("event.type", "access", "start")
	} else {
		l.list("event.type", "access", "end")
		l.number("event.duration", int64(c.duration(e)))
	}
	l.id("event.id", NewUUID())
	l.text("trace.id", c.CorrelationID)
	l.key("transaction.id")
	l.buf = append(c.transaction(append(l.buf, '"'), f.prefix), '"')
	m := &c.Message
	if m.ProducerSpan == (UUID{}) {
		l.id("span.id", m.Span)
	} else {
		l.id("span.id", m.ProducerSpan)
		l.id("labels.parent.id", m.Span)
	}
}

// places says where the call came in, where it came from and where it goes.
func (f *ecsFormat) places(l *line, e Event, c *Call) {
	l.text("labels.route", c.route())
	l.scratch = l.scratch[:0]
	if e == Ended || !c.unlocated() {
		l.scratch = c.url(l.scratch)
	}
	l.made("url.full")
	l.text("url.original", c.Target)
	if host, port := c.destination(); host != "" {
		l.text("destination.address", c.Message.TargetHost)
		l.text("destination.domain", host)
		if port != 0 {
			l.number("destination.port", port)
		}
	}
	if e == Ended || !c.Message.TLS {
		told, ip := c.from()
		if f.strings { // VP's is whatever the proxy said
			ip = told
		}
		l.text("source.address", told)
		l.text("source.ip", ip)
	}
}

// request is what is told of the request.
func (f *ecsFormat) request(l *line, e Event, c *Call) {
	m := &c.Message
	if e.begins() || e == Ended || e == Failed && c.early() {
		l.text("http.request.method", c.Method)
	}
	switch e {
	case ReqIn, Ended:
		f.headers(l, "http.request.headers", m.Request, m.Host)
	case ReqOut:
		f.headers(l, "http.request.headers", m.Sent, m.TargetHost)
	default:
		return
	}
	if e == Ended {
		l.number("http.request.body.bytes", c.RequestBytes)
	} else if length := announced(m.Request); length >= 0 {
		l.number("http.request.body.bytes", length)
	}
	f.body(l, "http.request.body.content", m.RequestText)
}

// response is what is told of the answer: the producer's as it came, otherwise
// the one the caller got.
func (f *ecsFormat) response(l *line, e Event, c *Call) {
	m := &c.Message
	status, headers, length := c.Status, m.Answered, int64(-1)
	switch {
	case e.begins():
		return
	case e == RespIn:
		status, headers, length = c.ProducerStatus, m.Answer, announced(m.Answer)
	case e == Ended:
		length = c.AnswerBytes
	case !c.ownFault():
		length = announced(m.Answered)
	}
	if status != 0 {
		l.number("http.response.status_code", int64(status))
	}
	f.headers(l, "http.response.headers", headers, "")
	if length >= 0 {
		l.number("http.response.body.bytes", length)
	}
	if e != Failed {
		f.body(l, "http.response.body.content", m.AnswerText)
	}
}

func (f *ecsFormat) headers(l *line, name string, h map[string][]string, host string) {
	if l.headers(h, host, f.secrets, &jsonHeaders) {
		l.made(name)
	}
}

func (f *ecsFormat) body(l *line, name string, t Text) {
	if len(t.Bytes) > 0 {
		l.scratch = appendText(l.scratch[:0], t)
		l.made(name)
	}
}

// labels are the platform's own words for the call.
func (f *ecsFormat) labels(l *line, e Event, c *Call) {
	m := &c.Message
	l.text("labels.senderid", c.Sender)
	l.text("labels.receiverid", c.Receiver)
	if c.sent() || e == Ended {
		l.text("labels.originalServiceconsumerHsaid", c.OriginalConsumer)
	}
	l.text("labels.originalServiceconsumerHsaid_in", header(m.Request, originalConsumer))
	if e.begins() || e == Ended {
		l.text("labels.actingOnBehalfOfHsaid", header(m.Request, actingOnBehalf))
	}
	l.text("labels.servicecontract_namespace", c.Contract)
	l.text("labels.rivversion", c.profile())
	if l.scratch = c.wsdlNamespace(l.scratch[:0]); len(l.scratch) > 0 {
		l.made("labels.wsdl_namespace")
	}
	if !e.begins() {
		f.tlsName(l, c)
	}
	if c.first(e) {
		l.text("labels.httpXForwardedProto", header(m.Request, f.forwarded.Proto))
		l.text("labels.httpXForwardedHost", header(m.Request, f.forwarded.Host))
		l.text("labels.httpXForwardedPort", header(m.Request, f.forwarded.Port))
	}
}

// The headers of the request that are told under names of their own.
const (
	originalConsumer = "X-Rivta-Original-Serviceconsumer-Hsaid"
	actingOnBehalf   = "X-Rivta-Acting-On-Behalf-Of-Hsaid"
)

func (f *ecsFormat) tlsName(l *line, c *Call) {
	if name := c.Message.TLSName; name != "" {
		l.scratch = append(append(l.scratch[:0], "SSLContext-"...), name...)
		l.made("labels.sslContextId")
	}
}

// traces are what was tried to find the way, and beside them what VP's logging
// library adds to events by itself.
func (f *ecsFormat) traces(l *line, e Event, c *Call) {
	l.text("labels.routerVagvalTrace", c.RouteTrace)
	l.text("labels.routerBehorighetTrace", c.PermissionTrace)
	if e == Ended {
		return
	}
	if e == ReqOut || !c.sent() {
		l.text("routerVagvalTrace", c.RouteTrace)
		l.text("routerBehorighetTrace", c.PermissionTrace)
	}
	if c.CorrelationID != "" {
		id, _ := clip(c.CorrelationID, maxValue)
		l.scratch = append(append(append(l.scratch[:0], '['), id...), ']')
		l.made("corr.id")
	}
}
