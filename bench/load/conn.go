package load

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// oneWrite is how large a request may be to be sent by one write.
const oneWrite = 64 << 10

// connectLimit bounds connect and handshake.
const connectLimit = 20 * time.Second

// caller makes one call after the other, on a connection of its own.
type caller struct {
	target Target
	tls    *tls.Config
	call   *Call
	keep   bool

	out    []byte // the head, and the body where both fit one write
	id     []byte // the place in out where the id goes
	number uint64

	conn    *tls.Conn
	limit   time.Time // when whatever is under way is given up
	in      *bufio.Reader
	answer  answer
	idRoom  [idDigits]byte
	sumRoom [32]byte
	block   []byte

	// What it has seen in the run under way.
	latencies           []time.Duration
	handshakes, resumed int
	cut                 int
	firstCut            error
}

func newCaller(target Target, config *tls.Config, call *Call, keep bool, first uint64) *caller {
	c := &caller{target: target, tls: config, call: call, keep: keep, number: first, in: bufio.NewReaderSize(nil, 32<<10)}
	var at int
	c.out, at = call.head(target.Host, keep)
	if call.Body.Len() <= oneWrite {
		whole := bytes.NewBuffer(c.out)
		_, _ = call.Body.WriteTo(whole) // a bytes.Buffer takes everything
		c.out = whole.Bytes()
	}
	c.id = c.out[at : at+idDigits]
	return c
}

// errCut is a connection that ended before the answer did.
var errCut = errors.New("cut off")

// once makes one call, begun at start, and checks its answer. One that is cut
// off is counted; one that is wrong is an error.
func (c *caller) once(start time.Time) error {
	switch err := c.exchange(); {
	case errors.Is(err, errCut):
		c.close()
		if c.cut++; c.firstCut == nil {
			c.firstCut = err
		}
		return nil
	case err != nil:
		c.close()
		return err
	}
	c.latencies = append(c.latencies, time.Since(start))
	if c.answer.last || !c.keep {
		c.close()
	}
	return nil
}

func (c *caller) exchange() error {
	if c.conn == nil {
		if err := c.connect(); err != nil {
			return err
		}
	}
	c.number++
	const digits = "0123456789abcdef"
	for i, rest := idDigits-1, c.number; i >= 0; i, rest = i-1, rest>>4 {
		c.id[i] = digits[rest&15]
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return fmt.Errorf("%w: sending: %w", errCut, err)
	}
	if c.call.Body.Len() > oneWrite {
		if _, err := c.call.Body.WriteTo(c.conn); err != nil {
			return fmt.Errorf("%w: sending: %w", errCut, err)
		}
	}
	if err := c.read(); err != nil {
		return fmt.Errorf("%w: %w", errCut, err)
	}
	return c.call.check(&c.answer, c.id)
}

func (c *caller) connect() error {
	plain, err := net.DialTimeout("tcp", c.target.Address, connectLimit)
	if err != nil {
		return err
	}
	conn := tls.Client(plain, c.tls)
	_ = conn.SetDeadline(time.Now().Add(connectLimit)) // fails for closed connections, as what follows does
	if err := conn.Handshake(); err != nil {
		plain.Close()
		return err
	}
	_ = conn.SetDeadline(c.limit)
	c.conn = conn
	c.in.Reset(conn)
	c.handshakes++
	if conn.ConnectionState().DidResume {
		c.resumed++
	}
	return nil
}

// begin begins a run, in which calls are given up at limit.
func (c *caller) begin(limit time.Time) {
	c.latencies, c.handshakes, c.resumed, c.cut, c.firstCut = nil, 0, 0, 0, nil
	c.limit = limit
	if c.conn != nil {
		_ = c.conn.SetDeadline(limit) // as in connect
	}
}

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing more is expected of it
		c.conn = nil
	}
}

var (
	lengthName     = []byte("Content-Length")
	transferName   = []byte("Transfer-Encoding")
	connectionName = []byte("Connection")
	idName         = []byte(IDHeader)
	sumName        = []byte(SumHeader)
)

// read reads one answer into c.answer.
func (c *caller) read() error {
	a := &c.answer
	*a = answer{text: a.text[:0]}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < len("HTTP/1.1 200\r\n") || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return fmt.Errorf("no status line: %q", line)
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return err
	}
	length, chunked := int64(-1), false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			break
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, lengthName):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return err
			}
		case bytes.EqualFold(name, transferName):
			chunked = true
		case bytes.EqualFold(name, connectionName):
			a.last = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, idName):
			a.id = c.idRoom[:copy(c.idRoom[:], value)]
		case bytes.EqualFold(name, sumName):
			a.sent = c.sumRoom[:copy(c.sumRoom[:], value)]
		}
	}
	switch {
	case chunked:
		return c.readChunked()
	case length >= 0:
		return c.readLength(length)
	}
	return errors.New("neither length nor chunks")
}

// readLength reads a body of a known length, by way of the reader's own buffer.
func (c *caller) readLength(left int64) error {
	for left > 0 {
		if _, err := c.in.Peek(1); err != nil {
			return fmt.Errorf("%d bytes before the end: %w", left, err)
		}
		block, err := c.in.Peek(int(min(left, int64(c.in.Buffered()))))
		if err != nil {
			return err
		}
		c.take(block)
		if _, err := c.in.Discard(len(block)); err != nil {
			return err
		}
		left -= int64(len(block))
	}
	return nil
}

func (c *caller) readChunked() error {
	if c.block == nil {
		c.block = make([]byte, 32<<10)
	}
	chunks := httputil.NewChunkedReader(c.in)
	for {
		n, err := chunks.Read(c.block)
		c.take(c.block[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	for { // trailers, and the line that ends them
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
	}
}

// take counts a part of a body, and keeps the beginning of what may have to be read.
func (c *caller) take(part []byte) {
	a := &c.answer
	_, _ = a.sum.Write(part)
	if a.status != c.call.Status || c.call.Answer == nil {
		const enough = 2 << 10
		a.text = append(a.text, part[:min(len(part), enough-min(enough, len(a.text)))]...)
	}
}
