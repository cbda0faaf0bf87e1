package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// syncLimit is the longest body that is sent in the goroutine of Do. Such a
// body is written before a producer could refuse it.
const syncLimit = 64 << 10

var errClosed = errors.New("upstream: read of an answer after its Close")

// exchange is one request and its answer on one connection; it is the Body of
// its Response.
type exchange struct {
	client    *Client
	ctx       context.Context
	conn      *conn
	upload    upload
	method    string
	timeout   time.Duration
	idle      time.Duration
	keep      bool // the request allows for another on its connection
	shortOK   bool
	forget    func() bool // stops watching ctx; true if it had not ended
	reader    *bufio.Reader
	response  Response
	body      io.Reader
	sized     sizedBody // the body of most answers
	bodyEnd   error     // what Read returns from now on
	trustTail bool      // what follows the answer may be another
	released  bool      // the connection is in the pool, or closed
}

func (c *Client) begin(ctx context.Context, r *Request, cn *conn, reused bool) *exchange {
	x := &exchange{
		client:  c,
		ctx:     ctx,
		conn:    cn,
		method:  r.Method,
		timeout: orDefault(r.Timeout, defaultTimeout),
		idle:    orDefault(r.IdleTimeout, defaultIdle),
		keep:    r.KeepAlive,
		shortOK: r.ShortAnswerOK,
	}
	x.response = Response{Body: x, exchange: x, Timing: Timing{Began: cn.began, Connected: time.Now(), Reused: reused}}
	x.upload = upload{conn: cn, request: r, silence: x.timeout}
	x.forget = watch(ctx, x.cancel)
	return x
}

// watch is context.AfterFunc, without a context in between where ctx has that
// method itself.
func watch(ctx context.Context, f func()) (stop func() bool) {
	if own, ok := ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		return own.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// cancel ends the exchange from outside, at any moment before forget.
func (x *exchange) cancel() {
	x.upload.halt()
	sent, _ := x.upload.result()
	x.conn.abort(sent.IsZero())
}

// run takes the exchange to the end of the answer's head.
func (x *exchange) run() error {
	if err := x.secure(); err != nil {
		return err
	}
	if err := x.send(); err != nil {
		return err
	}
	if err := x.receive(); err != nil {
		return err
	}
	return x.settle()
}

// secure makes the TLS handshake on a new connection.
func (x *exchange) secure() error {
	timing := &x.response.Timing
	if x.conn.key.profile == nil || timing.Reused {
		return nil
	}
	resumed, err := x.conn.handshake(x.timeout)
	timing.Handshake = time.Since(timing.Connected)
	if err != nil {
		if timeout, ok := connectionFailure(err).(*TimeoutError); ok {
			return timeout
		}
		return &TLSError{err}
	}
	x.conn.counters.handshakes.Add(1)
	if resumed {
		x.conn.counters.resumptions.Add(1)
	}
	return nil
}

// send sends the request, or starts to: what is short goes out here, and what
// is long or of unknown length in a goroutine, so that an early answer is seen.
func (x *exchange) send() error {
	u := &x.upload
	u.answerMay = x.timeout - x.response.Timing.Handshake
	if u.request.Body != nil && (u.request.Length < 0 || u.request.Length > syncLimit) {
		u.done = make(chan struct{})
		go u.run()
		return nil
	}
	u.run()
	if _, err := u.result(); fatal(err) {
		return err
	}
	return nil
}

// receive reads the head of the answer, past interim ones.
func (x *exchange) receive() error {
	x.reader = readers.Get().(*bufio.Reader)
	x.reader.Reset(x.conn)
	limit := x.client.options.HeadLimit
	for range maxInterim + 1 {
		if _, err := x.reader.Peek(1); err != nil {
			return x.headFailure(err)
		}
		x.response.Timing.FirstByte = time.Now()
		head, err := readHead(x.reader, limit)
		if err != nil {
			return x.headFailure(err)
		}
		limit -= len(head)
		if err := parseHead(head, x.client.options.Headers, &x.response); err != nil {
			return err
		}
		framing, err := frame(x.method, &x.response)
		switch status := x.response.Status; {
		case err != nil:
			return err
		case status == http.StatusSwitchingProtocols:
			return &MalformedError{"a protocol switch nobody asked for"}
		case status >= 200:
			x.openBody(framing)
			return nil
		}
	}
	return &MalformedError{"too many interim answers"}
}

func (x *exchange) headFailure(err error) error {
	switch err {
	case io.EOF:
		return &NoAnswerError{x.conn.key.addr}
	case io.ErrUnexpectedEOF:
		return &TruncatedError{}
	}
	if _, alert := alertText(err); alert && !x.response.Timing.Reused {
		return &TLSError{err}
	}
	return asFailure(err)
}

// asFailure types what reading returned.
func asFailure(err error) error {
	if failure, ok := err.(Failure); ok {
		return failure
	}
	return connectionFailure(err)
}

// openBody prepares the reading of the body after the head.
func (x *exchange) openBody(f framing) {
	x.trustTail, x.response.Length = f.persistent, f.length
	switch {
	case f.chunked:
		x.body = &chunkedBody{reader: x.reader, trailer: x.client.options.HeadLimit}
	case f.length >= 0:
		x.sized = sizedBody{reader: x.reader, left: f.length}
		x.body = &x.sized
	default:
		x.body = &closedBody{reader: x.reader, conn: x.conn}
	}
}

// settle comes to terms with an upload that a final answer has overtaken. The
// answer counts unless the consumer failed to send what it had announced.
func (x *exchange) settle() error {
	u := &x.upload
	u.settle()
	sent, err := u.result()
	if fatal(err) {
		return err
	}
	x.response.Timing.Written = sent
	if sent.IsZero() {
		// No deadline has been set by the upload: the answer's time starts here.
		_ = x.conn.socket.SetReadDeadline(time.Now().Add(u.answerMay)) // a closed connection tells so when read
	}
	if x.response.Length == 0 {
		x.bodyEnd = io.EOF
		x.finish()
	}
	return nil
}

// fail ends an exchange that gives no answer, and chooses among its errors the
// one that came first: the end of the context, the request's, the answer's.
func (x *exchange) fail(err error) error {
	x.forget()
	x.drop()
	if x.ctx.Err() != nil {
		return context.Cause(x.ctx)
	}
	if _, sending := x.upload.result(); fatal(sending) || sending != nil && sending != errStopped && isBreak(err) {
		return sending
	}
	return err
}

// isBreak tells the errors that a broken upload explains.
func isBreak(err error) bool {
	switch err.(type) {
	case *ReadError, *NoAnswerError:
		return true
	}
	return false
}

// relax makes every read from now on last as long as the timeout. A connection
// that has been given back is another call's.
func (x *exchange) relax() {
	if !x.released {
		x.conn.silence = x.timeout
	}
}

// Read reads the body of the answer.
func (x *exchange) Read(p []byte) (int, error) {
	if x.bodyEnd != nil {
		return 0, x.bodyEnd
	}
	if x.ctx.Err() != nil {
		x.bodyEnd = context.Cause(x.ctx)
		return 0, x.bodyEnd
	}
	n, err := x.body.Read(p)
	if err != nil {
		x.end(err)
	}
	return n, x.bodyEnd
}

// end notes why the body ends. A connection it cannot be reused after is
// closed at once.
func (x *exchange) end(err error) {
	switch {
	case err == io.EOF:
		x.bodyEnd = io.EOF
		x.finish()
		return
	case err == errShort && x.shortOK:
		x.bodyEnd = io.EOF
	case err == errShort, err == io.ErrUnexpectedEOF:
		x.bodyEnd = &TruncatedError{}
	case x.ctx.Err() != nil:
		x.bodyEnd = context.Cause(x.ctx)
	default:
		x.bodyEnd = asFailure(err)
	}
	x.conn.abort(false)
}

// finish gives the connection back, or ends it in order, when the answer has
// been read whole. If the request is still being sent, Close will see to it.
func (x *exchange) finish() {
	if !x.upload.ended() {
		return
	}
	sent, err := x.upload.result()
	clean := x.reader.Buffered() == 0
	x.release()
	switch {
	case !x.forget(): // cancel closes the connection
	case x.keep && x.trustTail && clean && err == nil && !sent.IsZero():
		x.giveBack()
	default:
		x.conn.close()
	}
}

func (x *exchange) giveBack() {
	idle := idleTime(x.response.Header, x.idle)
	if err := x.conn.socket.SetDeadline(time.Time{}); err != nil || idle <= 0 {
		x.conn.close()
		return
	}
	x.conn.silence = 0
	x.client.pool.put(x.conn, idle)
}

// Close ends the exchange wherever it is; it waits for an upload that was
// halted to leave the request's body alone.
func (x *exchange) Close() error {
	if x.released {
		return nil
	}
	x.forget()
	x.drop()
	if x.bodyEnd == nil {
		x.bodyEnd = errClosed
	}
	return nil
}

// drop ends the connection and the upload, and waits for the latter.
func (x *exchange) drop() {
	x.upload.halt()
	sent, _ := x.upload.result()
	x.conn.abort(sent.IsZero())
	x.upload.wait()
	x.release()
}

// release gives up the reader; nothing is read after it.
func (x *exchange) release() {
	x.released = true
	if x.reader == nil {
		return
	}
	x.reader.Reset(nil)
	readers.Put(x.reader)
	x.reader, x.body, x.sized = nil, nil, sizedBody{}
}
