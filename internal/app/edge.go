package app

import (
	"context"
	"errors"
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

// Distrusted implements proxy.Edge.
func (connections) Distrusted(ctx context.Context, r *http.Request) (reason string, cause error) {
	err := edge.VerifyPeer(ctx, r)
	if err == nil {
		return "", nil
	}
	var distrust *edge.DistrustError
	if errors.As(err, &distrust) {
		return distrust.Reason, err
	}
	return "", err
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
