package proxy

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// errCallerLeft is a caller that closed, half-closed or reset its connection
// before its request was whole or its answer there.
var errCallerLeft = errors.New("the caller left")

// restGrace is how long an answer waits for the rest of a request that nobody
// reads. A caller that has sent it loses nothing; one that has not gets its
// answer, and its connection is closed.
const restGrace = time.Second

// consumerBody is a request's body with its limits: its size, and how long its
// caller may be silent. Its errors are *HTTPError, or wrap errCallerLeft.
//
// It may be read by the goroutine that sends to the producer while the call's
// own goroutine waits for the answer. Before it is opened there is nothing to read.
type consumerBody struct {
	source     io.Reader
	request    *http.Request
	edge       Edge
	controller *http.ResponseController
	silence    time.Duration
	limit      int64 // 0: none
	read       atomic.Int64

	mu      sync.Mutex // guards what follows
	armed   time.Time  // when the read deadline was last set
	ended   bool       // read to its end
	state   bodyState
	refused *HTTPError // what was wrong with the body itself
	broken  bool       // a Read of ours has failed, by detach or of itself
	onGone  func()     // to be called at the end of the Read under way, unless it fails
}

type bodyState uint8

const (
	bodyIdle    bodyState = iota
	bodyReading           // a Read is under way
	bodyDone              // ended, failed or detached
)

// errDetached is what a Read gets that nobody waits for any more.
var errDetached = errors.New("the request's body is no longer wanted")

func (b *consumerBody) open(c *Call, edge Edge) {
	b.source = c.In.Body
	b.request = c.In
	b.edge = edge
	b.controller = c.writer.controller
	b.silence = c.Ingress.Body
	b.limit = c.View.Limits.MaxBody
}

// Read reads on, for at most the ingress's silence.
func (b *consumerBody) Read(p []byte) (int, error) {
	if !b.begin() {
		return 0, errDetached
	}
	n, err := b.source.Read(p)
	total := b.read.Add(int64(n))
	wanted := b.end(err)
	switch {
	case !wanted:
		return 0, errDetached
	case b.limit > 0 && total > b.limit:
		return 0, b.refuse(http.StatusRequestEntityTooLarge, "body exceeds max_body")
	case err == nil || err == io.EOF:
		return n, err
	default:
		return n, b.readFailed(err)
	}
}

// Len is how much there is to read by what was announced; much, if nothing was.
func (b *consumerBody) Len() int {
	if b.request.ContentLength < 0 {
		return math.MaxInt
	}
	return int(b.request.ContentLength - b.read.Load())
}

// begin arms the deadline; a tenth of the silence is slack, so that a body in
// many small pieces does not set a timer for each.
func (b *consumerBody) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == bodyDone {
		return false
	}
	b.state = bodyReading
	if now := time.Now(); b.silence > 0 && now.Sub(b.armed) > b.silence/10 {
		b.armed = now
		_ = b.controller.SetReadDeadline(now.Add(b.silence))
	}
	return true
}

// end notes how a Read ended, and tells whether it is still wanted.
func (b *consumerBody) end(err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == bodyDone { // detached meanwhile
		return false
	}
	b.state = bodyIdle
	if err != nil {
		b.state = bodyDone
		b.ended = err == io.EOF
		b.broken = err != io.EOF
	}
	if b.onGone != nil && !b.broken {
		b.onGone()
	}
	if b.ended {
		_ = b.request.Body.Close() // spares the server looking for more when the answer begins; it never fails here
	}
	if b.ended && b.silence > 0 {
		// The server goes on watching the connection for the caller leaving;
		// waiting for the producer is not the caller's silence.
		_ = b.controller.SetReadDeadline(time.Time{})
	}
	return true
}

// detach makes every later Read fail and ends one under way: a body must not
// be read once its request's handler has returned.
func (b *consumerBody) detach() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == bodyReading {
		b.broken = true
		_ = b.controller.SetReadDeadline(time.Unix(1, 0))
	}
	b.state = bodyDone
}

// rest bounds what the server does with a body that was not read to its end: it
// reads on before it sends an answer, to keep the connection, and would wait as
// long as the caller likes.
func (b *consumerBody) rest() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.request == nil || b.request.ContentLength == 0 {
		return
	}
	b.state = bodyDone
	_ = b.controller.SetReadDeadline(time.Now().Add(restGrace))
}

// gone is told that the server takes the caller for gone, and calls left if
// that is so. The server says it of every failed Read, after which the caller
// may well be there; while a Read is under way, its end will show.
func (b *consumerBody) gone(left func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.broken:
	case b.state == bodyReading:
		b.onGone = left
	default:
		left()
	}
}

// readFailed says what a failed Read means.
func (b *consumerBody) readFailed(err error) error {
	if framing := b.edge.BodyError(b.request); framing != nil {
		return b.refuse(http.StatusBadRequest, framing.Error())
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return b.refuse(http.StatusRequestTimeout, "the caller was silent for too long while sending")
	}
	return fmt.Errorf("%w: %w", errCallerLeft, err)
}

func (b *consumerBody) refuse(status int, reason string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = refuse(status, reason)
	return b.refused
}

// refusal is what was wrong with the body itself, nil if nothing was.
func (b *consumerBody) refusal() *HTTPError {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refused
}
