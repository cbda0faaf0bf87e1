package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
)

// raw is a TLS connection to the gateway on which a test writes what it likes.
func (w *world) raw(t *testing.T) *tls.Conn {
	t.Helper()
	dialer := &tls.Dialer{Config: lab.ClientTLS(w.consumer, w.ca)}
	conn, err := dialer.DialContext(t.Context(), "tcp", w.gate.https)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn.(*tls.Conn)
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not happen", what)
		case <-tick.C:
		}
	}
}

// loggedOnce checks that exactly one call was logged, with this text.
func loggedOnce(t *testing.T, w *world, text string) {
	t.Helper()
	eventually(t, "the log line", func() bool { return len(w.gate.log.lines(`"event.action":"call"`)) > 0 })
	lines := w.gate.log.lines(`"event.action":"call"`)
	if len(lines) != 1 || !strings.Contains(lines[0], text) {
		t.Errorf("log: want one line with %s, got\n%s", text, strings.Join(lines, "\n"))
	}
}

func requestHead(extra string) string {
	return "POST /vp HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=UTF-8\r\n" + extra + "\r\n"
}

// What is wrong with a body after its head is told to the caller, and the
// producer's connection breaks off: it never gets a request that looks whole.
func TestWhatGoesWrongAfterTheHead(t *testing.T) {
	before, after := halves(t, "HTTP21")
	filler := strings.Repeat("x", 8<<10) // beyond the first block read
	for name, test := range map[string]struct {
		extra, head, body string
		leave             bool
		answer, logged    string
	}{
		"broken chunk": {
			head:   "Transfer-Encoding: chunked\r\n",
			body:   chunk(before) + chunk(filler) + "zz\r\nbroken\r\n",
			answer: "HTTP/1.1 400 Bad Request", logged: `"rivgate.outcome":"refused"`,
		},
		"longer than max_body": {
			extra:  "limits: {max_body: 16KiB}\n",
			head:   "Transfer-Encoding: chunked\r\n",
			body:   chunk(before) + chunk(filler) + chunk(filler) + chunk(after) + "0\r\n\r\n",
			answer: "HTTP/1.1 413 Request Entity Too Large", logged: `"rivgate.outcome":"refused"`,
		},
		"silence": {
			extra:  "",
			head:   fmt.Sprintf("Content-Length: %d\r\n", len(before)+len(filler)+100),
			body:   before + filler,
			answer: "HTTP/1.1 408 Request Timeout", logged: `"rivgate.outcome":"refused"`,
		},
		"the caller leaves": {
			head:  fmt.Sprintf("Content-Length: %d\r\n", len(before)+len(filler)+100),
			body:  before + filler,
			leave: true, logged: `"rivgate.outcome":"cancelled"`,
		},
		"bytes that are not in the charset": {
			head:   "Transfer-Encoding: chunked\r\n",
			body:   chunk(utf16(before)) + chunk(utf16(filler)) + chunk("\xd8\x00\x00\x41") + chunk(utf16(after)) + "0\r\n\r\n",
			answer: "HTTP/1.1 500 Internal Server Error", logged: `"labels.errorCode":"VP015"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.extra)
			w.impatient(t, test.extra)
			conn := w.raw(t)
			head := requestHead(test.head)
			if strings.HasPrefix(name, "bytes") {
				head = strings.Replace(head, "charset=UTF-8", "charset=UTF-16BE", 1)
			}
			_, err := io.WriteString(conn, head+test.body)
			must(t, err)
			if test.leave {
				eventually(t, "the producer call", func() bool { return w.plain.Connections() > 0 })
				must(t, conn.Close())
			} else {
				line, err := bufio.NewReader(conn).ReadString('\n')
				if err != nil || strings.TrimSpace(line) != test.answer {
					t.Errorf("answer %q (%v), want %s", line, err, test.answer)
				}
			}
			loggedOnce(t, w, test.logged)
			for _, seen := range w.plain.Take() {
				if seen.Complete {
					t.Errorf("the producer saw a request that looked whole: %+v", seen)
				}
			}
		})
	}
}

// impatient restarts the world's gateway with a short body timeout.
func (w *world) impatient(t *testing.T, extra string) {
	t.Helper()
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, strings.ReplaceAll(baseConfig, "address: 127.0.0.1:0\n",
		"address: 127.0.0.1:0\n    timeouts: {body: 300ms}\n")+extra)
}

func chunk(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

func utf16(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteByte(0)
		out.WriteByte(text[i])
	}
	return out.String()
}

// A caller that leaves, or closes its sending side, while the producer works:
// the producer's call is cancelled.
func TestLeavingCallerCancelsTheProducerCall(t *testing.T) {
	for name, leave := range map[string]func(*tls.Conn) error{
		"closes":      (*tls.Conn).Close,
		"half-closes": (*tls.Conn).CloseWrite,
		"resets": func(c *tls.Conn) error {
			if err := c.NetConn().(*net.TCPConn).SetLinger(0); err != nil {
				return err
			}
			return c.NetConn().Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			gone := make(chan struct{})
			producer, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			t.Cleanup(func() { _ = producer.Close() })
			called := make(chan struct{})
			go func() {
				conn, err := producer.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				buffer := make([]byte, 1<<16)
				_, _ = conn.Read(buffer) // the request, and no answer to it
				close(called)
				for err == nil {
					_, err = conn.Read(buffer)
				}
				close(gone)
			}()
			catalogue := w.catalogue()
			catalogue.Route(getThing, "RIVTABP21", "http://"+producer.Addr().String()+"/", "HANGS")
			catalogue.Permit(consumerID, getThing, "HANGS")
			w.gate.stop()
			must(t, catalogue.WriteLocalCopy(filepath.Join(w.gate.dir, "tak.xml")))
			// The producer's own time limit must not end the call instead.
			w.gate = startConfigured(t, w.gate.dir, strings.Replace(baseConfig, "timeout: 5s", "timeout: 10m", 1))
			conn := w.raw(t)
			before, after := halves(t, "HANGS")
			_, err = io.WriteString(conn, requestHead(fmt.Sprintf("Content-Length: %d\r\n", len(before+after)))+before+after)
			must(t, err)
			<-called
			must(t, leave(conn))
			eventually(t, "the end of the producer's call", func() bool {
				select {
				case <-gone:
					return true
				default:
					return false
				}
			})
			loggedOnce(t, w, `"rivgate.outcome":"cancelled"`)
		})
	}
}

// An answer that breaks off after its head has been passed on cuts the caller's
// connection: half an answer never looks whole.
func TestAnswerThatBreaksOffIsCut(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for name, script := range map[string]lab.Script{
		"shorter than announced": {Pieces: []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(long)+10), long}, End: lab.Close},
		"chunk cut":              {Pieces: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(long) + "ffff\r\nhalf"}, End: lab.Close},
		"no last chunk":          {Pieces: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(long)}, End: lab.Close},
		"reset":                  {Pieces: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(long)}, End: lab.Reset},
		"silence":                {Pieces: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(long)}, End: lab.Silence},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.plain.Script("/ok?x=1&y=2", script)
			w.plain.Script("/ok", script)
			w.gate.stop()
			w.gate = startConfigured(t, w.gate.dir, strings.Replace(baseConfig, "timeout: 5s", "timeout: 400ms", 1))
			body, err := envelope(getThing, "HTTP21").Bytes()
			must(t, err)
			answer, err := w.overTLS(w.consumer).Send(t.Context(), lab.RawRequest{
				Method: "POST", Target: "/vp", Header: [][2]string{{"Host", "localhost"}, {"Content-Type", "text/xml"}}, Body: body,
			}.Bytes())
			if answer == nil {
				t.Fatalf("no answer: %v", err)
			}
			if answer.Status != 200 || answer.Cut == nil || len(answer.Body) == 0 {
				t.Errorf("HTTP %d, %d bytes, cut: %v", answer.Status, len(answer.Body), answer.Cut)
			}
			loggedOnce(t, w, `"rivgate.outcome":"aborted"`)
		})
	}
}

// Hosts that announce more than they send may be named: their long answers pass.
func TestAcceptShortAnswers(t *testing.T) {
	w := newWorld(t, "")
	long := strings.Repeat("x", 100<<10)
	w.plain.Script("/ok", lab.Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(long)+10), long}, End: lab.Close})
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, strings.Replace(baseConfig, "producers:\n", "producers:\n  accept_short_answers: [127.0.0.1]\n", 1))
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP20"), nil)
	if err != nil || reply.Status != 200 || string(reply.Body) != long {
		t.Errorf("%v, %+v", err, reply)
	}
}
