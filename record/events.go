package record

// Event names a moment of a call, as VP's message log does. Its text is
// event.action and part of VP's logger's name.
type Event string

// The events. The first five are VP's; a call that is told by them has these:
//
//	answered                 req-in, req-out, resp-in, resp-out
//	refused before req-in    error, resp-out
//	refused by routing       req-in, error, resp-out
//	producer failed          req-in, req-out, error, resp-out
//	producer's answer empty  req-in, req-out, resp-in, error, resp-out
//
// Two endings VP has no events for have one error and no resp-out: the caller
// left, and the answer broke off half-way.
const (
	ReqIn   Event = "req-in"   // the request's head is read and its sender known
	ReqOut  Event = "req-out"  // the request is about to be sent on
	RespIn  Event = "resp-in"  // the producer's answer has come, or its beginning
	RespOut Event = "resp-out" // the caller has been answered
	Failed  Event = "error"    // the answer was no producer's ordinary one

	Ended Event = "call" // all of a call in one line
)

// Observer is a Sink that is also told of a call while it runs, if the call's
// view asks for it. Event is called from many goroutines, in order for each
// call; the Call holds what is known at that moment and must not be kept.
type Observer interface {
	Event(e Event, c *Call)
}

// loggers are the names of VP's loggers, which log configurations and searches
// know the events by.
var loggers = map[Event]string{
	ReqIn:   "se.skl.tp.vp.logging.req.in",
	ReqOut:  "se.skl.tp.vp.logging.req.out",
	RespIn:  "se.skl.tp.vp.logging.resp.in",
	RespOut: "se.skl.tp.vp.logging.resp.out",
	Failed:  "se.skl.tp.vp.logging.error",
	Ended:   "rivgate.call",
}

// begins tells whether the event is about a request, and not about its answer.
func (e Event) begins() bool { return e == ReqIn || e == ReqOut }
