package admin_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/admin"
)

func TestReload(t *testing.T) {
	tests := []struct {
		name    string
		reasons []string
		status  int
		body    string
		act     string
	}{
		{"replaced", nil, 200, "reloaded\n", "reload: ok"},
		{
			"refused",
			[]string{"rivgate.yaml:3: tak.file: no such file", "rivgate.yaml:9: admin.port: unknown key"},
			422,
			"rivgate.yaml:3: tak.file: no such file\nrivgate.yaml:9: admin.port: unknown key\n",
			"reload: failed: rivgate.yaml:3: tak.file: no such file; rivgate.yaml:9: admin.port: unknown key",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen acts
			h := newAdmin(func(o *admin.Options) {
				o.Reload = func(context.Context) []string { return tt.reasons }
				o.Act = seen.add
			})
			w := ask(h, "POST", "/reload")
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
			if got := seen.results(); !slices.Equal(got, []string{tt.act}) {
				t.Errorf("acts %q", got)
			}
		})
	}
}

func TestReloadGoesOnWithoutItsCaller(t *testing.T) {
	var ended error
	h := newAdmin(func(o *admin.Options) {
		o.Reload = func(ctx context.Context) []string {
			ended = ctx.Err()
			return nil
		}
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	r, err := http.NewRequestWithContext(gone, "POST", "/reload", nil)
	if err != nil {
		t.Fatal(err)
	}
	h.ServeHTTP(discard{}, r)
	if ended != nil {
		t.Errorf("the reload's context: %v", ended)
	}
}

// discard is the answer to a caller that has left.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func TestLogLevel(t *testing.T) {
	tests := []struct {
		body   string
		status int
		level  slog.Level
	}{
		{"debug", 200, slog.LevelDebug},
		{"info", 200, slog.LevelInfo},
		{"warn", 200, slog.LevelWarn},
		{"error", 200, slog.LevelError},
		{"level=debug", 200, slog.LevelDebug},
		{" DEBUG\r\n", 200, slog.LevelDebug},
		{"", 400, slog.LevelWarn},
		{"trace", 400, slog.LevelWarn},
		{"info+1", 400, slog.LevelWarn},
		{"level=", 400, slog.LevelWarn},
		{"debug info", 400, slog.LevelWarn},
		{strings.Repeat("x", 5000), 413, slog.LevelWarn},
	}
	for _, tt := range tests {
		for _, method := range []string{"PUT", "POST"} {
			t.Run(fmt.Sprintf("%s %.20q", method, tt.body), func(t *testing.T) {
				var level slog.LevelVar
				level.Set(slog.LevelWarn)
				h := newAdmin(func(o *admin.Options) { o.Level = &level })
				if w := send(h, method, "/loglevel", tt.body); w.Code != tt.status || level.Level() != tt.level {
					t.Errorf("%d and %v, want %d and %v", w.Code, level.Level(), tt.status, tt.level)
				}
				want := strings.ToLower(tt.level.String()) + "\n"
				if w := ask(h, "GET", "/loglevel"); w.Code != 200 || w.Body.String() != want {
					t.Errorf("then %d %q, want %q", w.Code, w.Body, want)
				}
			})
		}
	}
}

func TestBodiesHaveABound(t *testing.T) {
	tests := []struct{ name, request, status string }{
		{"announced", "PUT /loglevel HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n" + strings.Repeat("x", 10000), "413"},
		{"chunked", "PUT /loglevel HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n" + strings.Repeat("x", 10000), "413"},
		{"where none is needed", "POST /status HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n" + strings.Repeat("x", 10000), "413"},
		{"broken", "PUT /loglevel HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n", "400"},
		{"never sent", "PUT /loglevel HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\ninf", "400"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				answer := raw(t, tt.request)
				if !strings.HasPrefix(answer, "HTTP/1.1 "+tt.status+" ") || !strings.Contains(answer, "\r\nConnection: close\r\n") {
					t.Errorf("%q", answer)
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("the connection stood for %v", took)
				}
			})
		})
	}
}

// A caller has its answer however long the change takes: the server's limit on
// writing is for readers.
func TestChangesMayTakeLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := raw(t, "POST /reload HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
		if !strings.HasPrefix(answer, "HTTP/1.1 200 ") || !strings.HasSuffix(answer, "\r\n\r\nreloaded\n") {
			t.Errorf("%q", answer)
		}
	})
}

// raw sends bytes to a server over a pipe, whose deadlines follow the bubble's
// clock, and returns all it answers until it closes. A reload takes an hour.
func raw(t *testing.T, request string) string {
	t.Helper()
	caller, conn := net.Pipe()
	server := admin.NewServer(newAdmin(func(o *admin.Options) {
		o.Reload = func(ctx context.Context) []string {
			time.Sleep(time.Hour)
			return nil
		}
	}))
	listener := &oneConn{conn: conn, closed: make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	go func() { _, _ = io.WriteString(caller, request) }() // ends when the server closes
	answer, err := io.ReadAll(caller)
	if err != nil {
		t.Error(err)
	}
	_ = caller.Close()
	_ = server.Close()
	<-served
	return string(answer)
}

// oneConn is a listener that one caller comes to.
type oneConn struct {
	conn   net.Conn
	closed chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	close(l.closed)
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }
