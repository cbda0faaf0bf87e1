package record_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"rivgate/fault"
	"rivgate/record"
)

// written collects lines, and each Write by itself.
type written struct {
	mu     sync.Mutex
	writes []string
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = append(w.writes, string(p))
	return len(p), nil
}

func (w *written) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.writes) == 0 {
		return ""
	}
	return w.writes[len(w.writes)-1]
}

func level(l slog.Level) *slog.LevelVar {
	v := new(slog.LevelVar)
	v.Set(l)
	return v
}

var host = record.Host{
	Name: "gw1.example.org", IP: "192.0.2.10", Architecture: "amd64", Family: "unix",
	OS: "Linux", Version: "6.1.0", Platform: "linux",
}

func options(format record.Format) record.Options {
	return record.Options{
		Format: format, Host: host, Secrets: []string{"X-Client-Pem"},
		Forwarded: record.Forwarded{Host: "X-Vp-Forwarded-Host", Port: "X-Vp-Forwarded-Port", Proto: "X-Vp-Forwarded-Proto"},
	}
}

var start = time.Date(2026, 11, 21, 19, 24, 28, 307e6, time.UTC)

// answered is a call as it ends when everything went well.
func answered() *record.Call {
	return &record.Call{
		Start: start, Listener: "https", Method: "POST", Path: "/vp", Remote: "192.0.2.7", ClientIP: "192.0.2.7",
		CorrelationID: "7f2a61d2-8a2e-4c5b-9d55-52b3a0a1f001",
		Sender:        "SE0000000000-CONS1", SenderSource: "tls", OriginalConsumer: "SE0000000000-CONS1",
		Contract: "urn:riv:test:GetThingResponder:1", Receiver: "SE0000000000-UNIT1",
		ProfileIn: "RIVTABP21", ProfileOut: "RIVTABP21", Target: "http://producer.example.org:8081/thing",
		Stage: "producer", Outcome: record.OK, Status: 200, ProducerStatus: 200,
		RequestBytes: 305, AnswerBytes: 164, Whole: 39 * time.Millisecond, Producer: 12 * time.Millisecond, Reused: true,
		Message: record.Message{
			Number: 2, TLS: true, Host: "vp.example.org:8443", TargetHost: "producer.example.org:8081",
			Request: map[string][]string{
				"Content-Length": {"305"}, "Content-Type": {"text/xml; charset=UTF-8"}, "Soapaction": {`"urn:riv:test:GetThing"`},
			},
			Answered: map[string][]string{"Content-Length": {"164"}, "Content-Type": {"text/xml; charset=UTF-8"}, "Date": nil},
		},
	}
}

// refused is a call without permission.
func refused() *record.Call {
	c := answered()
	c.Outcome, c.Code, c.Status, c.Stage = record.Fault, fault.VP007, 500, "permission"
	c.Detail = "Authorization missing for serviceNamespace: urn:riv:test:GetThingResponder:1, receiverId: SE0000000000-UNIT1, senderId: SE0000000000-CONS1"
	c.RouteTrace, c.PermissionTrace = "SE0000000000-UNIT1", "SE0000000000-UNIT1,(default),*"
	c.ProducerStatus, c.Producer, c.Reused, c.Whole, c.AnswerBytes = 0, 0, false, 900*time.Microsecond, 612
	c.OriginalConsumer = ""
	c.Message.FaultString = "VP007 [DEMO] " + fault.VP007.Text()
	return c
}

// unreachable is a call whose producer did not answer.
func unreachable() *record.Call {
	c := answered()
	c.Outcome, c.Code, c.Status, c.ProducerStatus = record.Fault, fault.VP009, 500, 0
	c.Detail = "Error connecting to service producer at address http://producer.example.org:8081/thing. Connection refused"
	c.Cause = errors.New("dial tcp 192.0.2.20:8081: connect: connection refused")
	c.Message.FaultString = "VP009 [DEMO] " + fault.VP009.Text()
	return c
}

// logTo is a Log of one format that writes everything into w.
func logTo(w *written, o record.Options) *record.Log {
	return record.NewLog(w, level(slog.LevelDebug), o)
}

// line is what is written of a call's end.
func line(o record.Options, c *record.Call) string {
	w := new(written)
	logTo(w, o).Finished(c)
	return w.last()
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e
	})
}
