package app

import (
	"net/http"

	"rivgate/edge"
	"rivgate/proxy"
)

// connections tells proxy what edge knows of the connection a call came on.
type connections struct{}

// Peer implements proxy.Edge.
func (connections) Peer(r *http.Request) proxy.Peer {
	peer := edge.PeerOf(r)
	return proxy.Peer{
		Listener:    peer.Listener,
		Remote:      peer.Remote.Addr(),
		TLS:         peer.TLS,
		Certificate: peer.Certificate,
	}
}

// Refused implements proxy.Edge.
func (connections) Refused(r *http.Request) *proxy.HTTPError {
	refusal := edge.RefusalOf(r)
	if refusal == nil {
		return nil
	}
	return &proxy.HTTPError{Status: refusal.Status, Reason: refusal.Reason, Method: refusal.Method, Target: refusal.Target}
}

// BodyError implements proxy.Edge.
func (connections) BodyError(r *http.Request) error {
	if framing := edge.FramingErrorOf(r); framing != nil {
		return framing
	}
	return nil
}

// Abort implements proxy.Edge.
func (connections) Abort(r *http.Request) { edge.AbortConn(r) }
