package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// slowPeers are the ways to hold a connection for nothing. Each begins its
// attack and leaves the connection to the caller.
var slowPeers = []struct {
	name  string
	begin func(w *world) (net.Conn, error)
}{
	{"stalled handshake", func(w *world) (net.Conn, error) {
		return w.begin(false, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc") // the first bytes of a ClientHello
	}},
	{"slow head", func(w *world) (net.Conn, error) {
		return w.begin(true, "POST /vp HTTP/1.1\r\nHost: localhost\r\nX-Pad: a")
	}},
	{"slow body", func(w *world) (net.Conn, error) {
		return w.begin(true, requestHead("Content-Length: 100000\r\n")+w.request("HTTP21"))
	}},
	{"slow reader", func(w *world) (net.Conn, error) {
		request := w.request("ECHO")
		return w.begin(true, requestHead(fmt.Sprintf("Content-Length: %d\r\n", len(request)))+request)
	}},
}

// slowPeer is the kind of the i-th peer of a crowd: readers are few, because each
// costs the megabytes that buffers hold.
func slowPeer(i int) int {
	if i%20 == 19 {
		return 3
	}
	return i % 3
}

// begin opens a connection and writes text.
func (w *world) begin(handshake bool, text string) (net.Conn, error) {
	raw, err := net.Dial("tcp", w.gate.https)
	if err != nil {
		return nil, err
	}
	conn := raw
	if handshake {
		conn = tls.Client(raw, lab.ClientTLS(w.consumer, w.ca))
	}
	_, err = io.WriteString(conn, text)
	return conn, err
}

func (w *world) request(receiver string) string {
	body, err := envelope(getThing, receiver).Bytes()
	if err != nil {
		panic(err)
	}
	return string(body)
}

// crowd opens n connections of slow peers.
func (w *world) crowd(t *testing.T, n int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	var opening sync.WaitGroup
	next := make(chan int)
	for range 20 {
		opening.Go(func() {
			for i := range next {
				peer := slowPeers[slowPeer(i)]
				conn, err := peer.begin(w)
				if err != nil {
					t.Errorf("%s: %v", peer.name, err)
					continue
				}
				conns[i] = conn
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return conns
}

// slowWorld is a world whose gateway waits as long as timeouts say, and whose
// producer answers one receiver with more than buffers hold.
func slowWorld(t *testing.T, timeouts string) *world {
	w := newWorld(t, "")
	long := strings.Repeat("x", 16<<20)
	w.plain.Script("/echo", lab.Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(long), long)}})
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, strings.ReplaceAll(withAdmin, "address: 127.0.0.1:0\n    tls",
		"address: 127.0.0.1:0\n    timeouts: {"+timeouts+"}\n    tls"))
	return w
}

// latencies makes calls one after the other, on a kept connection and each
// fifth on a new one, and returns how long each took, sorted.
func (w *world) latencies(t *testing.T, calls int) []time.Duration {
	t.Helper()
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	took := make([]time.Duration, calls)
	for i := range took {
		if i%5 == 0 {
			client.CloseIdleConnections()
		}
		began := time.Now()
		reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil)
		took[i] = time.Since(began)
		if err != nil || reply.Status != http.StatusOK {
			t.Fatalf("an honest call failed: %v %+v", err, reply)
		}
	}
	slices.Sort(took)
	return took
}

// A thousand peers that hold connections for nothing leave honest callers
// their latency, and are gone when their time is over.
func TestAttackSlowPeers(t *testing.T) {
	a := newAttacks(t, "1,000 peers at once with stalled handshakes, slow heads, slow bodies and unread answers")
	const peers, calls = 1000, 100
	w := slowWorld(t, "handshake: 5m, header: 5m, body: 5m, write: 5m")
	alone := w.latencies(t, calls)
	conns := w.crowd(t, peers)
	eventually(t, "every attack", func() bool {
		return sample(t, w.gate.scrape(t), "rivgate_connections_open", `listener="https"`) >= peers
	})
	crowded := w.latencies(t, calls)
	t.Logf("median %v alone, %v beside %d slow peers; 95th of 100 %v and %v", alone[calls/2], crowded[calls/2], peers, alone[94], crowded[94])
	// The bound is wide because machines are busy; waiting for slow peers would take minutes.
	if crowded[calls/2] > 10*alone[calls/2]+50*time.Millisecond {
		t.Errorf("the median rose from %v to %v", alone[calls/2], crowded[calls/2])
	}
	for _, conn := range conns {
		_ = conn.Close()
	}

	w = slowWorld(t, "handshake: 3s, header: 3s, body: 3s, write: 3s")
	conns = w.crowd(t, peers)
	eventually(t, "the end of every attack", func() bool {
		return sample(t, w.gate.scrape(t), "rivgate_connections_open", `listener="https"`) == 0
	})
	for i, conn := range conns {
		kind := slowPeers[slowPeer(i)].name
		if kind == "slow reader" {
			if n, err := io.Copy(io.Discard, conn); n > 1<<20 || err == nil {
				t.Errorf("%s %d: %d bytes, %v: the system still had what it did not read", kind, i, n, err)
			}
		}
		_ = conn.Close()
		a.count(fmt.Sprintf("%s %d", kind, i), refused)
	}
	for _, seen := range w.plain.Take() {
		if seen.Complete && strings.HasPrefix(seen.URI, "/ok") {
			t.Error("half a request looked whole to the producer")
		}
	}
}

// More connections than limits allow are closed before anything is done for
// them, those of one address before it takes another's place.
func TestAttackConnectionFlood(t *testing.T) {
	a := newAttacks(t, "more connections than limits.connections and limits.per_address allow")
	for _, limit := range []string{"connections", "per_address"} {
		const allowed, tried = 10, 60
		w := newWorld(t, "")
		w.gate.stop()
		w.gate = startConfigured(t, w.gate.dir, withAdmin+fmt.Sprintf("limits: {%s: %d}\n", limit, allowed))
		var held []net.Conn
		for range allowed {
			conn := w.raw(t)
			must(t, conn.HandshakeContext(t.Context()))
			held = append(held, conn)
		}
		for i := range tried {
			conn, err := net.Dial("tcp", w.gate.https)
			must(t, err)
			must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
			if n, err := conn.Read(make([]byte, 1)); n > 0 || isTimeout(err) {
				t.Fatalf("%s: connection %d was not closed: %v", limit, i, err)
			}
			_ = conn.Close()
			a.count(fmt.Sprintf("%s %d", limit, i), refused)
		}
		if limit == "per_address" {
			// 127.0.0.2 is another peer.
			dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
			client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
			client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			}
			reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil)
			client.CloseIdleConnections()
			if err != nil || reply.Status != http.StatusOK {
				t.Errorf("a caller from another address: %v %+v", err, reply)
			}
		}
		// Whoever holds a connection keeps it, and its place is free after it.
		unfinished(t, held[0], "", w.request("HTTP21"), len(w.request("HTTP21")))
		if answer := answerOn(t, held[0]); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: a connection within the limit got HTTP %d", limit, answer.StatusCode)
		}
		must(t, held[1].Close())
		eventually(t, "a free place", func() bool {
			client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
			defer client.CloseIdleConnections()
			reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil)
			return err == nil && reply.Status == http.StatusOK
		})
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// Calls over a limit get the fast 503, and never a producer. One sender's flood
// leaves another sender its calls.
func TestAttackCallFlood(t *testing.T) {
	a := newAttacks(t, "more calls at a time than limits.in_flight and limits.per_sender allow")
	for _, limit := range []string{"in_flight", "per_sender"} {
		const allowed, tried = 8, 100
		w := newWorld(t, fmt.Sprintf("limits: {%s: %d}\n", limit, allowed))
		for range allowed {
			unfinished(t, w.raw(t), "", w.request("AT-HANG"), len(w.request("AT-HANG")))
		}
		eventually(t, "the calls that hang", func() bool { return w.plain.Connections() == allowed })
		conn := w.raw(t)
		reader := bufio.NewReader(conn)
		request := w.request("HTTP21")
		for i := range tried {
			unfinished(t, conn, "", request, len(request))
			answer, err := http.ReadResponse(reader, nil)
			must(t, err)
			body := read(t, answer.Body)
			if fault := lab.ParseFault([]byte(body)); answer.StatusCode != 503 || answer.Header.Get("Retry-After") != "1" || fault == nil || fault.String != "Overloaded" {
				t.Fatalf("%s: HTTP %d %s", limit, answer.StatusCode, body)
			}
			a.count(fmt.Sprintf("%s %d", limit, i), refused)
		}
		if limit == "per_sender" {
			other := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: "SE0000000000-OTHER", CN: "another"})
			client := lab.Client(lab.ClientTLS(other, w.ca))
			reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil)
			client.CloseIdleConnections()
			must(t, err)
			wantFault(t, reply, "VP007 ") // decided as ever: this sender has no permission
		}
		if seen := w.plain.Connections(); seen != allowed {
			t.Errorf("%s: %d connections to the producer, want %d", limit, seen, allowed)
		}
	}
}
