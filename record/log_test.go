package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"rivgate/fault"
	"rivgate/record"
)

func parse(t *testing.T, line string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return object
}

// The level holds for calls as they were judged, and changes while running.
func TestLevelsOfCalls(t *testing.T) {
	warned, left, broken, served := answered(), answered(), answered(), answered()
	warned.Warnings = []string{"odd"}
	left.Outcome, broken.Outcome, served.Outcome = record.Cancelled, record.Aborted, record.Served
	callers := refused()
	callers.Code = fault.VP004
	for _, test := range []struct {
		name string
		call *record.Call
		want string
	}{
		{"answered", answered(), "INFO"},
		{"answered with a warning", warned, "WARN"},
		{"description", served, "INFO"},
		{"the caller left", left, "WARN"},
		{"broken off", broken, "ERROR"},
		{"the caller's fault", callers, "WARN"},
		{"the platform's fault", unreachable(), "ERROR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, lowest := new(written), level(slog.LevelDebug)
			log := record.NewLog(out, lowest, options(record.ECS))
			log.Finished(test.call)
			if got := parse(t, out.last())["log.level"]; got != test.want {
				t.Fatalf("level %v, want %s", got, test.want)
			}
			var of slog.Level
			if err := of.UnmarshalText([]byte(test.want)); err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				level slog.Level
				lines int
			}{{of, 2}, {of + 1, 2}, {of, 3}} {
				lowest.Set(step.level)
				log.Finished(test.call)
				if len(out.writes) != step.lines {
					t.Errorf("at %v: %d lines, want %d", step.level, len(out.writes), step.lines)
				}
			}
		})
	}
}

func TestLevelsOfEvents(t *testing.T) {
	for event, want := range map[record.Event]string{
		record.ReqIn: "INFO", record.ReqOut: "INFO", record.RespIn: "INFO", record.RespOut: "INFO", record.Failed: "ERROR",
	} {
		if got := parse(t, told(options(record.ECS), event, unreachable()))["log.level"]; got != want {
			t.Errorf("%s: level %v, want %s", event, got, want)
		}
	}
}

// A call whose events were told has no line of its end.
func TestToldCallsHaveNoLine(t *testing.T) {
	call := answered()
	call.Told = true
	if got := line(options(record.ECS), call); got != "" {
		t.Errorf("wrote %s", got)
	}
}

// With strings every value is a string, as VP writes it; without, what is a
// number, a truth value or a list is one. The names are the same.
func TestTypes(t *testing.T) {
	call := unreachable()
	call.Warnings = []string{"odd"}
	vp := options(record.ECS)
	vp.Strings = true
	for _, event := range events {
		types, texts := parse(t, told(options(record.ECS), event, call)), parse(t, told(vp, event, call))
		for name, value := range texts {
			if _, ok := value.(string); !ok {
				t.Errorf("%s: %s is %v, want a string", event, name, value)
			}
			if _, ok := types[name]; !ok {
				t.Errorf("%s: no %s as JSON", event, name)
			}
		}
		for name, want := range map[string]string{
			"event.category": `["web"]`, "labels.sessionStatus": "true", "destination.port": "8081",
			"http.request.body.bytes": "305", "rivgate.warnings": `["odd"]`, "rivgate.producer.reused": "true",
		} {
			if texts[name] == nil {
				continue
			}
			if _, isText := types[name].(string); isText {
				t.Errorf("%s: %s is a string", event, name)
			}
			if texts[name] != want {
				t.Errorf("%s: %s is %q, want %q", event, name, texts[name], want)
			}
		}
	}
}

// Each line is one Write, whole, however many write.
func TestConcurrentWriters(t *testing.T) {
	out := new(written)
	log := logTo(out, options(record.ECS))
	logger := log.Logger()
	var writers sync.WaitGroup
	const each = 50
	for range 8 {
		writers.Go(func() {
			for range each {
				log.Finished(unreachable())
				log.Event(record.ReqIn, answered())
				logger.Info("reload", "result", "done")
			}
		})
	}
	writers.Go(func() { // a reload meanwhile
		for range each {
			log.Set(out, options(record.ECS))
		}
	})
	writers.Wait()
	if len(out.writes) != 3*8*each {
		t.Fatalf("%d writes, want %d", len(out.writes), 3*8*each)
	}
	for _, line := range out.writes {
		if parse(t, line); strings.Count(line, "\n") != 1 {
			t.Errorf("not one line: %q", line)
		}
	}
}

func TestSetChangesFormatAndOutput(t *testing.T) {
	before, after := new(written), new(written)
	log := logTo(before, options(record.ECS))
	log.Finished(answered())
	log.Set(after, options(record.Plain))
	log.Finished(answered())
	if len(before.writes) != 1 || len(after.writes) != 1 || !strings.HasPrefix(after.last(), "2026-11-21 19:24:28.346 INFO  call ") {
		t.Errorf("before %q, after %q", before.writes, after.writes)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestLinesThatCannotBeWrittenAreCounted(t *testing.T) {
	log := record.NewLog(full{}, level(slog.LevelDebug), options(record.ECS))
	log.Finished(answered())
	log.Logger().Info("reload")
	if log.Lost() != 2 {
		t.Errorf("%d lost, want 2", log.Lost())
	}
}

// What lets somebody pose as the caller is in no line, whatever its spelling.
func TestSecretsAreFiltered(t *testing.T) {
	names := []string{
		"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Vp-Auth-Cert", "X_vp_auth_cert", "x.vp.auth.cert",
		"X-Forwarded-Tls-Client-Cert", "X-Fk-Auth-Cert", "X-Client-Pem", "x_client_pem",
	}
	for _, name := range names {
		for _, format := range []record.Format{record.ECS, record.Legacy, record.Plain} {
			for _, event := range events {
				call := refused()
				h := map[string][]string{name: {"TOPSECRET", "TOPSECRET"}, "X-Other": {"seen"}}
				call.Message.Request, call.Message.Sent, call.Message.Answer, call.Message.Answered = h, h, h, h
				got := told(options(format), event, call)
				if strings.Contains(got, "TOPSECRET") {
					t.Errorf("%s %s: %s is written", format, event, name)
				}
				if format != record.Plain && (!strings.Contains(got, "<filtered>") || !strings.Contains(got, "seen")) {
					t.Errorf("%s %s: %s is not filtered, or the rest is: %s", format, event, name, got)
				}
			}
		}
	}
}

func TestPayloadFor(t *testing.T) {
	listed := map[string]bool{"urn:a": true}
	for _, test := range []struct {
		name            string
		payload         *record.Payload
		contract        string
		request, answer int
	}{
		{"off", nil, "urn:a", 0, 0},
		{"both, all contracts", &record.Payload{Request: true, Answer: true, Max: 10}, "urn:b", 10, 10},
		{"request", &record.Payload{Request: true, Max: 10, Contracts: listed}, "urn:a", 10, 0},
		{"answer", &record.Payload{Answer: true, Max: 10, Contracts: listed}, "urn:a", 0, 10},
		{"another contract", &record.Payload{Request: true, Answer: true, Max: 10, Contracts: listed}, "urn:b", 0, 0},
		{"another case", &record.Payload{Request: true, Answer: true, Max: 10, Contracts: listed}, "URN:A", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if request, answer := test.payload.For(test.contract); request != test.request || answer != test.answer {
				t.Errorf("%d and %d, want %d and %d", request, answer, test.request, test.answer)
			}
		})
	}
}

func TestPayloadText(t *testing.T) {
	for _, test := range []struct {
		name string
		text record.Text
		want string
	}{
		{"text", record.Text{Bytes: []byte("<a>å\n</a>")}, "<a>å\n</a>"},
		{"cut through a character", record.Text{Bytes: []byte("<a>\xc3"), Cut: true}, "<a>"},
		{"broken at its end", record.Text{Bytes: []byte("<a>\xc3")}, "base64:PGE+ww=="},
		{"no text", record.Text{Bytes: []byte{0, 1, 2, 0xff}}, "base64:AAEC/w=="},
		{"control characters", record.Text{Bytes: []byte("a\x1b[31m")}, "base64:YRtbMzFt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			call := answered()
			call.Message.RequestText, call.Message.AnswerText = test.text, test.text
			got := parse(t, line(options(record.ECS), call))
			if got["http.request.body.content"] != test.want || got["http.response.body.content"] != test.want {
				t.Errorf("%q and %q, want %q", got["http.request.body.content"], got["http.response.body.content"], test.want)
			}
			escaped := strings.ReplaceAll(test.want, "\n", `\n`)
			if got := told(options(record.Legacy), record.ReqIn, call); !strings.Contains(got, "\nPayload="+escaped+"\n") {
				t.Errorf("legacy: %s", got)
			}
		})
	}
}

// Of the same attribute twice the last holds; groups are names with dots; what
// ECS has a field for stands there.
func TestProcessLines(t *testing.T) {
	out := new(written)
	logger := logTo(out, options(record.ECS)).Logger()
	logger.With("listener", "first").WithGroup("g").With("a", 1).Warn("handshake",
		slog.Group("h", "b", true), "listener", "https", "listener", "again")
	got := parse(t, out.last())
	for name, want := range map[string]any{
		"message": "handshake", "log.level": "WARN", "log.logger": "rivgate", "event.action": "tls-handshake", "event.module": "rivgate",
		"labels.listener": "first", "labels.g.a": 1.0, "labels.g.h.b": true, "labels.g.listener": "again", "ecs.version": "1.2.0",
		"service.name": "rivgate", "host.hostname": host.Name,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	logger.Error("handshake", "remote", "192.0.2.9", "reason", errors.New("no certificate"), "subject", "CN=x\n", "issuer", "CN=ca", "serial", "1f", "error", "second")
	got = parse(t, out.last())
	for name, want := range map[string]any{
		"source.address": "192.0.2.9", "source.ip": "192.0.2.9", "error.message": "no certificate", "tls.client.subject": "CN=x\n",
		"tls.client.issuer": "CN=ca", "tls.client.x509.serial_number": "1f", "labels.error": "second",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if strings.Count(out.last(), "\n") != 1 {
		t.Errorf("not one line: %q", out.last())
	}
}

func TestProcessLinesKeepToTheirLine(t *testing.T) {
	for _, format := range []record.Format{record.ECS, record.Legacy, record.Plain} {
		for name, value := range hostile {
			out := new(written)
			logTo(out, options(format)).Logger().Warn("reload"+value, "reason", value, "k"+value, value)
			got := strings.TrimSuffix(out.last(), "\n")
			if hasControl(got) || len(got) > longest {
				t.Errorf("%s, %s: %.200q", format, name, got)
			}
		}
	}
}

func TestProcessLinesFollowTheLevel(t *testing.T) {
	out, lowest := new(bytes.Buffer), level(slog.LevelWarn)
	logger := record.NewLog(out, lowest, options(record.Plain)).Logger()
	logger.Info("reload")
	if out.Len() != 0 {
		t.Errorf("wrote %q", out)
	}
	lowest.Set(slog.LevelInfo)
	if logger.Info("reload"); out.Len() == 0 {
		t.Error("wrote nothing")
	}
}

// What stands where, beyond what the recorded logs show.
func TestFieldsByEvent(t *testing.T) {
	const absent = "absent"
	plain := func(c *record.Call) { c.Message.TLS = false }
	for _, test := range []struct {
		name    string
		event   record.Event
		strings bool
		alter   func(c *record.Call)
		want    map[string]any
	}{
		{"the URL of a stranger's call is not known", record.Failed, false, func(c *record.Call) {
			c.Outcome, c.Code, c.Stage, c.Target, c.Message.TargetHost = record.Fault, fault.VP011, "sender", "", ""
		}, map[string]any{"url.full": "", "http.request.method": "POST", "span.id": absent, "url.original": absent, "destination.domain": absent}},
		{"the line of the whole call has it", record.Ended, false, func(c *record.Call) {
			c.Outcome, c.Code, c.Stage = record.Fault, fault.VP002, "sender"
		}, map[string]any{"url.full": "https://vp.example.org:8443/vp"}},
		{"the source of a call over TLS", record.ReqIn, false, func(*record.Call) {}, map[string]any{"source.address": absent, "source.ip": absent}},
		{"the source of a plain call", record.ReqIn, false, plain, map[string]any{
			"source.address": "192.0.2.7", "source.ip": "192.0.2.7", "labels.route": "vp-http-route", "url.full": "http://vp.example.org:8443/vp",
		}},
		{"a list of sources", record.ReqIn, false, func(c *record.Call) { plain(c); c.ClientIP = "198.51.100.1, 192.0.2.7" }, map[string]any{
			"source.address": "198.51.100.1, 192.0.2.7", "source.ip": "198.51.100.1",
		}},
		{"a source that is none", record.ReqIn, false, func(c *record.Call) { plain(c); c.ClientIP = "unknown" }, map[string]any{
			"source.address": "unknown", "source.ip": "192.0.2.7",
		}},
		{"a list of sources as VP has it", record.ReqIn, true, func(c *record.Call) { plain(c); c.ClientIP = "198.51.100.1, 192.0.2.7" }, map[string]any{
			"source.ip": "198.51.100.1, 192.0.2.7",
		}},
		{"settings towards a TLS producer", record.RespIn, false, func(c *record.Call) { c.Message.TLSName = "default" }, map[string]any{
			"labels.sslContextId": "SSLContext-default",
		}},
		{"not before they were used", record.ReqOut, false, func(c *record.Call) { c.Message.TLSName = "default" }, map[string]any{
			"labels.sslContextId": absent,
		}},
		{"what the producer took", record.RespIn, false, func(*record.Call) {}, map[string]any{"event.duration": 12e6}},
		{"of a passed fault too", record.RespOut, false, func(c *record.Call) {
			c.Outcome, c.Message.Fault = record.ProducerFault, record.SOAPFault{Code: "s:Server", String: "no"}
		}, map[string]any{
			"event.duration": 12e6, "labels.faultCode": "s:Server", "labels.faultString": "no",
			"labels.sessionStatus": absent, "labels.errorCode": absent, "error.message": absent,
		}},
		{"an empty answer has no exception", record.Failed, false, func(c *record.Call) {
			c.Outcome, c.Code, c.Detail = record.Fault, fault.VP009, "Empty message"
		}, map[string]any{
			"error.message": absent, "labels.faultCode": absent, "labels.errorCode": "VP009", "labels.sessionErrorDescription": fault.VP009.Text(),
		}},
		{"original consumer as it came", record.ReqIn, false, func(c *record.Call) {
			c.Stage = "original-consumer"
			c.Message.Request = map[string][]string{"X-Rivta-Original-Serviceconsumer-Hsaid": {"SE0000000000-FIRST"}}
		}, map[string]any{"labels.originalServiceconsumerHsaid_in": "SE0000000000-FIRST", "labels.originalServiceconsumerHsaid": absent}},
		{"a port that is the scheme's own", record.ReqOut, false, func(c *record.Call) { c.Message.TargetHost = "[2001:db8::1]" }, map[string]any{
			"destination.domain": "[2001:db8::1]", "destination.address": "[2001:db8::1]", "destination.port": absent,
		}},
		{"a chunked request", record.ReqIn, false, func(c *record.Call) { c.Message.Request = nil }, map[string]any{"http.request.body.bytes": absent}},
		{"nobody known", record.Failed, false, func(c *record.Call) { c.Sender, c.Receiver = "", "" }, map[string]any{"message": "error null -> null"}},
		{"the trace's ids", record.Ended, false, func(c *record.Call) { c.TraceID, c.SpanID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7" }, map[string]any{
			"rivgate.trace.id": "4bf92f3577b34da6a3ce929d0e0e4736", "rivgate.span.id": "00f067aa0ba902b7",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			call, o := answered(), options(record.ECS)
			o.Strings = test.strings
			test.alter(call)
			got := parse(t, told(o, test.event, call))
			for name, want := range test.want {
				value, there := got[name]
				switch {
				case want == absent && there:
					t.Errorf("%s is %v, want none", name, value)
				case want != absent && value != want:
					t.Errorf("%s is %v, want %v", name, value, want)
				}
			}
		})
	}
}
