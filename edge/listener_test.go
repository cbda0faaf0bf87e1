package edge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"rivgate/edge"
)

func TestListenErrors(t *testing.T) {
	handler := http.NotFoundHandler()
	busy := serve(t, edge.Options{})
	ca := newAuthority(t, "Test CA")
	tests := map[string]edge.Options{
		"no handler":       {Address: "127.0.0.1:0"},
		"address in use":   {Address: busy.address, Handler: handler},
		"no client CAs":    {Address: "127.0.0.1:0", Handler: handler, TLS: &edge.TLSOptions{Certificate: ca.issue(t, "A", nil)}},
		"no certificate":   {Address: "127.0.0.1:0", Handler: handler, TLS: &edge.TLSOptions{ClientCAs: ca.pool()}},
		"versions crossed": {Address: "127.0.0.1:0", Handler: handler, TLS: &edge.TLSOptions{ClientCAs: ca.pool(), Certificate: ca.issue(t, "A", nil), MaxVersion: 0x0302}},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			if l, err := edge.Listen(options); err == nil {
				_ = l.Close()
				t.Error("no error")
			}
		})
	}
}

func TestReadyListener(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, edge.Options{Listener: socket})
	if s.address != socket.Addr().String() {
		t.Errorf("address %s, want %s", s.address, socket.Addr())
	}
	c := s.dial(t)
	c.send(t, last)
	if status, _, _ := c.answer(t); status != 200 {
		t.Errorf("status %d", status)
	}
}

// TestLimits: one connection too many is closed on arrival and told; a place
// that becomes free is given again.
func TestLimits(t *testing.T) {
	tests := []struct {
		name    string
		options edge.Options
		limit   string
	}{
		{"whole", edge.Options{Connections: 2}, edge.LimitConnections},
		{"per address", edge.Options{PerAddress: 2}, edge.LimitPerAddress},
		{"both", edge.Options{Connections: 9, PerAddress: 2}, edge.LimitPerAddress},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rejected := make(chan edge.RejectedConn, 1)
			test.options.Name = "http"
			test.options.OnReject = func(r edge.RejectedConn) { rejected <- r }
			s := serve(t, test.options)
			one, two := s.dial(t), s.dial(t)
			for _, c := range []*client{one, two} {
				c.send(t, get+"\r\n")
				c.answer(t)
			}
			three := s.dial(t)
			got := wait(t, rejected, "rejection")
			if got.Limit != test.limit || got.Listener != "http" || got.Remote.String() != three.LocalAddr().String() {
				t.Errorf("rejected %+v", got)
			}
			if n, err := three.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("read %d bytes, %v", n, err)
			}
			if s.Open() != 2 {
				t.Errorf("%d connections open", s.Open())
			}
			one.send(t, last)
			one.statuses(t) // a connection is counted out before its peer can see the end
			four := s.dial(t)
			four.send(t, last)
			if status, _, _ := four.answer(t); status != 200 {
				t.Errorf("status %d", status)
			}
		})
	}
}

// TestShutdown: running calls finish and close, idle connections close at
// once, nobody new gets in.
func TestShutdown(t *testing.T) {
	for _, secure := range []bool{false, true} {
		name := map[bool]string{false: "plain", true: "tls"}[secure]
		t.Run(name, func(t *testing.T) {
			entered, proceed := make(chan struct{}), make(chan struct{})
			options := edge.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					close(entered)
					<-proceed
				}
				_, _ = io.WriteString(w, "fine")
			})}
			var s *site
			if secure {
				s, _ = serveTLS(t, options)
			} else {
				s = serve(t, options)
			}
			idle, busy := s.dial(t), s.dial(t)
			idle.send(t, get+"\r\n")
			idle.answer(t)
			busy.send(t, "GET /slow HTTP/1.1\r\n"+h+"\r\n")
			wait(t, entered, "call")

			done := make(chan error, 1)
			go func() { done <- s.Shutdown(soon(t)) }()
			if more := idle.statuses(t); len(more) != 0 {
				t.Errorf("answers on the idle connection: %v", more)
			}
			if _, err := net.Dial("tcp", s.address); err == nil {
				t.Error("still accepting")
			}
			close(proceed)
			status, header, body := busy.answer(t)
			if status != 200 || body != "fine" || header.Get("Connection") != "close" {
				t.Errorf("running call got %d %q, Connection %q", status, body, header.Get("Connection"))
			}
			if err := wait(t, done, "end of Shutdown"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRetire: connections end with their next answer, which says so, and new ones
// are taken.
func TestRetire(t *testing.T) {
	s := serve(t, edge.Options{})
	kept := s.dial(t)
	kept.send(t, get+"\r\n")
	if _, header, _ := kept.answer(t); header.Get("Connection") != "" {
		t.Errorf("Connection %q before", header.Get("Connection"))
	}
	s.Retire()
	for name, c := range map[string]*client{"kept": kept, "new": s.dial(t)} {
		c.send(t, get+"\r\n")
		if status, header, _ := c.answer(t); status != 200 || header.Get("Connection") != "close" {
			t.Errorf("%s: status %d, Connection %q", name, status, header.Get("Connection"))
		}
		if more := c.statuses(t); len(more) != 0 {
			t.Errorf("%s: further answers %v", name, more)
		}
	}
}

// TestShutdownServesWhoHasCome: whoever had connected by then gets an answer.
func TestShutdownServesWhoHasCome(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "tls"}[secure], func(t *testing.T) {
			var s *site
			if secure {
				s, _ = serveTLS(t, edge.Options{})
			} else {
				s = serve(t, edge.Options{})
			}
			c := s.dial(t)
			for deadline := time.Now().Add(patience); s.Open() == 0 && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
			done := make(chan error, 1)
			go func() { done <- s.Shutdown(soon(t)) }()
			for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
				other, err := net.Dial("tcp", s.address)
				if err != nil {
					break // it accepts no more
				}
				_ = other.Close()
			}
			c.send(t, get+"\r\n")
			if status, header, _ := c.answer(t); status != 200 || header.Get("Connection") != "close" {
				t.Errorf("status %d, Connection %q", status, header.Get("Connection"))
			}
			if err := wait(t, done, "end of Shutdown"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	entered := make(chan struct{})
	s := serve(t, edge.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})})
	c := s.dial(t)
	c.send(t, get+"\r\n")
	wait(t, entered, "call")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown said %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close said %v", err)
	}
	if _, err := c.in.ReadByte(); err == nil {
		t.Error("connection survived Close")
	}
}

// TestShutdownWithHalfHead: part of a head behind an answered request is an
// idle connection, and holds nobody up.
func TestShutdownWithHalfHead(t *testing.T) {
	s := serve(t, edge.Options{Header: patience, Idle: patience})
	c := s.dial(t)
	c.send(t, get+"\r\nPOST /half")
	if status, _, _ := c.answer(t); status != 200 {
		t.Fatalf("status %d", status)
	}
	if err := s.Shutdown(soon(t)); err != nil {
		t.Error(err)
	}
	if more := c.statuses(t); len(more) != 0 {
		t.Errorf("further answers %v", more)
	}
}

// TestCloseDoesNotLinger: what a peer still sends holds up the end of its
// connection, but not the end of the program.
func TestCloseDoesNotLinger(t *testing.T) {
	const clients = 3
	entered := make(chan struct{}, clients)
	s := serve(t, edge.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body)
	})})
	for range clients {
		s.dial(t).send(t, post+"Content-Length: 10\r\n\r\n")
		wait(t, entered, "request")
	}
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("Close took %v", took)
	}
}

// TestCloseWithoutServe: a start that fails elsewhere must free the port.
func TestCloseWithoutServe(t *testing.T) {
	for name, end := range map[string]func(*edge.Listener) error{
		"close":    (*edge.Listener).Close,
		"shutdown": func(l *edge.Listener) error { return l.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := edge.Listen(edge.Options{Address: "127.0.0.1:0", Handler: http.NotFoundHandler()})
			if err != nil {
				t.Fatal(err)
			}
			if err := end(l); err != nil {
				t.Fatal(err)
			}
			again, err := edge.Listen(edge.Options{Address: l.Addr().String(), Handler: http.NotFoundHandler()})
			if err != nil {
				t.Fatalf("port not free: %v", err)
			}
			_ = again.Close()
		})
	}
}

// TestSet: what is changed while running holds for what comes later.
func TestSet(t *testing.T) {
	s := serve(t, edge.Options{KeepAlive: true})
	before := s.dial(t)
	before.send(t, get+"\r\n")
	if status, _, _ := before.answer(t); status != 200 {
		t.Fatalf("status %d", status)
	}
	s.Set(edge.Options{KeepAlive: true, Headers: 2, PerAddress: 1})
	if s.Open() != 1 {
		t.Fatalf("%d connections open", s.Open())
	}
	if more := s.dial(t).statuses(t); len(more) != 0 {
		t.Errorf("a second connection of the address was answered: %v", more)
	}
	before.send(t, get+"A: 1\r\nB: 2\r\nC: 3\r\nConnection: close\r\n\r\n") // an open connection stays as it was
	if status, _, _ := before.answer(t); status != 200 {
		t.Errorf("status %d on the connection from before", status)
	}
	s.Set(edge.Options{KeepAlive: true, Headers: 2})
	after := s.dial(t)
	after.send(t, get+"A: 1\r\nB: 2\r\nC: 3\r\nConnection: close\r\n\r\n")
	if status, _, _ := after.answer(t); status != 431 {
		t.Errorf("status %d, want 431", status)
	}
}

// TestSetIdle: how long a connection may be idle changes while it is open.
func TestSetIdle(t *testing.T) {
	s := serve(t, edge.Options{KeepAlive: true, Idle: patience})
	c := s.dial(t)
	c.send(t, get+"\r\n")
	if status, _, _ := c.answer(t); status != 200 {
		t.Fatalf("status %d", status)
	}
	s.Set(edge.Options{KeepAlive: true, Idle: 50 * time.Millisecond})
	c.send(t, get+"\r\n")
	if more := c.statuses(t); !slices.Equal(more, []int{200}) {
		t.Errorf("answers before the connection closed: %v", more)
	}
}

// TestIdleLimitEndsWithIdleness: the limit does not reach into the request that
// follows, not even one whose head came while the one before was answered.
func TestIdleLimitEndsWithIdleness(t *testing.T) {
	const idle = 50 * time.Millisecond
	for _, pipelined := range []bool{false, true} {
		t.Run(fmt.Sprintf("pipelined=%t", pipelined), func(t *testing.T) {
			s := serve(t, edge.Options{KeepAlive: true, Idle: idle, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Errorf("the body ended with %v", err)
				}
			})})
			c := s.dial(t)
			slow := post + "Content-Length: 2\r\n\r\n1"
			if pipelined {
				c.send(t, get+"\r\n"+slow)
			} else {
				c.send(t, get+"\r\n")
			}
			if status, _, _ := c.answer(t); status != 200 {
				t.Fatalf("status %d", status)
			}
			if !pipelined {
				c.send(t, slow)
			}
			time.AfterFunc(3*idle, func() { _, _ = io.WriteString(c, "2") })
			if got := c.statuses(t); !slices.Equal(got, []int{200}) {
				t.Errorf("answers %v", got)
			}
		})
	}
}
