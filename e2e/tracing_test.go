package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"rivgate/internal/lab"
)

// otlpReceiver is a collector that remembers what it was sent.
type otlpReceiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*collector.ExportTraceServiceRequest
	paths    map[string]bool
	broken   []string
}

func newOTLPReceiver(t *testing.T) *otlpReceiver {
	r := &otlpReceiver{paths: make(map[string]bool)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *otlpReceiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var body io.Reader = q.Body
	if q.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(q.Body)
		if err != nil {
			r.complain(err)
			return
		}
		body = unzipped
	}
	content, err := io.ReadAll(body)
	if err != nil {
		r.complain(err)
	}
	request := &collector.ExportTraceServiceRequest{}
	if err := proto.Unmarshal(content, request); err != nil {
		r.complain(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, request)
	r.paths[q.Method+" "+q.URL.Path+" "+q.Header.Get("Content-Type")] = true
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (r *otlpReceiver) complain(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, err.Error())
}

// spans are all that were received, by name.
func (r *otlpReceiver) spans(t *testing.T) map[string][]*otlp.Span {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, problem := range r.broken {
		t.Error(problem)
	}
	all := make(map[string][]*otlp.Span)
	for _, request := range r.requests {
		for _, resource := range request.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					all[span.GetName()] = append(all[span.GetName()], span)
				}
			}
		}
	}
	return all
}

// attribute is a span's attribute as text.
func attribute(span *otlp.Span, name string) string {
	for _, a := range span.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callersSpan  = "b7ad6b7169203331"
)

// tracedWorld is a world whose gateway traces to the receiver.
func tracedWorld(t *testing.T, tracing string) (*world, *otlpReceiver) {
	t.Helper()
	receiver := newOTLPReceiver(t)
	w := newWorld(t, strings.ReplaceAll(tracing, "ENDPOINT", receiver.URL))
	return w, receiver
}

func (w *world) callWith(t *testing.T, receiver string, header http.Header) *lab.Reply {
	t.Helper()
	return w.callEnvelope(t, envelope(getThing, receiver), header)
}

// A call continues its caller's trace, and its producer continues the call's.
func TestTraceReachesFromCallerToProducer(t *testing.T) {
	w, receiver := tracedWorld(t, "tracing: {otlp_endpoint: ENDPOINT}\n")
	reply := w.callWith(t, "HTTPS21", http.Header{
		"Traceparent":            {"00-" + callersTrace + "-" + callersSpan + "-01"},
		"Tracestate":             {"platform=1", "region=2"},
		"X-Skltp-Correlation-Id": {"correlation-1"},
	})
	if reply.Status != 200 {
		t.Fatalf("HTTP %d", reply.Status)
	}
	w.gate.stop() // which exports what is left
	spans := receiver.spans(t)
	if len(spans[getThing]) != 1 || len(spans["producer"]) != 1 {
		t.Fatalf("spans: %v", spans)
	}
	call, exchange := spans[getThing][0], spans["producer"][0]
	if hex.EncodeToString(call.GetTraceId()) != callersTrace || hex.EncodeToString(call.GetParentSpanId()) != callersSpan {
		t.Errorf("the call's span is in trace %x below %x", call.GetTraceId(), call.GetParentSpanId())
	}
	if call.GetKind() != otlp.Span_SPAN_KIND_SERVER || exchange.GetKind() != otlp.Span_SPAN_KIND_CLIENT {
		t.Errorf("kinds %v and %v", call.GetKind(), exchange.GetKind())
	}
	for name, want := range map[string]string{
		"rivgate.contract": getThing, "rivgate.receiver": "HTTPS21", "rivgate.sender": consumerID,
		"rivgate.outcome": "ok", "rivgate.code": "", "rivgate.correlation_id": "correlation-1", "rivgate.listener": "https",
	} {
		if got := attribute(call, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"sender", "envelope", "route", "producer"} {
		if len(spans[name]) != 1 || !bytes.Equal(spans[name][0].GetParentSpanId(), call.GetSpanId()) {
			t.Errorf("%s is no child of the call: %v", name, spans[name])
		}
	}
	var events []string
	last := exchange.GetStartTimeUnixNano()
	for _, event := range exchange.GetEvents() {
		events = append(events, event.GetName())
		if event.GetTimeUnixNano() < last || event.GetTimeUnixNano() > exchange.GetEndTimeUnixNano() {
			t.Errorf("%s is out of order", event.GetName())
		}
		last = event.GetTimeUnixNano()
	}
	if got := strings.Join(events, ", "); got != "connected, handshake, written, first byte" {
		t.Errorf("events: %s", got)
	}
	seen := w.secure.Requests()[0]
	if got, want := seen.Header["Traceparent"], "00-"+callersTrace+"-"+hex.EncodeToString(exchange.GetSpanId())+"-01"; len(got) != 1 || got[0] != want {
		t.Errorf("the producer saw traceparent %q, want %q", got, want)
	}
	if got := seen.Header["Tracestate"]; len(got) != 1 || got[0] != "platform=1,region=2" {
		t.Errorf("the producer saw tracestate %q", got)
	}
	if !receiver.paths["POST /v1/traces application/x-protobuf"] || len(receiver.paths) != 1 {
		t.Errorf("asked for %v", receiver.paths)
	}
}

func TestTracesOfFailedCalls(t *testing.T) {
	w, receiver := tracedWorld(t, "tracing: {otlp_endpoint: ENDPOINT/v1/traces}\n")
	wantFault(t, w.call(t, "DEAD"), "VP009 ")
	wantFault(t, w.call(t, "NOWHERE"), "VP004 ")
	odd := http.Header{"X-Skltp-Correlation-Id": {"\xff\xfe" + strings.Repeat("x", 100)}}
	wantFault(t, w.callWith(t, "NOPERM", odd), "VP007 ")
	w.gate.stop()
	spans := receiver.spans(t)
	codes := make(map[string]*otlp.Span)
	for _, span := range spans[getThing] {
		codes[attribute(span, "rivgate.code")] = span
	}
	if len(codes) != 3 || len(spans["producer"]) != 1 || len(spans["route"]) != 3 {
		t.Fatalf("%d calls, %d exchanges, %d routes", len(codes), len(spans["producer"]), len(spans["route"]))
	}
	for code, status := range map[string]otlp.Status_StatusCode{
		"VP009": otlp.Status_STATUS_CODE_ERROR, "VP007": otlp.Status_STATUS_CODE_ERROR, "VP004": otlp.Status_STATUS_CODE_UNSET,
	} {
		if got := codes[code].GetStatus().GetCode(); got != status {
			t.Errorf("%s has status %v, want %v", code, got, status)
		}
	}
	if got := spans["producer"][0].GetStatus().GetCode(); got != otlp.Status_STATUS_CODE_ERROR {
		t.Errorf("the failed exchange has status %v", got)
	}
	for _, request := range receiver.requests {
		if text, _ := proto.Marshal(request); bytes.Contains(text, []byte("<u:id>")) || bytes.Contains(text, []byte("Envelope")) {
			t.Error("a span holds what was in a message")
		}
	}
}

// Without sampling there are no spans, and the trace goes on all the same.
func TestUnsampledTraceGoesOn(t *testing.T) {
	w, receiver := tracedWorld(t, "tracing: {otlp_endpoint: ENDPOINT, sample_ratio: 0}\n")
	w.call(t, "HTTP21")
	w.callWith(t, "HTTP21", http.Header{"Traceparent": {"00-" + callersTrace + "-" + callersSpan + "-00"}})
	w.callWith(t, "HTTP21", http.Header{"Traceparent": {"00-" + callersTrace + "-" + callersSpan + "-01"}})
	w.gate.stop()
	requests := w.plain.Requests()
	for i, want := range []string{"-00", "-00", "-01"} {
		parent := requests[i].Header.Get("Traceparent")
		if !strings.HasSuffix(parent, want) || i > 0 && !strings.HasPrefix(parent, "00-"+callersTrace+"-") || strings.Contains(parent, callersSpan) {
			t.Errorf("call %d: the producer saw %q, want a span of ours and %s", i, parent, want)
		}
	}
	if spans := receiver.spans(t); len(spans[getThing]) != 1 {
		t.Errorf("%d calls were sampled, want the one whose caller asked for it", len(spans[getThing]))
	}
}

// What is no traceparent begins a new trace, and takes its tracestate with it.
func TestOddTraceparentsBeginNewTraces(t *testing.T) {
	w, _ := tracedWorld(t, "tracing: {otlp_endpoint: ENDPOINT}\n")
	parent := "00-" + callersTrace + "-" + callersSpan + "-01"
	for name, values := range map[string][]string{
		"two":           {parent, parent},
		"zero trace":    {"00-" + strings.Repeat("0", 32) + "-" + callersSpan + "-01"},
		"zero span":     {"00-" + callersTrace + "-" + strings.Repeat("0", 16) + "-01"},
		"upper case":    {strings.ToUpper(parent)},
		"version ff":    {"ff" + parent[2:]},
		"more after it": {parent + "-x"},
		"nonsense":      {"nonsense"},
	} {
		w.plain.Take()
		if reply := w.callWith(t, "HTTP21", http.Header{"Traceparent": values, "Tracestate": {"platform=1"}}); reply.Status != 200 {
			t.Errorf("%s: HTTP %d", name, reply.Status)
		}
		seen := w.plain.Take()[0].Header
		if got := seen["Traceparent"]; len(got) != 1 || len(got[0]) != len(parent) || strings.Contains(got[0], callersTrace) || len(seen["Tracestate"]) != 0 {
			t.Errorf("%s: the producer saw %q, %q", name, got, seen["Tracestate"])
		}
	}
}

// Without tracing the headers are like any that nobody here knows.
func TestTraceHeadersPassWithoutTracing(t *testing.T) {
	w := newWorld(t, "")
	sent := http.Header{"Traceparent": {"anything", "twice"}, "Tracestate": {"platform=1"}}
	w.callWith(t, "HTTP21", sent)
	seen := w.plain.Requests()[0].Header
	for name, want := range sent {
		if got := seen[name]; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: the producer saw %q, want %q", name, got, want)
		}
	}
	w.call(t, "HTTP21")
	if got := w.plain.Requests()[1].Header["Traceparent"]; got != nil {
		t.Errorf("a traceparent came from nowhere: %q", got)
	}
}

// A collector that is away costs spans, and nothing else.
func TestCollectorAwayCostsNoCall(t *testing.T) {
	w := newWorld(t, "tracing: {otlp_endpoint: \"http://127.0.0.1:1\"}\n")
	if reply := w.call(t, "HTTP21"); reply.Status != 200 {
		t.Errorf("HTTP %d", reply.Status)
	}
	eventually(t, "a line about the lost spans", func() bool { return len(w.gate.log.lines("spans are lost")) == 1 })
}

// Tracing is turned on, sent elsewhere and turned off by reloads. Calls
// that were traced before reach the collector they began with.
func TestTracingReloads(t *testing.T) {
	w := newWorld(t, "")
	first, second := newOTLPReceiver(t), newOTLPReceiver(t)
	to := func(r *otlpReceiver) {
		must(t, w.gate.configure(t, baseConfig+"tracing: {otlp_endpoint: "+r.URL+"}\n"))
	}

	w.call(t, "HTTP21")
	to(first)
	w.call(t, "HTTPS21")
	must(t, w.gate.configure(t, baseConfig+"tracing: {otlp_endpoint: "+first.URL+", sample_ratio: 0}\n"))
	w.call(t, "HTTPS21")
	to(second)
	w.call(t, "HTTP20")
	err := w.gate.configure(t, strings.Replace(baseConfig, "hsa.xml", "nowhere.xml", 1)+"tracing: {otlp_endpoint: "+first.URL+"}\n")
	if err == nil {
		t.Error("a reload without HSA file succeeded")
	}
	w.call(t, "HTTP20")
	must(t, w.gate.configure(t, baseConfig))
	w.callWith(t, "HTTP21", http.Header{"Traceparent": {"theirs"}})
	if got := w.plain.Requests(); got[len(got)-1].Header.Get("Traceparent") != "theirs" {
		t.Errorf("after tracing the producer saw %q", got[len(got)-1].Header["Traceparent"])
	}
	w.gate.stop() // which exports what is left
	receivers := func(r *otlpReceiver) (all []string) {
		for _, span := range r.spans(t)[getThing] {
			all = append(all, attribute(span, "rivgate.receiver"))
		}
		return all
	}
	if got := strings.Join(receivers(first), " "); got != "HTTPS21" {
		t.Errorf("the first collector has calls to %q", got)
	}
	if got := strings.Join(receivers(second), " "); got != "HTTP20 HTTP20" {
		t.Errorf("the second collector has calls to %q", got)
	}
}
