package proxy

import (
	"strings"
	"time"

	"rivgate/auth"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/routing"
)

// View is everything a call is decided by. It is built whole, never changed,
// and pinned by a call when it starts.
type View struct {
	InstanceID   string // compared with and sent as x-vp-instance-id
	InstanceName string // in [ ] in every fault string

	Ingresses       map[string]*Ingress // by listener name
	Trust           *auth.Policy
	Routing         *routing.View
	Virtualisations *Virtualisations
	TLS             *TLSChoices
	Headers         *HeaderRules
	Producers       *upstream.Client // nil where calls are rehearsed
	Limits          Limits
	Tracer          record.Tracer   // follows calls; nil: nobody does
	Events          bool            // calls are told while they run, by VP's events
	Payload         *record.Payload // whose messages the log holds; nil: nobody's
	SafeFaults      bool            // hide producers' addresses and causes from callers

	UserAgent         string          // sent to producers
	PropagateHTTP     bool            // correlation id to http producers
	PropagateHTTPS    bool            // correlation id to https producers
	AcceptShortAnswer map[string]bool // lower-case hosts that may announce more than they send
}

// acceptsShort tells whether a target may announce more than it sends.
func (v *View) acceptsShort(target upstream.Target) bool {
	return len(v.AcceptShortAnswer) > 0 && v.AcceptShortAnswer[strings.ToLower(target.ServerName)]
}

// Ingress is how one listener's requests are served.
type Ingress struct {
	Name  string
	Path  string        // prefix, without slash at its end
	Body  time.Duration // longest silence of a caller sending its request
	Write time.Duration // longest silence of a caller taking its answer
}

// Limits bounds calls. Zero means no limit.
type Limits struct {
	MaxBody      int64 // bytes of a request's body
	EnvelopeHead int   // bytes of an envelope up to Body's first child
	AnswerHead   int   // bytes of an answer held back until it is known to be good
	Depth        int
	Attributes   int
	InFlight     int // calls at a time
	PerSender    int // calls at a time of one sender
}
