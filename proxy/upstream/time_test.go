package upstream_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"rivgate/proxy/upstream"
)

const timeout = 10 * time.Second

// step is something a producer sends after a while.
type step struct {
	after time.Duration
	send  string
}

// play reads a request and then sends what it has to, and no more.
func play(c net.Conn, steps []step) {
	if skipRequest(bufio.NewReader(c)) != nil {
		return
	}
	for _, s := range steps {
		time.Sleep(s.after)
		if _, err := io.WriteString(c, s.send); err != nil {
			return
		}
	}
	io.Copy(io.Discard, c)
}

// TestTimeout: until Relax the whole answer must come in time, however it
// trickles; from then on every silence is bounded.
func TestTimeout(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	const drip = 4 * time.Second
	tests := []struct {
		name  string
		steps []step
		relax bool
		body  string
		took  time.Duration
		ok    bool
	}{
		{name: "silence", took: timeout},
		{name: "trickled head", steps: []step{{drip, "HTTP/1.1 "}, {drip, "200 OK\r\n"}, {drip, "\r\n"}}, took: timeout},
		{name: "interim answers", steps: []step{{drip, "HTTP/1.1 100 Continue\r\n\r\n"}, {drip, "HTTP/1.1 100 Continue\r\n\r\n"}, {drip, okAnswer}}, took: timeout},
		{name: "trickled body", steps: []step{{0, head}, {drip, "a"}, {drip, "b"}, {drip, "c"}}, body: "ab", took: timeout},
		{name: "just in time", steps: []step{{0, head}, {drip, "a"}, {drip, "b"}, {timeout - 2*drip - 1, "cd"}}, body: "abcd", took: timeout - 1, ok: true},
		{name: "relaxed", steps: []step{{drip, head}, {drip, "a"}, {drip, "b"}, {drip, "cd"}}, relax: true, body: "abcd", took: 4 * drip, ok: true},
		{name: "relaxed, longest silences", steps: []step{{timeout - 1, head}, {timeout - 1, "ab"}, {timeout - 1, "cd"}}, relax: true, body: "abcd", took: 3 * (timeout - 1), ok: true},
		{name: "relaxed, silence", steps: []step{{drip, head}, {drip, "ab"}}, relax: true, body: "ab", took: 2*drip + timeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := pipes(t, func(c net.Conn) { play(c, test.steps) })
				client := newClient(t, upstream.Options{Dial: dial})
				r := plain.request("a:80")
				r.Timeout = timeout
				start := time.Now()
				response, err := client.Do(t.Context(), r)
				var body []byte
				if err == nil {
					if test.relax {
						response.Relax()
					}
					body, err = io.ReadAll(response.Body)
					response.Body.Close()
				}
				if took := time.Since(start); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				if string(body) != test.body {
					t.Errorf("body %q, want %q", body, test.body)
				}
				if !test.ok {
					wantCause[*upstream.TimeoutError](t, err, "Timeout when waiting on response from producer.")
				} else if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestHandshakeCountsAsWaiting: what the handshake took is not given again
// to the answer.
func TestHandshakeCountsAsWaiting(t *testing.T) {
	ca, now := newAuthority(t), time.Now()
	tr := transport{
		server: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{})}},
		client: upstream.NewTLSProfile(&tls.Config{RootCAs: ca.pool, Time: func() time.Time { return now }}, true),
	}
	for _, test := range []struct {
		name  string
		delay time.Duration // of the handshake
	}{
		{"slow handshake", 6 * time.Second},
		{"stalled handshake", 2 * timeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := pipes(t, func(c net.Conn) {
					time.Sleep(test.delay)
					play(tls.Server(c, tr.server), nil)
				})
				client := newClient(t, upstream.Options{Dial: dial})
				r := tr.request("127.0.0.1:443")
				r.Timeout = timeout
				start := time.Now()
				_, _, err := call(t.Context(), client, r)
				wantCause[*upstream.TimeoutError](t, err, "Timeout when waiting on response from producer.")
				if took := time.Since(start); took != timeout {
					t.Errorf("it took %v, want %v", took, timeout)
				}
			})
		})
	}
}

// TestStalledProducer: a producer that stops reading ends the call after the
// timeout, counted from the last bytes it took.
func TestStalledProducer(t *testing.T) {
	for _, length := range []int64{60_000, 200_000, -1} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const pause = 7 * time.Second
				dial := pipes(t, func(c net.Conn) {
					// Two writes are taken late, the third is not.
					buffer := make([]byte, 32<<10)
					time.Sleep(pause)
					io.ReadAtLeast(c, buffer, 100)
					time.Sleep(pause)
					io.ReadAtLeast(c, buffer, 100)
					time.Sleep(timeout + pause)
				})
				client := newClient(t, upstream.Options{Dial: dial})
				r := plain.request("a:80")
				r.Timeout = timeout
				r.Body, r.Length = strings.NewReader(strings.Repeat("x", int(max(length, 200_000)))), length
				if length > 0 {
					r.Body = io.LimitReader(r.Body, length)
				}
				start := time.Now()
				_, _, err := call(t.Context(), client, r)
				wantCause[*upstream.TimeoutError](t, err, "Timeout when waiting on response from producer.")
				if took := time.Since(start); took < 2*pause || took > 2*pause+timeout {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestSlowConsumer: the producer's time does not run while the request is
// still coming in.
func TestSlowConsumer(t *testing.T) {
	for _, length := range []int64{11, 100_000, -1} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := pipes(t, func(c net.Conn) { play(c, []step{{timeout - 1, okAnswer}}) })
				client := newClient(t, upstream.Options{Dial: dial})
				r := plain.request("a:80")
				r.Timeout = timeout
				content := strings.NewReader(strings.Repeat("x", int(max(length, 11))))
				r.Body, r.Length = &slowReader{reader: content, pause: 3 * timeout}, length
				if body := mustCall(t, client, r); body != "ok" {
					t.Errorf("body %q", body)
				}
			})
		})
	}
}

// slowReader waits once before it begins.
type slowReader struct {
	reader io.Reader
	pause  time.Duration
}

func (s *slowReader) Read(p []byte) (int, error) {
	time.Sleep(s.pause)
	s.pause = 0
	return s.reader.Read(p)
}

// TestCancel: the context ends the call wherever it is, at once, with its
// cause, and takes the connection along.
func TestCancel(t *testing.T) {
	errCause := errors.New("the consumer left")
	secure := transports(t)[2]
	long := func() io.Reader { return iotest.OneByteReader(strings.NewReader(strings.Repeat("x", 200_000))) }
	tests := []struct {
		name   string
		secure bool
		edit   func(*upstream.Request)
		serve  func(c net.Conn)
		answer bool // Do returns an answer first
	}{
		{name: "waiting for the handshake", secure: true, serve: func(c net.Conn) { time.Sleep(5 * time.Second) }},
		{name: "sending", serve: func(c net.Conn) { time.Sleep(5 * time.Second) }},
		{
			name: "sending a long body", edit: func(r *upstream.Request) { r.Body, r.Length = long(), 200_000 },
			serve: func(c net.Conn) { time.Sleep(5 * time.Second) },
		},
		{name: "waiting for the answer", serve: func(c net.Conn) { play(c, nil) }},
		{name: "in the head", serve: func(c net.Conn) { play(c, []step{{0, "HTTP/1.1 200 OK\r\n"}}) }},
		{name: "in the body", serve: func(c net.Conn) { play(c, []step{{0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok"}}) }, answer: true},
		{name: "between chunks", serve: func(c net.Conn) { play(c, []step{{0, chunked("2\r\nok\r\n")}}) }, answer: true},
	}
	for n := range 2 * len(tests) {
		test, name := tests[n/2], tests[n/2].name
		watchable := n%2 == 1
		if watchable {
			name += ", watched by itself"
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := pipes(t, test.serve)
				client := newClient(t, upstream.Options{Dial: dial})
				r := plain.request("a:80")
				if test.secure {
					r = secure.request("127.0.0.1:443")
				}
				if test.edit != nil {
					test.edit(r)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				start := time.Now()
				time.AfterFunc(3*time.Second, func() { cancel(errCause) })
				if watchable {
					ctx = itsOwn{ctx}
				}
				response, err := client.Do(ctx, r)
				if test.answer {
					if err != nil {
						t.Fatal(err)
					}
					_, err = io.ReadAll(response.Body)
					response.Body.Close()
				}
				if err != errCause {
					t.Errorf("error %v, want the cause", err)
				}
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("it took %v", took)
				}
				if open := client.Stats().Open; open != 0 {
					t.Errorf("%d connections are open", open)
				}
			})
		})
	}
}

// itsOwn is a context with an AfterFunc of its own, as a call's is.
type itsOwn struct{ context.Context }

func (c itsOwn) AfterFunc(f func()) (stop func() bool) { return context.AfterFunc(c.Context, f) }

// TestCancelBeforeConnect: neither a connect nor the pause before another
// one outlives the context.
func TestCancelBeforeConnect(t *testing.T) {
	errCause := errors.New("the consumer left")
	synctest.Test(t, func(t *testing.T) {
		dials := map[string]func(ctx context.Context, network, addr string) (net.Conn, error){
			"connect": func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
			},
			"pause": func(context.Context, string, string) (net.Conn, error) {
				return nil, timeoutError{}
			},
		}
		for name, dial := range dials {
			client := newClient(t, upstream.Options{Dial: dial, Retries: 1, RetryDelay: time.Hour})
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errCause) })
			start := time.Now()
			if _, _, err := call(ctx, client, plain.request("a:80")); err != errCause {
				t.Errorf("%s: error %v, want the cause", name, err)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("%s: it took %v", name, took)
			}
		}
	})
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "connect timed out" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// TestCancelAfterTheAnswer: a context that ends later does nothing to a
// connection that may already serve another call.
func TestCancelAfterTheAnswer(t *testing.T) {
	addr := listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
	client := newClient(t, upstream.Options{})
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		if _, _, err := call(ctx, client, plain.request(addr)); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	if stats := client.Stats(); stats.Dials != 1 {
		t.Errorf("stats %+v, want one connection", stats)
	}
}

// TestRealTimeout: the same over real sockets.
func TestRealTimeout(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			addr := tr.listen(t, func(_ int, c net.Conn) { play(c, []step{{0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok"}}) })
			client := newClient(t, upstream.Options{})
			r := tr.request(addr)
			r.Timeout = 100 * time.Millisecond
			_, body, err := call(t.Context(), client, r)
			wantCause[*upstream.TimeoutError](t, err, "Timeout when waiting on response from producer.")
			if body != "ok" {
				t.Errorf("body %q", body)
			}
			if open := client.Stats().Open; open != 0 {
				t.Errorf("%d connections are open", open)
			}
		})
	}
}
