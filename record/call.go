package record

import (
	"log/slog"
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

// Call is the record of one finished call. Empty fields were not known when
// the call ended. It holds no payload and no certificate.
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
	Receiver         string
	ProfileIn        string
	ProfileOut       string
	Target           string // the route's address
	RouteTrace       string // VP's form, only for calls that climbed or failed
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
}

// Own is the time spent in the gateway itself.
func (c *Call) Own() time.Duration { return max(c.Whole-c.Producer, 0) }

// Sink takes finished calls. Finished is called once a call, from many
// goroutines; the Call must not be kept after it returns.
type Sink interface {
	Finished(c *Call)
}

// Log is the Sink that writes one line a call.
type Log struct {
	logger *slog.Logger
}

// NewLog returns a Log that writes to logger.
func NewLog(logger *slog.Logger) *Log { return &Log{logger: logger} }
