package record

// extra writes the lines under ExtraInfo, in the order in which VP's hash table
// gives them.
func (f *legacyFormat) extra(l *line, e Event, c *Call) {
	m := &c.Message
	failed := c.failed() && !e.begins() && e != RespIn
	own := failed && c.ownFault()
	fault := SOAPFault{}
	if failed {
		fault = c.soapFault()
	}
	l.mandatory("-servicecontract_namespace=", c.Contract)
	if own {
		l.row("-sessionErrorDescription=", c.description())
	}
	f.headers(l, e, c)
	l.optional("-routerVagvalTrace=", c.RouteTrace)
	if length := lengthOf(e, c); length >= 0 {
		l.rowNumber("-message.length=", length)
	}
	if e.begins() || e == Ended {
		l.optional("-actingOnBehalfOfHsaid=", header(m.Request, actingOnBehalf))
	}
	l.rowNumber("-time.elapsed=", c.Whole.Milliseconds())
	if own {
		l.row("-sessionStatus=", "true")
	}
	l.optional("-faultDetail=", fault.Detail)
	if own {
		l.row("-errorCode=", string(c.Code))
	}
	original := ""
	if c.sent() || e == Ended {
		original = c.OriginalConsumer
	}
	l.mandatory("-originalServiceconsumerHsaid=", original)
	l.row("-source=", "se.skl.tp.vp.logging.old.LegacyMessageInfoLogger")
	l.optional("-routerBehorighetTrace=", c.PermissionTrace)
	l.optional("-originalServiceconsumerHsaid_in=", header(m.Request, originalConsumer))
	l.mandatory("-senderIpAdress=", senderAddress(e, c))
	l.mandatory("-senderid=", c.Sender)
	l.optional("-faultCode=", fault.Code)
	l.mandatory("-receiverid=", c.Receiver)
	l.optional("-endpoint_url=", c.Target)
	if c.first(e) {
		l.optional("-httpXForwardedProto=", header(m.Request, f.forwarded.Proto))
	}
	l.optional("-faultString=", fault.String)
	l.scratch = c.wsdlNamespace(l.scratch[:0])
	l.mandatory("-wsdl_namespace=", string(l.scratch))
	if own {
		l.row("-sessionErrorTechnicalDescription=", c.kind()+": "+c.description())
	}
	if c.first(e) {
		l.optional("-httpXForwardedHost=", header(m.Request, f.forwarded.Host))
	}
	l.mandatory("-rivversion=", c.profile())
	if !e.begins() && (e == RespIn || c.Outcome == OK || c.Outcome == ProducerFault) {
		l.rowNumber("-time.producer=", c.Producer.Milliseconds())
	}
	if c.first(e) {
		l.optional("-httpXForwardedPort=", header(m.Request, f.forwarded.Port))
	}
	if own && c.Status != 0 {
		l.row("-statusCode=", statusLine(c.Status))
	}
	if e == Ended {
		f.own(l, c)
	}
}

// headers writes the headers of the message that the event is about.
func (f *legacyFormat) headers(l *line, e Event, c *Call) {
	m := &c.Message
	headers, host := m.Answered, ""
	switch e {
	case ReqIn, Ended:
		headers, host = m.Request, m.Host
	case ReqOut:
		headers, host = m.Sent, m.TargetHost
	case RespIn:
		headers = m.Answer
	}
	l.headers(headers, host, f.secrets, &javaHeaders)
	l.buf = append(append(append(l.buf, "-Headers="...), l.scratch...), '\n')
}

// own is what VP's events do not tell.
func (f *legacyFormat) own(l *line, c *Call) {
	l.row("-outcome=", string(c.Outcome))
	l.optional("-stage=", c.Stage)
	if c.ownFault() {
		l.optional("-detail=", c.Detail)
	}
	for _, warning := range c.Warnings {
		l.row("-warning=", warning)
	}
	if c.Status != 0 && !c.ownFault() {
		l.row("-statusCode=", statusLine(c.Status))
	}
}

// senderAddress is what VP tells of calls that came over plain HTTP alone.
func senderAddress(e Event, c *Call) string {
	if c.Message.TLS && e != Ended {
		return ""
	}
	told, _ := c.from()
	return told
}

// lengthOf is the length of the message that the event is about, -1 if it was
// not announced.
func lengthOf(e Event, c *Call) int64 {
	switch {
	case e == Ended:
		return c.RequestBytes
	case e.begins():
		return announced(c.Message.Request)
	case e == RespIn:
		return announced(c.Message.Answer)
	case c.ownFault():
		return -1
	}
	return announced(c.Message.Answered)
}
