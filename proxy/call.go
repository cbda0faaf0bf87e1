package proxy

import (
	"net/http"
	"time"

	"rivgate/auth"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/rivta"
	"rivgate/routing"
	"rivgate/soap"
)

// Call is one request and its answer. What the stages find out stands under the
// stage that sets it, once. A Call belongs to the goroutine that serves it.
type Call struct {
	In      *http.Request // never changed
	View    *View         // pinned: what this call is decided by
	Ingress *Ingress
	Peer    Peer
	Start   time.Time

	CorrelationID string // set when the call is admitted

	Sender auth.Sender // sender

	Message *soap.Message // envelope
	Profile rivta.Profile
	Address string // the logical address
	Blank   bool   // there is none
	scanned bool   // the envelope was read

	OriginalConsumer string // original-consumer

	Decision routing.Decision // route
	Target   upstream.Target

	Virtualisation Virtualisation // virtualisation
	TLS            *TLSChoice

	Edits []soap.Edit // conversion

	Out http.Header // outgoing

	// What happened, for the record.
	Stage      string
	Warnings   []string
	life       life // ends when the caller leaves
	body       consumerBody
	writer     answerWriter
	otel       record.Trace // nil while nobody traces
	counted    bool         // by senderCounts
	distrusted bool         // the caller's certificate is accepted no more
	standIn    bool         // In is a stand-in for a request that must not be looked at
	cut        bool         // nothing honest can be answered any more

	handed         time.Time // the call was handed to the producer's client
	began          time.Time // the attempt that was answered was begun
	answered       time.Time // the answer's head was complete
	timing         upstream.Timing
	producerStatus int
	reused         bool
	passedFault    bool
	failure        error

	// For the log alone.
	number            uint64 // of the call in this process
	span              record.UUID
	producerSpan      record.UUID
	tried             *routing.Trace // nil until it is asked for
	requestWanted     int            // bytes of the messages' text that are logged
	answerWanted      int
	producerHeader    http.Header
	producerFaultText record.SOAPFault
	headerValues      [12]string // room for headerValue
	headersValued     int
	answerHead        []byte // what is held of the answer, until it is passed on
	answerWhole       bool
}

// Contract is the called contract's namespace, "null" where Body was empty.
func (c *Call) Contract() string {
	switch {
	case !c.scanned:
		return ""
	case !c.Message.Envelope.HasBody:
		return "null"
	default:
		return c.Message.Envelope.Body.Space
	}
}

// headerValue is a header's only value. There is room for a dozen in the call, which
// saves an allocation for each.
func (c *Call) headerValue(value string) []string {
	n := c.headersValued
	if n == len(c.headerValues) {
		return []string{value}
	}
	c.headersValued++
	c.headerValues[n] = value
	return c.headerValues[n : n+1 : n+1]
}

// Question is what routing is asked about this call.
func (c *Call) Question() routing.Question {
	env := &c.Message.Envelope
	return routing.Question{
		Contract:    env.Body.Space,
		HasContract: env.HasBody,
		Receiver:    c.Address,
		HasReceiver: !c.Blank,
		Sender:      c.Sender.ID,
		Profile:     c.Profile,
		At:          c.Start,
	}
}

// closesConsumer tells whether the caller's connection ends with this call: one
// whose certificate is accepted no more, and where a virtualisation without
// keep-alive closes both legs, the caller's on TLS listeners only, since on a
// plain one it is a proxy's and shared.
func (c *Call) closesConsumer() bool {
	return c.distrusted || c.Virtualisation.Set && !c.Virtualisation.KeepAlive && c.Peer.TLS
}
