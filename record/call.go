package record

import (
	"time"

	"rivgate/fault"
)

// Outcome is how a call ended, as operators count it.
type Outcome string

// The outcomes. Each call has exactly one.
const (
	OK            Outcome = "ok"             // the producer's answer was passed on
	ProducerFault Outcome = "producer_fault" // the producer answered with a SOAP fault, which was passed on
	Fault         Outcome = "fault"          // the gateway answered with a fault; Code says which
	Refused       Outcome = "refused"        // wrong below SOAP: an HTTP status and no SOAP
	Cancelled     Outcome = "cancelled"      // the caller left before there was an answer
	Aborted       Outcome = "aborted"        // the answer broke off half-way and the caller's connection was cut
	Served        Outcome = "served"         // a description (WSDL, XSD) was asked for and answered
)

// What a call's Stage is once its stages are behind it.
const (
	AtProducer    = "producer"    // it was handed to the producer's client
	AtDescription = "description" // it is no call, but asks for a description
)

// Call is the record of one call as it stands: at its end, and at each event where
// those are wanted. Empty fields were not known by then. It holds no certificate, and of the messages' text only what
// was asked for (see Payload).
type Call struct {
	Start    time.Time
	Listener string
	Method   string
	Path     string
	Remote   string // address of the TCP peer
	ClientIP string // what a trusted proxy says, else Remote

	CorrelationID    string
	Sender           string
	SenderSource     string // tls, certificate header or platform headers
	OriginalConsumer string
	Contract         string
	KnownContract    string // Contract as the catalogue or the configuration spells it; "" if neither knows it
	Receiver         string
	ProfileIn        string
	ProfileOut       string
	Target           string // the route's address
	RouteTrace       string // VP's form; for calls that routing refused, and all where VP's events are told
	PermissionTrace  string

	Stage    string // the last stage that ran
	Outcome  Outcome
	Code     fault.Code // set when Outcome is Fault
	Detail   string     // the fault's public detail, or why a request was refused
	Cause    error      // private cause, for the log only
	Warnings []string   // what was let through but should be looked at

	Status         int // HTTP status sent, 0: none
	ProducerStatus int // HTTP status received, 0: none
	RequestBytes   int64
	AnswerBytes    int64

	Whole    time.Duration
	Producer time.Duration // from handing over until the answer's head was complete
	Reused   bool          // the producer's connection was reused
	Exchange Exchange

	TraceID string // W3C trace id and the call's span in it; "" while nobody traces
	SpanID  string

	Told    bool // as events while it ran: no line is written of its end
	Message Message
}

// Exchange is when a call's exchange with its producer reached its stages; what
// was not reached, or not learnt because the exchange failed, is zero.
type Exchange struct {
	Handed    time.Time     // to the producer's client
	Connected time.Time     // a new connection stood, or an idle one was taken
	Handshake time.Duration // of a new TLS connection
	Written   time.Time     // the request's last byte
	FirstByte time.Time     // of the answer
	Answered  time.Time     // the answer's head was complete, or the exchange failed
}

// Own is the time spent in the gateway itself.
func (c *Call) Own() time.Duration { return max(c.Whole-c.Producer, 0) }

// Sink takes finished calls. Finished is called once a call, from many
// goroutines; the Call must not be kept after it returns.
type Sink interface {
	Finished(c *Call)
}
