package proxy

import (
	"net/http"
	"time"
)

// answerWriter is the way to the caller: it counts, and bounds how long the
// caller may be silent while taking its answer.
type answerWriter struct {
	http.ResponseWriter
	controller *http.ResponseController
	body       *consumerBody // of the request
	silence    time.Duration // 0: no bound
	armed      time.Time
	status     int
	written    int64
	kept       *kept // nil unless the log wants the answer's text
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader sends the status.
func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.arm()
		w.body.rest()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends p, or fails after the ingress's silence.
func (w *answerWriter) Write(p []byte) (int, error) {
	w.arm()
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	if w.kept != nil {
		w.kept.add(p[:n])
	}
	return n, err
}

// arm starts the silence anew. It is also called before anything is read,
// because the server itself may write then (100 Continue) and the deadline of
// the connection's previous call must not strike.
func (w *answerWriter) arm() {
	if now := time.Now(); w.silence > 0 && now.Sub(w.armed) > w.silence/10 {
		w.armed = now
		_ = w.controller.SetWriteDeadline(now.Add(w.silence))
	}
}

// commonHeaders sets the headers that every answer to a call carries, and is the
// answer's headers.
func (c *Call) commonHeaders() http.Header {
	h := c.writer.Header()
	h["Date"] = nil // VP's answers carry none, and net/http would add one
	if c.CorrelationID != "" {
		h["X-Skltp-Correlation-Id"] = c.headerValue(c.CorrelationID)
	}
	if c.closesConsumer() {
		h["Connection"] = c.headerValue("close")
	}
	return h
}
