package upstream_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"rivgate/proxy/upstream"
)

// ending is what a producer does to its connection after its answer.
type ending int

const (
	keeps  ending = iota // waits for the next request
	closes               // in order, with a closing alert under TLS
	cuts                 // below TLS, without the alert
	resets
)

// hostileAnswers are answers of a producer, the call they answer, and what
// must become of them.
var hostileAnswers = []struct {
	name   string
	answer string
	then   ending
	method string // POST if empty

	status int
	body   string
	length int64
	cause  string // of the error: of Do if there is no status, else of reading the body
	reused bool   // whether the connection serves the next call
}{
	// Answers that end where they say.
	{name: "sized", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "empty", answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200, reused: true},
	{name: "chunked", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00b;ext=\"1\" \r\ndefghijklmn\r\n0\r\n\r\n", status: 200, body: "abcdefghijklmn", length: -1, reused: true},
	{name: "chunked in capitals", answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", status: 200, body: "0123456789", length: -1, reused: true},
	{name: "chunked, nothing", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200, length: -1, reused: true},
	{name: "trailer", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\nX-Later: 2\r\n\r\n", status: 200, body: "ok", length: -1, reused: true},
	{name: "until close", answer: "HTTP/1.1 200 OK\r\n\r\nok", then: closes, status: 200, body: "ok", length: -1},
	{name: "HTTP/1.0 until close", answer: "HTTP/1.0 200 OK\r\n\r\nok", then: closes, status: 200, body: "ok", length: -1},
	{name: "HTTP/1.0 sized", answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2},
	{name: "HTTP/1.0 kept", answer: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "HTTP/1.0 chunked", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", status: 200, body: "ok", length: -1},
	{name: "announced close", answer: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2},
	{name: "close among options", answer: "HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2},
	{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, reused: true},
	{name: "304", answer: "HTTP/1.1 304 Not Modified\r\n\r\n", status: 304, reused: true},
	{name: "204 with a length", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", status: 204},
	{name: "204 with a body", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", status: 204},
	{name: "HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", status: 200, reused: true},
	{name: "HEAD chunked", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", status: 200, reused: true},
	{name: "HEAD with a body", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200},
	{name: "fault", answer: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno", status: 500, body: "no", length: 2, reused: true},
	{name: "redirect", answer: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/evil\r\nContent-Length: 0\r\n\r\n", status: 302, reused: true},
	{name: "no reason", answer: "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "no reason, no space", answer: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "unknown status", answer: "HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok", status: 999, body: "ok", length: 2, reused: true},
	{name: "bare LF", answer: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "folded line", answer: "HTTP/1.1 200 OK\r\nX-Folded: a\r\n \tb\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "closed right after", answer: okAnswer, then: closes, status: 200, body: "ok", length: 2},
	{name: "reset right after", answer: okAnswer, then: resets, status: 200, body: "ok", length: 2},

	// Interim answers.
	{name: "100", answer: "HTTP/1.1 100 Continue\r\n\r\n" + okAnswer, status: 200, body: "ok", length: 2, reused: true},
	{name: "103 with headers", answer: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: 7\r\n\r\n" + okAnswer, status: 200, body: "ok", length: 2, reused: true},
	{name: "as many as are allowed", answer: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100) + okAnswer, status: 200, body: "ok", length: 2, reused: true},
	{name: "flood", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 101) + okAnswer, cause: "Malformed answer: too many interim answers"},
	{name: "flood of large ones", answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 7000)+"\r\n\r\n", 10) + okAnswer, cause: "Malformed answer: the head is too large"},
	{name: "interim and close", answer: "HTTP/1.1 100 Continue\r\n\r\n", then: closes, cause: "No response received from remote server: ADDR"},
	{name: "switch of protocol", answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + okAnswer, cause: "Malformed answer: a protocol switch nobody asked for"},

	// Surplus and ambiguity.
	{name: "surplus bytes", answer: okAnswer + "x", status: 200, body: "ok", length: 2},
	{name: "a second answer", answer: okAnswer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", status: 200, body: "ok", length: 2},
	{name: "line end behind", answer: okAnswer + "\r\n", status: 200, body: "ok", length: 2},
	{name: "surplus behind chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", status: 200, body: "ok", length: -1},
	{name: "both lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", status: 200, body: "ok", length: -1},
	{name: "two lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokno", cause: "Malformed answer: more than one Content-Length"},
	{name: "two equal lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", cause: "Malformed answer: more than one Content-Length"},
	{name: "list of lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", cause: "Malformed answer: illegal Content-Length"},
	{name: "signed length", answer: "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", cause: "Malformed answer: illegal Content-Length"},
	{name: "negative length", answer: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok", cause: "Malformed answer: illegal Content-Length"},
	{name: "hexadecimal length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok", cause: "Malformed answer: illegal Content-Length"},
	{name: "empty length", answer: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok", cause: "Malformed answer: illegal Content-Length"},
	{name: "length out of range", answer: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok", cause: "Malformed answer: illegal Content-Length"},
	{name: "unknown encoding", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok", cause: "Malformed answer: unknown transfer encoding"},
	{name: "two encodings", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", cause: "Malformed answer: unknown transfer encoding"},
	{name: "chunked twice", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", cause: "Malformed answer: unknown transfer encoding"},
	{name: "disguised encoding", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", cause: "Malformed answer: illegal character in a header value"},

	// Heads that are none.
	{name: "garbage", answer: "this is no HTTP\r\n\r\n", cause: "Malformed answer: no HTTP/1 status line"},
	{name: "garbage without a line end", answer: "this is no HTTP", then: closes, cause: "Malformed answer: no HTTP/1 status line"},
	{name: "line end before", answer: "\r\n" + okAnswer, cause: "Malformed answer: no HTTP/1 status line"},
	{name: "HTTP/2", answer: "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok", cause: "Malformed answer: no HTTP/1 status line"},
	{name: "HTTP/1.2", answer: "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok", cause: "Malformed answer: no HTTP/1 status line"},
	{name: "two digits", answer: "HTTP/1.1 20 OK\r\n\r\n", cause: "Malformed answer: illegal status code"},
	{name: "four digits", answer: "HTTP/1.1 2000 OK\r\n\r\n", cause: "Malformed answer: illegal status code"},
	{name: "status below 100", answer: "HTTP/1.1 099 Odd\r\n\r\n", cause: "Malformed answer: illegal status code"},
	{name: "two spaces", answer: "HTTP/1.1  200 OK\r\n\r\n", cause: "Malformed answer: illegal status code"},
	{name: "CR in the reason", answer: "HTTP/1.1 200 O\rK\r\n\r\n", cause: "Malformed answer: illegal character in the reason phrase"},
	{name: "illegal header name", answer: "HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 2\r\n\r\nok", cause: "Malformed answer: illegal header name"},
	{name: "space before the colon", answer: "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", cause: "Malformed answer: illegal header name"},
	{name: "empty header name", answer: "HTTP/1.1 200 OK\r\n: x\r\n\r\n", cause: "Malformed answer: illegal header name"},
	{name: "no colon", answer: "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", cause: "Malformed answer: illegal header name"},
	{name: "fold before any header", answer: "HTTP/1.1 200 OK\r\n X: y\r\n\r\n", cause: "Malformed answer: illegal header name"},
	{name: "NUL in a value", answer: "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", cause: "Malformed answer: illegal character in a header value"},
	{name: "bare CR in a value", answer: "HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n", cause: "Malformed answer: illegal character in a header value"},
	{name: "head too large", answer: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 70_000) + "\r\n\r\n", cause: "Malformed answer: the head is too large"},
	{name: "large head", answer: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 60_000) + "\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},
	{name: "endless head", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 20_000), cause: "Malformed answer: the head is too large"},
	{name: "too many headers", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 201) + "\r\n", cause: "Malformed answer: too many header lines"},
	{name: "many headers", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 199) + "Content-Length: 2\r\n\r\nok", status: 200, body: "ok", length: 2, reused: true},

	// Chunks that are none.
	{name: "chunk size of letters", answer: chunked("xyz\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "chunk size with a prefix", answer: chunked("0x2\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "signed chunk size", answer: chunked("+2\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "space before a chunk size", answer: chunked(" 2\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "no chunk size", answer: chunked(";x\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "chunk size out of range", answer: chunked("10000000000000002\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "control character in an extension", answer: chunked("2;\x01\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "bare CR in an extension", answer: chunked("2;a\rb\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: illegal chunk size"},
	{name: "bare LF behind a chunk size", answer: chunked("2\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: a line between chunks does not end in CRLF"},
	{name: "bare LF behind an extension", answer: chunked("2;x\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: a line between chunks does not end in CRLF"},
	{name: "bare LF behind a chunk", answer: chunked("2\r\nok\n0\r\n\r\n"), status: 200, body: "ok", length: -1, cause: "Malformed answer: a line between chunks does not end in CRLF"},
	{name: "chunk longer than it says", answer: chunked("2\r\nokay\r\n0\r\n\r\n"), status: 200, body: "ok", length: -1, cause: "Malformed answer: a chunk does not end where it said"},
	{name: "chunk shorter than it says", answer: chunked("4\r\nok\r\n0\r\n\r\n"), status: 200, body: "ok\r\n", length: -1, cause: "Malformed answer: a chunk does not end where it said"},
	{name: "endless extension", answer: chunked("2;" + strings.Repeat("x", 10_000) + "\r\nok\r\n0\r\n\r\n"), status: 200, length: -1, cause: "Malformed answer: a line between chunks is too long"},
	{name: "bad trailer", answer: chunked("2\r\nok\r\n0\r\nno trailer\r\n\r\n"), status: 200, body: "ok", length: -1, cause: "Malformed answer: illegal trailer"},
	{name: "endless trailer", answer: chunked("2\r\nok\r\n0\r\n" + strings.Repeat("X: y\r\n", 20_000) + "\r\n"), status: 200, body: "ok", length: -1, cause: "Malformed answer: the trailer is too large"},

	// Connections that end too early.
	{name: "closed without an answer", then: closes, cause: "No response received from remote server: ADDR"},
	{name: "cut without an answer", then: cuts, cause: "No response received from remote server: ADDR"},
	{name: "reset without an answer", then: resets, cause: "Connection reset"},
	{name: "half a status line", answer: "HTTP/1.1 20", then: closes, cause: "Connection closed before the answer was complete"},
	{name: "half the protocol", answer: "HTT", then: closes, cause: "Connection closed before the answer was complete"},
	{name: "half a head", answer: "HTTP/1.1 200 OK\r\nContent-Le", then: closes, cause: "Connection closed before the answer was complete"},
	{name: "reset in the head", answer: "HTTP/1.1 200 OK\r\nContent-Le", then: resets, cause: "Connection reset"},
	{name: "half a body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok", then: closes, status: 200, body: "ok", length: 4, cause: "Connection closed before the answer was complete"},
	{name: "half a body, cut", answer: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok", then: cuts, status: 200, body: "ok", length: 4, cause: "Connection closed before the answer was complete"},
	{name: "half a chunk", answer: chunked("4\r\nok"), then: closes, status: 200, body: "ok", length: -1, cause: "Connection closed before the answer was complete"},
	{name: "no last chunk", answer: chunked("2\r\nok\r\n"), then: closes, status: 200, body: "ok", length: -1, cause: "Connection closed before the answer was complete"},
	{name: "half a last chunk", answer: chunked("2\r\nok\r\n0\r\n"), then: closes, status: 200, body: "ok", length: -1, cause: "Connection closed before the answer was complete"},
	{name: "reset in a body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok", then: resets, status: 200, body: "ok", length: 4, cause: "Connection reset"},
	{name: "reset in place of the end", answer: "HTTP/1.1 200 OK\r\n\r\nok", then: resets, status: 200, body: "ok", length: -1, cause: "Connection reset"},
}

func chunked(body string) string {
	return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

// TestHostileProducer plays every answer, and then makes a second call: its
// answer must be its own, whatever the first has left behind.
func TestHostileProducer(t *testing.T) {
	for _, tr := range transports(t) {
		for _, test := range hostileAnswers {
			t.Run(tr.name+"/"+test.name, func(t *testing.T) {
				addr := playOnce(t, tr, test.answer, test.then)
				dialed := &dialRecorder{}
				client := newClient(t, upstream.Options{Dial: dialed.dial})
				r := tr.request(addr)
				if test.method != "" {
					r.Method, r.Body, r.Length = test.method, nil, 0
				}
				cause := strings.ReplaceAll(test.cause, "ADDR", addr)
				response, err := client.Do(t.Context(), r)
				if test.status == 0 {
					wantFailure(t, err, cause)
				} else {
					if err != nil {
						t.Fatalf("no answer: %v", err)
					}
					if response.Status != test.status || response.Length != test.length {
						t.Errorf("status %d, length %d, want %d and %d", response.Status, response.Length, test.status, test.length)
					}
					body, err := io.ReadAll(response.Body)
					if string(body) != test.body {
						t.Errorf("body %q, want %q", body, test.body)
					}
					wantFailure(t, err, cause)
					if _, again := response.Body.Read(make([]byte, 1)); again == nil || cause == "" && again != io.EOF {
						t.Errorf("reading on gives %v", again)
					}
					response.Body.Close()
				}
				if stats := client.Stats(); !test.reused && test.then == keeps && stats.Open != 0 {
					t.Errorf("the connection is still open: %+v", stats)
				}
				if client.Stats().Idle[addr] > 0 && test.then != keeps {
					awaitArrival(t, dialed.last)
				}
				if body := mustCall(t, client, tr.request(addr)); body != "second" {
					t.Errorf("the second call got %q", body)
				}
				if reused := client.Stats().Reuses == 1; reused != test.reused {
					t.Errorf("connection reused: %v, want %v", reused, test.reused)
				}
			})
		}
	}
}

// playOnce answers the first request of the first connection as given, and
// every other with "second".
func playOnce(t *testing.T, tr transport, answer string, then ending) (addr string) {
	return listen(t, func(number int, raw net.Conn) {
		c := tr.over(raw)
		reader := bufio.NewReader(c)
		if number == 1 {
			if skipRequest(reader) != nil {
				return
			}
			io.WriteString(c, answer)
			switch then {
			case closes:
				c.Close()
				return
			case cuts:
				raw.Close()
				return
			case resets:
				raw.(*net.TCPConn).SetLinger(0)
				raw.Close()
				return
			}
		}
		defer c.Close()
		for skipRequest(reader) == nil {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond")
		}
	})
}

// wantFailure checks the cause a caller is shown; an empty one wants no error.
func wantFailure(t *testing.T, err error, cause string) {
	t.Helper()
	if cause == "" {
		if err != nil {
			t.Errorf("error: %v", err)
		}
		return
	}
	failure, ok := errors.AsType[upstream.Failure](err)
	if !ok {
		t.Fatalf("error is %v, want one that says %q", err, cause)
	}
	if failure.Cause() != cause {
		t.Errorf("cause is %q (%v), want %q", failure.Cause(), err, cause)
	}
}

// TestErrorTypes ties the causes of the table to the types callers ask for.
func TestErrorTypes(t *testing.T) {
	reach := func(t *testing.T, answer string, then ending) error {
		addr := playOnce(t, plain, answer, then)
		_, _, err := call(t.Context(), newClient(t, upstream.Options{}), plain.request(addr))
		return err
	}
	t.Run("truncated", func(t *testing.T) {
		err := reach(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok", closes)
		wantCause[*upstream.TruncatedError](t, err, "Connection closed before the answer was complete")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error("it is no io.ErrUnexpectedEOF")
		}
	})
	t.Run("reset", func(t *testing.T) {
		err := reach(t, "", resets)
		wantCause[*upstream.ReadError](t, err, "Connection reset")
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Error("it is no ECONNRESET")
		}
	})
	t.Run("no answer", func(t *testing.T) {
		if _, ok := errors.AsType[*upstream.NoAnswerError](reach(t, "", closes)); !ok {
			t.Error("it is no NoAnswerError")
		}
	})
	t.Run("malformed", func(t *testing.T) {
		if _, ok := errors.AsType[*upstream.MalformedError](reach(t, "\r\n", closes)); !ok {
			t.Error("it is no MalformedError")
		}
	})
}

// TestEndWithoutNotice: under TLS an answer that ends with its connection may
// have been cut by anyone, unless the producer said that it closes.
func TestEndWithoutNotice(t *testing.T) {
	for _, tr := range transports(t)[1:] {
		for _, accepted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/accepted %v", tr.name, accepted), func(t *testing.T) {
				addr := playOnce(t, tr, "HTTP/1.1 200 OK\r\n\r\nok", cuts)
				r := tr.request(addr)
				r.ShortAnswerOK = accepted
				_, body, err := call(t.Context(), newClient(t, upstream.Options{}), r)
				if body != "ok" {
					t.Errorf("body %q", body)
				}
				if accepted {
					wantFailure(t, err, "")
					return
				}
				wantCause[*upstream.TruncatedError](t, err, "Connection closed before the answer was complete")
			})
		}
	}
}

func TestShortAnswerOK(t *testing.T) {
	tests := []struct {
		name, answer string
		then         ending
		cause        string
	}{
		{"sized, closed", "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nok", closes, ""},
		{"sized, reset", "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nok", resets, "Connection reset"},
		{"chunk, closed", chunked("4\r\nok"), closes, "Connection closed before the answer was complete"},
	}
	for _, tr := range transports(t) {
		for _, test := range tests {
			t.Run(tr.name+"/"+test.name, func(t *testing.T) {
				addr := playOnce(t, tr, test.answer, test.then)
				client := newClient(t, upstream.Options{})
				r := tr.request(addr)
				r.ShortAnswerOK = true
				_, body, err := call(t.Context(), client, r)
				if body != "ok" {
					t.Errorf("body %q", body)
				}
				wantFailure(t, err, test.cause)
				if open := client.Stats().Open; open != 0 {
					t.Errorf("%d connections are open", open)
				}
			})
		}
	}
}

func TestAnswerHead(t *testing.T) {
	addr := listen(t, func(_ int, c net.Conn) {
		answerAll(c, "HTTP/1.1 299 Odd but \xe5 fine\r\nset-cookie: a=1\r\nX-Folded: a \r\n\t b\r\n \r\n  c\r\nSET-COOKIE:\t b=2 \t\r\nX_Under: å\r\nX-Empty:\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
	})
	response, err := newClient(t, upstream.Options{}).Do(t.Context(), plain.request(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.Status != 299 || response.Reason != "Odd but \xe5 fine" || response.Proto != "HTTP/1.1" {
		t.Errorf("status line %d %q %q", response.Status, response.Reason, response.Proto)
	}
	want := http.Header{
		"Set-Cookie": {"a=1", "b=2"}, "X-Folded": {"a b c"}, "X_under": {"å"}, "X-Empty": {""},
		"Connection": {"keep-alive"}, "Content-Length": {"0"},
	}
	if got, want := fmt.Sprintf("%q", response.Header), fmt.Sprintf("%q", want); got != want {
		t.Errorf("header\n%s\nwant\n%s", got, want)
	}
	timing := response.Timing
	if timing.Connected.After(timing.Written) || timing.Written.After(timing.FirstByte) || timing.Connected.IsZero() {
		t.Errorf("timing %+v is not in order", timing)
	}
}

// TestFramingHeaders: what did not decide the length must not reach those who
// might believe it.
func TestFramingHeaders(t *testing.T) {
	addr := listen(t, func(_ int, c net.Conn) {
		answerAll(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	})
	response, err := newClient(t, upstream.Options{}).Do(t.Context(), plain.request(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if len(response.Header) != 0 {
		t.Errorf("header %v", response.Header)
	}
}

// TestUnreadAnswer: an answer nobody reads to its end takes its connection along.
func TestUnreadAnswer(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			addr := tr.listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
			client := newClient(t, upstream.Options{})
			response, err := client.Do(context.Background(), tr.request(addr))
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			response.Relax()
			response.Body.Close()
			if _, err := response.Body.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Errorf("a read after Close gives %v", err)
			}
			if stats := client.Stats(); stats.Open != 0 || len(stats.Idle) != 0 {
				t.Errorf("connections are left: %+v", stats)
			}
		})
	}
}
