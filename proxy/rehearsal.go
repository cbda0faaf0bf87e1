package proxy

import "net/http"

// rehearsed answers a call that would be made, where none is.
func (g *Gateway) rehearsed(w *answerWriter, c *Call) {
	w.common(c)
	w.WriteHeader(http.StatusNoContent)
}
