package record

import (
	"net/http"
	"time"
)

// Tracer follows calls while they run. It is safe for concurrent use.
type Tracer interface {
	// Begin follows a call that came with header: as part of its caller's trace
	// if header names one (W3C Trace Context), else as a trace of its own.
	Begin(header http.Header, start time.Time) Trace
}

// Trace is the trace of one call. It belongs to the goroutine that serves the
// call, and End is the last that is asked of it.
type Trace interface {
	// IDs are the trace's id and that of the call's span, in lower-case hex.
	IDs() (trace, span string)
	// Stage tells how long a stage took.
	Stage(name string, from, to time.Time)
	// Hand begins the producer's part, and writes into out what the producer
	// continues the trace by: traceparent, and tracestate if there is one.
	Hand(out http.Header, at time.Time)
	// End tells what became of the call.
	End(c *Call)
}
