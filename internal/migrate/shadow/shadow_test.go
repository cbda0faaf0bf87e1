package shadow_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rivgate/fault"
	"rivgate/internal/migrate/shadow"
	"rivgate/internal/migrate/vplog"
	"rivgate/proxy"
	"rivgate/record"
	"rivgate/routing"
	"rivgate/tak"
)

const contract = "urn:riv:test:GetThingResponder:1"

// view routes calls of the contract to UNIT, of which SENDER may make some.
func view(t testing.TB) *proxy.View {
	t.Helper()
	always, err := tak.ParseValidity("2013-01-01T00:00:00.000Z", "2123-01-01T00:00:00.000Z")
	if err != nil {
		t.Fatal(err)
	}
	catalogue := tak.New(
		[]tak.Route{{ID: "1", Receiver: "UNIT", Contract: contract, Profile: "RIVTABP21", Address: "http://127.0.0.1:1/x", Valid: always}},
		[]tak.Permission{{ID: "1", Receiver: "UNIT", Contract: contract, Sender: "SENDER", Valid: always}},
	)
	return &proxy.View{
		Routing:         routing.NewView(catalogue, nil, routing.Rules{CacheSize: 1000}),
		Virtualisations: proxy.NewVirtualisations(proxy.VirtualisationOptions{}),
	}
}

func call(changes func(*vplog.Call)) *vplog.Call {
	c := &vplog.Call{
		Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Transaction: "T", Trace: "trace", Sender: "SENDER",
		Contract: contract, Receiver: "UNIT", Profile: "rivtabp20", Target: "http://127.0.0.1:1/x", Ended: true,
	}
	if changes != nil {
		changes(c)
	}
	return c
}

// Every way in which a log can leave a call open is told as what it is, and none
// is taken for agreement.
func TestWhatCannotBeJudged(t *testing.T) {
	for want, change := range map[string]func(*vplog.Call){
		"a value is too long to keep":               func(c *vplog.Call) { c.Cut = true },
		"VP failed without a code, before it had":   func(c *vplog.Call) { c.Failed, c.Target = true, "" },
		"the log names no target":                   func(c *vplog.Call) { c.Target = "" },
		"the log does not say how it ended":         func(c *vplog.Call) { c.Target, c.Ended = "", false },
		"VP002: the caller's certificate":           func(c *vplog.Call) { c.Code = "VP002" },
		"VP008: VP had no catalogue":                func(c *vplog.Call) { c.Code = "VP008" },
		"VP015: the request's bytes":                func(c *vplog.Call) { c.Code = "VP015" },
		"Overloaded: no decision on routing":        func(c *vplog.Call) { c.Code = "Overloaded" },
		"the log names no contract":                 func(c *vplog.Call) { c.Contract = "" },
		"the log names no sender":                   func(c *vplog.Call) { c.Sender = "" },
		"the log says no time":                      func(c *vplog.Call) { c.Start = time.Time{} },
		"the log names no target#VP009 without any": func(c *vplog.Call) { c.Code, c.Target = "VP009", "" },
	} {
		s := shadow.NewComparison(view(t), nil)
		s.Add(call(change))
		r := s.Report(vplog.Counts{})
		want, _, _ = strings.Cut(want, "#")
		if len(r.Unjudged) != 1 || r.Judged() != 0 || r.Calls != 1 {
			t.Fatalf("%s: %+v", want, r)
		}
		for why := range r.Unjudged {
			if !strings.HasPrefix(why, want) {
				t.Errorf("%q, want %q", why, want)
			}
		}
	}
}

// A report stays of a size whatever the log holds, and counts what it leaves out.
func TestReportIsBounded(t *testing.T) {
	s := shadow.NewComparison(view(t), nil)
	for i := range 3000 {
		s.Add(call(func(c *vplog.Call) { c.Contract = fmt.Sprint(contract, i) }))
		s.Add(call(func(c *vplog.Call) { c.Code = fmt.Sprint("VP", i+100) }))
	}
	r := s.Report(vplog.Counts{})
	if len(r.Groups) != 1000 || r.Different != 3000 || r.LeftOut[shadow.Refused] != 2000 {
		t.Errorf("%d groups, %d different, left out %v", len(r.Groups), r.Different, r.LeftOut)
	}
	if len(r.Unjudged) > 101 || r.Calls-r.Judged() != 3000 {
		t.Errorf("%d reasons, %d not judged", len(r.Unjudged), r.Calls-r.Judged())
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "and 2000 calls more") {
		t.Errorf("%v", err)
	}
}

// Ids that callers chose stay on their line.
func TestReportCannotBeForged(t *testing.T) {
	s := shadow.NewComparison(view(t), nil)
	s.Add(call(func(c *vplog.Call) { c.Receiver, c.Trace, c.Sender = "X\n0 different", "\x1b[2J", "A\u202eB" }))
	var text bytes.Buffer
	if err := s.Report(vplog.Counts{}).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "\n0 different") || strings.ContainsAny(text.String(), "\x1b\u202e") {
		t.Errorf("%q", text.String())
	}
}

// Copies wait for the log in the order they came, each for one call, and no more
// than there is room for.
func TestRehearsalsWaitForTheLog(t *testing.T) {
	copies := shadow.NewRehearsals()
	for _, code := range []string{"", "VP015"} {
		copies.Finished(rehearsal("twice", code))
	}
	copies.Finished(&record.Call{CorrelationID: "wsdl", Outcome: record.Served})
	copies.Finished(&record.Call{CorrelationID: "cut", Outcome: record.Cancelled})
	s := shadow.NewComparison(view(t), copies)
	for range 3 { // the third has only the log
		s.Add(call(func(c *vplog.Call) { c.Trace = "twice" }))
	}
	s.Add(call(func(c *vplog.Call) { c.Trace = "wsdl" }))
	s.Add(call(func(c *vplog.Call) { c.Trace = "cut" }))
	r := s.Report(vplog.Counts{})
	if r.Same != 4 || r.Different != 1 || r.Rehearsed.Compared != 2 || r.Rehearsed.Taken != 3 || r.Rehearsed.Unkept != 1 {
		t.Errorf("%+v", r)
	}
	for i := range 1<<17 + 10 {
		copies.Finished(rehearsal(fmt.Sprint(i), ""))
	}
	if r := s.Report(vplog.Counts{}); r.Rehearsed.Unkept != 11 {
		t.Errorf("%+v", r.Rehearsed)
	}
}

func rehearsal(id, code string) *record.Call {
	c := call(nil)
	return &record.Call{
		CorrelationID: id, Outcome: record.OK, Sender: c.Sender, Contract: c.Contract, Receiver: c.Receiver,
		Target: c.Target, Code: fault.Code(code),
	}
}

func BenchmarkAdd(b *testing.B) {
	s, c := shadow.NewComparison(view(b), nil), call(nil)
	for b.Loop() {
		s.Add(c)
	}
	if r := s.Report(vplog.Counts{}); r.Same != r.Calls {
		b.Fatalf("%+v", r)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
