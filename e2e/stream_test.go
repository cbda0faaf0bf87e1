package e2e

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

const mebibyte = 1 << 20

// letters is n bytes that cost nothing, watched while they are read.
type letters struct {
	left  int
	watch func()
}

func (l *letters) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), l.left)
	for i := range p[:n] {
		p[i] = 'x'
	}
	if l.left/mebibyte != (l.left-n)/mebibyte && l.watch != nil {
		l.watch()
	}
	l.left -= n
	return n, nil
}

// heapWatch remembers the largest live heap seen.
type heapWatch struct{ base, peak uint64 }

func newHeapWatch() *heapWatch {
	w := &heapWatch{}
	w.look()
	w.base, w.peak = w.peak, 0
	return w
}

// look takes the smaller of two collections' figures: what is allocated while one
// runs counts as live for it, and on a busy machine it runs long.
func (w *heapWatch) look() {
	least := uint64(math.MaxUint64)
	for range 2 {
		runtime.GC()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		least = min(least, live[0].Value.Uint64())
	}
	w.peak = max(w.peak, least)
}

// flat is what a transfer may add to the heap of gateway, caller and producer
// together: buffers, not bodies.
const flat = 16 * mebibyte

func (w *heapWatch) check(t *testing.T) {
	t.Helper()
	if w.peak == 0 {
		t.Fatal("nothing was measured")
	}
	if w.peak > w.base+flat {
		t.Errorf("the heap grew from %d to %d bytes", w.base, w.peak)
	}
}

func streamWorld(t *testing.T, route func(w *world) string, extra string) (*world, *http.Client) {
	t.Helper()
	w := newWorld(t, extra)
	catalogue := w.catalogue()
	catalogue.Route(getThing, "RIVTABP20", route(w), "STREAM")
	catalogue.Permit(consumerID, getThing, "STREAM")
	w.gate.stop()
	w.gate = startGateway(t, w.ca, w.gateway, catalogue, extra)
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	t.Cleanup(client.CloseIdleConnections)
	return w, client
}

// halves is an envelope, cut where its payload goes.
func halves(t *testing.T, receiver string) (before, after string) {
	t.Helper()
	e := envelope(getThing, receiver)
	e.Payload = "PAYLOAD"
	body, err := e.Bytes()
	must(t, err)
	before, after, _ = strings.Cut(string(body), "PAYLOAD")
	return before, after
}

func post(t *testing.T, w *world, client *http.Client, body io.Reader, length int64) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url(), body)
	must(t, err)
	request.ContentLength = length
	request.Header.Set("Content-Type", "text/xml; charset=UTF-8")
	answer, err := client.Do(request)
	must(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// A large request is converted while it streams, and never held.
func TestLargeRequestLeavesTheHeapFlat(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		t.Run(fmt.Sprintf("chunked=%t", chunked), func(t *testing.T) {
			w, client := streamWorld(t, func(w *world) string { return w.plain.URL("/ok") }, "")
			before, after := halves(t, "STREAM")
			heap := newHeapWatch()
			body := io.MultiReader(strings.NewReader(before), &letters{left: 64 * mebibyte, watch: heap.look}, strings.NewReader(after))
			length := int64(len(before) + 64*mebibyte + len(after))
			if chunked {
				length = -1
			}
			answer := post(t, w, client, body, length)
			if answer.StatusCode != http.StatusOK {
				t.Fatalf("HTTP %d: %s", answer.StatusCode, read(t, answer.Body))
			}
			heap.check(t)
			seen := w.plain.Take()
			if len(seen) != 1 || !seen[0].Complete || seen[0].Chunked != chunked {
				t.Fatalf("the producer saw %d requests", len(seen))
			}
			// LogicalAddress became To, twice, with a namespace declared on it
			if grew := seen[0].Length - int64(len(before)+64*mebibyte+len(after)); grew == 0 || grew > 200 {
				t.Errorf("the request grew by %d bytes", grew)
			}
		})
	}
}

func TestLargeAnswerLeavesTheHeapFlat(t *testing.T) {
	for _, query := range []string{"size=67108864", "size=67108864&chunked"} {
		t.Run(query, func(t *testing.T) {
			w, client := streamWorld(t, func(w *world) string { return w.plain.URL("/bulk?" + query) }, "")
			before, after := halves(t, "STREAM")
			heap := newHeapWatch()
			answer := post(t, w, client, strings.NewReader(before+after), int64(len(before+after)))
			var got int64
			buffer := make([]byte, 32<<10)
			for {
				n, err := answer.Body.Read(buffer)
				if got/mebibyte != (got+int64(n))/mebibyte {
					heap.look()
				}
				got += int64(n)
				if err == io.EOF {
					break
				}
				must(t, err)
			}
			if got < 64*mebibyte || answer.StatusCode != http.StatusOK {
				t.Errorf("HTTP %d, %d bytes", answer.StatusCode, got)
			}
			heap.check(t)
		})
	}
}

// The producer gets the beginning of a request before its end exists.
func TestRequestsStream(t *testing.T) {
	w, client := streamWorld(t, func(w *world) string { return w.plain.URL("/early") }, "")
	// The producer answers when it has the head of the request; the rest of the
	// body is withheld until that answer is here.
	w.plain.Script("/early", lab.Script{Pieces: []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}, Early: true, End: lab.Close})
	before, _ := halves(t, "STREAM")
	reader, writer := io.Pipe()
	t.Cleanup(func() { _ = writer.Close() })
	go func() { _, _ = writer.Write([]byte(before)) }()
	answer := post(t, w, client, reader, -1)
	if body := read(t, answer.Body); answer.StatusCode != http.StatusOK || body != "ok" {
		t.Errorf("HTTP %d %q", answer.StatusCode, body)
	}
}
