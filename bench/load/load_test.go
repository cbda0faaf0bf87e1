package load_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rivgate/bench/load"
)

// server answers over TLS as the handler does.
func server(t *testing.T, handler http.HandlerFunc) load.Target {
	t.Helper()
	s := httptest.NewTLSServer(handler)
	t.Cleanup(s.Close)
	trusted := s.Client().Transport.(*http.Transport).TLSClientConfig
	address := s.Listener.Addr().String()
	return load.Target{Address: address, Host: address, TLS: func(int) *tls.Config {
		return &tls.Config{RootCAs: trusted.RootCAs, ServerName: "example.com"}
	}}
}

// honest is a producer that is asked and answers right.
func honest(answer *load.Body) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var sum load.Sum
		if _, err := io.Copy(&sum, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set(load.IDHeader, r.Header.Get(load.IDHeader))
		w.Header().Set(load.SumHeader, sum.String())
		_, _ = answer.WriteTo(w) // chunked where it is long
	}
}

func callOf(request, answer *load.Body) *load.Call {
	return &load.Call{Path: "/x", ContentType: "text/xml", Body: request, Status: 200, Arrives: request, Answer: answer}
}

func TestRightAnswers(t *testing.T) {
	for name, size := range map[string]int64{"small": 100, "one write": 60_000, "long": 1_000_000} {
		t.Run(name, func(t *testing.T) {
			body := load.NewBody("<a>", size, "</a>")
			target := server(t, honest(body))
			for _, keep := range []bool{true, false} {
				fleet := load.Gather(target, callOf(body, body), 3, keep)
				defer fleet.Close()
				r, err := fleet.Times(t.Context(), 4)
				if err != nil || r.Calls != 12 || r.Cut != 0 || r.FirstCut != nil {
					t.Fatalf("keep %v: %d calls, %d cut, %v, %v", keep, r.Calls, r.Cut, r.FirstCut, err)
				}
				if want := map[bool]int{true: 3, false: 12}[keep]; r.Handshakes != want {
					t.Errorf("keep %v: %d handshakes, want %d", keep, r.Handshakes, want)
				}
			}
		})
	}
}

func TestWrongAnswers(t *testing.T) {
	body := load.NewBody("<a>", 1000, "</a>")
	right := honest(body)
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"status": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, "status 500"},
		"another's": {func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set(load.IDHeader, "0000000000000000")
			right(w, r)
		}, "got the answer to"},
		"request changed": {func(w http.ResponseWriter, r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(r.Body, strings.NewReader(" ")))
			right(w, r)
		}, "the producer was sent 1001-"},
		"answer changed": {honest(load.NewBody("<b>", 1000, "</b>")), "the answer is 1000-"},
		"answer short":   {honest(load.NewBody("<a>", 999, "</a>")), "the answer is 999-"},
	} {
		t.Run(name, func(t *testing.T) {
			fleet := load.Gather(server(t, test.handler), callOf(body, body), 2, true)
			defer fleet.Close()
			if _, err := fleet.Closed(t.Context(), time.Minute); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %s", err, test.says)
			}
		})
	}
}

// Answers that break off are counted, and the calls made again.
func TestCutAnswers(t *testing.T) {
	body := load.NewBody("<a>", 1000, "</a>")
	right := honest(body)
	var asked atomic.Int64
	fleet := load.Gather(server(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%2 == 1 {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "<a>")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		right(w, r)
	}), callOf(body, body), 1, true)
	defer fleet.Close()
	if r, err := fleet.Times(t.Context(), 3); err != nil || r.Calls != 3 || r.Cut != 3 || r.FirstCut == nil {
		t.Errorf("%d calls, %d cut, %v, %v", r.Calls, r.Cut, r.FirstCut, err)
	}
}

// At a fixed rate a call that had to wait for the one before it took as long as
// it waited and ran.
func TestOpenCountsFromWhenACallWasDue(t *testing.T) {
	body := load.NewBody("<a>", 100, "</a>")
	right := honest(body)
	const pause = 50 * time.Millisecond
	fleet := load.Gather(server(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(pause)
		right(w, r)
	}), callOf(body, body), 1, true)
	defer fleet.Close()
	r, err := fleet.Open(t.Context(), 100, 100*time.Millisecond) // ten calls within 100 ms
	if err != nil || r.Calls != 10 {
		t.Fatalf("%d calls, %v", r.Calls, err)
	}
	if longest, least := r.Quantile(1), 10*pause-100*time.Millisecond; longest < least {
		t.Errorf("the last call took %s, and had to wait %s", longest, least)
	}
}

func TestQuantile(t *testing.T) {
	r := load.Result{}
	if r.Quantile(0.5) != 0 {
		t.Error("of nothing")
	}
	for i := range 100 {
		r.Latencies = append(r.Latencies, time.Duration(i))
	}
	if p50, p99, last := r.Quantile(0.5), r.Quantile(0.99), r.Quantile(1); p50 != 50 || p99 != 99 || last != 99 {
		t.Errorf("%d, %d, %d", p50, p99, last)
	}
}

// A sum is that of the bytes, and a body is as long as it says.
func TestBodySum(t *testing.T) {
	for _, size := range []int64{0, 7, 100, 65521, 200_000} {
		var text bytes.Buffer
		body := load.NewBody("<a>", size, "</a>")
		n, err := body.WriteTo(&text)
		var sum load.Sum
		_, _ = sum.Write(text.Bytes())
		if err != nil || n != max(size, 7) || body.Len() != n || sum != body.Sum() {
			t.Errorf("%d bytes: %d written, %s and %s, %v", size, n, sum, body.Sum(), err)
		}
		if changed := body.Replace("<a>", "<bc>"); changed.Len() != n+1 || changed.Sum() == body.Sum() {
			t.Errorf("%d bytes changed to %s", size, changed.Sum())
		}
	}
}

func TestLeaveSendsHalf(t *testing.T) {
	body := load.NewBody("<a>", 1000, "</a>")
	ended := make(chan error, 1)
	target := server(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	})
	if err := load.Leave(target, callOf(body, body)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the whole request came")
	}
}
