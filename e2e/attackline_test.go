package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
)

// line is a connection to the gateway on which attacks are written byte for
// byte. It is dialled when it is needed and kept for as long as the gateway
// keeps it.
type line struct {
	dial   func() (net.Conn, error)
	conn   net.Conn
	reader *bufio.Reader
}

// attackPatience is how long an answer may take. Everything here answers at once.
const attackPatience = 20 * time.Second

// lineOverTLS is a line to the TLS listener with an identity.
func (w *world) lineOverTLS(t *testing.T, id *lab.Identity) *line {
	dialer := &tls.Dialer{Config: lab.ClientTLS(id, w.ca)}
	return newLine(t, func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", w.gate.https) })
}

// lineFrom is a line to the plain listener from an address of this host.
func (w *world) lineFrom(t *testing.T, address string) *line {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return newLine(t, func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", w.gate.http) })
}

func newLine(t *testing.T, dial func(context.Context) (net.Conn, error)) *line {
	l := &line{dial: func() (net.Conn, error) { return dial(t.Context()) }}
	t.Cleanup(l.drop)
	return l
}

func (l *line) drop() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// answered is one answer, read whole.
type answered struct {
	status int
	header http.Header
	body   string
}

// vpCode is the VP code of a fault, empty for other answers.
func (a answered) vpCode() string {
	fault := lab.ParseFault([]byte(a.body))
	if fault == nil {
		return ""
	}
	code, _, _ := strings.Cut(fault.String, " ")
	return code
}

// send writes a request.
func (l *line) send(t *testing.T, raw string) {
	t.Helper()
	if l.conn == nil {
		conn, err := l.dial()
		must(t, err)
		l.conn, l.reader = conn, bufio.NewReader(conn)
	}
	must(t, l.conn.SetDeadline(time.Now().Add(attackPatience)))
	_, err := io.WriteString(l.conn, raw)
	must(t, err)
}

// ask writes a request and reads one answer.
func (l *line) ask(t *testing.T, raw string) answered {
	t.Helper()
	l.send(t, raw)
	answer, err := l.receive()
	must(t, err)
	return answer
}

// receive reads an answer to a POST. After an error the line is a new one.
func (l *line) receive() (answered, error) {
	response, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		l.drop()
		return answered{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Close {
		l.drop()
	}
	return answered{response.StatusCode, response.Header, string(body)}, err
}

// answers writes what is given, while it reads final answers until the gateway
// closes. Of one that broke off there is what came of it.
func (l *line) answers(t *testing.T, raw string) []answered {
	t.Helper()
	defer l.drop()
	l.drop()
	l.send(t, "")
	written := make(chan struct{})
	go func(conn net.Conn) {
		defer close(written)
		_, _ = io.WriteString(conn, raw) // who has heard enough may close
	}(l.conn)
	var all []answered
	for l.conn != nil {
		answer, err := l.receive()
		var network net.Error
		if errors.As(err, &network) && network.Timeout() {
			t.Fatal("neither an answer nor the end of the connection")
		}
		if answer.status >= 200 {
			all = append(all, answer)
		}
	}
	<-written
	return all
}

// attacked is an ordinary request for a receiver as one string.
func attacked(t *testing.T, receiver, payload string) string {
	t.Helper()
	e := envelope(getThing, receiver)
	e.Payload = payload
	body, err := e.Bytes()
	must(t, err)
	return string(body)
}
