package proxy

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"rivgate/fault"
	"rivgate/record"
	"rivgate/wsdl"
)

// Peer is who is at the other end of a request's connection.
type Peer struct {
	Listener    string // the listener's name
	Remote      netip.Addr
	TLS         bool
	Certificate *x509.Certificate // verified leaf, nil on plain listeners
}

// Edge is what a call asks of the connection it came on.
type Edge interface {
	// Peer tells who sent r.
	Peer(r *http.Request) Peer
	// Distrusted is why the certificate of r's connection would be accepted no
	// more in a handshake of now: a word for the caller, and the cause, nil if it
	// would be.
	Distrusted(ctx context.Context, r *http.Request) (reason string, cause error)
	// Refused is why r must not be looked at, nil if it may.
	Refused(r *http.Request) *HTTPError
	// BodyError is what is wrong with the framing of r's body so far, nil if nothing is.
	BodyError(r *http.Request) error
	// Abort cuts r's connection so that its peer cannot take it for a clean end.
	Abort(r *http.Request)
}

// Options make a Gateway.
type Options struct {
	View   *View
	Edge   Edge
	Record record.Sink
	WSDL   Descriptions

	// Unfit is asked at every call why none may be served now, though nothing is
	// wrong with it: a fault, or nil if it may. A nil function lets all be served.
	Unfit func() error

	// Rehearse ends calls where their producer would be called, with 204. The
	// View needs no client for producers then.
	Rehearse bool
}

// Descriptions answers what is no call. It is safe for concurrent use.
type Descriptions interface {
	// Answer answers GET and HEAD with ?wsdl or ?xsd.
	Answer(w http.ResponseWriter, r *http.Request, o wsdl.Origin)
	// Index answers a person who looks at a listener's path.
	Index(w http.ResponseWriter, r *http.Request, o wsdl.Origin)
}

// Gateway serves calls. It is safe for concurrent use.
type Gateway struct {
	view     atomic.Pointer[View]
	edge     Edge
	record   record.Sink
	wsdl     Descriptions
	unfit    func() error
	rehearse bool
	order    []Stage
	followed []Stage // order, for calls that are traced
	inFlight atomic.Int64
	calls    atomic.Uint64 // since the start
	senders  senderCounts
	buffers  sync.Pool // of *bytes.Buffer: answers' heads and faults
}

// New makes a Gateway that serves o.View.
func New(o Options) *Gateway {
	g := &Gateway{edge: o.Edge, record: o.Record, wsdl: o.WSDL, unfit: o.Unfit, rehearse: o.Rehearse}
	if g.unfit == nil {
		g.unfit = func() error { return nil }
	}
	g.buffers.New = func() any { return new(bytes.Buffer) }
	g.view.Store(o.View)
	g.order, g.followed = g.stages(), traced(g.stages())
	return g
}

// View is what calls starting now are decided by.
func (g *Gateway) View() *View { return g.view.Load() }

// Swap makes calls that start from now on use v. Running calls keep theirs.
func (g *Gateway) Swap(v *View) { g.view.Store(v) }

// InFlight is the number of calls being served.
func (g *Gateway) InFlight() int { return int(g.inFlight.Load()) }

// ServeHTTP serves one request from one of the View's ingresses and records it.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	view := g.view.Load()
	peer := g.edge.Peer(r)
	c := &Call{In: r, View: view, Peer: peer, Ingress: view.Ingresses[peer.Listener], Start: time.Now(), number: g.calls.Add(1)}
	c.writer = answerWriter{ResponseWriter: w, controller: http.NewResponseController(w), body: &c.body}
	if view.Tracer != nil {
		c.otel = view.Tracer.Begin(r.Header, c.Start)
	}
	running := g.inFlight.Add(1)
	defer g.inFlight.Add(-1)
	defer g.finish(c)
	if c.Ingress == nil {
		g.fail(c, refuse(http.StatusNotFound, "unknown listener"))
		return
	}
	c.writer.silence = c.Ingress.Write
	c.writer.arm()
	c.body.open(c, g.edge)
	if err := g.admit(c, running); err != nil {
		g.fail(c, err)
		return
	}
	if r.Method != http.MethodPost { // admitted for a description
		if reason, cause := g.edge.Distrusted(r.Context(), r); cause != nil {
			g.fail(c, refuse(http.StatusForbidden, "certificate no longer accepted: "+reason))
			return
		}
		g.describe(c)
		return
	}
	defer c.watch()()
	defer g.senders.leave(c)
	if err := g.run(&c.life, c); err != nil {
		g.fail(c, err)
		return
	}
	if g.rehearse {
		g.rehearsed(c)
		return
	}
	c.Stage = record.AtProducer
	answer, err := g.callProducer(&c.life, c)
	if err != nil {
		g.fail(c, err)
		return
	}
	g.deliver(c, answer)
}

// watch ends the call's life when the caller leaves, or when the function it
// returns is called. The request's own context would say that also when a read
// of the body failed or was given up, while the caller waits for its answer.
func (c *Call) watch() (end func()) {
	stop := context.AfterFunc(c.In.Context(), func() { c.body.gone(c.leave) })
	return func() { stop(); c.life.end(context.Canceled) }
}

func (c *Call) leave() { c.life.end(errCallerLeft) }

// left tells whether the caller is gone.
func (c *Call) left() bool { return c.life.Err() == errCallerLeft }

// admit refuses what is wrong below SOAP, or too much.
func (g *Gateway) admit(c *Call, running int64) error {
	if refused := g.edge.Refused(c.In); refused != nil {
		c.standIn = true
		return refused
	}
	if err := checkRequest(c.In, c.Ingress.Path, c.View.Limits.MaxBody); err != nil {
		return err
	}
	c.CorrelationID = c.View.Trust.CorrelationID(c.In.Header)
	if limit := c.View.Limits.InFlight; limit > 0 && running > int64(limit) {
		return fault.Wrap(fault.Overloaded, "", errors.New("in_flight reached"))
	}
	return g.unfit()
}

// finish ends a call however it ended: a panic becomes a fault while that is
// possible and a cut connection after, and the record is written once.
func (g *Gateway) finish(c *Call) {
	if thrown := recover(); thrown != nil {
		g.fail(c, fault.Wrap(fault.VP009, g.producerDetail(c, "Internal error"),
			fmt.Errorf("panic: %v\n%s", thrown, debug.Stack())))
	}
	c.body.detach()
	if c.cut {
		g.edge.Abort(c.In)
	}
	c.writer.armed = time.Time{}
	c.writer.arm() // what the server still holds of the answer leaves after this
	entry := c.entry()
	g.tellEnd(c, entry)
	g.record.Finished(entry)
	if c.otel != nil {
		c.otel.End(entry)
	}
	if c.cut {
		panic(http.ErrAbortHandler)
	}
}
