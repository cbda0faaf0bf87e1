package edge_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rivgate/edge"
)

func TestHeadAnswerHasNoBody(t *testing.T) {
	s := serve(t, edge.Options{})
	c := s.dial(t)
	c.send(t, "HEAD /vp HTTP/1.1\r\n"+h+"Connection: close\r\n\r\n")
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(all, []byte("HTTP/1.1 200 ")) || !bytes.HasSuffix(all, []byte("\r\n\r\n")) {
		t.Errorf("answer %q", all)
	}
}

// TestRefusalWaitsItsTurn: the refused head is read while the handler of the
// request before it still runs, and must not be taken for that one.
func TestRefusalWaitsItsTurn(t *testing.T) {
	var first, second *edge.Refusal
	calls := 0
	s := serve(t, edge.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if calls == 1 {
			for !edge.RefusalFound(r) {
				runtime.Gosched() // the harness's deadline ends this by closing
				if r.Context().Err() != nil {
					return
				}
			}
			first = edge.RefusalOf(r)
			return
		}
		second = edge.RefusalOf(r)
		w.WriteHeader(second.Status)
	})})
	c := s.dial(t)
	c.send(t, get+"\r\n"+"GET /evil HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"+h+"\r\n"+last)
	if got := c.statuses(t); !slices.Equal(got, []int{200, 400}) {
		t.Fatalf("answers %v", got)
	}
	if first != nil {
		t.Errorf("first request refused: %+v", first)
	}
	want := edge.Refusal{Status: 400, Reason: "Content-Length beside Transfer-Encoding", Method: "GET", Target: "/evil"}
	if *second != want {
		t.Errorf("second refusal %+v, want %+v", *second, want)
	}
	if calls != 2 {
		t.Errorf("%d requests served", calls)
	}
}

func TestHandlersSeeFoldedHeaderAsOneValueAndNoTrailers(t *testing.T) {
	type view struct {
		header  http.Header
		trailer http.Header
	}
	seen := make(chan view, 1)
	s := serve(t, edge.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header := r.Header.Clone()
		_, _ = io.Copy(io.Discard, r.Body)
		seen <- view{header, r.Trailer}
	})})
	c := s.dial(t)
	c.send(t, post+"X-Vp-Sender-Id: SE0000000000\r\n  -UNIT1\r\nTrailer: X-Vp-Instance-Id\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"1\r\nx\r\n0\r\nX-Vp-Instance-Id: evil\r\nX-Other: evil\r\n\r\n")
	got := wait(t, seen, "request")
	if id := got.header["X-Vp-Sender-Id"]; !slices.Equal(id, []string{"SE0000000000 -UNIT1"}) {
		t.Errorf("sender id %q", id)
	}
	if len(got.header) != 1 || len(got.trailer) != 0 {
		t.Errorf("header %v, trailer %v", got.header, got.trailer)
	}
	// Without chunks an announced trailer means nothing, and net/http keeps it.
	c.send(t, post+"Trailer: X-Vp-Instance-Id\r\nContent-Length: 0\r\n\r\n")
	if got := wait(t, seen, "request"); got.header["Trailer"] != nil {
		t.Errorf("header %v", got.header)
	}
}

func TestExpectContinue(t *testing.T) {
	s := serve(t, edge.Options{})
	c := s.dial(t)
	c.send(t, post+"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	line, err := c.in.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("interim answer %q, %v", line, err)
	}
	if _, err := c.in.Discard(2); err != nil {
		t.Fatal(err)
	}
	c.send(t, "hello"+last)
	if got := c.statuses(t); !slices.Equal(got, []int{200, 200}) {
		t.Errorf("answers %v", got)
	}
	if got := s.take(); !slices.Equal(got, []string{`POST /vp "hello"`, `GET /last ""`}) {
		t.Errorf("handler saw %q", got)
	}
}

func TestHeadTimeout(t *testing.T) {
	tests := []struct {
		name, begin string
		want        []int
	}{
		{"nothing sent", "", nil},
		{"first head begun", "POST /vp HTTP/1.1\r\nHost: gate", []int{408}},
		{"first byte only", "P", []int{408}},
		{"second head begun", get + "\r\nPOST", []int{200, 408}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, edge.Options{Header: 50 * time.Millisecond, Idle: patience})
			c := s.dial(t)
			c.send(t, test.begin)
			if got := c.statuses(t); !slices.Equal(got, test.want) {
				t.Errorf("answers %v, want %v", got, test.want)
			}
		})
	}
}

// TestHeadTimeoutWhileServing: the time runs also when the slow head begins
// behind a request that is still being served.
func TestHeadTimeoutWhileServing(t *testing.T) {
	proceed := make(chan struct{})
	entered := make(chan struct{}, 2)
	var refusals []int
	s := serve(t, edge.Options{Header: 50 * time.Millisecond, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		if refusal := edge.RefusalOf(r); refusal != nil {
			refusals = append(refusals, refusal.Status)
			w.WriteHeader(refusal.Status)
			return
		}
		<-proceed
	})})
	c := s.dial(t)
	c.send(t, get+"\r\nPOST /slow")
	wait(t, entered, "first request")
	// The handler outlives the head's time by far, which must not extend it.
	time.AfterFunc(200*time.Millisecond, func() { close(proceed) })
	if got := c.statuses(t); !slices.Equal(got, []int{200, 408}) {
		t.Errorf("answers %v", got)
	}
	if !slices.Equal(refusals, []int{408}) {
		t.Errorf("refusals %v", refusals)
	}
}

// TestSlowHeadOutlivesIdle: a head that has begun is bounded by its own time,
// not by what was left of the idle time.
func TestSlowHeadOutlivesIdle(t *testing.T) {
	const idle = 50 * time.Millisecond
	s := serve(t, edge.Options{Header: patience, Idle: idle})
	c := s.dial(t)
	c.send(t, get+"\r\n"+last[:5])
	if status, _, _ := c.answer(t); status != 200 {
		t.Fatalf("status %d", status)
	}
	time.AfterFunc(3*idle, func() { _, _ = io.WriteString(c, last[5:]) })
	if got := c.statuses(t); !slices.Equal(got, []int{200}) {
		t.Errorf("answers %v", got)
	}
}

// TestOtherProtocolIsToldAtOnce: a peer that speaks something else sends no
// line end, and must not have to wait for the head's time.
func TestOtherProtocolIsToldAtOnce(t *testing.T) {
	s := serve(t, edge.Options{})
	c := s.dial(t)
	c.send(t, "\x16\x03\x01\x02\x00\x01")
	if got := c.statuses(t); !slices.Equal(got, []int{400}) {
		t.Errorf("answers %v", got)
	}
}

func TestIdleConnectionCloses(t *testing.T) {
	s := serve(t, edge.Options{Idle: 50 * time.Millisecond})
	c := s.dial(t)
	c.send(t, get+"\r\n\r\n") // the empty line begins no head
	if got := c.statuses(t); !slices.Equal(got, []int{200}) {
		t.Errorf("answers %v", got)
	}
}

// TestHalfCloseIsLeaving: the call of a consumer that says FIN is cancelled,
// over TLS with close_notify too, and with part of another head sent as well.
func TestHalfCloseIsLeaving(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, more := range []string{"", "POST /half"} {
			t.Run(fmt.Sprintf("tls=%t/more=%q", secure, more), func(t *testing.T) {
				entered, cancelled := make(chan struct{}), make(chan struct{})
				options := edge.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					close(entered)
					<-r.Context().Done()
					close(cancelled)
				})}
				var s *site
				if secure {
					s, _ = serveTLS(t, options)
				} else {
					s = serve(t, options)
				}
				c := s.dial(t)
				c.send(t, get+"\r\n"+more)
				wait(t, entered, "request")
				if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
					t.Fatal(err)
				}
				wait(t, cancelled, "cancellation")
			})
		}
	}
}

// TestBodyDeadline: handlers bound a body's silence with their own deadlines.
func TestBodyDeadline(t *testing.T) {
	result := make(chan error, 1)
	s := serve(t, edge.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			result <- err
			return
		}
		_, err := io.ReadAll(r.Body)
		result <- err
	})})
	c := s.dial(t)
	c.send(t, post+"Transfer-Encoding: chunked\r\n\r\n5\r\nhe")
	var timeout net.Error
	if err := wait(t, result, "result"); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("body read ended with %v, want a timeout", err)
	}
}

// TestFramingErrorReachesTheHandler: through net/http's body reader, typed.
func TestFramingErrorReachesTheHandler(t *testing.T) {
	tests := []struct {
		name, body string
		passedOn   bool // by net/http, as the read's error
	}{
		{"size", "5\r\nhello\r\nx\r\n", true},
		{"end of data", "5\r\nhello!\r\n", true},
		{"trailer", "0\r\nX A: b\r\n\r\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			type outcome struct {
				err    error
				broken *edge.FramingError
			}
			result := make(chan outcome, 1)
			s := serve(t, edge.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				result <- outcome{err, edge.FramingErrorOf(r)}
			})})
			c := s.dial(t)
			c.send(t, chk+test.body)
			got := wait(t, result, "result")
			var typed *edge.FramingError
			if errors.As(got.err, &typed) != test.passedOn || got.err == nil {
				t.Errorf("body read ended with %v", got.err)
			}
			if got.broken == nil || got.broken.Reason == "" {
				t.Errorf("FramingErrorOf is %v", got.broken)
			}
		})
	}
}

// TestAnswerSurvivesUnreadBody: a refused sender that goes on sending still
// gets the answer, and not a reset that wipes it out.
func TestAnswerSurvivesUnreadBody(t *testing.T) {
	tests := map[string]string{
		"refused head":   post + "Content-Length: 1000000000\r\nContent-Length: 1000000000\r\n\r\n",
		"unread body":    post + "Content-Length: 1000000000\r\nConnection: close\r\n\r\n",
		"unread chunked": post + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nfffffff\r\n",
	}
	for name, begin := range tests {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/tls=%t", name, secure), func(t *testing.T) {
				options := edge.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.WriteHeader(400)
				})}
				var s *site
				if secure {
					s, _ = serveTLS(t, options)
				} else {
					s = serve(t, options)
				}
				c := s.dial(t)
				sent := make(chan error, 1)
				go func() {
					// More than the sockets' buffers hold.
					_, err := io.WriteString(c, begin+strings.Repeat("x", 16<<20))
					sent <- err
				}()
				status, _, _ := c.answer(t)
				if status != 400 {
					t.Errorf("status %d", status)
				}
				_ = c.socket.Close()
				wait(t, sent, "end of sending")
			})
		}
	}
}

// TestAbort: half an answer that is cut must look like an error, never like
// its end, even to a reader that takes the end of the connection for it.
func TestAbort(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			proceed := make(chan struct{})
			options := edge.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half an answ")
				_ = http.NewResponseController(w).Flush()
				<-proceed
				edge.AbortConn(r)
				panic(http.ErrAbortHandler)
			})}
			var s *site
			if secure {
				s, _ = serveTLS(t, options)
			} else {
				s = serve(t, options)
			}
			c := s.dial(t)
			c.send(t, "GET /vp HTTP/1.0\r\n\r\n")
			first := make([]byte, 1)
			if _, err := io.ReadFull(c.in, first); err != nil {
				t.Fatal(err)
			}
			close(proceed)
			rest, err := io.ReadAll(c.in)
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("after %q the connection ended with %v, want a reset", rest, err)
			}
		})
	}
}

func TestPeer(t *testing.T) {
	peers := make(chan edge.Peer, 1)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { peers <- edge.PeerOf(r.Clone(r.Context())) })
	ask := func(s *site) edge.Peer {
		c := s.dial(t)
		c.send(t, last)
		peer := wait(t, peers, "peer")
		if peer.Remote.String() != c.LocalAddr().String() {
			t.Errorf("remote %v, want %v", peer.Remote, c.LocalAddr())
		}
		return peer
	}
	plain := ask(serve(t, edge.Options{Name: "http", Handler: handler}))
	if plain.TLS || plain.Certificate != nil || plain.Listener != "http" {
		t.Errorf("plain peer %+v", plain)
	}
	s, _ := serveTLS(t, edge.Options{Name: "https", Handler: handler})
	secure := ask(s)
	if !secure.TLS || secure.Listener != "https" || secure.Certificate == nil ||
		secure.Certificate.Subject.SerialNumber != "SE0000000000-UNIT1" {
		t.Errorf("TLS peer %+v", secure)
	}
	if stray := edge.PeerOf(&http.Request{}); stray != (edge.Peer{}) {
		t.Errorf("peer of a stray request %+v", stray)
	}
}

// TestPeerOnDualStack: an IPv4 peer has its IPv4 address also on a socket for
// both, so that CIDR rules hold.
func TestPeerOnDualStack(t *testing.T) {
	peers := make(chan edge.Peer, 1)
	s := serve(t, edge.Options{Address: ":0", Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		peers <- edge.PeerOf(r)
	})})
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	s.address = net.JoinHostPort("127.0.0.1", port)
	s.dial(t).send(t, last)
	if peer := wait(t, peers, "peer"); !peer.Remote.Addr().Is4() {
		t.Errorf("remote %v", peer.Remote)
	}
}

func TestRequestTLSIsSet(t *testing.T) {
	states := make(chan *tls.ConnectionState, 1)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { states <- r.TLS })
	s, _ := serveTLS(t, edge.Options{Handler: handler})
	s.dial(t).send(t, last)
	if state := wait(t, states, "request"); state == nil || !state.HandshakeComplete || len(state.VerifiedChains) == 0 {
		t.Errorf("r.TLS is %+v", state)
	}
	serve(t, edge.Options{Handler: handler}).dial(t).send(t, last)
	if state := wait(t, states, "request"); state != nil {
		t.Errorf("r.TLS of a plain request is %+v", state)
	}
}

func TestKeepAliveOff(t *testing.T) {
	s := serve(t, edge.Options{})
	s.Set(edge.Options{KeepAlive: false})
	c := s.dial(t)
	c.send(t, get+"\r\n"+last)
	status, header, _ := c.answer(t)
	if status != 200 || header.Get("Connection") != "close" {
		t.Errorf("status %d, Connection %q", status, header.Get("Connection"))
	}
	if more := c.statuses(t); len(more) != 0 {
		t.Errorf("further answers %v", more)
	}
}

// TestBrokenHandlerIsLogged: what net/http says reaches the logger.
func TestBrokenHandlerIsLogged(t *testing.T) {
	lines := make(chan string, 1)
	logger := slog.New(slog.NewTextHandler(lineWriter(lines), nil))
	s := serve(t, edge.Options{Logger: logger, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("out of order")
	})})
	c := s.dial(t)
	c.send(t, last)
	if got := c.statuses(t); len(got) != 0 {
		t.Errorf("answers %v", got)
	}
	if line := wait(t, lines, "log line"); !strings.Contains(line, "out of order") {
		t.Errorf("logged %q", line)
	}
}

type lineWriter chan<- string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
