package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
	"rivgate/internal/migrate/shadow"
)

// vpTarget is where VP sent what was logged.
const vpTarget = "http://127.0.0.1:29080/ok"

// shadowWorld is a configuration with all that shadow reads, and nothing that
// runs.
type shadowWorld struct {
	dir, config string
	ca          *lab.CA
}

func newShadowWorld(t *testing.T, catalogue *lab.Catalogue) *shadowWorld {
	t.Helper()
	w := &shadowWorld{dir: t.TempDir(), ca: labtest.CA(t, "CA")}
	w.config = filepath.Join(w.dir, "rivgate.yaml")
	must(t, w.ca.WriteFile(filepath.Join(w.dir, "ca.crt")))
	_, _, err := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: instanceID}, lab.Hosts("localhost")).WriteFiles(w.dir, "gateway")
	must(t, err)
	must(t, catalogue.WriteLocalCopy(filepath.Join(w.dir, "tak.xml")))
	must(t, lab.WriteHSAFile(filepath.Join(w.dir, "hsa.xml"), tree...))
	must(t, os.WriteFile(w.config, []byte(baseConfig), 0o600))
	return w
}

// file writes a file and gives its path.
func (w *shadowWorld) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(w.dir, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// report runs the command and reads its report.
func (w *shadowWorld) report(t *testing.T, wantCode int, args ...string) (r shadow.Report) {
	t.Helper()
	stdout, stderr, code := command(t, append([]string{"shadow", "--json", "--config", w.config}, args...)...)
	if code != wantCode {
		t.Fatalf("exit code %d, want %d\n%s%s", code, wantCode, stdout, stderr)
	}
	must(t, json.Unmarshal([]byte(stdout), &r))
	return r
}

// recordedLog is what a running VP wrote, changed as VP would have written it for
// another call.
func recordedLog(t *testing.T, name string, changes ...string) string {
	t.Helper()
	content, err := os.ReadFile("testdata/recorded/logs/log-" + name + ".txt")
	must(t, err)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(content), changes[i]) {
			t.Fatalf("log-%s.txt has no %s", name, changes[i])
		}
	}
	return strings.NewReplacer(changes...).Replace(string(content))
}

// logged is a VP log of several calls. Each gets ids of its own, in order.
func logged(calls ...string) string {
	var log strings.Builder
	for i, call := range calls {
		for _, id := range []string{"F9FCF6F9FBA8A73", "1A38B2E9D2B8742"} {
			call = strings.ReplaceAll(call, id, fmt.Sprintf("%s%04d", id, i))
		}
		log.WriteString(call)
	}
	return log.String()
}

// recordedCatalogue decides as the VP that was recorded.
func recordedCatalogue() *lab.Catalogue {
	c := &lab.Catalogue{}
	c.Route(getThing, "RIVTABP21", vpTarget, "OK", "NOPERM")
	c.Route(getThing, "RIVTABP21", "http://127.0.0.1:29080/st/404/html/tx", "HTML404", "ST-404-html-tx")
	c.Permit(consumerID, getThing, "OK", "HTML404", "ST-404-html-tx")
	return c
}

// Calls as a running VP logged them, in either form, are decided the same here.
func TestShadowAgreesWithRecordedLogs(t *testing.T) {
	w := newShadowWorld(t, recordedCatalogue())
	for _, form := range []string{"ecs", "legacy"} {
		var files []string
		for _, name := range []string{"ok", "vp007", "vp009"} {
			files = append(files, "--log", w.file(t, form+name, recordedLog(t, form+"-"+name)))
		}
		r := w.report(t, 0, files...)
		if r.Calls != 3 || r.Same != 3 || r.Log.Broken != 0 || len(r.Groups) != 0 {
			t.Errorf("%s: %+v", form, r)
		}
	}
}

// Each way of differing is found, told with an example and the steps, and in the
// order of its gravity; what is intended is told last and is no failure by itself.
func TestShadowFindsDifferences(t *testing.T) {
	c := recordedCatalogue()
	c.Permit(consumerID, getThing, "NOPERM", "MOVED", "SWITCH", "BROKEN")
	c.Route(getThing, "RIVTABP21", "http://127.0.0.1:29080/moved", "MOVED")
	c.Route(getThing, "RIVTABP21", vpTarget, "DENIED")
	c.Route(getThing, "RIVTABP21", "http://a b/x", "BROKEN")
	c.Routes = append(c.Routes, // a planned switch at midnight, on the day of the recording
		lab.Route{Receiver: "SWITCH", Contract: getThing, Profile: "RIVTABP21", Address: "http://127.0.0.1:1/old", From: "2020-01-01T00:00:00", To: "2026-11-22T00:00:00"},
		lab.Route{Receiver: "SWITCH", Contract: getThing, Profile: "RIVTABP21", Address: "http://127.0.0.1:1/new", From: "2026-11-22T00:00:00", To: "2030-01-01T00:00:00"},
	)
	w := newShadowWorld(t, c)
	refused := func(receiver, code string) string {
		return recordedLog(t, "ecs-vp007", "NOPERM", receiver, "VP007", code)
	}
	answered := func(receiver string) string {
		return recordedLog(t, "ecs-ok", `id":"OK"`, `id":"`+receiver+`"`)
	}
	uncoded := recordedLog(t, "ecs-vp009", "HTML404", "BROKEN", "http://127.0.0.1:29080/st/404/html/tx", "http://a b/x", `"labels.errorCode":"VP009",`, "")
	log := w.file(t, "vp.log", logged(
		answered("OK"), refused("OK", "VP015"), refused("OK", "VP002"), // the same; nothing to go by
		refused("SWITCH", "VP006"), uncoded, // intended
		refused("DENIED", "VP004"), answered("DENIED"), answered("MOVED"), answered("MOVED"), refused("NOPERM", "VP007"),
	))
	r := w.report(t, 1, "--log", log)
	var got []string
	for _, g := range r.Groups {
		got = append(got, fmt.Sprintf("%s %d %s: %s, not %s, row %d %t", g.Kind, g.Count, g.Example.Receiver, g.Own, g.VP, g.Row, g.Intended))
		if g.Example.Trace == "" || g.Example.Sender != consumerID || g.Example.At.Year() != 2026 || len(g.Explanation.Steps) == 0 {
			t.Errorf("%s: %+v", g.Kind, g)
		}
	}
	want := []string{
		"opened 1 NOPERM: " + vpTarget + ", not VP007, row 0 false",
		"rerouted 2 MOVED: http://127.0.0.1:29080/moved, not " + vpTarget + ", row 0 false",
		"refused 1 DENIED: VP007, not " + vpTarget + ", row 0 false",
		"recoded 1 DENIED: VP007, not VP004, row 0 false",
		"opened 1 SWITCH: http://127.0.0.1:1/old, not VP006, row 13 true",
		"refused 1 BROKEN: VP010, not http://a b/x, row 26 true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Calls != 10 || r.Same != 1 || r.Different != 5 || r.Intended != 2 || len(r.Unjudged) != 2 {
		t.Errorf("%+v", r)
	}
	text, _, code := command(t, "shadow", "--config", w.config, "--log", log)
	if code != 1 || !strings.HasPrefix(text, "5 different, 2 intended, 1 the same, 2 not judged, of 10 calls\n") {
		t.Errorf("exit code %d\n%s", code, text)
	}
	for _, secret := range []string{"svar", "Envelope", "åäö"} {
		if strings.Contains(text, secret) {
			t.Errorf("the report holds what was sent: %s", secret)
		}
	}
	intended := w.file(t, "intended.log", logged(answered("OK"), refused("SWITCH", "VP006"), uncoded))
	if r := w.report(t, 0, intended); r.Intended != 2 || r.Different != 0 {
		t.Errorf("%+v", r)
	}
}

// With one row left there is no planned switch to explain why VP found several.
func TestShadowTakesNoOtherVP006ForIntended(t *testing.T) {
	w := newShadowWorld(t, recordedCatalogue())
	r := w.report(t, 1, "--log", w.file(t, "vp.log", recordedLog(t, "ecs-vp007", "NOPERM", "OK", "VP007", "VP006")))
	if len(r.Groups) != 1 || r.Groups[0].Kind != shadow.Opened || r.Groups[0].Row != 13 || r.Groups[0].Intended {
		t.Errorf("%+v", r.Groups)
	}
}

// What this gateway itself logs in VP's form is read as VP's, and a shadow of it
// agrees with it, whatever became of the calls.
func TestShadowAgreesWithTheGateway(t *testing.T) {
	for _, form := range []string{
		"log: {format: ecs, events: vp, compat_types: strings}",
		"log: {format: ecs, events: vp}",
		"log: {format: ecs, events: call}",
		"log: {format: legacy, events: vp, payload: both, payload_max: 64KiB}",
	} {
		t.Run(form, func(t *testing.T) {
			w := newWorld(t, form+"\n")
			client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
			defer client.CloseIdleConnections()
			receivers := strings.Fields("HTTP21 HTTP20 HTTPS21 UNTRUSTED MULTI NOADDR BADADDR UNKPROF DEAD NOPERM EXPIRED AT-FAULT500 AT-NOTFOUND NOWHERE")
			for _, receiver := range receivers {
				_, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, receiver), nil)
				must(t, err)
			}
			for _, receiver := range []string{"SE0000000001-1234", "ELSEWHERE", "SECOND"} {
				_, err := lab.Call(t.Context(), client, w.url(), envelope(defaultThing, receiver), nil)
				must(t, err)
			}
			w.gate.stop()
			log := filepath.Join(w.gate.dir, "vp.log")
			must(t, os.WriteFile(log, []byte(strings.Join(w.gate.log.lines(""), "\n")+"\n"), 0o600))
			s := &shadowWorld{dir: w.gate.dir, config: filepath.Join(w.gate.dir, "rivgate.yaml")}
			r := s.report(t, 0, "--log", log)
			if r.Calls != int64(len(receivers)+3) || r.Same != r.Calls || r.Log.Broken != 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A log without a call that can be judged is no agreement.
func TestShadowOfNothing(t *testing.T) {
	w := newShadowWorld(t, recordedCatalogue())
	for name, log := range map[string]string{
		"empty": "", "other": "Started in 8 seconds\n",
		"unjudged": recordedLog(t, "ecs-vp007", "VP007", "VP015"),
	} {
		_, stderr, code := command(t, "shadow", "--config", w.config, w.file(t, name, log))
		if code != 1 || !strings.Contains(stderr, "nothing was compared") {
			t.Errorf("%s: exit code %d %s", name, code, stderr)
		}
	}
	must(t, os.Remove(filepath.Join(w.dir, "tak.xml")))
	must(t, os.WriteFile(w.config, []byte(strings.Replace(baseConfig, "tak: {file: tak.xml}", `tak: {address: "http://127.0.0.1:1/tak", local_copy: tak.xml}`, 1)), 0o600))
	_, stderr, code := command(t, "shadow", "--config", w.config, w.file(t, "ok", recordedLog(t, "ecs-ok")))
	if code != 1 || !strings.Contains(stderr, "no catalogue to decide by") {
		t.Errorf("exit code %d %s", code, stderr)
	}
	if _, _, code := command(t, "shadow", "--config", w.config); code != 2 {
		t.Errorf("exit code %d for a command line without anything to look at", code)
	}
}

// forbidden is a producer that must never be called.
type forbidden struct {
	net.Listener
	accepted atomic.Int64
}

func newForbidden(t *testing.T) *forbidden {
	t.Helper()
	f := &forbidden{Listener: listen(t)}
	go func() {
		for {
			conn, err := f.Accept()
			if err != nil {
				return
			}
			f.accepted.Add(1)
			_ = conn.Close()
		}
	}()
	return f
}

// untouched checks that nobody has connected but this very test: connections are
// accepted in the order they came.
func (f *forbidden) untouched(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("tcp", f.Addr().String())
	must(t, err)
	defer conn.Close()
	eventually(t, "the test's own connection", func() bool { return f.accepted.Load() > 0 })
	if n := f.accepted.Load(); n != 1 {
		t.Errorf("%d connections to a producer", n-1)
	}
}

// copied is a request as a proxy sends it on after TLS.
func copied(t *testing.T, sender *lab.Identity, receiver, correlation string, changes ...string) string {
	t.Helper()
	content, err := envelope(getThing, receiver).Bytes()
	must(t, err)
	body := strings.NewReplacer(changes...).Replace(string(content))
	return fmt.Sprintf("POST /vp HTTP/1.1\r\nHost: vp.example.org\r\nContent-Type: text/xml; charset=UTF-8\r\n"+
		"x-vp-auth-cert: %s\r\nx-skltp-correlation-id: %s\r\nContent-Length: %d\r\n\r\n%s",
		sender.HeaderValue(lab.OneLinePEM), correlation, len(body), body)
}

// rehearsed is a world of copies: a catalogue that leads to a forbidden producer,
// the copies, and what VP logged of the calls.
type rehearsed struct {
	*shadowWorld
	producer *forbidden
	requests []string
	log      string
}

func newRehearsed(t *testing.T) *rehearsed {
	t.Helper()
	producer := newForbidden(t)
	target := "http://" + producer.Addr().String() + "/ok"
	c := &lab.Catalogue{}
	c.Route(getThing, "RIVTABP21", target, "OK", "NOPERM", "OTHER")
	c.Route(getThing, "RIVTABP20", "https://"+producer.Addr().String()+"/ok", "SECURE")
	c.Permit(consumerID, getThing, "OK", "OTHER", "SECURE")
	r := &rehearsed{shadowWorld: newShadowWorld(t, c), producer: producer}
	consumer := labtest.Issue(t, r.ca, lab.Subject{SerialNumber: consumerID, CN: "consumer"})
	stranger := labtest.Issue(t, r.ca, lab.Subject{SerialNumber: "SE0000000000-CONS2", CN: "another"})
	nobody := labtest.Issue(t, r.ca, lab.Subject{CN: "nobody"})
	doctype := []string{"<soap", "<!DOCTYPE x><soap"}
	r.requests = []string{
		copied(t, consumer, "OK", "same"),
		copied(t, consumer, "SECURE", "converted"),
		copied(t, consumer, "NOPERM", "denied"),
		copied(t, consumer, "OK", "ambiguous", doctype...),
		copied(t, nobody, "OK", "nobody"),
		copied(t, stranger, "OK", "stranger"),
		copied(t, consumer, "OTHER", "read-otherwise"),
		"POST /vp HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", // no log tells of it
	}
	ok := func(receiver, correlation, target string) string {
		return recordedLog(t, "ecs-ok", `id":"OK"`, `id":"`+receiver+`"`, "log-ok", correlation, vpTarget, target)
	}
	r.log = r.file(t, "vp.log", logged(
		ok("OK", "same", target), ok("SECURE", "converted", "https://"+producer.Addr().String()+"/ok"),
		recordedLog(t, "ecs-vp007", "log-vp007", "denied"),
		ok("OK", "ambiguous", target), recordedLog(t, "ecs-vp007", "log-vp007", "nobody", "VP007", "VP002"),
		ok("OK", "stranger", target), ok("OK", "read-otherwise", target),
		ok("OK", "not-mirrored", target),
	))
	return r
}

// check looks at a report of the copies' comparison with the log.
func (r *rehearsed) check(t *testing.T, report shadow.Report) {
	t.Helper()
	var got []string
	for _, g := range report.Groups {
		got = append(got, fmt.Sprintf("%s %d %s: %s, row %d, copied %t, %s", g.Kind, g.Count, g.Example.Trace, g.Own.Code, g.Row, g.Copied, g.Misread))
	}
	want := []string{
		"misread 1 read-otherwise: , row 0, copied true, receiver OTHER, not OK",
		"refused 1 stranger: VP007, row 0, copied true, sender SE0000000000-CONS2, not SE0000000000-CONS1",
		"refused 1 ambiguous: VP015, row 1, copied true, ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if report.Calls != 8 || report.Same != 5 || report.Different != 3 || report.Rehearsed.Taken != 8 || report.Rehearsed.Compared != 7 {
		t.Errorf("%+v", report)
	}
	results := fmt.Sprint(report.Rehearsed.Results)
	if results != "map[:3 VP002:1 VP007:2 VP015:1 refused:1]" {
		t.Errorf("results %s", results)
	}
	r.producer.untouched(t)
}

// Copies from files go through every stage, are compared with VP's log by their
// correlation ids, and reach no producer.
func TestShadowReplaysRequests(t *testing.T) {
	w := newRehearsed(t)
	for i, request := range w.requests {
		w.file(t, fmt.Sprintf("copies/%02d", i), request)
	}
	decisions := filepath.Join(w.dir, "decisions.log")
	w.check(t, w.report(t, 1, "--requests", filepath.Join(w.dir, "copies"), "--decisions", decisions, "--log", w.log))
	lines, err := os.ReadFile(decisions)
	must(t, err)
	for text, want := range map[string]int{`"event.action":"call"`: 8, `"rivgate.outcome":"ok"`: 3, `"labels.errorCode":"VP007"`: 2, "<u:id>": 0} {
		if n := strings.Count(string(lines), text); n != want {
			t.Errorf("%d × %s, want %d in\n%s", n, text, want, lines)
		}
	}
}

// A slip on the command line must not cost VP its log.
func TestShadowSparesTheLog(t *testing.T) {
	w := newShadowWorld(t, recordedCatalogue())
	log := w.file(t, "vp.log", recordedLog(t, "ecs-ok"))
	for _, flag := range []string{"--report", "--decisions"} {
		_, stderr, code := command(t, "shadow", "--config", w.config, "--requests", w.dir, flag, log, log)
		if code != 1 || !strings.Contains(stderr, "nothing is written over it") {
			t.Errorf("%s: exit code %d %s", flag, code, stderr)
		}
	}
	w.report(t, 0, log)
}

// A folder may hold links to the copies, as mounted ones do. One that holds none is
// no agreement.
func TestShadowReplaysLinks(t *testing.T) {
	w := newRehearsed(t)
	copies := filepath.Join(w.dir, "copies")
	must(t, os.Mkdir(copies, 0o755))
	must(t, os.Symlink(w.dir, filepath.Join(copies, "folder")))
	_, stderr, code := command(t, "shadow", "--config", w.config, "--requests", copies)
	if code != 1 || !strings.Contains(stderr, "there are no copies of requests") {
		t.Errorf("exit code %d %s", code, stderr)
	}
	must(t, os.Symlink(w.file(t, "first", w.requests[0]), filepath.Join(copies, "first")))
	if report := w.report(t, 0, "--requests", copies, w.log); report.Rehearsed.Taken != 1 || report.Rehearsed.Compared != 1 {
		t.Errorf("%+v", report.Rehearsed)
	}
	w.producer.untouched(t)
}

// Copies that nothing was compared with are no agreement, whether there is no log
// or one of other calls.
func TestShadowOfCopiesAlone(t *testing.T) {
	w := newRehearsed(t)
	w.file(t, "copies/1", w.requests[0])
	copies := filepath.Join(w.dir, "copies")
	stdout, stderr, code := command(t, "shadow", "--config", w.config, "--requests", copies)
	if code != 1 || !strings.HasPrefix(stdout, "Nothing was compared: ") || !strings.Contains(stderr, "nothing was compared") {
		t.Errorf("without a log: exit code %d\n%s%s", code, stdout, stderr)
	}
	target := "http://" + w.producer.Addr().String() + "/ok"
	other := w.file(t, "other.log", recordedLog(t, "ecs-ok", vpTarget, target))
	stdout, stderr, code = command(t, "shadow", "--config", w.config, "--requests", copies, other)
	if code != 1 || !strings.HasPrefix(stdout, "0 different") || !strings.Contains(stderr, "no copy was compared") {
		t.Errorf("a log of other calls: exit code %d\n%s%s", code, stdout, stderr)
	}
	same := w.file(t, "same.log", recordedLog(t, "ecs-ok", vpTarget, target, "log-ok", "same"))
	if report := w.report(t, 0, "--requests", copies, same); report.Rehearsed.Compared != 1 || report.Same != 1 {
		t.Errorf("%+v", report)
	}
	w.producer.untouched(t)
}

// Files that hold no whole request are named with what is wrong, and not waited
// for: all of them would cost more than this test may take. The others are taken.
func TestShadowNamesUnusableCopies(t *testing.T) {
	w := newRehearsed(t)
	whole := w.requests[0]
	head, _, _ := strings.Cut(whole, "\r\n\r\n")
	chunked := strings.Replace(head, "Content-Length:", "Transfer-Encoding: chunked\r\nX:", 1) + "\r\n\r\n5\r\n<soap\r\n"
	for name, content := range map[string]string{
		"a": "", "b": "\r\n\r\n", "c": head, "d": "POST /vp HTTP/1.1\r\nno header\r\n", "e": whole[:len(whole)-1], "f": chunked,
		"g": whole + whole, "h": whole + "\n",
	} {
		w.file(t, "copies/"+name, content)
	}
	must(t, os.Symlink(filepath.Join(w.dir, "none"), filepath.Join(w.dir, "copies", "z")))
	copies := filepath.Join(w.dir, "copies")
	begun := time.Now()
	report := w.report(t, 1, "--requests", copies, w.log)
	if took := time.Since(begun); took > 40*time.Second {
		t.Errorf("it took %s", took)
	}
	want := map[string]string{
		"a": "it is empty", "b": "it is empty", "c": "its head is cut", "d": "its head is cut", "e": "its body is cut", "f": "its body is cut",
		"g": "it goes on after its request", "z": "no such file or directory",
	}
	for _, unusable := range report.Rehearsed.UnusableFiles {
		name := filepath.Base(unusable.File)
		if want[name] == "" || !strings.HasSuffix(unusable.Why, want[name]) {
			t.Errorf("%+v, want %q", unusable, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 || report.Rehearsed.Unusable != 8 || report.Rehearsed.Taken != 1 || report.Rehearsed.Compared != 1 {
		t.Errorf("not named: %v; %+v", want, report.Rehearsed)
	}
	text, stderr, _ := command(t, "shadow", "--config", w.config, "--requests", copies, w.log)
	for _, line := range []string{"Copies that cannot be used: 8\n", filepath.Join(copies, "e") + ": its body is cut\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	if !strings.Contains(stderr, "copies that cannot be used: 8") {
		t.Error(stderr)
	}
	w.producer.untouched(t)
}

// A log that breaks off is told of with how far it was read, and is no agreement;
// one that is given twice is refused.
func TestShadowTellsOfDamagedLogs(t *testing.T) {
	w := newShadowWorld(t, recordedCatalogue())
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(recordedLog(t, "ecs-ok")))
	must(t, zip.Close())
	damaged := w.file(t, "old.gz", packed.String()[:packed.Len()-4]) // the check sum is cut
	whole := w.file(t, "vp.log", recordedLog(t, "ecs-vp007"))
	text, stderr, code := command(t, "shadow", "--config", w.config, damaged, whole)
	if code != 1 || !strings.HasPrefix(text, "0 different, 0 intended, 2 the same") || !strings.Contains(stderr, "damaged files of the log: 1") {
		t.Errorf("exit code %d\n%s%s", code, text, stderr)
	}
	if want := "Damaged: " + damaged + " was read for 4 lines, up to 2026-11-21T"; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	if _, stderr, code := command(t, "shadow", "--config", w.config, whole, whole); code != 1 || !strings.Contains(stderr, "count twice") {
		t.Errorf("given twice: exit code %d %s", code, stderr)
	}
}

// mirror runs the command that takes copies. end stops it and reads its report.
func (r *rehearsed) mirror(t *testing.T) (sender lab.Caller, end func(wantCode int) shadow.Report) {
	t.Helper()
	path := filepath.Join(r.dir, "report.json")
	run := exec.Command(labtest.Rivgate(t), "shadow", "--config", r.config, "--listen", "127.0.0.1:0", "--log", r.log, "--json", "--report", path)
	output := &logBuffer{}
	run.Stdout, run.Stderr = output, output
	must(t, run.Start())
	ended := make(chan struct{})
	go func() { _ = run.Wait(); close(ended) }()
	t.Cleanup(func() { _ = run.Process.Kill(); <-ended })
	const said = "taking copies of requests at "
	eventually(t, "the address", func() bool { return len(output.lines(said)) > 0 })
	return lab.Caller{Address: strings.TrimPrefix(output.lines(said)[0], said)}, func(wantCode int) (report shadow.Report) {
		must(t, run.Process.Signal(syscall.SIGTERM))
		<-ended
		if code := run.ProcessState.ExitCode(); code != wantCode {
			t.Errorf("exit code %d, want %d\n%s", code, wantCode, strings.Join(output.lines(""), "\n"))
		}
		content, err := os.ReadFile(path)
		must(t, err)
		must(t, json.Unmarshal(content, &report))
		return report
	}
}

// A proxy that mirrors its traffic gets its answers at once: 204, or the fault
// that the caller would get. The comparison is made when the mirror is ended.
func TestShadowTakesMirroredTraffic(t *testing.T) {
	w := newRehearsed(t)
	mirror, end := w.mirror(t)
	for i, want := range []int{204, 204, 500, 500, 500, 500, 204, 400} {
		answer, err := mirror.Send(t.Context(), []byte(w.requests[i]))
		must(t, err)
		if answer.Status != want {
			t.Errorf("copy %d: HTTP %d, want %d", i, answer.Status, want)
		}
	}
	w.check(t, end(1))
}

// A copy that breaks off says nothing of its call, which is then judged by the log
// alone: what a mirror lost is no difference.
func TestShadowComparesNoMirroredCopyThatBreaksOff(t *testing.T) {
	w := newRehearsed(t)
	mirror, end := w.mirror(t)
	conn, err := net.Dial("tcp", mirror.Address)
	must(t, err)
	whole := w.requests[0]
	_, err = conn.Write([]byte(whole[:strings.Index(whole, "<soap")+10]))
	must(t, err)
	must(t, conn.(*net.TCPConn).CloseWrite())
	_, _ = io.Copy(io.Discard, conn)
	must(t, conn.Close())
	for i := 1; i < 3; i++ {
		_, err := mirror.Send(t.Context(), []byte(w.requests[i]))
		must(t, err)
	}
	report := end(0)
	if report.Same != 7 || report.Rehearsed.Taken != 3 || report.Rehearsed.Compared != 2 || report.Rehearsed.Results["cancelled"] != 1 {
		t.Errorf("%+v", report)
	}
	w.producer.untouched(t)
}
