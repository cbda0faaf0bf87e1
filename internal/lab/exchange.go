package lab

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// End is what a producer does with the connection after an answer.
type End uint8

// The ends of an answer.
const (
	KeepOpen End = iota // wait for the next request, unless the caller asked to close
	Close               // close in good order
	Reset               // close with a TCP reset
	Silence             // keep the connection open and say nothing more
)

// Script is an answer written as it stands: any bytes, in pieces.
type Script struct {
	Pieces []string
	Pause  time.Duration // before each piece but the first
	End    End
	Early  bool // answer when the head has come, before the body is read
}

// exchange is one request being answered.
type exchange struct {
	producer *Producer
	conn     net.Conn
	seen     *Seen
	query    url.Values
}

// serve answers the requests of one connection until it ends.
func (p *Producer) serve(conn net.Conn, number int) {
	defer p.release(conn)
	if secure, ok := conn.(*tls.Conn); ok && secure.Handshake() != nil {
		return
	}
	reader := bufio.NewReader(conn)
	for {
		seen, request, err := readHead(conn, reader, number)
		if err != nil {
			return
		}
		if !p.answer(conn, reader, seen, request) {
			return
		}
	}
}

// answer reads the body and answers. It tells whether the connection may be
// used again.
func (p *Producer) answer(conn net.Conn, reader *bufio.Reader, seen *Seen, request *http.Request) bool {
	script, scripted := p.begin(seen, request.URL.Path)
	x := &exchange{producer: p, conn: conn, seen: seen, query: request.URL.Query()}
	if scripted && script.Early && !x.play(script) {
		p.end(seen)
		return false
	}
	if request.Header.Get("Expect") != "" {
		if err := x.write("HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			p.end(seen)
			return false
		}
	}
	err := seen.readBody(reader, request, p.bodyLimit)
	p.end(seen)
	switch {
	case err != nil:
		return false
	case scripted && script.Early:
		return true
	case scripted:
		return x.play(script)
	}
	return behaviour(request.URL.Path)(x)
}

// begin notes a request, so that requests are listed in order of arrival.
func (p *Producer) begin(seen *Seen, path string) (script Script, scripted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, seen)
	script, scripted = p.scripts[path]
	return script, scripted
}

func (p *Producer) end(seen *Seen) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen.ended = true
}

// play writes a script and tells whether the connection may be used again.
func (x *exchange) play(script Script) bool {
	for i, piece := range script.Pieces {
		if i > 0 && !x.producer.wait(script.Pause) {
			return false
		}
		if x.write(piece) != nil {
			return false
		}
	}
	switch script.End {
	case KeepOpen:
		return !x.wantsClose()
	case Reset:
		reset(x.conn)
	case Silence:
		<-x.producer.done
	}
	return false
}

func (x *exchange) write(text string) error {
	_, err := x.conn.Write([]byte(text))
	return err
}

// wantsClose tells whether the caller uses the connection once only (RFC 9112
// section 9.3).
func (x *exchange) wantsClose() bool {
	connection := strings.ToLower(strings.Join(x.seen.Header.Values("Connection"), ","))
	if x.seen.Proto == "HTTP/1.0" {
		return !strings.Contains(connection, "keep-alive")
	}
	return strings.Contains(connection, "close")
}

// reset makes closing the connection send a TCP reset.
func reset(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
		tcp.Close() // here, so that TLS does not say goodbye first
	}
}
