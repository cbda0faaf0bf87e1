package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// vpLog makes the gateway log as VP does, payload included.
const vpLog = `
log: {format: %s, events: vp, compat_types: strings, payload: both, payload_max: 64KiB}
`

// recordedEvents are the message events of a log file that a running VP wrote.
func recordedEvents(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open("testdata/recorded/logs/" + name)
	must(t, err)
	defer file.Close()
	var events []map[string]string
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var event map[string]string // every value is a string
		must(t, json.Unmarshal(scanner.Bytes(), &event))
		if event["event.action"] != "" {
			events = append(events, event)
		}
	}
	must(t, scanner.Err())
	return events
}

// recordedRequest is the request that the recorded calls sent, for a receiver.
func recordedRequest(receiver, correlation string) []byte {
	body := `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>` +
		`<q:LogicalAddress xmlns:q="urn:riv:itintegration:registry:1">` + receiver + `</q:LogicalAddress></s:Header><s:Body>` +
		`<u:GetThing xmlns:u="` + getThing + `">å</u:GetThing></s:Body></s:Envelope>`
	return fmt.Appendf(nil, "POST /vp HTTP/1.1\r\nHost: localhost\r\nSOAPAction: \"urn:riv:test:GetThing\"\r\n"+
		"Content-Type: text/xml; charset=UTF-8\r\nConnection: close\r\nX-Forwarded-For: 10.1.2.3\r\n"+
		"X-VP-Forwarded-Proto: https\r\nX-VP-Forwarded-Host: vp.example.org\r\nX-VP-Forwarded-Port: 443\r\n"+
		"x-rivta-acting-on-behalf-of-hsaid: SE-BEHALF\r\nx-skltp-correlation-id: %s\r\nContent-Length: %d\r\n\r\n%s",
		correlation, len(body), body)
}

// recordedCalls are the calls whose logs were recorded.
var recordedCalls = []struct {
	name, file, receiver, vpReceiver string
}{
	{"answered", "ok", "AT-OK", "OK"},
	{"not authorised", "vp007", "NOPERM", "NOPERM"},
	{"producer answers 404", "vp009", "AT-NOTFOUND", "HTML404"},
}

// notTheSame are fields whose values differ by nature: times, ids, the machine,
// the other one's words for its errors.
var notTheSame = []string{
	"@timestamp", "log.level", "event.id", "event.duration", "span.id", "labels.parent.id", "transaction.id",
	"host.architecture", "host.hostname", "host.ip", "host.os.family", "host.os.name", "host.os.platform", "host.os.version",
	"http.request.headers", "http.response.headers", "http.response.body.content", "http.response.body.bytes", "http.request.body.bytes",
	"error.type", "error.message", "labels.sessionErrorTechnicalDescription", "labels.faultDetail",
	"url.full", // VP gives its own name and port
}

// javaOnly are fields that only a JVM has something to say in.
var javaOnly = []string{"process.thread.name", "error.stack_trace"}

// alike makes what differs by set-up the same.
func alike(value, receiver string) string {
	value = strings.ReplaceAll(value, receiver, "RECEIVER")
	value = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(value, "HOST")
	value = regexp.MustCompile(`HOST/(st/404/html/tx|notfound)`).ReplaceAllString(value, "HOST/404")
	return strings.ReplaceAll(value, "[VP]", "[GATE]")
}

// Field by field, ecs with VP's events and types is what a running VP wrote.
func TestECSEventsAreVPs(t *testing.T) {
	w := newWorld(t, fmt.Sprintf(vpLog, "ecs"))
	for _, call := range recordedCalls {
		t.Run(call.name, func(t *testing.T) {
			want := recordedEvents(t, "log-ecs-"+call.file+".txt")
			correlation := want[0]["trace.id"]
			_, err := w.overTLS(w.consumer).Send(t.Context(), recordedRequest(call.receiver, correlation))
			must(t, err)
			got := stringEvents(t, w.gate.log, correlation, len(want))
			for i, event := range got {
				action := want[i]["event.action"]
				if event["event.action"] != action {
					t.Fatalf("event %d is %s, want %s", i, event["event.action"], action)
				}
				compareEvents(t, action, event, want[i], call.receiver, call.vpReceiver)
			}
			sameSpans(t, got, want)
		})
	}
}

func compareEvents(t *testing.T, action string, got, want map[string]string, receiver, vpReceiver string) {
	t.Helper()
	for name, value := range want {
		switch mine, there := got[name]; {
		case !there && slices.Contains(javaOnly, name):
		case !there:
			t.Errorf("%s: no %s", action, name)
		case slices.Contains(notTheSame, name):
		case name == "labels.sessionErrorDescription" && want["labels.errorCode"] == "VP009": // an exception's text
		case name == "destination.port" || name == "destination.domain":
			if mine == "" {
				t.Errorf("%s: empty %s", action, name)
			}
		case alike(mine, receiver) != alike(value, vpReceiver):
			t.Errorf("%s: %s is\n%s\nwant\n%s", action, name, alike(mine, receiver), alike(value, vpReceiver))
		}
	}
	for name := range got {
		if _, there := want[name]; !there {
			t.Errorf("%s: %s, which VP does not write", action, name)
		}
	}
	for _, name := range []string{"http.request.headers", "http.response.headers"} {
		sameHeaderNames(t, action+" "+name, got[name], want[name])
	}
}

// sameHeaderNames compares names, but for Camel's own and, of answers, what
// either sends besides.
func sameHeaderNames(t *testing.T, what, got, want string) {
	t.Helper()
	if want == "" {
		return
	}
	mine, theirs := headerNames(t, got), headerNames(t, want)
	for _, name := range theirs {
		if !slices.Contains(mine, name) && !strings.HasPrefix(name, "camel") && name != "x-skltp-prt" && name != "content-length" {
			t.Errorf("%s: no %s in %v", what, name, mine)
		}
	}
}

func headerNames(t *testing.T, object string) []string {
	t.Helper()
	var headers map[string]string
	must(t, json.Unmarshal([]byte(object), &headers))
	var names []string
	for name := range headers {
		names = append(names, strings.ToLower(name))
	}
	return names
}

// sameSpans compares which events share a span, and which span is whose parent.
func sameSpans(t *testing.T, got, want []map[string]string) {
	t.Helper()
	if mine, theirs := spanShape(got), spanShape(want); !slices.Equal(mine, theirs) {
		t.Errorf("spans %v, want %v", mine, theirs)
	}
}

func spanShape(events []map[string]string) []string {
	letters := map[string]string{"": "-"}
	var shape []string
	for _, event := range events {
		for _, field := range []string{"span.id", "labels.parent.id"} {
			id := event[field]
			if letters[id] == "" {
				letters[id] = string(rune('A' + len(letters) - 1))
			}
			shape = append(shape, letters[id])
		}
	}
	return shape
}

// stringEvents waits for n events of a call and gives them, all values strings.
func stringEvents(t *testing.T, log *logBuffer, correlation string, n int) []map[string]string {
	t.Helper()
	find := func() []string { return log.lines(`"trace.id":"` + correlation + `"`) }
	eventually(t, fmt.Sprintf("the last of %d events", n), func() bool { return len(find()) >= n })
	var events []map[string]string
	for _, line := range find() {
		var event map[string]string
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		events = append(events, event)
	}
	if len(events) != n {
		t.Fatalf("%d events, want %d", len(events), n)
	}
	return events
}

// Every row of VP's events per outcome, and the endings VP has no row for.
func TestEventsPerOutcome(t *testing.T) {
	w := newWorld(t, "log: {events: vp}\ntrust: {original_consumer: {allowed_senders: [SE0000000000-OTHER], enforce: true}}\n")
	tls, plain := w.overTLS(w.consumer), w.overHTTP()
	tests := []struct {
		name    string
		caller  lab.Caller
		request []byte
		want    string
	}{
		{"answered", tls, recordedRequest("AT-OK", "0"), "req-in req-out resp-in resp-out"},
		{"converted", tls, recordedRequest("HTTP20", "1"), "req-in req-out resp-in resp-out"},
		{"no certificate (VP002)", plain, recordedRequest("AT-OK", "2"), "error resp-out"},
		{"unreadable (VP015)", tls, altered("3", "<s:Header>", "<s:Heade>>"), "error resp-out"},
		{"original consumer not allowed (VP013)", tls, altered("4", "SOAPAction:", "x-rivta-original-serviceconsumer-hsaid: SE0000000000-X\r\nSOAPAction:"), "error resp-out"},
		{"no route (VP004)", tls, recordedRequest("NOBODY", "5"), "req-in error resp-out"},
		{"no logical address (VP003)", tls, recordedRequest("", "6"), "req-in error resp-out"},
		{"no valid route (VP004)", tls, recordedRequest("EXPIRED", "7"), "req-in error resp-out"},
		{"not authorised (VP007)", tls, recordedRequest("NOPERM", "8"), "req-in error resp-out"},
		{"route without address (VP010)", tls, recordedRequest("NOADDR", "9"), "req-in error resp-out"},
		{"unknown profile (VP005)", tls, recordedRequest("UNKPROF", "10"), "req-in error resp-out"},
		{"more than one route (VP006)", tls, recordedRequest("MULTI", "11"), "req-in error resp-out"},
		{"refused connection, one more attempt", tls, recordedRequest("DEAD", "12"), "req-in req-out error resp-out"},
		{"untrusted producer", tls, recordedRequest("UNTRUSTED", "13"), "req-in req-out error resp-out"},
		{"404", tls, recordedRequest("AT-NOTFOUND", "14"), "req-in req-out error resp-out"},
		{"producer's fault", tls, recordedRequest("AT-FAULT500", "15"), "req-in req-out error resp-out"},
		{"empty answer", tls, recordedRequest("AT-EMPTY", "16"), "req-in req-out resp-in error resp-out"},
		{"timeout", tls, altered("17", getThing, slowThing, "AT-OK", "SLOW"), "req-in req-out error resp-out"},
		{"description", tls, []byte("GET /vp?wsdl HTTP/1.1\r\nHost: localhost\r\nx-skltp-correlation-id: 18\r\n\r\n"), ""},
	}
	for _, test := range tests {
		_, err := test.caller.Send(t.Context(), test.request)
		must(t, err)
	}
	_, err := tls.Send(t.Context(), []byte("PUT /vp HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	must(t, err)
	w.gate.stop() // every line is written then
	actions := map[string][]string{}
	for _, line := range w.gate.log.lines(`"event.module":"skltp-messages"`) {
		var event struct {
			Action string `json:"event.action"`
			Trace  string `json:"trace.id"`
			Logger string `json:"log.logger"`
		}
		must(t, json.Unmarshal([]byte(line), &event))
		actions[event.Trace] = append(actions[event.Trace], event.Action)
		if want := "se.skl.tp.vp.logging." + strings.ReplaceAll(event.Action, "-", "."); event.Logger != want {
			t.Errorf("%s by logger %s, want %s", event.Action, event.Logger, want)
		}
	}
	for i, test := range tests {
		if got := strings.Join(actions[strconv.Itoa(i)], " "); got != test.want {
			t.Errorf("%s: events %q, want %q", test.name, got, test.want)
		}
	}
	if got := strings.Join(actions[""], " "); got != "error resp-out" {
		t.Errorf("a method that is not allowed: events %q, want one error and what was answered", got)
	}
}

// An answer that breaks off, and a caller that leaves, end with one error: there
// is no whole answer that a resp-out could be of.
func TestEventsOfEndingsVPHasNoRowFor(t *testing.T) {
	for name, test := range map[string]struct {
		script lab.Script
		leave  bool
		want   string
	}{
		"the answer breaks off": {
			script: lab.Script{Pieces: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(strings.Repeat("x", 100<<10))}, End: lab.Close},
			want:   "req-in req-out resp-in error",
		},
		"the caller leaves": {
			script: lab.Script{End: lab.Silence},
			leave:  true,
			want:   "req-in req-out error",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "log: {events: vp, payload: both}\n")
			w.plain.Script("/ok", test.script)
			conn := w.raw(t)
			_, err := conn.Write(recordedRequest("AT-OK", "id"))
			must(t, err)
			if test.leave {
				eventually(t, "the request at the producer", func() bool { return len(w.gate.log.lines(`"event.action":"req-out"`)) > 0 })
				must(t, conn.Close())
			} else {
				_, _ = io.Copy(io.Discard, conn) // until it is cut
			}
			eventually(t, "the error", func() bool { return len(w.gate.log.lines(`"event.action":"error"`)) > 0 })
			w.gate.stop()
			var got []string
			for _, line := range w.gate.log.lines(`"trace.id":"id"`) {
				var event map[string]any
				must(t, json.Unmarshal([]byte(line), &event))
				got = append(got, event["event.action"].(string))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("events %v, want %s", got, test.want)
			}
		})
	}
}

// altered is the request to AT-OK with some of its text replaced and its length
// corrected.
func altered(correlation string, oldnew ...string) []byte {
	head, body, _ := strings.Cut(string(recordedRequest("AT-OK", correlation)), "\r\n\r\n")
	replacer := strings.NewReplacer(oldnew...)
	changed := replacer.Replace(body)
	head = strings.Replace(replacer.Replace(head), fmt.Sprintf("Content-Length: %d", len(body)), fmt.Sprintf("Content-Length: %d", len(changed)), 1)
	return []byte(head + "\r\n\r\n" + changed)
}

// all is everything that was logged.
func (b *logBuffer) all() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
