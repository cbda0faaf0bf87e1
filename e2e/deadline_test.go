package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
)

// answerOn reads one answer from a connection.
func answerOn(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// unfinished sends the head of a request and part of its body.
func unfinished(t *testing.T, conn net.Conn, extra, body string, announced int) {
	t.Helper()
	_, err := io.WriteString(conn, requestHead(extra+fmt.Sprintf("Content-Length: %d\r\n", announced))+body)
	must(t, err)
}

// patient restarts the world's gateway with listener timeouts and a producer
// behind HTTP21 that answers as scripted.
func (w *world) patient(t *testing.T, timeouts string) {
	t.Helper()
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, strings.ReplaceAll(baseConfig, "address: 127.0.0.1:0\n",
		"address: 127.0.0.1:0\n    timeouts: {"+timeouts+"}\n"))
}

// What a producer answers while its request is still being sent is what the
// caller gets: the request's own end is the caller's business.
func TestEarlyAnswersReachTheCaller(t *testing.T) {
	long := strings.Repeat("x", 40<<10)
	for name, test := range map[string]struct {
		pieces []string
		end    lab.End
		status int
		body   string
	}{
		"refused": {[]string{"", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}, lab.Close, 500, "VP009 [GATE]"},
		"reset":   {[]string{"", ""}, lab.Reset, 500, "Connection reset"},
		"short":   {[]string{"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}, lab.Close, 200, "ok"},
		"long":    {[]string{"", "HTTP/1.1 200 OK\r\nContent-Length: 40960\r\n\r\n" + long}, lab.KeepOpen, 200, long},
		"in two":  {[]string{"", "HTTP/1.1 200 OK\r\nContent-Length: 40960\r\n\r\n" + long[:20<<10], long[20<<10:]}, lab.KeepOpen, 200, long},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.plain.Script("/ok?x=1&y=2", lab.Script{Pieces: test.pieces, Pause: 50 * time.Millisecond, Early: true, End: test.end})
			w.plain.Script("/ok", lab.Script{Pieces: test.pieces, Pause: 50 * time.Millisecond, Early: true, End: test.end})
			conn := w.raw(t)
			before, _ := halves(t, "HTTP21")
			unfinished(t, conn, "", before+strings.Repeat("y", 20<<10), 200_000)
			answer := answerOn(t, conn)
			if body := read(t, answer.Body); answer.StatusCode != test.status || !strings.Contains(body, test.body) {
				t.Errorf("HTTP %d, %d bytes: %.300s", answer.StatusCode, len(body), body)
			}
		})
	}
}

// A fault raised before a request is whole does not wait for its rest, and the
// connection does not stay open for it.
func TestFaultsDoNotWaitForUnreadBodies(t *testing.T) {
	for name, test := range map[string]struct {
		plain        bool
		extra, body  string
		announced    int
		status, text string
	}{
		"VP002, nothing sent": {plain: true, announced: 100, status: "500", text: "VP002"},
		"VP004":               {body: "NOWHERE", announced: 20_000, status: "500", text: "VP004"},
		"404":                 {plain: true, extra: "X: y\r\n", announced: 100, status: "404", text: "Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			var conn net.Conn = w.raw(t)
			if test.plain {
				var err error
				conn, err = net.Dial("tcp", w.gate.http)
				must(t, err)
				defer conn.Close()
				must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
			}
			body := test.body
			if body != "" {
				body, _ = halves(t, body)
			}
			head := requestHead(test.extra + fmt.Sprintf("Content-Length: %d\r\n", test.announced))
			if test.status == "404" {
				head = strings.Replace(head, "/vp", "/other", 1)
			}
			_, err := io.WriteString(conn, head+body)
			must(t, err)
			reader := bufio.NewReader(conn)
			answer, err := http.ReadResponse(reader, nil)
			must(t, err)
			if got := read(t, answer.Body); fmt.Sprint(answer.StatusCode) != test.status || !strings.Contains(got, test.text) {
				t.Errorf("HTTP %d: %s", answer.StatusCode, got)
			}
			if _, err := reader.ReadByte(); err == nil {
				t.Error("there is more after the answer")
			} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Error("the connection stays open")
			}
		})
	}
}

// The end of an answer that comes late finds the connection alive: silence is
// counted anew.
func TestLateEndOfAnAnswer(t *testing.T) {
	w := newWorld(t, "")
	long := strings.Repeat("x", 40<<10)
	script := lab.Script{Pieces: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(long), "0\r\n\r\n"}, Pause: 700 * time.Millisecond}
	w.plain.Script("/ok?x=1&y=2", script)
	w.plain.Script("/ok", script)
	w.patient(t, "write: 200ms")
	conn := w.raw(t)
	before, after := halves(t, "HTTP21")
	unfinished(t, conn, "", before+after, len(before+after))
	if body := read(t, answerOn(t, conn).Body); body != long {
		t.Errorf("%d bytes", len(body))
	}
}

// A producer's own header lines cannot take away what the gateway decides.
func TestAnswerLabelsAreTheGateways(t *testing.T) {
	latin1 := "<a>\xe5\xe4\xf6</a>"
	for name, test := range map[string]struct {
		head, body string
		want       string
		bytes      string
	}{
		"Connection names Content-Type": {
			"Connection: Content-Type\r\nContent-Type: text/html\r\n", "<html><script></script></html>",
			"text/xml; charset=UTF-8", "<html><script></script></html>",
		},
		"two types": {
			"Content-Type: multipart/related; boundary=a\r\nContent-Type: text/html\r\n", "--a--",
			"multipart/related; boundary=a", "--a--",
		},
		"compressed in another charset": {
			"Content-Type: text/xml; charset=ISO-8859-1\r\nContent-Encoding: gzip\r\n", latin1,
			"text/xml; charset=ISO-8859-1", latin1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			script := lab.Script{Pieces: []string{"HTTP/1.1 200 OK\r\n" + test.head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(test.body)) + test.body}}
			w.plain.Script("/ok?x=1&y=2", script)
			w.plain.Script("/ok", script)
			reply := w.call(t, "HTTP21")
			if got := reply.Header.Values("Content-Type"); len(got) != 1 || got[0] != test.want || string(reply.Body) != test.bytes {
				t.Errorf("Content-Type %q, %d bytes", got, len(reply.Body))
			}
		})
	}
}

// A short answer whose charset only Content-Type tells, and that is shorter
// than announced, is complete all the same.
func TestShortAnswerInCharsetOfContentType(t *testing.T) {
	w := newWorld(t, "")
	body := "<a>\xe5\xe4\xf6</a>"
	script := lab.Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=ISO-8859-1\r\nContent-Length: %d\r\n\r\n", len(body)+5) + body}, End: lab.Close}
	w.plain.Script("/ok?x=1&y=2", script)
	w.plain.Script("/ok", script)
	if reply := w.call(t, "HTTP21"); reply.Status != 200 || string(reply.Body) != "<a>åäö</a>" {
		t.Errorf("HTTP %d %q", reply.Status, reply.Body)
	}
}

// Bytes that are not in the charset an answer claims are VP009 as long as that
// can be told, and never half a document that looks whole.
func TestAnswerNotInItsCharset(t *testing.T) {
	for name, body := range map[string]string{
		"short":            "<a>\xff\xfe</a>",
		"short, late":      "<a>" + strings.Repeat("z", 9000) + "\xff\xfe rest</a>",
		"long, early":      "<a>\xff\xfe" + strings.Repeat("z", 60<<10) + "</a>",
		"long, to the end": "<a>" + strings.Repeat("z", 60<<10) + "\xff\xfe</a>",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			script := lab.Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Length: %d\r\n\r\n", len(body)) + body}}
			w.plain.Script("/ok?x=1&y=2", script)
			w.plain.Script("/ok", script)
			request := envelope(getThing, "HTTP21")
			request.Charset = "ISO-8859-1"
			content, err := request.Bytes()
			must(t, err)
			answer, err := w.overTLS(w.consumer).Send(t.Context(), lab.RawRequest{
				Method: "POST", Target: "/vp", Header: [][2]string{{"Host", "localhost"}, {"Content-Type", request.ContentType()}}, Body: content,
			}.Bytes())
			if answer == nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "to the end") {
				if answer.Status != 200 || answer.Cut == nil {
					t.Errorf("HTTP %d, cut: %v", answer.Status, answer.Cut)
				}
				return
			}
			if answer.Status != 500 || !strings.Contains(string(answer.Body), "Answer is not in the charset it claims") || answer.Cut != nil {
				t.Errorf("HTTP %d, cut %v: %.200s", answer.Status, answer.Cut, answer.Body)
			}
		})
	}
}

// Too many calls at a time: the one too many gets the 503 at once, with its id.
func TestOverload(t *testing.T) {
	w := newWorld(t, "limits: {in_flight: 1}\n")
	first := w.raw(t)
	before, after := halves(t, "AT-HANG")
	unfinished(t, first, "", before+after, len(before+after))
	eventually(t, "the first call", func() bool { return w.plain.Connections() > 0 })
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), http.Header{"X-Skltp-Correlation-Id": {"mine"}})
	must(t, err)
	if reply.Status != 503 || reply.Header.Get("Retry-After") != "1" || reply.Header.Get("X-Skltp-Correlation-Id") != "mine" ||
		reply.Header.Get("Content-Type") != "text/xml; charset=UTF-8" || reply.Fault == nil || reply.Fault.String != "Overloaded" {
		t.Errorf("HTTP %d %v %+v", reply.Status, reply.Header, reply.Fault)
	}
}

// Calls that outlast drain.timeout are cut, and still leave their line.
func TestDrainTimeoutLeavesRecords(t *testing.T) {
	w := newWorld(t, "drain: {timeout: 100ms}\n")
	conn := w.raw(t)
	before, after := halves(t, "AT-HANG")
	unfinished(t, conn, "", before+after, len(before+after))
	eventually(t, "the call", func() bool { return w.plain.Connections() > 0 })
	w.gate.stop()
	if lines := w.gate.log.lines(`"event.action":"call"`); len(lines) != 1 {
		t.Errorf("%d lines", len(lines))
	}
}

// A TAK that is slow to answer does not keep a gateway with a local copy from
// serving.
func TestSlowTAKDoesNotDelayServing(t *testing.T) {
	c := newChain(t)
	a := newLink(t, c.ca, "SE0000000000-A")
	a.routes(t, c.producer.URL("/ok"), consumerID)
	a.stop()
	must(t, a.tak.Become(lab.Slow))
	yaml, err := os.ReadFile(filepath.Join(a.dir, "rivgate.yaml"))
	must(t, err)
	began := time.Now()
	a.gateway = startConfigured(t, a.dir, string(yaml))
	if waited := time.Since(began); waited > 10*time.Second {
		t.Errorf("it took %v", waited)
	}
	c.reached(t, c.call(t, a), a, consumerID, consumerID+"#SE0000000000-A")
}
