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
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/proxy/upstream"
)

// TestStaleConnection: what happens to an idle connection is noticed before
// the next call is put on it.
func TestStaleConnection(t *testing.T) {
	tests := []struct {
		name   string
		idle   func(raw, c net.Conn) // what the producer does
		plain  bool                  // makes sense without TLS
		secure bool
	}{
		{"closed", func(_, c net.Conn) { c.Close() }, true, true},
		{"closed below TLS", func(raw, _ net.Conn) { raw.Close() }, false, true},
		{"closing alert alone", func(_, c net.Conn) { c.(*tls.Conn).CloseWrite() }, false, true},
		{"half closed", func(raw, _ net.Conn) { raw.(*net.TCPConn).CloseWrite() }, true, true},
		{"reset", func(raw, _ net.Conn) { raw.(*net.TCPConn).SetLinger(0); raw.Close() }, true, true},
		{"surplus byte", func(_, c net.Conn) { io.WriteString(c, "x") }, true, true},
		{"answer nobody asked for", func(_, c net.Conn) {
			io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nevil")
		}, true, true},
		{"bytes that are no TLS", func(raw, _ net.Conn) { io.WriteString(raw, "HTTP/1.1 408 Request Timeout\r\n\r\n") }, false, true},
	}
	for _, tr := range transports(t) {
		for _, test := range tests {
			if tr.server == nil && !test.plain || tr.server != nil && !test.secure {
				continue
			}
			t.Run(tr.name+"/"+test.name, func(t *testing.T) {
				idle := make(chan bool)
				addr := listen(t, func(number int, raw net.Conn) {
					c := tr.over(raw)
					reader := bufio.NewReader(c)
					for skipRequest(reader) == nil {
						io.WriteString(c, okAnswer)
						if number == 1 {
							<-idle
							test.idle(raw, c)
							break
						}
					}
					io.Copy(io.Discard, raw)
				})
				dialed := &dialRecorder{}
				client := newClient(t, upstream.Options{Dial: dialed.dial})
				mustCall(t, client, tr.request(addr))
				if idle := client.Stats().Idle[addr]; idle != 1 {
					t.Fatalf("%d idle connections, want 1", idle)
				}
				close(idle)
				awaitArrival(t, dialed.last)
				if body := mustCall(t, client, tr.request(addr)); body != "ok" {
					t.Errorf("the second call got %q", body)
				}
				if stats := client.Stats(); stats.Stale != 1 || stats.Dials != 2 || stats.Reuses != 0 {
					t.Errorf("stats %+v, want one stale connection and two dials", stats)
				}
			})
		}
	}
}

// dialRecorder dials and remembers the connection.
type dialRecorder struct {
	last net.Conn
}

func (d *dialRecorder) dial(ctx context.Context, network, addr string) (c net.Conn, err error) {
	d.last, err = new(net.Dialer).DialContext(ctx, network, addr)
	return d.last, err
}

// awaitArrival waits until a connection has something to read, or its end.
func awaitArrival(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(patience))
	defer c.SetReadDeadline(time.Time{})
	err = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return err != syscall.EAGAIN
	})
	if err != nil {
		t.Fatalf("nothing arrived: %v", err)
	}
}

// TestUnreadTickets: the session tickets of TLS 1.3 say nothing against a
// connection, whether they came with the handshake or, as when the producer asks
// for a certificate, behind it.
func TestUnreadTickets(t *testing.T) {
	for _, behind := range []bool{false, true} {
		t.Run(fmt.Sprintf("behind the handshake: %v", behind), func(t *testing.T) {
			tr := transports(t)[2]
			if behind {
				tr.server.ClientAuth = tls.RequestClientCert
			}
			addr := tr.listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
			dialed := &dialRecorder{}
			client := newClient(t, upstream.Options{Dial: dialed.dial})
			if err := client.Prepare(t.Context(), tr.request(addr)); err != nil {
				t.Fatal(err)
			}
			if behind {
				awaitArrival(t, dialed.last)
			}
			mustCall(t, client, tr.request(addr))
			if stats := client.Stats(); stats.Stale != 0 || stats.Reuses != 1 || stats.Dials != 1 {
				t.Errorf("stats %+v, want the one connection reused", stats)
			}
			client.CloseIdle()
			mustCall(t, client, tr.request(addr))
			if resumed := client.Stats().Resumptions; resumed != 1 {
				t.Errorf("%d sessions resumed, want 1: the ticket has been lost", resumed)
			}
		})
	}
}

// TestReuse: many calls one after the other, all on one connection.
func TestReuse(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			addr := tr.listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
			client := newClient(t, upstream.Options{})
			for range 20 {
				mustCall(t, client, tr.request(addr))
			}
			if stats := client.Stats(); stats.Dials != 1 || stats.Reuses != 19 || stats.Open != 1 || stats.Idle[addr] != 1 {
				t.Errorf("stats %+v, want one connection", stats)
			}
			client.CloseIdle()
			if stats := client.Stats(); stats.Open != 0 || len(stats.Idle) != 0 {
				t.Errorf("after CloseIdle: %+v", stats)
			}
			mustCall(t, client, tr.request(addr))
		})
	}
}

// TestNotKept: a call without keep-alive neither takes nor leaves a connection.
func TestNotKept(t *testing.T) {
	addr := listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
	client := newClient(t, upstream.Options{})
	mustCall(t, client, plain.request(addr))
	for range 2 {
		r := plain.request(addr)
		r.KeepAlive = false
		mustCall(t, client, r)
	}
	if stats := client.Stats(); stats.Dials != 3 || stats.Reuses != 0 || stats.Open != 1 {
		t.Errorf("stats %+v, want three dials of which one is kept", stats)
	}
}

// TestPoolIsPerProfile: a connection made with one identity never serves
// another.
func TestPoolIsPerProfile(t *testing.T) {
	ca := newAuthority(t)
	server := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{})}}
	addr := listen(t, func(_ int, c net.Conn) { answerAll(tls.Server(c, server), okAnswer) })
	client := newClient(t, upstream.Options{})
	for range 2 {
		tr := transport{server: server, client: upstream.NewTLSProfile(&tls.Config{RootCAs: ca.pool}, true)}
		mustCall(t, client, tr.request(addr))
	}
	if stats := client.Stats(); stats.Dials != 2 || stats.Resumptions != 0 || stats.Idle[addr] != 2 {
		t.Errorf("stats %+v, want two connections without a common session", stats)
	}
}

// TestMaxIdle: what exceeds the limit is closed, and the connection used last
// is taken first.
func TestMaxIdle(t *testing.T) {
	arrived, release := make(chan int, 10), make(chan bool)
	addr := listen(t, func(number int, c net.Conn) {
		reader := bufio.NewReader(c)
		for skipRequest(reader) == nil {
			arrived <- number
			<-release
			io.WriteString(c, okAnswer)
		}
	})
	client := newClient(t, upstream.Options{MaxIdlePerHost: 2})
	var calls sync.WaitGroup
	for range 3 {
		calls.Go(func() {
			if _, _, err := call(t.Context(), client, plain.request(addr)); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		receive(t, arrived, "a call")
	}
	close(release)
	calls.Wait()
	if stats := client.Stats(); stats.Open != 2 || stats.Idle[addr] != 2 {
		t.Errorf("stats %+v, want two of three connections kept", stats)
	}
	mustCall(t, client, plain.request(addr))
	mustCall(t, client, plain.request(addr))
	if first, second := <-arrived, <-arrived; first != second {
		t.Errorf("connection %d was used last, %d was taken", first, second)
	}
}

// pipes is a network of synchronous pipes, for tests of time. The test waits
// for its producers.
func pipes(t *testing.T, serve func(c net.Conn)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	var producers sync.WaitGroup
	t.Cleanup(producers.Wait)
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		producers.Go(func() {
			defer far.Close()
			serve(far)
		})
		return near, nil
	}
}

// TestIdleTimeout: idle connections are closed without anyone calling, at
// latest a second after their time, and no sooner.
func TestIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := pipes(t, func(c net.Conn) { answerAll(c, okAnswer) })
		client := newClient(t, upstream.Options{Dial: dial})
		for addr, idle := range map[string]time.Duration{"a:80": 10 * time.Second, "b:80": 30 * time.Second, "c:80": 0} {
			r := plain.request(addr)
			r.IdleTimeout = idle
			mustCall(t, client, r)
		}
		start := time.Now()
		for _, step := range []struct {
			after time.Duration
			left  string
		}{
			{9 * time.Second, "a:80 b:80 c:80"},
			{11 * time.Second, "b:80 c:80"},
			{29 * time.Second, "b:80 c:80"},
			{31 * time.Second, "c:80"},
			{59 * time.Second, "c:80"},
			{61 * time.Second, ""},
		} {
			time.Sleep(time.Until(start.Add(step.after)))
			synctest.Wait()
			var left []string
			for _, addr := range []string{"a:80", "b:80", "c:80"} {
				if client.Stats().Idle[addr] > 0 {
					left = append(left, addr)
				}
			}
			if got := strings.Join(left, " "); got != step.left {
				t.Errorf("after %v there are %q, want %q", step.after, got, step.left)
			}
		}
		if open := client.Stats().Open; open != 0 {
			t.Errorf("%d connections are open", open)
		}
	})
}

// TestIdleTimeoutOnTake: a connection past its time is not used, even if no
// sweep has come by.
func TestIdleTimeoutOnTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := pipes(t, func(c net.Conn) { answerAll(c, okAnswer) })
		client := newClient(t, upstream.Options{Dial: dial})
		r := plain.request("a:80")
		r.IdleTimeout = 100 * time.Millisecond
		mustCall(t, client, r)
		r = plain.request("a:80")
		r.IdleTimeout = 100 * time.Millisecond
		mustCall(t, client, r)
		if stats := client.Stats(); stats.Reuses != 1 {
			t.Errorf("stats %+v, want one connection so far", stats)
		}
		time.Sleep(200 * time.Millisecond)
		r = plain.request("a:80")
		r.IdleTimeout = 100 * time.Millisecond
		mustCall(t, client, r)
		if stats := client.Stats(); stats.Stale != 1 || stats.Dials != 2 {
			t.Errorf("stats %+v, want the first connection given up", stats)
		}
	})
}

// TestAnnouncedIdleTime: a producer that says when it will close is not called
// at that moment.
func TestAnnouncedIdleTime(t *testing.T) {
	tests := []struct {
		announced string
		wait      time.Duration
		reused    bool
	}{
		{"timeout=5, max=100", 3900 * time.Millisecond, true},
		{"timeout=5, max=100", 4100 * time.Millisecond, false},
		{"max=100,Timeout=5", 4100 * time.Millisecond, false},
		{"timeout=1", 400 * time.Millisecond, true},
		{"timeout=1", 600 * time.Millisecond, false},
		{"timeout=0", 0, false},
		{"timeout=3600", 59 * time.Second, true},
		{"timeout=3600", 61 * time.Second, false},
		{"timeout=99999999999999999999", 59 * time.Second, true},
		{"timeout=x, max", 59 * time.Second, true},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.announced, " after ", test.wait), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := "HTTP/1.1 200 OK\r\nKeep-Alive: " + test.announced + "\r\nContent-Length: 2\r\n\r\nok"
				client := newClient(t, upstream.Options{Dial: pipes(t, func(c net.Conn) { answerAll(c, answer) })})
				mustCall(t, client, plain.request("a:80"))
				time.Sleep(test.wait)
				mustCall(t, client, plain.request("a:80"))
				if reused := client.Stats().Reuses == 1; reused != test.reused {
					t.Errorf("connection reused: %v, want %v", reused, test.reused)
				}
			})
		})
	}
}

// TestCloseInTheRace: a producer that closes after the connection was taken
// ends the call; the request is not sent again.
func TestCloseInTheRace(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			calls := make(chan int, 10)
			addr := tr.listen(t, func(number int, c net.Conn) {
				reader := bufio.NewReader(c)
				for count := 1; skipRequest(reader) == nil; count++ {
					calls <- number
					if count == 2 {
						return
					}
					io.WriteString(c, okAnswer)
				}
			})
			client := newClient(t, upstream.Options{Retries: 3})
			mustCall(t, client, tr.request(addr))
			_, _, err := call(t.Context(), client, tr.request(addr))
			wantCause[*upstream.NoAnswerError](t, err, "No response received from remote server: "+addr)
			if len(calls) != 2 {
				t.Errorf("the producer saw %d requests, want 2", len(calls))
			}
		})
	}
}

// TestCommitAndReset: a producer that carries out a call and then resets has
// carried it out once.
func TestCommitAndReset(t *testing.T) {
	for _, tr := range transports(t) {
		t.Run(tr.name, func(t *testing.T) {
			commits := make(chan bool, 10)
			addr := listen(t, func(_ int, raw net.Conn) {
				if skipRequest(bufio.NewReader(tr.over(raw))) == nil {
					commits <- true
				}
				raw.(*net.TCPConn).SetLinger(0)
				raw.Close()
			})
			_, _, err := call(t.Context(), newClient(t, upstream.Options{Retries: 3}), tr.request(addr))
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", err)
			}
			if len(commits) != 1 {
				t.Errorf("%d commits, want 1", len(commits))
			}
		})
	}
}
