package record_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"rivgate/record"
)

// fields are the values of a call that somebody else chooses.
var fields = map[string]func(c *record.Call, value string){
	"method":            func(c *record.Call, v string) { c.Method = v },
	"path":              func(c *record.Call, v string) { c.Path = v },
	"client ip":         func(c *record.Call, v string) { c.ClientIP = v },
	"correlation id":    func(c *record.Call, v string) { c.CorrelationID = v },
	"sender":            func(c *record.Call, v string) { c.Sender = v },
	"original consumer": func(c *record.Call, v string) { c.OriginalConsumer = v },
	"contract":          func(c *record.Call, v string) { c.Contract = v },
	"receiver":          func(c *record.Call, v string) { c.Receiver = v },
	"target":            func(c *record.Call, v string) { c.Target, c.Message.TargetHost = v, v },
	"traces":            func(c *record.Call, v string) { c.RouteTrace, c.PermissionTrace = v, v },
	"detail":            func(c *record.Call, v string) { c.Detail = v },
	"cause":             func(c *record.Call, v string) { c.Cause = errors.New(v) },
	"warning":           func(c *record.Call, v string) { c.Warnings = []string{v, v} },
	"host":              func(c *record.Call, v string) { c.Message.Host = v },
	"converted profile": func(c *record.Call, v string) { c.Message.Converted = v },
	"fault string":      func(c *record.Call, v string) { c.Message.FaultString = v },
	"producer's fault": func(c *record.Call, v string) {
		c.Outcome, c.Message.Fault = record.ProducerFault, record.SOAPFault{Code: v, String: v, Detail: v}
	},
	"header name": func(c *record.Call, v string) {
		c.Message.Request = map[string][]string{v: {"x"}}
		c.Message.Answered = c.Message.Request
	},
	"header value": func(c *record.Call, v string) {
		c.Message.Request = map[string][]string{
			"X-Any": {v, v}, "X-Vp-Forwarded-Host": {v}, "X-Vp-Forwarded-Port": {v}, "X-Vp-Forwarded-Proto": {v},
			"X-Rivta-Original-Serviceconsumer-Hsaid": {v}, "X-Rivta-Acting-On-Behalf-Of-Hsaid": {v}, "Content-Length": {v},
		}
		c.Message.Sent, c.Message.Answer, c.Message.Answered = c.Message.Request, c.Message.Request, c.Message.Request
	},
}

var hostile = map[string]string{
	"line breaks":    "a\r\nb\nc\x0bd\x0ce\u0085f\u2028g\u2029h",
	"a forged line":  "x\n{\"@timestamp\":\"2026-01-01T00:00:00.000Z\",\"message\":\"forged\"}",
	"a forged block": "x\n** logEvent-info.end *************************************************************\n2026-01-01 00:00:00,000 INFO  forged",
	"ends a string":  `x","forged":"y`,
	"terminal codes": "\x1b[2J\x1b]0;title\x07\u009b31m",
	"control bytes":  "\x00\x01\x02\x08\x7f",
	"invalid UTF-8":  "\xff\xfe\xc3\x28\xe2\x82",
	"direction":      "\u202egnp.exe\u2066",
	"megabytes":      strings.Repeat("åä\n", 1<<19),
}

// longest is more than any line of a call without payload takes.
const longest = 64 << 10

// events are what a call can be told by.
var events = []record.Event{record.ReqIn, record.ReqOut, record.RespIn, record.RespOut, record.Failed, record.Ended}

// Whatever comes in any field, a call stays one line of valid JSON, or of the
// lines that the format has, and of reasonable size.
func TestNothingForgesALine(t *testing.T) {
	for field, set := range fields {
		for name, value := range hostile {
			t.Run(field+"/"+name, func(t *testing.T) {
				for _, base := range []func() *record.Call{answered, refused, unreachable} {
					call := base()
					set(call, value)
					for _, format := range []record.Format{record.ECS, record.Legacy, record.Plain} {
						for _, event := range events {
							checkLine(t, format, event, call)
						}
					}
				}
			})
		}
	}
}

func checkLine(t *testing.T, format record.Format, event record.Event, call *record.Call) {
	t.Helper()
	got := told(options(format), event, call)
	if len(got) > longest {
		t.Errorf("%s %s: %d bytes", format, event, len(got))
	}
	if !utf8.ValidString(got) {
		t.Errorf("%s %s: no UTF-8", format, event)
	}
	if hasControl(strings.ReplaceAll(got, "\n", "")) {
		t.Errorf("%s %s: control characters in %.300q", format, event, got)
	}
	if format == record.Legacy {
		checkBlock(t, got)
		return
	}
	if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") {
		t.Errorf("%s %s: not one line: %.300q", format, event, got)
	}
	if format == record.ECS {
		checkObject(t, got)
	}
}

// checkBlock finds every line of a block to begin as one does.
func checkBlock(t *testing.T, block string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(block, "\n"), "\n")
	for i, line := range lines {
		switch {
		case i == 0 && strings.HasSuffix(line, "skltp-messages"):
		case i == 1 && strings.HasPrefix(line, "** logEvent-"), i == len(lines)-1 && strings.HasPrefix(line, "** logEvent-"):
		case i > 1 && i < len(lines)-1 && knownRow(line):
		default:
			t.Errorf("line %d is %.200q", i, line)
		}
	}
}

func knownRow(line string) bool {
	if line == "" || line == "ExtraInfo=" { // the first ends Stacktrace
		return true
	}
	for _, name := range []string{
		"LogMessage=", "ServiceImpl=", "Host=", "ComponentId=", "Endpoint=", "MessageId=", "BusinessCorrelationId=",
		"Payload=", "AnswerPayload=", "Stacktrace=", "-",
	} {
		if strings.HasPrefix(line, name) {
			return true
		}
	}
	return false
}

// checkObject finds a JSON object in which no name stands twice.
func checkObject(t *testing.T, line string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatalf("%v in %.300q", err, line)
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("%v in %.300q", err, line)
		}
		if key := fmt.Sprint(name); seen[key] || key == "forged" {
			t.Errorf("%s stands twice, or should not be there", key)
		} else {
			seen[key] = true
		}
	}
}

// told is what is written of one event.
func told(o record.Options, e record.Event, c *record.Call) string {
	w := new(written)
	log := logTo(w, o)
	if e == record.Ended {
		log.Finished(c)
	} else {
		log.Event(e, c)
	}
	return w.last()
}
