package edge_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/edge"
)

// TestGateTime follows a head's time byte by byte: one write into the pipe is
// one read of the gate.
func TestGateTime(t *testing.T) {
	const header = 10 * time.Second
	tests := []struct {
		name   string
		writes []string
		pause  time.Duration // before each write
		late   bool
	}{
		{"one byte", []string{"P"}, 0, true},
		{"steady but too slow", strings.Split("POST /vp HTTP/1.1", ""), time.Second, true},
		{"silence first", []string{"P"}, time.Hour, true},
		{"empty line alone", []string{"\r", "\n"}, time.Second, false},
		{"empty line and more", []string{"\r\n", "P"}, time.Hour, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer, own := net.Pipe()
				var begun time.Time
				written := make(chan struct{})
				defer func() {
					_ = peer.Close()
					<-written
				}()
				go func() {
					defer close(written)
					for i, bytes := range test.writes {
						time.Sleep(test.pause)
						if i == 0 || test.writes[i-1] == "\r\n" {
							begun = time.Now() // the head's first byte
						}
						if _, err := io.WriteString(peer, bytes); err != nil {
							return
						}
					}
				}()
				gate := edge.NewTimedGate(own, header)
				idle := time.Now().Add(24 * time.Hour)
				if err := gate.SetReadDeadline(idle); err != nil {
					t.Fatal(err)
				}
				n, err := gate.Read(make([]byte, 1))
				if !test.late {
					var timeout net.Error
					if n != 0 || !errors.As(err, &timeout) || !timeout.Timeout() || !time.Now().Equal(idle) {
						t.Errorf("read %d bytes, %v at %v; want a timeout at %v", n, err, time.Now(), idle)
					}
					return
				}
				if n != 1 || err != nil || gate.Refused() == nil || gate.Refused().Status != 408 {
					t.Fatalf("read %d bytes, %v, refused %+v", n, err, gate.Refused())
				}
				if took := time.Since(begun); took != header {
					t.Errorf("refused after %v, want %v", took, header)
				}
			})
		})
	}
}

// TestGateInterrupted: an interruption by net/http loses nothing of a head.
func TestGateInterrupted(t *testing.T) {
	peer, own := net.Pipe()
	defer func() { _ = peer.Close() }()
	gate := edge.NewTimedGate(own, patience)
	request := get + "\r\n"
	go func() {
		trickle(peer, request[:10], 1)
		_ = gate.SetReadDeadline(time.Unix(1, 0))
	}()
	p := make([]byte, len(request))
	var timeout net.Error
	if _, err := gate.Read(p); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("interrupted read ended with %v", err)
	}
	if err := gate.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	go trickle(peer, request[10:], 1)
	if _, err := io.ReadFull(gate, p); err != nil || string(p) != request {
		t.Errorf("read %q, %v; want %q", p, err, request)
	}
}

// TestGateWithLargeReads: a reader that asks for much gets every byte once and
// in order, also where a body ends far inside what was asked for.
func TestGateWithLargeReads(t *testing.T) {
	raw := chk + strings.Repeat("5\r\nhello\r\n", 5000) + "0\r\n\r\n" + strings.Repeat(get+"\r\n", 500) +
		post + "Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 100000) + get + "\r\n"
	for _, size := range []int{1, 1000, 4096, 64 << 10, 1 << 20} {
		gate := edge.NewGate(strings.NewReader(raw), edge.DefaultHeaderBytes, 0)
		got, err := readAll(gate, size)
		if err != nil || string(got) != raw {
			t.Errorf("reads of %d: %d bytes, %v; want the %d bytes sent", size, len(got), err, len(raw))
		}
	}
}

// TestGateGivesRoomBack: one large head does not cost memory for the
// connection's whole life.
func TestGateGivesRoomBack(t *testing.T) {
	raw := get + "X-A: " + strings.Repeat("a", 50<<10) + "\r\n\r\n"
	gate := edge.NewGate(strings.NewReader(raw), edge.DefaultHeaderBytes, 0)
	if got, err := readAll(gate, 4096); err != nil || string(got) != raw {
		t.Fatalf("read %d bytes, %v", len(got), err)
	}
	if size := gate.BufferSize(); size > 4096 {
		t.Errorf("gate keeps %d bytes", size)
	}
}
