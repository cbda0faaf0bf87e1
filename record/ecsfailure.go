package record

// failure is what went wrong, told with what the caller was answered.
func (f *ecsFormat) failure(l *line, e Event, c *Call) {
	if !c.failed() || e.begins() || e == RespIn {
		return
	}
	description := c.description()
	if c.ownFault() {
		l.truth("labels.sessionStatus", true)
		l.long("labels.sessionErrorDescription", description)
		l.long("labels.sessionErrorTechnicalDescription", c.kind()+": "+description)
		l.text("labels.errorCode", string(c.Code))
		if c.Status != 0 {
			l.text("labels.statusCode", statusLine(c.Status))
		}
	}
	fault := c.soapFault()
	l.text("labels.faultCode", fault.Code)
	l.long("labels.faultString", fault.String)
	l.long("labels.faultDetail", fault.Detail)
	if e == RespOut || e == Failed && c.empty() {
		return
	}
	l.text("error.type", c.kind())
	l.long("error.message", description)
	if c.Cause != nil {
		l.long("error.stack_trace", c.Cause.Error())
	}
}

// own is what VP's events do not tell.
func (f *ecsFormat) own(l *line, c *Call) {
	l.text("event.outcome", c.success())
	l.text("rivgate.outcome", string(c.Outcome))
	l.text("rivgate.listener", c.Listener)
	l.text("rivgate.stage", c.Stage)
	l.text("rivgate.sender.source", c.SenderSource)
	l.text("rivgate.profile.out", c.ProfileOut)
	l.text("rivgate.trace.id", c.TraceID)
	l.text("rivgate.span.id", c.SpanID)
	if c.ClientIP != c.Remote {
		l.text("rivgate.peer", c.Remote)
	}
	l.long("rivgate.detail", c.Detail)
	if len(c.Warnings) > 0 {
		l.startList("rivgate.warnings")
		for i, warning := range c.Warnings {
			l.item(i, warning)
		}
		l.endList()
	}
	l.number("rivgate.duration.own", int64(c.Own()))
	if c.sent() {
		l.number("rivgate.duration.producer", int64(c.Producer))
		l.truth("rivgate.producer.reused", c.Reused)
	}
	if c.ProducerStatus != 0 {
		l.number("rivgate.producer.status", int64(c.ProducerStatus))
	}
}

// success is ECS's word for how the call ended.
func (c *Call) success() string {
	switch c.Outcome {
	case OK, Served:
		return "success"
	case Cancelled:
		return "unknown"
	}
	return "failure"
}
