package proxy

import (
	"net/http"
	"time"

	"rivgate/auth"
	"rivgate/proxy/upstream"
	"rivgate/rivta"
	"rivgate/routing"
	"rivgate/soap"
)

// Call is one request and its answer. Fields stand under the stage that sets
// them, each is set once. A Call belongs to the goroutine that serves it.
type Call struct {
	In      *http.Request // never changed
	View    *View         // pinned: what this call is decided by
	Ingress *Ingress
	Peer    Peer
	Start   time.Time

	CorrelationID string // correlation

	Sender auth.Sender // sender

	body    *consumerBody // envelope
	Message *soap.Message
	Profile rivta.Profile
	Address string // the logical address
	Blank   bool   // there is none

	OriginalConsumer string // original-consumer

	Decision routing.Decision // route
	Target   upstream.Target

	Virtualisation Virtualisation // virtualisation
	TLS            *TLSChoice

	Edits []soap.Edit // conversion

	Out http.Header // outgoing

	// What happened, for the record.
	Stage    string
	Warnings []string
	writer   *answerWriter
	counted  bool // by senderCounts
	cut      bool // nothing honest can be answered any more

	handed         time.Time // the call was handed to the producer's client
	answered       time.Time // the answer's head was complete
	producerStatus int
	reused         bool
	passedFault    bool
	failure        error
}

// Contract is the called contract's namespace, "null" where Body was empty.
func (c *Call) Contract() string {
	switch {
	case c.Message == nil:
		return ""
	case !c.Message.Envelope.HasBody:
		return "null"
	default:
		return c.Message.Envelope.Body.Space
	}
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

// closesConsumer tells whether the caller's connection ends with this call: a
// virtualisation without keep-alive closes both legs, the caller's on TLS
// listeners only, since on a plain one it is a proxy's and shared.
func (c *Call) closesConsumer() bool {
	return c.Virtualisation.Set && !c.Virtualisation.KeepAlive && c.Peer.TLS
}
