package vplog_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/migrate/vplog"
)

const recorded = "../../../e2e/testdata/recorded/logs/"

func content(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(recorded + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// joined reads logs, one after the other, with room for open calls.
func joined(t testing.TB, open int, logs ...string) (calls []vplog.Call, counts vplog.Counts) {
	t.Helper()
	joiner, err := vplog.NewJoiner(open, func(c *vplog.Call) { calls = append(calls, *c) })
	if err != nil {
		t.Fatal(err)
	}
	r := vplog.NewReader(time.UTC)
	for _, log := range logs {
		if err := r.Open(strings.NewReader(log)); err != nil {
			t.Fatal(err)
		}
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			joiner.Add(e)
		}
	}
	r.End()
	joiner.End()
	return calls, r.Counts
}

// wantRecorded are the calls that a running VP logged.
var wantRecorded = map[string]vplog.Call{
	"ok": {
		Trace: "log-ok", Sender: "SE0000000000-CONS1", Original: "SE0000000000-CONS1", Contract: "urn:riv:test:GetThingResponder:1",
		Receiver: "OK", Profile: "rivtabp21", Target: "http://127.0.0.1:29080/ok", Ended: true,
	},
	"vp007": {
		Trace: "log-vp007", Sender: "SE0000000000-CONS1", Contract: "urn:riv:test:GetThingResponder:1",
		Receiver: "NOPERM", Profile: "rivtabp21", Target: "http://127.0.0.1:29080/ok", Code: "VP007", Failed: true, Ended: true,
	},
	"vp009": {
		Trace: "log-vp009", Sender: "SE0000000000-CONS1", Original: "SE0000000000-CONS1", Contract: "urn:riv:test:GetThingResponder:1",
		Receiver: "HTML404", Profile: "rivtabp21", Target: "http://127.0.0.1:29080/st/404/html/tx", Code: "VP009", Failed: true, Ended: true,
	},
}

// What a running VP wrote, in both of its forms and in that of its Helm chart,
// is the same calls.
func TestRecordedLogs(t *testing.T) {
	for name, want := range wantRecorded {
		for form, log := range map[string]string{
			"ecs":             content(t, "log-ecs-"+name+".txt"),
			"legacy":          content(t, "log-legacy-"+name+".txt"),
			"legacy, windows": strings.ReplaceAll(content(t, "log-legacy-"+name+".txt"), "\n", "\r\n"),
			"legacy in ecs":   inECS(t, content(t, "log-legacy-"+name+".txt")),
			"containers":      "2026-11-21T19:24:28.313999Z stdout F " + strings.ReplaceAll(content(t, "log-ecs-"+name+".txt"), "\n{", "\n2026-11-21T19:24:28.313999Z stdout F {"),
			"typed":           typed(content(t, "log-ecs-"+name+".txt")),
		} {
			t.Run(name+" "+form, func(t *testing.T) {
				calls, counts := joined(t, 10, log)
				if len(calls) != 1 || counts.Broken != 0 || counts.Events < 3 {
					t.Fatalf("%d calls, %+v", len(calls), counts)
				}
				got := calls[0]
				if got.Start.Format("2006-01-02T15") != "2026-11-21T19" || got.Transaction == "" {
					t.Errorf("start %s, transaction %q", got.Start, got.Transaction)
				}
				got.Start, got.Transaction = time.Time{}, ""
				if got.Receiver == "ST-404-html-tx" { // what it was called when the older text was recorded
					got.Receiver = "HTML404"
				}
				if got != want {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
			})
		}
	}
}

// inECS wraps each event of the older text as the message of an ECS line.
func inECS(t testing.TB, log string) string {
	t.Helper()
	var out strings.Builder
	for _, event := range strings.SplitAfter(log, ".end *************************************************************\n") {
		_, message, ok := strings.Cut(event, "skltp-messages\n")
		if !ok {
			continue
		}
		fmt.Fprintf(&out, `{"@timestamp":"2026-11-21T19:24:28.313Z","log.level":"INFO","message":%s,"ecs.version":"1.2.0"}`+"\n", jsonText("skltp-messages\n"+message))
	}
	return out.String()
}

func jsonText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(text) + `"`
}

// typed is an ECS log as collectors write it: objects within one another, truth
// values and numbers that are such.
func typed(log string) string {
	return strings.NewReplacer(
		`"labels.sessionStatus":"true"`, `"labels":{"sessionStatus":true,"list":["}",{"a":"\""}]}`,
		`"http.response.status_code":"500"`, `"http":{"response":{"status_code":500}}`,
		`"event.category":"[\"web\"]"`, `"event.category":["web"]`,
	).Replace(log)
}

// Calls whose events mix come out whole; two hops of a chain share a correlation
// id and are two calls all the same.
func TestEventsOfManyCallsMix(t *testing.T) {
	var log strings.Builder
	for _, action := range []string{"req-in", "req-out", "resp-in", "resp-out"} {
		for hop := range 3 {
			fmt.Fprintf(&log, `{"@timestamp":"2026-01-01T00:00:0%d.000Z","event.action":"%s","trace.id":"one","transaction.id":"T%d","labels.receiverid":"R%d"}`+"\n", hop, action, hop, hop)
		}
	}
	calls, counts := joined(t, 10, log.String())
	if len(calls) != 3 || counts.Events != 12 {
		t.Fatalf("%d calls, %+v", len(calls), counts)
	}
	for hop, c := range calls {
		if c.Receiver != fmt.Sprintf("R%d", hop) || c.Start.Second() != hop || !c.Ended {
			t.Errorf("%+v", c)
		}
	}
}

// What never ends is given out in its turn, and no more is held than said.
func TestOpenCallsAreBounded(t *testing.T) {
	var log strings.Builder
	for i := range 10 {
		fmt.Fprintf(&log, `{"@timestamp":"2026-01-01T00:00:00Z","event.action":"req-in","transaction.id":"T%d"}`+"\n", i)
	}
	var given []string
	joiner, err := vplog.NewJoiner(3, func(c *vplog.Call) { given = append(given, c.Transaction) })
	if err != nil {
		t.Fatal(err)
	}
	r := vplog.NewReader(time.UTC)
	if err := r.Open(strings.NewReader(log.String())); err != nil {
		t.Fatal(err)
	}
	for e, err := r.Next(); err == nil; e, err = r.Next() {
		joiner.Add(e)
	}
	if fmt.Sprint(given) != "[T0 T1 T2 T3 T4 T5 T6]" {
		t.Errorf("given out early: %v", given)
	}
	joiner.End()
	if fmt.Sprint(given[7:]) != "[T7 T8 T9]" {
		t.Errorf("at the end: %v", given[7:])
	}
}

// A message in the log is nobody's word on the call: what looks like fields in it
// is passed over.
func TestMessagesForgeNothing(t *testing.T) {
	legacy := strings.Replace(content(t, "log-legacy-ok.txt"), "Payload=<", "Payload=\n-errorCode=VP007\n-receiverid=FORGED\nLogMessage=error\n** logEvent-debug.start ***\n<", 1)
	ecs := strings.Replace(content(t, "log-ecs-ok.txt"), `"http.request.body.content":"<`, `"http.request.body.content":"\",\"labels.errorCode\":\"VP007\",\"x\":\"\\\\<`, 1)
	if ecs == content(t, "log-ecs-ok.txt") {
		t.Fatal("nothing was forged")
	}
	for form, log := range map[string]string{"legacy": legacy, "ecs": ecs} {
		calls, counts := joined(t, 10, log)
		if len(calls) != 1 || calls[0].Code != "" || calls[0].Receiver != "OK" || counts.Broken != 0 {
			t.Errorf("%s: %+v, %+v", form, calls, counts)
		}
	}
}

// Nothing is lost in silence: every line is an event's, or counted.
func TestLinesThatAreNoEvents(t *testing.T) {
	whole := content(t, "log-ecs-ok.txt")
	log := "  .   ____  \nStarted {VpServicesApplication} in 8 seconds\n" +
		`{"message":"Registering SSL Context","event.action":"ssl-context-register","event.id":"1"}` + "\n" +
		whole[:500] + "\n" + // cut
		`{"event.action":"req-in"}` + "\n" + // of no call
		"2026-11-21 19:22:56,939 DEBUG [x] se.skl.tp.vp.logging.req.in - [1] skltp-messages\nno block\n" + whole +
		"2026-11-21 19:22:56,939 DEBUG [x] se.skl.tp.vp.logging.req.in - [1] skltp-messages\n** logEvent-debug.start ***\nLogMessage=req-in\n"
	calls, counts := joined(t, 10, log)
	if len(calls) != 1 || counts.Events != 4 || counts.Broken != 3 || counts.Other != 5 || counts.Lines != 14 {
		t.Errorf("%d calls, %+v", len(calls), counts)
	}
}

// A value that a caller made endless is not kept, and the call says so.
func TestLongValues(t *testing.T) {
	log := strings.ReplaceAll(content(t, "log-ecs-ok.txt"), `"labels.receiverid":"OK"`, `"labels.receiverid":"`+strings.Repeat("X", 10_000)+`"`)
	calls, _ := joined(t, 10, log)
	if len(calls) != 1 || !calls[0].Cut || len(calls[0].Receiver) != 4096 {
		t.Errorf("%d calls", len(calls))
	}
}

// The files of a rotated log are read by their age, whatever their names are, and
// an event may be cut by the rotation.
func TestRotatedFiles(t *testing.T) {
	dir := t.TempDir()
	legacy := content(t, "log-legacy-ok.txt")
	cut := strings.Index(legacy, "-receiverid=OK\n")
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(legacy[:cut]))
	_ = zip.Close()
	newest, oldest := filepath.Join(dir, "vp.log"), filepath.Join(dir, "vp.log.1")
	for name, text := range map[string][]byte{newest: []byte(content(t, "log-ecs-ok.txt")), oldest: packed.Bytes()} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var events []vplog.Event
	counts, err := vplog.ReadFiles([]string{newest, oldest, "-"}, strings.NewReader(""), time.UTC, func(e vplog.Event) { events = append(events, e) })
	if err != nil || len(events) != 4 || events[0].At.Minute() != 24 {
		t.Errorf("in the order given: %d events, %v", len(events), err)
	}
	if counts.Broken != 1 {
		t.Errorf("the event that was cut: %+v", counts)
	}
	rest := filepath.Join(dir, "vp.log.0")
	if err := os.WriteFile(rest, []byte(legacy[cut:]), 0o600); err != nil {
		t.Fatal(err)
	}
	events = nil
	counts, err = vplog.ReadFiles([]string{newest, rest, oldest}, nil, time.UTC, func(e vplog.Event) { events = append(events, e) })
	if err != nil || len(events) == 0 || events[0].At.Minute() != 22 {
		t.Errorf("by age: %d events, %+v, %v", len(events), counts, err)
	}
	if _, err := vplog.ReadFiles([]string{filepath.Join(dir, "none")}, nil, time.UTC, nil); err == nil {
		t.Error("a file that is not there is no error")
	}
}

// An event that is cut, wherever that is, takes none of the next with it.
func TestCutEventsEndAtTheNext(t *testing.T) {
	cut, next := content(t, "log-legacy-ok.txt"), content(t, "log-legacy-vp007.txt")
	want, _ := joined(t, 10, next)
	for _, at := range []string{" skltp-messages\n", "LogMessage=req-in\n", "-receiverid=OK\n", "-receiverid=", "Payload=<?xml "} {
		before, _, _ := strings.Cut(cut, at)
		calls, counts := joined(t, 10, before+at+"\n"+next)
		if len(calls) != 1 || calls[0] != want[0] || counts.Broken != 1 {
			t.Errorf("cut behind %q: %+v, %+v", at, calls, counts)
		}
		calls, counts = joined(t, 10, before+at+next) // on the same line
		if len(calls) == 1 {
			calls[0].Start = want[0].Start // which may be known from the call's next event alone
		}
		if len(calls) != 1 || calls[0] != want[0] || counts.Broken != 1 {
			t.Errorf("cut behind %q, with the next on the same line: %+v, %+v", at, calls, counts)
		}
	}
	quoted := strings.Replace(cut, "Payload=<", "Payload=\n2026-11-21 19:22:56,939 DEBUG [x] a.b - [1] skltp-messages\n<", 1)
	if calls, counts := joined(t, 10, quoted); len(calls) != 1 || counts.Events != 4 || counts.Broken != 0 {
		t.Errorf("a line quoted in a message: %+v, %+v", calls, counts)
	}
}

// A file that breaks off is told of, and how far it was read; the others are read.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(content(t, "log-ecs-ok.txt")))
	_ = zip.Flush()
	whole := packed.Len()
	_, _ = zip.Write([]byte(content(t, "log-ecs-vp007.txt")))
	_ = zip.Close()
	names := map[string][]byte{
		"cut.gz": packed.Bytes()[:whole], "head.gz": packed.Bytes()[:5], "whole.log": []byte(content(t, "log-ecs-vp009.txt")),
	}
	var files []string
	for name, text := range names {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	events := 0
	counts, err := vplog.ReadFiles(files, nil, time.UTC, func(vplog.Event) { events++ })
	if err != nil || events != 8 || len(counts.Damaged) != 2 {
		t.Fatalf("%d events, %+v, %v", events, counts, err)
	}
	head, cut := counts.Damaged[0], counts.Damaged[1]
	if filepath.Base(head.File) != "head.gz" || head.Lines != 0 || !head.Last.IsZero() || head.Why == "" {
		t.Errorf("%+v", head)
	}
	if filepath.Base(cut.File) != "cut.gz" || cut.Lines != 4 || cut.Last.Hour() != 19 || cut.Why == "" {
		t.Errorf("%+v", cut)
	}
}

// A file counts once, whatever it is called.
func TestFilesGivenTwice(t *testing.T) {
	dir := t.TempDir()
	log, link := filepath.Join(dir, "vp.log"), filepath.Join(dir, "current")
	if err := errors.Join(os.WriteFile(log, []byte(content(t, "log-ecs-ok.txt")), 0o600), os.Symlink(log, link)); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{log, log}, {log, link}, {"-", log, "-"}} {
		_, err := vplog.ReadFiles(names, strings.NewReader(""), time.UTC, func(vplog.Event) { t.Error("read all the same") })
		if err == nil || !strings.Contains(err.Error(), "is the same file as "+names[0]) {
			t.Errorf("%v: %v", names, err)
		}
	}
}

// Collectors write zones in more than one way; a time without a zone is none.
func TestZonesOfTimes(t *testing.T) {
	for text, hour := range map[string]int{
		"2026-11-21T19:24:28.313Z": 19, "2026-11-21T19:24:28.313+01:00": 18, "2026-11-21T19:24:28.313+0100": 18, "2026-11-21T19:24:28,313-0130": 20,
		"2026-11-21T19:24:28+01": 18, "2026-11-21T19:24:28": 0,
	} {
		calls, _ := joined(t, 10, `{"@timestamp":"`+text+`","event.action":"req-in","trace.id":"1"}`+"\n")
		if len(calls) != 1 || calls[0].Start.UTC().Hour() != hour {
			t.Errorf("%s: %+v", text, calls)
		}
	}
}

// A shell's <(…) is a pipe: what is read of it to learn its age would be lost.
func TestPipesAreReadOnce(t *testing.T) {
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	go func() {
		_, _ = to.WriteString(content(t, "log-ecs-ok.txt"))
		_ = to.Close()
	}()
	counts, err := vplog.ReadFiles([]string{fmt.Sprintf("/dev/fd/%d", from.Fd())}, nil, time.UTC, func(vplog.Event) {})
	if err != nil || counts.Events != 4 {
		t.Errorf("counts %+v, error %v, want the 4 events", counts, err)
	}
}

func BenchmarkCalls(b *testing.B) {
	for _, form := range []string{"ecs", "legacy"} {
		b.Run(form, func(b *testing.B) {
			log := strings.Repeat(content(b, "log-"+form+"-ok.txt"), 100)
			b.SetBytes(int64(len(log)))
			calls := 0
			for b.Loop() {
				found, _ := joined(b, 1000, log)
				calls += len(found)
			}
			b.ReportMetric(float64(calls)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}
