package upstream

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"
)

const maxEmptyReads = 100 // of a body, in a row

var (
	errStopped  = errors.New("upstream: the answer came before the request was sent")
	errTooLong  = errors.New("upstream: the body is longer than its announced length")
	errTooShort = errors.New("upstream: the body is shorter than its announced length")
)

// upload sends one request. It runs in the goroutine of Do, or in one of its
// own (done is set then) so that an answer that comes before the end of the
// request is seen.
type upload struct {
	conn      *conn
	request   *Request
	silence   time.Duration // the longest a write may block
	answerMay time.Duration // how long after its last byte the answer may take
	done      chan struct{} // closed when run has ended; nil in the goroutine of Do

	mu      sync.Mutex
	stopped bool      // no more is to be read or sent
	reading bool      // a Read of the body is under way
	sent    time.Time // when the last byte was handed to the system
	err     error
}

// run sends the request and then sets the deadline for its answer. An error
// that leaves no hope of an answer ends the connection, so that whoever waits
// for one hears of it.
func (u *upload) run() {
	err := u.send()
	now := time.Now()
	u.mu.Lock()
	u.err = err
	if err == nil {
		u.sent = now
	}
	u.mu.Unlock()
	switch {
	case fatal(err):
		u.conn.abort(true)
	case err != errStopped:
		// A broken connection is read as well: a producer may answer and close
		// without having read everything. Setting a deadline fails only on a
		// closed connection, and so will the read.
		_ = u.conn.socket.SetReadDeadline(now.Add(u.answerMay))
	}
	if u.done != nil {
		close(u.done)
	}
}

// fatal tells the errors after which no answer is looked for.
func fatal(err error) bool {
	switch err.(type) {
	case *BodyError, *TimeoutError:
		return true
	}
	return false
}

// readBody reads some bytes of the body, io.EOF, or an error of the upload.
func (u *upload) readBody(p []byte) (int, error) {
	if !u.startReading() {
		return 0, errStopped
	}
	n, err := readSome(u.request.Body, p)
	if stopped := u.stopReading(); stopped {
		return n, errStopped
	}
	if err != nil && err != io.EOF {
		err = &BodyError{err}
	}
	return n, err
}

// readSome reads until there is something: bytes or an error. A body that
// panics may do so in a goroutine of the upload's own, where nobody above could
// keep one call's bug from ending all.
func readSome(body io.Reader, p []byte) (n int, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			n, err = 0, fmt.Errorf("panic: %v\n%s", thrown, debug.Stack())
		}
	}()
	for range maxEmptyReads {
		if n, err := body.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

func (u *upload) startReading() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reading = !u.stopped
	return u.reading
}

func (u *upload) stopReading() (stopped bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reading = false
	return u.stopped
}

// write hands bytes to the connection unless the upload has been stopped.
func (u *upload) write(out []byte) error {
	if err := u.arm(); err != nil {
		return err
	}
	_, err := u.conn.stream.Write(out)
	if err == nil {
		return nil
	}
	if u.isStopped() {
		return errStopped
	}
	if failure, ok := connectionFailure(err).(*TimeoutError); ok {
		return failure
	}
	return &WriteError{err}
}

// arm sets the deadline of one write. It holds the lock so that it cannot
// undo the one that halt sets.
func (u *upload) arm() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return errStopped
	}
	if err := u.conn.socket.SetWriteDeadline(time.Now().Add(u.silence)); err != nil {
		return &WriteError{err}
	}
	return nil
}

// halt ends the upload: a write under way fails, a read of the body is told to
// stop, and neither begins again.
func (u *upload) halt() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return
	}
	u.stopped = true
	_ = u.conn.socket.SetWriteDeadline(time.Unix(1, 0)) // fails only on a closed connection
	if u.reading && u.request.StopBody != nil {
		u.request.StopBody()
	}
}

func (u *upload) isStopped() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.stopped
}

// result is when the request was sent, zero if it was not, and what went wrong.
func (u *upload) result() (sent time.Time, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.sent, u.err
}

// settle is called when a final answer has come: an upload that has not ended
// is halted. It waits for a write under way, which is over or fails at once, and
// not for a read.
func (u *upload) settle() {
	if u.done == nil {
		return
	}
	u.halt()
	u.mu.Lock()
	reading := u.reading
	u.mu.Unlock()
	if !reading {
		<-u.done
	}
}

// ended tells whether run is over.
func (u *upload) ended() bool {
	if u.done == nil {
		return true
	}
	select {
	case <-u.done:
		return true
	default:
		return false
	}
}

// wait returns when run is over.
func (u *upload) wait() {
	if u.done != nil {
		<-u.done
	}
}
