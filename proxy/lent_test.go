package proxy

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/routing"
	"rivgate/tak"
)

// interrupted is a way to a caller on which something else happens just before
// each thing that is sent.
type interrupted struct {
	benchWriter
	sent  bytes.Buffer
	event func()
}

func (w *interrupted) WriteHeader(status int) {
	w.event()
	w.benchWriter.WriteHeader(status)
}

func (w *interrupted) Write(p []byte) (int, error) {
	w.event()
	return w.sent.Write(p)
}

// TestBuffersAreLentToOneCallAtATime: whatever a call has in its hands while it
// answers, another call that is served in the middle of that does not touch it.
func TestBuffersAreLentToOneCallAtATime(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter, mark string){
		"short": func(w http.ResponseWriter, mark string) { _, _ = io.WriteString(w, strings.Repeat(mark, 2000)) },
		"long": func(w http.ResponseWriter, mark string) {
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, strings.Repeat(mark, 100_000))
		},
		"chunked": func(w http.ResponseWriter, mark string) {
			for range 4 {
				_, _ = io.WriteString(w, strings.Repeat(mark, 20_000))
				w.(http.Flusher).Flush()
			}
		},
		"latin1": func(w http.ResponseWriter, mark string) {
			w.Header().Set("Content-Type", "text/xml;charset=ISO-8859-1")
			_, _ = io.WriteString(w, strings.Repeat(mark+"\xe5", 1000))
		},
		"long latin1": func(w http.ResponseWriter, mark string) {
			w.Header().Set("Content-Type", "text/xml;charset=ISO-8859-1")
			_, _ = io.WriteString(w, strings.Repeat(mark+"\xe5", 20_000))
		},
		"fault":       nil, // without permission
		"not allowed": func(w http.ResponseWriter, mark string) { w.WriteHeader(http.StatusBadGateway) },
	}
	producer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		kind, _ := strings.CutPrefix(r.URL.Path, "/")
		w.Header().Set("Content-Type", "text/xml")
		answers[kind](w, string(question[bytes.Index(question, []byte("<u:text>"))+len("<u:text>")]))
	}))
	defer producer.Close()
	view := benchView(t)
	valid, err := tak.ParseValidity("2013-08-09T13:25:24Z", "2123-08-09T14:25:24Z")
	if err != nil {
		t.Fatal(err)
	}
	var routes []tak.Route
	var permissions []tak.Permission
	for kind, answered := range answers {
		address := producer.URL + "/" + strings.ReplaceAll(kind, " ", "%20")
		routes = append(routes, tak.Route{ID: kind, Receiver: kind, Profile: "RIVTABP21", Contract: benchContract, Address: address, Valid: valid})
		if answered != nil {
			permissions = append(permissions, tak.Permission{ID: kind, Receiver: kind, Sender: "SE0000000000-CONSUMER", Contract: benchContract, Valid: valid})
		}
	}
	view.Routing = routing.NewView(tak.New(routes, permissions), nil, routing.Rules{CacheSize: 100})
	view.Producers = upstream.New(upstream.Options{})
	defer view.Producers.CloseIdle()
	g := New(Options{View: view, Edge: benchEdge{}, Record: record.Sinks{}})
	call := func(kind, mark string, event func()) string {
		text := strings.Replace(strings.Replace(benchRequest(), "RECEIVER", kind, 1), "<u:text>x", "<u:text>"+mark, 1)
		r := httptest.NewRequest(http.MethodPost, "/vp", strings.NewReader(text))
		r.Header = http.Header{
			"Content-Type": {"text/xml;charset=UTF-8"}, "X-Skltp-Correlation-Id": {"1"},
			"X-Vp-Sender-Id": {"SE0000000000-CONSUMER"}, "X-Vp-Instance-Id": {"SE0000000000-RIVGATE"},
		}
		w := &interrupted{benchWriter: benchWriter{header: make(http.Header)}, event: event}
		g.ServeHTTP(w, r)
		return w.sent.String()
	}
	quiet := func() {}
	for kind := range answers {
		t.Run(kind, func(t *testing.T) {
			want := call(kind, "a", quiet)
			if kind != "fault" && kind != "not allowed" && !strings.HasPrefix(want, "aa") && !strings.HasPrefix(want, "aå") {
				t.Fatalf("%.200q", want)
			}
			for _, other := range []string{"short", "long", "fault"} {
				for range 3 { // a pool need not give back what it was given
					if got := call(kind, "a", func() { call(other, "b", quiet) }); got != want {
						t.Fatalf("with a %s answer in the middle: %d bytes, want %d; they hold the other's: %t",
							other, len(got), len(want), strings.Contains(got, "bb"))
					}
				}
			}
		})
	}
}
