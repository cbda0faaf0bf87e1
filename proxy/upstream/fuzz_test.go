package upstream_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/proxy/upstream"
)

// answerSeeds are the hostile answers and some that need two reads of a rule.
func answerSeeds() []string {
	seeds := []string{
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000a;a=b\r\n0123456789\r\n0\r\n\r\nHTTP/1.1",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nPragma: no-cache\r\nContent-Length: 1\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nConnection: close, x\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
	}
	for _, test := range hostileAnswers {
		if len(test.answer) < 4<<10 {
			seeds = append(seeds, test.answer)
		}
	}
	return seeds
}

func TestAnswerSeeds(t *testing.T) {
	if len(answerSeeds()) <= 4 {
		t.Fatal("the seeds are not those of the hostile producer")
	}
}

// FuzzAnswer holds what is accepted against net/http's reading of the same
// bytes: the same status, header and body, and a connection is kept only if
// net/http, too, finds nothing behind the answer.
func FuzzAnswer(f *testing.F) {
	for i, seed := range answerSeeds() {
		f.Add([]byte(seed), i%2 == 0, uint8(0))
		f.Add([]byte(seed), false, uint8(i))
	}
	f.Fuzz(func(t *testing.T, answer []byte, head bool, step uint8) {
		client := upstream.New(upstream.Options{
			Dial: func(context.Context, string, string) (net.Conn, error) {
				return &script{rest: bytes.NewReader(answer), step: int(step)}, nil
			},
		})
		defer client.CloseIdle()
		r := &upstream.Request{
			Target: upstream.Target{Scheme: "http", Host: "h", Addr: "h:80", Path: "/"},
			Method: "POST", KeepAlive: true,
		}
		if head {
			r.Method = "HEAD"
		}
		response, err := client.Do(t.Context(), r)
		if err != nil {
			wantTyped(t, err)
			return
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		kept := client.Stats().Idle["h:80"] == 1
		if err != nil {
			wantTyped(t, err)
			if kept {
				t.Error("a connection was kept after an error")
			}
			return
		}
		// What has not arrived yet is found when the connection is taken.
		arrived := step == 0 && len(answer) < 4<<10
		compare(t, r.Method, answer, response, body, kept && arrived)
	})
}

func wantTyped(t *testing.T, err error) {
	failure, ok := err.(upstream.Failure)
	if !ok {
		t.Fatalf("%T is no Failure: %v", err, err)
	}
	if failure.Cause() == "" || failure.Error() == "" {
		t.Errorf("%T says nothing", err)
	}
}

func compare(t *testing.T, method string, answer []byte, got *upstream.Response, body []byte, kept bool) {
	reader := bufio.NewReader(bytes.NewReader(answer))
	want, err := http.ReadResponse(reader, &http.Request{Method: method})
	for err == nil && want.StatusCode < 200 {
		want, err = http.ReadResponse(reader, &http.Request{Method: method})
	}
	if err != nil {
		t.Fatalf("net/http refuses what was accepted: %v", err)
	}
	if got.Status != want.StatusCode {
		t.Errorf("status %d, net/http %d", got.Status, want.StatusCode)
	}
	if got.Proto == "HTTP/1.0" && bytes.Contains(bytes.ToLower(answer), []byte("transfer-encoding")) {
		return // net/http does not decode chunks in HTTP/1.0; VP does
	}
	wantBody, err := io.ReadAll(want.Body)
	if err != nil {
		t.Fatalf("net/http does not read the body: %v", err)
	}
	if !bytes.Equal(body, wantBody) {
		t.Errorf("body %q, net/http %q", body, wantBody)
	}
	compareHeaders(t, got.Header, want)
	if surplus, _ := io.ReadAll(reader); kept && len(surplus) > 0 {
		t.Errorf("a connection was kept with %q behind the answer", surplus)
	}
	if kept && want.Close {
		t.Error("a connection was kept that net/http would close")
	}
}

// compareHeaders leaves out what net/http moves or adds.
func compareHeaders(t *testing.T, got http.Header, want *http.Response) {
	for _, header := range []http.Header{got, want.Header} {
		for _, name := range []string{"Transfer-Encoding", "Trailer", "Content-Length", "Connection"} {
			header.Del(name)
		}
		if len(header["Pragma"]) > 0 {
			header.Del("Cache-Control")
		}
	}
	// Empty folded lines leave more blanks in net/http.
	same := func(a, b string) bool { return slices.Equal(strings.Fields(a), strings.Fields(b)) }
	if !maps.EqualFunc(got, want.Header, func(a, b []string) bool { return slices.EqualFunc(a, b, same) }) {
		t.Errorf("header %q, net/http %q", got, want.Header)
	}
}

// script is a connection that swallows what is written and delivers an answer,
// in steps of some bytes (0: at once), and its end.
type script struct {
	rest *bytes.Reader
	step int
}

func (s *script) Read(p []byte) (int, error) {
	if s.step > 0 && len(p) > s.step {
		p = p[:s.step]
	}
	return s.rest.Read(p)
}

func (s *script) Write(p []byte) (int, error)      { return len(p), nil }
func (s *script) Close() error                     { return nil }
func (s *script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *script) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }
