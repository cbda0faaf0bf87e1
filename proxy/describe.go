package proxy

// describe hands a request for a WSDL or schema to what serves them. VP asks
// for no sender there.
func (g *Gateway) describe(w *answerWriter, c *Call) {
	c.Stage = "description"
	c.CorrelationID = c.View.Trust.CorrelationID(c.In.Header)
	w.common(c)
	g.wsdl.ServeHTTP(w, c.In)
}
