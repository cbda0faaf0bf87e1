package vplog

import "time"

// Event is what VP wrote at one moment of a call. A field that it did not write
// is empty.
type Event struct {
	Action string // req-in, req-out, resp-in, resp-out or error; call is rivgate's own
	At     time.Time

	Transaction string // VP's id of the call, the same on all its events
	Trace       string // the correlation id

	Sender   string
	Original string // the original consumer
	Contract string
	Receiver string
	Profile  string // as VP spells it then
	Target   string // the route's address
	Code     string // VP001 to VP015, of VP's own faults
	Failed   bool   // VP made a fault, with a code or without

	Cut bool // a value was too long to keep
}

// longestValue bounds what is kept of a value in bytes: callers choose some.
const longestValue = 4 << 10

// set puts a value where the field of that ECS name belongs. The last of two
// wins, as in other readers of JSON.
func (e *Event) set(field, value []byte) {
	keep := func(to *string) {
		if len(value) > longestValue {
			e.Cut = true
			value = value[:longestValue]
		}
		*to = string(value)
	}
	switch string(field) {
	case "@timestamp":
		e.At = timeOf(string(value)) // the zero time is seen by who joins
	case "event.action":
		keep(&e.Action)
	case "transaction.id":
		keep(&e.Transaction)
	case "trace.id":
		keep(&e.Trace)
	case "labels.senderid":
		keep(&e.Sender)
	case "labels.originalServiceconsumerHsaid":
		keep(&e.Original)
	case "labels.servicecontract_namespace":
		keep(&e.Contract)
	case "labels.receiverid":
		keep(&e.Receiver)
	case "labels.rivversion":
		keep(&e.Profile)
	case "url.original":
		keep(&e.Target)
	case "labels.errorCode":
		keep(&e.Code)
	case "labels.sessionStatus":
		e.Failed = string(value) == "true"
	}
}

// timeForms are how times are written: collectors leave out the colon of RFC 3339's
// zone, or its minutes.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07"}

func timeOf(text string) time.Time {
	for _, form := range timeForms {
		if at, err := time.Parse(form, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// told tells whether e is an event of a call at all.
func (e *Event) told() bool {
	switch e.Action {
	case "req-in", "req-out", "resp-in", "resp-out", "error", "call":
		return e.Transaction != "" || e.Trace != ""
	}
	return false
}
