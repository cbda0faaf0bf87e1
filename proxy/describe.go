package proxy

import (
	"rivgate/record"
	"rivgate/wsdl"
)

// describe hands a request for a WSDL, a schema or the page of all contracts to
// what serves them. VP asks for no sender there.
func (g *Gateway) describe(c *Call) {
	c.Stage = record.AtDescription
	c.commonHeaders()
	origin := wsdl.Origin{
		TLS:     c.Peer.TLS,
		Trusted: !c.Peer.TLS && c.View.Trust.Trusts(c.Peer.Remote),
		Prefix:  c.Ingress.Path,
	}
	if descriptionAsked(c.In) {
		g.wsdl.Answer(&c.writer, c.In, origin)
	} else {
		g.wsdl.Index(&c.writer, c.In, origin)
	}
}
