package upstream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rivgate/proxy/upstream"
)

const earlyAnswer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"

// TestEarlyAnswer: a producer that answers without reading to the end gets no
// more, its answer counts, and the connection is not used again.
func TestEarlyAnswer(t *testing.T) {
	for _, tr := range transports(t) {
		for name, length := range map[string]int64{"sized": 1 << 40, "chunked": -1} {
			t.Run(tr.name+"/"+name, func(t *testing.T) {
				done := make(chan bool)
				addr := tr.listen(t, func(_ int, c net.Conn) {
					bufio.NewReader(c).ReadString('\n')
					io.WriteString(c, earlyAnswer)
					<-done
				})
				client := newClient(t, upstream.Options{})
				body := &endlessReader{}
				r := tr.request(addr)
				r.Body, r.Length = body, length
				response, err := client.Do(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				content, err := io.ReadAll(response.Body)
				if response.Status != 413 || string(content) != "big" || err != nil {
					t.Errorf("answer %d %q, %v", response.Status, content, err)
				}
				if !response.Timing.Written.IsZero() {
					t.Error("the request was written, it is told")
				}
				response.Body.Close()
				reads := body.reads.Load()
				runtime.Gosched()
				if body.reads.Load() != reads {
					t.Error("the body is read after Close")
				}
				if stats := client.Stats(); stats.Open != 0 {
					t.Errorf("stats %+v, want the connection gone", stats)
				}
				close(done)
			})
		}
	}
}

// endlessReader counts the reads of it.
type endlessReader struct{ reads atomic.Int64 }

func (e *endlessReader) Read(p []byte) (int, error) {
	e.reads.Add(1)
	return len(p), nil
}

// TestEarlyAnswerAndClose: a producer may close behind an answer to what it
// did not read. Its reset may overtake the answer, which is then lost to anyone;
// but nothing else may come of it.
func TestEarlyAnswerAndClose(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			addr := tr.listen(t, func(_ int, c net.Conn) {
				bufio.NewReader(c).ReadString('\n')
				io.WriteString(c, earlyAnswer)
			})
			for range 20 {
				r := tr.request(addr)
				r.Body, r.Length = &endlessReader{}, 1<<40
				status, body, err := call(t.Context(), newClient(t, upstream.Options{}), r)
				switch {
				case err == nil && status == 413 && body == "big":
				case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
				default:
					t.Fatalf("got %d %q, %v", status, body, err)
				}
			}
		})
	}
}

// TestAnswerAfterBrokenWrite: an answer that has arrived is found although
// the request could not be sent to its end.
func TestAnswerAfterBrokenWrite(t *testing.T) {
	answered := make(chan bool)
	addr := listen(t, func(_ int, c net.Conn) {
		bufio.NewReader(c).ReadString('\n')
		io.WriteString(c, earlyAnswer)
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
		close(answered)
	})
	r := plain.request(addr)
	// Sent in the goroutine of Do, in two pieces with the reset between them.
	r.Body = io.MultiReader(strings.NewReader(strings.Repeat("x", 40_000)), waitingReader{answered}, strings.NewReader(strings.Repeat("x", 20_000)))
	r.Length = 60_000
	status, body, err := call(t.Context(), newClient(t, upstream.Options{}), r)
	if err != nil || status != 413 || body != "big" {
		t.Errorf("got %d %q, %v", status, body, err)
	}
}

// TestBrokenWrite: without an answer, what broke the sending is told.
func TestBrokenWrite(t *testing.T) {
	broken := make(chan bool)
	addr := listen(t, func(_ int, c net.Conn) {
		bufio.NewReader(c).ReadString('\n')
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
		close(broken)
	})
	r := plain.request(addr)
	r.Body = io.MultiReader(strings.NewReader(strings.Repeat("x", 40_000)), waitingReader{broken}, strings.NewReader(strings.Repeat("x", 20_000)))
	r.Length = 60_000
	_, _, err := call(t.Context(), newClient(t, upstream.Options{}), r)
	wantCause[*upstream.WriteError](t, err, "Connection reset")
}

// waitingReader ends when the channel is closed.
type waitingReader struct{ until <-chan bool }

func (w waitingReader) Read([]byte) (int, error) {
	<-w.until
	return 0, io.EOF
}

// stoppableReader blocks until it is stopped.
type stoppableReader struct {
	reading chan bool // closed by the first Read
	stopped chan bool
	once    sync.Once
	stops   atomic.Int32
}

func newStoppableReader() *stoppableReader {
	return &stoppableReader{reading: make(chan bool), stopped: make(chan bool)}
}

var errStopped = errors.New("told to stop")

func (s *stoppableReader) Read([]byte) (int, error) {
	s.once.Do(func() { close(s.reading) })
	<-s.stopped
	return 0, errStopped
}

func (s *stoppableReader) stop() {
	if s.stops.Add(1) == 1 {
		close(s.stopped)
	}
}

// TestStopBody: a body that blocks is told when it is no longer wanted, once.
func TestStopBody(t *testing.T) {
	errCause := errors.New("the consumer left")
	// What serve does once the body is being read, and what Do gives.
	tests := []struct {
		name   string
		length int64
		serve  func(c net.Conn)
		cancel bool
		check  func(t *testing.T, response *upstream.Response, err error)
	}{
		{
			"early answer", -1, func(c net.Conn) { io.WriteString(c, earlyAnswer) }, false,
			func(t *testing.T, response *upstream.Response, err error) {
				if err != nil || response.Status != 413 {
					t.Errorf("got %v, %v", response, err)
				}
			},
		},
		{
			"closed", -1, func(c net.Conn) { c.Close() }, false,
			func(t *testing.T, _ *upstream.Response, err error) {
				if _, ok := errors.AsType[upstream.Failure](err); !ok {
					t.Errorf("error %v", err)
				}
			},
		},
		{
			"bad answer", 100_000, func(c net.Conn) { io.WriteString(c, "garbage\r\n") }, false,
			func(t *testing.T, _ *upstream.Response, err error) {
				wantCause[*upstream.MalformedError](t, err, "Malformed answer: no HTTP/1 status line")
			},
		},
		{
			"cancelled, long body", -1, func(c net.Conn) {}, true,
			func(t *testing.T, _ *upstream.Response, err error) {
				if err != errCause {
					t.Errorf("error %v", err)
				}
			},
		},
		{
			"cancelled, short body", 11, func(c net.Conn) {}, true,
			func(t *testing.T, _ *upstream.Response, err error) {
				if err != errCause {
					t.Errorf("error %v", err)
				}
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := newStoppableReader()
			addr := listen(t, func(_ int, c net.Conn) {
				<-body.reading
				test.serve(c)
				io.Copy(io.Discard, c)
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if test.cancel {
				go func() {
					<-body.reading
					cancel(errCause)
				}()
			}
			r := plain.request(addr)
			r.Body, r.Length, r.StopBody = body, test.length, body.stop
			client := newClient(t, upstream.Options{})
			response, err := client.Do(ctx, r)
			test.check(t, response, err)
			if err == nil {
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			if stops := body.stops.Load(); stops != 1 {
				t.Errorf("StopBody was called %d times", stops)
			}
			if open := client.Stats().Open; open != 0 {
				t.Errorf("%d connections are open", open)
			}
		})
	}
}

// TestStopBodyIsNotForFinishedBodies: a caller whose body has been read to its
// end goes on with its connection.
func TestStopBodyIsNotForFinishedBodies(t *testing.T) {
	addr := listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
	client := newClient(t, upstream.Options{})
	for range 50 {
		for _, length := range []int64{11, -1} {
			r := plain.request(addr)
			r.Length = length
			r.StopBody = func() { t.Error("StopBody was called") }
			mustCall(t, client, r)
		}
	}
	// Nor for a body that nobody reads yet.
	r := plain.request(closedPort(t))
	r.StopBody = func() { t.Error("StopBody was called") }
	call(t.Context(), client, r)
}

// TestNoCrossTalk: many calls at once, over connections that end in every way,
// each get their own answer or an error.
func TestNoCrossTalk(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			addr := tr.listen(t, func(number int, c net.Conn) {
				reader := bufio.NewReader(c)
				for count := number; ; count++ {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					body, err := io.ReadAll(request.Body)
					if err != nil {
						return
					}
					if !misbehave(c, count, string(body)) {
						return
					}
				}
			})
			client := newClient(t, upstream.Options{MaxIdlePerHost: 4})
			var answered atomic.Int32
			var calls sync.WaitGroup
			for worker := range 8 {
				calls.Go(func() {
					for count := range 100 {
						id := strconv.Itoa(worker) + "/" + strconv.Itoa(count)
						r := tr.request(addr)
						r.Body, r.Length = strings.NewReader(id), int64(len(id))
						if count%3 == 0 {
							r.Length = -1
						}
						_, body, err := call(t.Context(), client, r)
						if err == nil {
							answered.Add(1)
						}
						if err == nil && body != id || !strings.HasPrefix(id, body) {
							t.Errorf("call %s got %q", id, body)
						}
					}
				})
			}
			calls.Wait()
			if answered.Load() < 400 {
				t.Errorf("only %d of 800 calls were answered", answered.Load())
			}
			client.CloseIdle()
			if open := client.Stats().Open; open != 0 {
				t.Errorf("%d connections are open", open)
			}
			if left := ownGoroutines(); left != "" {
				t.Errorf("goroutines are left:\n%s", left)
			}
		})
	}
}

// misbehave answers with the body it got, and sometimes with more or less. It
// tells whether the connection goes on.
func misbehave(c net.Conn, count int, body string) bool {
	sized := "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	switch count % 11 {
	case 1:
		io.WriteString(c, sized+"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
	case 2:
		io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n"+sized)
	case 3:
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+body)
		return false
	case 4:
		io.WriteString(c, sized)
		return false
	case 5:
		io.WriteString(c, chunked(strconv.FormatInt(int64(len(body)), 16)+"\r\n"+body+"\r\n0\r\n\r\n"))
	case 6:
		return false
	default:
		io.WriteString(c, sized)
	}
	return true
}

// ownGoroutines are the stacks of goroutines that run code of the package, once
// those that are just ending have had their time.
func ownGoroutines() (left string) {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if left = ownGoroutinesNow(); left == "" {
			break
		}
	}
	return left
}

func ownGoroutinesNow() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var own []string
	for stack := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if bytes.Contains(stack, []byte("rivgate/proxy/upstream.")) {
			own = append(own, string(stack))
		}
	}
	return strings.Join(own, "\n\n")
}

// TestIdleConnectionsCostNoGoroutine is why the package exists.
func TestIdleConnectionsCostNoGoroutine(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			const connections = 20
			arrived, release := make(chan bool), make(chan bool)
			addr := tr.listen(t, func(_ int, c net.Conn) {
				reader := bufio.NewReader(c)
				for skipRequest(reader) == nil {
					arrived <- true
					<-release
					io.WriteString(c, okAnswer)
				}
			})
			client := newClient(t, upstream.Options{})
			var calls sync.WaitGroup
			for range connections {
				calls.Go(func() {
					if _, _, err := call(t.Context(), client, tr.request(addr)); err != nil {
						t.Error(err)
					}
				})
			}
			for range connections {
				receive(t, arrived, "a call")
			}
			close(release)
			calls.Wait()
			if idle := client.Stats().Idle[addr]; idle != connections {
				t.Errorf("%d connections idle, want %d", idle, connections)
			}
			if left := ownGoroutines(); left != "" {
				t.Errorf("goroutines are left:\n%s", left)
			}
		})
	}
}
