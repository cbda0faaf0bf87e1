package lab

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// ErrNoAnswer is reported when a connection ended before a status line came:
// refused in the TLS handshake, reset, or closed in silence.
var ErrNoAnswer = errors.New("no answer")

// Caller sends requests byte for byte, which no HTTP client would do. Every
// Send makes a connection of its own. A Caller holds no state.
type Caller struct {
	Address string      // host:port
	TLS     *tls.Config // nil: plain. ClientTLS makes one
}

// ClientTLS is a client configuration that trusts ca, expects a server named
// localhost, and presents the identity unless that is nil. It presents it even
// when the server does not know the issuer, as a stranger would.
func ClientTLS(id *Identity, ca *CA) *tls.Config {
	config := &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}
	if id != nil {
		certificate := id.TLS()
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &certificate, nil
		}
	}
	return config
}

// Answer is what came back for one request.
type Answer struct {
	Status  int
	Proto   string
	Lines   []string // header lines as on the wire
	Header  http.Header
	Body    []byte // what came of it, framing taken off
	Interim []int  // statuses of 1xx answers that came before
	Chunked bool

	// Cut is why the body ended before its end, nil if it did not.
	Cut error
}

// Send writes request and reads one answer. The writing goes on while the
// answer is read, and ends with the answer. ErrNoAnswer tells that the
// connection ended without one; if ctx ends first, its cause is returned.
func (c Caller) Send(ctx context.Context, request []byte, options ...SendOption) (*Answer, error) {
	answers, err := c.Pipeline(ctx, [][]byte{request}, options...)
	if len(answers) == 0 {
		return nil, err
	}
	return answers[0], nil
}

// Pipeline writes the requests one after the other on one connection and
// reads as many answers. With an error come the answers read before it.
func (c Caller) Pipeline(ctx context.Context, requests [][]byte, options ...SendOption) ([]*Answer, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	sending := newSending(options)
	written := make(chan struct{})
	go func() {
		defer close(written)
		sending.write(conn, bytes.Join(requests, nil))
	}()
	answers, err := readAnswers(conn, requests)
	conn.Close()
	<-written
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return answers, err
}

func (c Caller) dial(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.Address)
	if err != nil || c.TLS == nil {
		return conn, err
	}
	secure := tls.Client(conn, c.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return secure, nil
}

func readAnswers(conn net.Conn, requests [][]byte) (answers []*Answer, err error) {
	reader := bufio.NewReader(conn)
	for _, request := range requests {
		answer, err := readAnswer(reader, method(request))
		if err != nil {
			return answers, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// readAnswer reads the final answer to a request and notes the interim ones.
func readAnswer(reader *bufio.Reader, method string) (*Answer, error) {
	var interim []int
	for {
		head, err := readLines(reader)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		// net/http is shown the head alone: it would read ahead of the body's end.
		response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), &http.Request{Method: method})
		if err != nil {
			return nil, fmt.Errorf("answer: %w", err)
		}
		if response.StatusCode >= 100 && response.StatusCode < 200 {
			interim = append(interim, response.StatusCode)
			continue
		}
		answer := &Answer{
			Status:  response.StatusCode,
			Proto:   response.Proto,
			Lines:   headerLines(head),
			Header:  response.Header,
			Interim: interim,
			Chunked: len(response.TransferEncoding) > 0,
		}
		if method != http.MethodHead {
			var body bytes.Buffer
			_, answer.Cut = copyBody(&body, reader, answer.Chunked, response.ContentLength)
			answer.Body = body.Bytes()
		}
		return answer, nil
	}
}

// method is the first word of a request, as far as it has one.
func method(request []byte) string {
	word, _, _ := bytes.Cut(request, []byte(" "))
	return string(word)
}

// SendOption changes how the bytes of a request are written.
type SendOption func(*sending)

// InPieces writes n bytes at a time, each by a write of its own.
func InPieces(n int) SendOption { return func(s *sending) { s.size = n } }

// HalfClose closes the sending side when everything is written.
func HalfClose() SendOption { return func(s *sending) { s.halfClose = true } }

type sending struct {
	size      int
	pause     time.Duration
	halfClose bool
}

func newSending(options []SendOption) *sending {
	s := &sending{}
	for _, option := range options {
		option(s)
	}
	return s
}

// write ends early when the connection does; the reading side finds out why.
func (s *sending) write(conn net.Conn, data []byte) {
	size := s.size
	if size <= 0 {
		size = max(len(data), 1)
	}
	for len(data) > 0 {
		n := min(size, len(data))
		if _, err := conn.Write(data[:n]); err != nil {
			return
		}
		if data = data[n:]; len(data) > 0 && s.pause > 0 {
			time.Sleep(s.pause)
		}
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && s.halfClose {
		half.CloseWrite()
	}
}
