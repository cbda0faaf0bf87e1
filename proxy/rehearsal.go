package proxy

import "net/http"

// rehearsed answers a call that would be made, where none is.
func (g *Gateway) rehearsed(c *Call) {
	c.commonHeaders()
	c.writer.WriteHeader(http.StatusNoContent)
}
