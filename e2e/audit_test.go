package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"rivgate/internal/lab"
)

// auditLine is a line of the audit log. Nothing else may be in one.
type auditLine struct {
	Seq                                                                      int
	Time, Prev, Kind                                                         string
	Sender, Original, Contract, Receiver, Target, Outcome, Code, Correlation string
	Hash                                                                     string
}

// auditFiles are the files of the audit log in dir, oldest first.
func auditFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "audit.log-*"))
	must(t, err)
	slices.Sort(files)
	return append(files, filepath.Join(dir, "audit.log"))
}

// audited are the lines of the audit log in dir, after the command has verified
// them.
func audited(t *testing.T, dir string, flags ...string) []auditLine {
	t.Helper()
	files := auditFiles(t, dir)
	if out, complaints, code := command(t, slices.Concat([]string{"audit", "verify"}, flags, files)...); code != 0 {
		t.Fatalf("verify: exit code %d\n%s%s", code, out, complaints)
	}
	var lines []auditLine
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		for text := range bytes.Lines(content) {
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.DisallowUnknownFields()
			var line auditLine
			must(t, decoder.Decode(&line))
			lines = append(lines, line)
		}
	}
	return lines
}

// ofKind are the lines of a kind.
func ofKind(lines []auditLine, kind string) (found []auditLine) {
	for _, line := range lines {
		if line.Kind == kind {
			found = append(found, line)
		}
	}
	return found
}

// said is what a line says, without its place in the chain and its time.
func (l auditLine) said() string {
	return strings.Join([]string{l.Sender, l.Original, l.Contract, l.Receiver, l.Target, l.Outcome, l.Code, l.Correlation}, "|")
}

// loggedCalls are what the log says of calls, as audit lines say it.
func loggedCalls(t *testing.T, log *logBuffer) (said []string) {
	t.Helper()
	for _, text := range log.lines(`"event.action":"call"`) {
		fields := make(map[string]any)
		must(t, json.Unmarshal([]byte(text), &fields))
		var parts []string
		for _, name := range []string{
			"labels.senderid", "labels.originalServiceconsumerHsaid", "labels.servicecontract_namespace", "labels.receiverid",
			"url.original", "rivgate.outcome", "labels.errorCode", "trace.id",
		} {
			part, _ := fields[name].(string)
			parts = append(parts, part)
		}
		said = append(said, strings.Join(parts, "|"))
	}
	return said
}

// auditedWorld is a world whose gateway has an audit log. keys are added to the
// audit section.
func auditedWorld(t *testing.T, keys string) *world {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, withAdmin+"audit: {file: audit.log"+keys+"}\n")
	return w
}

// Every call leaves one line, however it ends, and it says what the log says.
func TestAuditLinesOfCalls(t *testing.T) {
	w := auditedWorld(t, "")
	for _, receiver := range []string{"HTTP21", "HTTPS21", "HTTP20", "AT-FAULT500", "NOWHERE", "NOPERM", "DEAD", "AT-EMPTY"} {
		w.call(t, receiver)
	}
	w.callWith(t, "HTTP21", http.Header{
		"X-Rivta-Original-Serviceconsumer-Hsaid": {"SE0000000000-ORIG"}, "X-Skltp-Correlation-Id": {"7f2a61d2-8a2e-4c5b-9d55-52b3a0a1f001"},
	})
	for _, request := range []string{
		"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"DELETE /vp HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST /vp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET /vp?wsdl HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		_, err := w.overTLS(w.consumer).Send(t.Context(), []byte(request))
		must(t, err)
	}
	leaving := w.raw(t)
	body, err := envelope(slowThing, "SLOW").Bytes()
	must(t, err)
	_, err = leaving.Write(append([]byte(requestHead("Content-Length: "+strconv.Itoa(len(body))+"\r\n")), body...))
	must(t, err)
	eventually(t, "the call", func() bool { return sample(t, w.gate.scrape(t), "rivgate_calls_in_flight") == 1 })
	leaving.Close()
	const calls = 14
	eventually(t, "the end of all calls", func() bool { return len(w.gate.log.lines(`"event.action":"call"`)) == calls })
	w.gate.stop()
	var got []string
	outcomes := make(map[string]int)
	for _, line := range ofKind(audited(t, w.gate.dir), "call") {
		got = append(got, line.said())
		outcomes[line.Outcome]++
	}
	want := loggedCalls(t, w.gate.log)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("audit:\n%s\nlog:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, outcome := range []string{"ok", "producer_fault", "fault", "refused", "cancelled"} {
		if outcomes[outcome] == 0 {
			t.Errorf("no call ended %s: %v", outcome, outcomes)
		}
	}
	if text := strings.Join(got, "\n"); !strings.Contains(text, "SE0000000000-ORIG") || !strings.Contains(text, "7f2a61d2-8a2e-4c5b-9d55-52b3a0a1f001") {
		t.Errorf("original consumer or correlation id is missing:\n%s", text)
	}
}

// Every attempt to change something leaves one line: who, what, what came of it.
func TestAuditLinesOfActs(t *testing.T) {
	w := auditedWorld(t, "")
	admin := "http://" + w.gate.app.AdminAddr().String()
	for _, act := range []struct{ method, path, body string }{
		{http.MethodGet, "/resetcache", ""},
		{http.MethodPost, "/resethsacache", ""},
		{http.MethodPost, "/reload", ""},
		{http.MethodPut, "/loglevel", "warn"},
		{http.MethodPut, "/loglevel", "loud\nand \"clear\""},
		{http.MethodGet, "/status", ""}, // changes nothing
	} {
		askAt(t, act.method, admin+act.path, act.body)
	}
	askAt(t, http.MethodPost, admin+"/resetcache", "", "Sec-Fetch-Site", "cross-site")
	must(t, w.gate.app.Reload(t.Context())) // as SIGHUP does
	must(t, os.WriteFile(filepath.Join(w.gate.dir, "hsa.xml"), []byte("<broken"), 0o600))
	wanted := []string{
		"peer resetcache: ok", "peer resethsacache: ok", "peer reload: ok", "peer loglevel: ok: warn", "peer loglevel: refused: unknown level",
		"peer resetcache: refused: ", "SIGHUP reload: ok", "reload.watch resethsacache: failed: ",
	}
	peer := regexp.MustCompile(`^127\.0\.0\.1:\d+ `)
	eventually(t, "all acts", func() bool { return len(ofKind(audited(t, w.gate.dir), "admin")) >= len(wanted) })
	w.gate.stop()
	lines := ofKind(audited(t, w.gate.dir), "admin")
	for i, want := range wanted {
		if i >= len(lines) {
			t.Fatalf("%d lines, want %d", len(lines), len(wanted))
		}
		if got := peer.ReplaceAllString(lines[i].Sender+" "+lines[i].Outcome, "peer "); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if len(lines) > len(wanted) {
		t.Errorf("more lines: %+v", lines[len(wanted):])
	}
}

// The chain goes on after a restart, ends with a line that says so, and its head
// is in the log.
func TestAuditChainOverRestarts(t *testing.T) {
	w := auditedWorld(t, ", checkpoint: 2")
	w.call(t, "HTTP21")
	eventually(t, "the line", func() bool { return len(ofKind(audited(t, w.gate.dir), "call")) == 1 }) // while it runs
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, withAdmin+"audit: {file: audit.log, checkpoint: 2}\n")
	w.call(t, "HTTP21")
	w.gate.stop()
	heads := w.gate.log.lines(`"stop"`)
	if len(heads) != 1 {
		t.Fatalf("%d lines of the log tell the last head", len(heads))
	}
	head := regexp.MustCompile(`[0-9a-f]{64}`).FindString(heads[0])
	lines := audited(t, w.gate.dir, "--expect-head", head)
	var kinds []string
	for _, line := range lines {
		kinds = append(kinds, line.Kind)
	}
	if want := strings.Fields("start call checkpoint stop start call checkpoint stop"); !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	if len(w.gate.log.lines(lines[6].Hash)) == 0 {
		t.Errorf("the checkpoint's head %s is not in the log", lines[6].Hash)
	}
	file := filepath.Join(w.gate.dir, "audit.log")
	content, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, content[:bytes.LastIndex(content, []byte(`{"seq":`))], 0o600))
	audited(t, w.gate.dir) // a chain too
	if out, _, code := command(t, "audit", "verify", "--expect-head", head, file); code != 1 || !strings.Contains(out, "removed") {
		t.Errorf("a missing end: exit code %d\n%s", code, out)
	}
}

func TestAuditRotationUnderLoad(t *testing.T) {
	w := auditedWorld(t, ", rotate: 8KiB, checkpoint: 25, on_full: refuse")
	const callers, each = 4, 40
	var calling sync.WaitGroup
	for range callers {
		calling.Go(func() {
			client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
			defer client.CloseIdleConnections()
			for range each {
				if reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil); err != nil || reply.Status != 200 {
					t.Errorf("%+v, %v", reply, err)
				}
			}
		})
	}
	calling.Wait()
	w.gate.stop()
	lines := audited(t, w.gate.dir)
	files := auditFiles(t, w.gate.dir)
	if got := len(ofKind(lines, "call")); got != callers*each || len(files) < 8 {
		t.Errorf("%d calls in %d files", got, len(files))
	}
	must(t, os.Remove(files[3]))
	if out, _, code := command(t, append([]string{"audit", "verify"}, auditFiles(t, w.gate.dir)...)...); code != 1 || !strings.Contains(out, "removed") {
		t.Errorf("a missing file: exit code %d\n%s", code, out)
	}
}

// Whatever callers write is text in one line.
func TestAuditLinesCannotBeForged(t *testing.T) {
	w := auditedWorld(t, "")
	forged := "x\n{\"seq\":1,\"kind\":\"call\"}\n\",\"hash\":\"\u202e\x7f"
	long := strings.Repeat("å", 100_000)
	calls := 0
	for _, receiver := range []string{forged, long, `"},{"`} {
		for _, contract := range []string{getThing, "urn:riv:\"\\\u2028", strings.Repeat("urn:", 10_000)} {
			w.callEnvelope(t, envelope(contract, receiver), http.Header{
				"X-Skltp-Correlation-Id": {`"},{"` + strings.Repeat("c", 1000)}, "X-Rivta-Original-Serviceconsumer-Hsaid": {`a"b\`},
			})
			calls++
		}
	}
	eventually(t, "the end of all calls", func() bool { return len(w.gate.log.lines(`"event.action":"call"`)) == calls })
	w.gate.stop()
	lines := audited(t, w.gate.dir)
	if len(lines) != calls+2 || len(ofKind(lines, "call")) != calls {
		t.Errorf("%d lines of %d calls", len(lines), calls)
	}
	content, err := os.ReadFile(filepath.Join(w.gate.dir, "audit.log"))
	must(t, err)
	if limit := calls * 8 << 10; len(content) > limit {
		t.Errorf("%d bytes, want %d at most", len(content), limit)
	}
	if bytes.Contains(content, []byte("<u:id>")) {
		t.Error("a payload is in it")
	}
}

// fullDisk is a gateway of its own whose files may have 16 blocks: a disk that
// is full when the audit log has so many.
func fullDisk(t *testing.T, policy string) (*world, *process) {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	path := filepath.Join(w.gate.dir, "rivgate.yaml")
	must(t, os.WriteFile(path, []byte(withAdmin+"audit: {file: audit.log, on_full: "+policy+"}\n"), 0o600))
	return w, serveBy(t, exec.Command("sh", "-c", `ulimit -f 16 && exec "$0" serve --config "$1"`, rivgate(t), path))
}

// fill makes calls until the audit log fails.
func (w *world) fill(t *testing.T, p *process) (calls int) {
	t.Helper()
	p.Eventually(t, "a full disk", func() bool {
		w.callTo(t, p, "HTTP21")
		calls++
		return p.audit(t, `rivgate_audit_state{state="failing"}`) == 1
	})
	return calls
}

// audit is the value of a metric.
func (p *process) audit(t *testing.T, series string) float64 {
	t.Helper()
	name, label, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
	return sample(t, askAt(t, http.MethodGet, p.admin(t)+"/metrics", "").body, name, label)
}

// makeRoom moves the file away, as an operator may.
func makeRoom(t *testing.T, p *process, dir string) {
	t.Helper()
	must(t, os.Rename(filepath.Join(dir, "audit.log"), filepath.Join(dir, "audit.log-0000000000000001")))
	p.Eventually(t, "the recovery", func() bool { return p.audit(t, `rivgate_audit_state{state="writing"}`) == 1 })
}

func TestFullDiskContinue(t *testing.T) {
	w, p := fullDisk(t, "continue")
	calls := w.fill(t, p)
	if reply := w.callTo(t, p, "HTTP21"); reply.Status != 200 {
		t.Errorf("HTTP %d while the disk is full", reply.Status)
	}
	if status := statusOf(t, p.admin(t)+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: HTTP %d", status)
	}
	if health := askAt(t, http.MethodGet, p.admin(t)+"/actuator/health", ""); health.status != 200 || !strings.Contains(health.body, "file too large") {
		t.Errorf("health: HTTP %d %s", health.status, health.body)
	}
	makeRoom(t, p, w.gate.dir)
	p.Signal(t, syscall.SIGTERM)
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := len(ofKind(audited(t, w.gate.dir), "call")); got != calls+1 {
		t.Errorf("%d lines of %d calls", got, calls+1)
	}
	for _, text := range []string{"no line can be written", "lines are written again"} {
		if lines := p.Lines(text); len(lines) != 1 {
			t.Errorf("the log says %q %d times", text, len(lines))
		}
	}
}

func TestFullDiskRefuse(t *testing.T) {
	w, p := fullDisk(t, "refuse")
	calls := w.fill(t, p)
	w.plain.Take()
	reply := w.callTo(t, p, "HTTP21")
	if reply.Status != http.StatusServiceUnavailable || reply.Fault == nil || !strings.Contains(reply.Fault.String, "Overloaded") {
		t.Errorf("HTTP %d, %+v", reply.Status, reply.Fault)
	}
	if len(w.plain.Requests()) > 0 {
		t.Error("the refused call reached its producer")
	}
	if ready := askAt(t, http.MethodGet, p.admin(t)+"/readyz", ""); ready.status != http.StatusServiceUnavailable || !strings.Contains(ready.body, "no audit log: ") {
		t.Errorf("/readyz: HTTP %d %s", ready.status, ready.body)
	}
	if got := p.audit(t, "rivgate_ready"); got != 0 {
		t.Errorf("rivgate_ready is %v", got)
	}
	makeRoom(t, p, w.gate.dir)
	if reply := w.callTo(t, p, "HTTP21"); reply.Status != 200 {
		t.Errorf("HTTP %d after the recovery", reply.Status)
	}
	p.Signal(t, syscall.SIGTERM)
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	lines := ofKind(audited(t, w.gate.dir), "call")
	if len(lines) != calls+2 {
		t.Errorf("%d lines of %d calls", len(lines), calls+2)
	}
	if line := lines[len(lines)-2]; line.Outcome != "fault" || line.Code != "Overloaded" {
		t.Errorf("the refused call's line: %+v", line)
	}
}

// A file that cannot be written, or that another gateway writes, stops a start.
func TestAuditLogThatCannotBeOpened(t *testing.T) {
	w := auditedWorld(t, "")
	path := filepath.Join(w.gate.dir, "other.yaml")
	for file, want := range map[string]string{
		"audit.log": "another process writes this audit log", "tak.xml": "no audit log", "nowhere/audit.log": "no such file",
	} {
		must(t, os.WriteFile(path, []byte(fmt.Sprintf("%saudit: {file: %s}\n", withAdmin, file)), 0o600))
		_, complaints, code := command(t, "serve", "--config", path)
		if code != 1 || !strings.Contains(complaints, "audit.file: ") || !strings.Contains(complaints, want) {
			t.Errorf("%s: exit code %d, %s", file, code, complaints)
		}
	}
}
