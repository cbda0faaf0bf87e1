package upstream

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	defaultConnectTimeout = 2 * time.Second  // VP's
	defaultTimeout        = 29 * time.Second // VP's
	defaultIdle           = 60 * time.Second
	defaultMaxIdle        = 512
	defaultHeadLimit      = 64 << 10
	defaultHeaders        = 200
)

// Options configure a Client. The zero value works.
type Options struct {
	ConnectTimeout time.Duration // for one TCP connect, name resolution included; 0 means 2 s, as in VP
	Retries        int           // extra attempts after a refused or timed-out TCP connect
	RetryDelay     time.Duration // between attempts
	MaxIdlePerHost int           // idle connections kept per target and TLS profile; 0 means 512, negative none
	HeadLimit      int           // bytes an answer's head may have, interim ones added, and its trailer; 0 means 64 KiB
	Headers        int           // header lines an answer may have; 0 means 200

	// Allow is asked about every resolved address before it is connected to.
	// An error refuses it, is not retried, and is found in the *DialError.
	// nil allows all.
	Allow func(netip.AddrPort) error

	// Dial replaces the TCP dialer, ConnectTimeout and Allow included. It is
	// there for tests.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client calls producers and keeps their idle connections. It is safe for
// concurrent use.
type Client struct {
	options  Options
	pool     *pool
	counting counting
}

// New makes a Client.
func New(options Options) *Client {
	options.ConnectTimeout = orDefault(options.ConnectTimeout, defaultConnectTimeout)
	options.MaxIdlePerHost = orDefault(options.MaxIdlePerHost, defaultMaxIdle)
	options.HeadLimit = orDefault(options.HeadLimit, defaultHeadLimit)
	options.Headers = orDefault(options.Headers, defaultHeaders)
	if options.Dial == nil {
		options.Dial = dialer(options.ConnectTimeout, options.Allow)
	}
	return &Client{options: options, pool: newPool(options.MaxIdlePerHost)}
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// CloseIdle closes the idle connections. Calls under way are not touched, and
// the Client stays usable.
func (c *Client) CloseIdle() { c.pool.closeAll() }

// Request is one call to a producer. It is only read, until the call has ended.
type Request struct {
	Target
	TLS    *TLSProfile // needed for https, ignored for http
	Method string

	// Header is sent with the spelling its keys have. Host, Connection,
	// Content-Length, Transfer-Encoding, Trailer, Upgrade and Expect belong to
	// the Client and are left out, in any case.
	Header http.Header

	// Body is read until io.EOF, by the goroutine of Do or, when it is longer
	// than 64 KiB or of unknown length, by another. It is never read after Do
	// returned an error, nor after Response.Body.Close returned; both wait for
	// a Read under way. nil means no body.
	Body io.Reader

	// Length is the number of bytes Body holds; negative sends it chunked.
	Length int64

	// StopBody, when set, is called when the call ends while a Read of Body is
	// under way: it must make that Read return soon, and must not block
	// itself. It is called at most once, from any goroutine, and never after
	// Do returned an error or Response.Body.Close returned. Without it those
	// wait for as long as the Read does.
	StopBody func()

	KeepAlive   bool          // false calls on a new connection and sends Connection: close
	IdleTimeout time.Duration // how long the connection may idle afterwards, unless the producer announces less; 0 means 60 s

	// Timeout is the longest the TLS handshake may take; the longest a write
	// of up to 32 KiB may block; and, less the handshake, how long after the
	// request's last byte the answer may take until Response.Relax, however
	// it trickles. 0 means 29 s, as in VP.
	Timeout time.Duration

	// ShortAnswerOK takes an answer as complete that ends, by an orderly
	// close, before its announced length: Body.Read returns io.EOF for it. It
	// does so too for an answer without length over TLS that ends without the
	// closing alert. Chunks and resets are never short in order.
	ShortAnswerOK bool
}

// Response is a producer's answer. Its head is complete, its body is still on
// the connection.
type Response struct {
	Status int    // 200 to 999
	Reason string // as sent, may be empty
	Proto  string // HTTP/1.0 or HTTP/1.1

	// Header holds the header lines under canonical keys. Transfer-Encoding
	// is never among them, and Content-Length not beside chunks.
	Header http.Header

	// Body is never nil. Close must be called, and may be called more than
	// once; it never fails. Read, Close and Relax must not be called
	// concurrently. A Read error other than io.EOF is a Failure or the
	// context's cause.
	Body io.ReadCloser

	Length int64 // of Body; -1 when only its end will tell
	Timing Timing

	exchange *exchange
}

// Timing is when a call reached its stages.
type Timing struct {
	Began     time.Time     // the attempt that led to a connection was begun
	Connected time.Time     // the TCP connection stood, or an idle one was taken
	Handshake time.Duration // how long the TLS handshake took, 0 on a reused connection
	Written   time.Time     // the request's last byte was handed to the system; zero if the answer came first
	FirstByte time.Time     // the final answer began
	Reused    bool
}

// Relax says that the head of the answer, as far as the caller needs it whole,
// is complete: from now on Request.Timeout bounds each silence of the producer
// instead of the whole answer.
func (r *Response) Relax() {
	if r.exchange != nil { // nil in a Response that Do has not made
		r.exchange.relax()
	}
}

// Do sends one request and returns when the head of its answer has arrived:
// any status from 200 on, none of which is an error here. The context ends the
// call at any time until the answer has been read or closed: its connection is
// closed at once and the context's cause returned, by Do or by Body.Read.
//
// A request is sent at most once. An answer that arrives while the body is
// still being sent ends the sending, and its connection after it.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	cn, reused, err := c.connect(ctx, r)
	if err != nil {
		return nil, err
	}
	x := c.begin(ctx, r, cn, reused)
	if err := x.run(); err != nil {
		return nil, x.fail(err)
	}
	return &x.response, nil
}

// check refuses what would not arrive as it was meant.
func (r *Request) check() error {
	switch {
	case r.Scheme != "http" && r.Scheme != "https":
		return &RequestError{"the scheme is not http or https"}
	case r.Scheme == "https" && r.TLS == nil:
		return &RequestError{"https without a TLS profile"}
	case !isToken(r.Method):
		return &RequestError{"illegal method"}
	case r.Path == "" || r.Path[0] != '/' || !isVisible(r.Path):
		return &RequestError{"illegal request target"}
	case !isVisible(r.Host):
		return &RequestError{"illegal host"}
	case r.Body == nil && r.Length > 0:
		return &RequestError{"a length without a body"}
	}
	for name, values := range r.Header {
		if !isToken(name) {
			return &RequestError{"illegal header name"}
		}
		for _, value := range values {
			if !isText(value) {
				return &RequestError{"illegal character in a header value"}
			}
		}
	}
	return nil
}
