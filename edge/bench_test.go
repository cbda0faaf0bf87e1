package edge_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"rivgate/edge"
)

// repeat is a peer that sends the same bytes again and again.
type repeat struct {
	raw string
	at  int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.raw[r.at:])
	r.at = (r.at + n) % len(r.raw)
	return n, nil
}

// BenchmarkGate is what the gate costs one request of an ordinary shape, read
// as net/http reads it.
func BenchmarkGate(b *testing.B) {
	head := post + "Content-Type: text/xml; charset=UTF-8\r\nSOAPAction: \"urn:riv:example:GetThing\"\r\n" +
		"User-Agent: Apache-CXF/3.5\r\nAccept: */*\r\nConnection: Keep-Alive\r\nX-Skltp-Correlation-Id: 0000\r\n"
	for _, size := range []int{2 << 10, 256 << 10} {
		body := strings.Repeat("x", size)
		b.Run(fmt.Sprintf("length/%dKiB", size>>10), func(b *testing.B) {
			benchmarkGate(b, fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, size, body))
		})
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 2<<10, body[:2<<10])
		b.Run(fmt.Sprintf("chunked/%dKiB", size>>10), func(b *testing.B) {
			benchmarkGate(b, head+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat(chunk, size>>11)+"0\r\n\r\n")
		})
	}
}

func benchmarkGate(b *testing.B, raw string) {
	gate := edge.NewGate(&repeat{raw: raw}, 64<<10, 200)
	p := make([]byte, 4096)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		for read := 0; read < len(raw); {
			n, err := gate.Read(p)
			if err != nil {
				b.Fatal(err)
			}
			read += n
		}
	}
	if gate.Refused() != nil || gate.Broken() != nil {
		b.Fatal("refused")
	}
}

// TestGateAllocatesNothing keeps the gate out of the call path's garbage.
func TestGateAllocatesNothing(t *testing.T) {
	raw := post + "Content-Length: 5\r\n\r\nhello" + chk + "5\r\nhello\r\n0\r\n\r\n"
	gate := edge.NewGate(&repeat{raw: raw}, 64<<10, 200)
	p := make([]byte, len(raw))
	once := func() {
		for read := 0; read < len(raw); {
			n, err := gate.Read(p[read:])
			if err != nil {
				t.Fatal(err)
			}
			read += n
		}
	}
	if allocs := testing.AllocsPerRun(100, once); allocs > 0 {
		t.Errorf("%v allocations for two requests, want none", allocs)
	}
	if string(p) != raw {
		t.Errorf("passed %q, want %q", p, raw)
	}
	if _, err := io.ReadFull(gate, p); err != nil {
		t.Error(err)
	}
}
