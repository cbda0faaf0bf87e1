package e2e

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rivgate/internal/lab"
)

const actuatorType = "application/vnd.spring-boot.actuator.v3+json"

// wantHealth checks an answer in VP's actuator form.
func (o *operated) wantHealth(t *testing.T, path string, status int, body string) {
	t.Helper()
	answer := o.get(t, path)
	answer.want(t, status, body)
	if got := answer.header.Get("Content-Type"); got != actuatorType {
		t.Errorf("%s: Content-Type %q", path, got)
	}
}

// The bodies are VP's as recorded, with those of its components that exist here.
func TestHealthForms(t *testing.T) {
	const (
		up     = `{"status":"UP","components":{"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		down   = `{"status":"DOWN","components":{"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"DOWN","details":{"refreshStatus":"REFRESH_FAILED"}}}}`
		whole  = `{"status":"UP","groups":["liveness","readiness"],"components":{"hsaCache":{"status":"UP"},"livenessState":{"status":"UP"},"ping":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		broken = `{"status":"DOWN","groups":["liveness","readiness"],"components":{"hsaCache":{"status":"UP"},"livenessState":{"status":"UP"},"ping":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"DOWN","details":{"refreshStatus":"REFRESH_FAILED"}}}}`
		alive  = `{"status":"UP"}`
	)
	o := newOperated(t, oneAdmin, "")
	o.get(t, "/healthz").want(t, 200, "ok\n")
	o.get(t, "/readyz").want(t, 200, "ready\n")
	o.wantHealth(t, "/actuator/health", 200, whole)
	o.wantHealth(t, "/actuator/health/liveness", 200, alive)
	o.wantHealth(t, "/actuator/health/readiness", 200, up)

	o.startBare(t)
	o.get(t, "/healthz").want(t, 200, "ok\n")
	o.get(t, "/readyz").want(t, 503, "no catalogue: REFRESH_FAILED\n")
	o.wantHealth(t, "/actuator/health", 503, broken)
	o.wantHealth(t, "/actuator/health/liveness", 200, alive)
	o.wantHealth(t, "/actuator/health/readiness", 503, down)
}

// The local copy of a gateway that starts without TAK is enough to be ready.
func TestLocalCopyIsReadyWithoutTAK(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	o.gate.stop()
	must(t, o.tak.Become(lab.Down))
	o.start(t, o.yaml(oneAdmin))
	o.get(t, "/readyz").want(t, 200, "ready\n")
	if status := o.get(t, "/status").body; !strings.Contains(status, "Status:RESTORED_FROM_LOCAL_CACHE ") {
		t.Errorf("%s", status)
	}
	if reply := o.call(t, "HTTPS21"); reply.Status != 200 {
		t.Errorf("HTTP %d", reply.Status)
	}
}

// drainWait is long enough for a call to be made during it.
const drainWait = 2 * time.Second

// A process that is told to end says first that it is not ready, goes on taking
// calls for drain.wait, then takes none, finishes those it has, and exits.
func TestDrain(t *testing.T) {
	w, p := served(t, withAdmin+"drain: {wait: "+drainWait.String()+"}\n")
	https := p.address(t, "https")
	conn, err := (&tls.Dialer{Config: lab.ClientTLS(w.consumer, w.ca)}).DialContext(t.Context(), "tcp", https)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	before, after := halves(t, "HTTPS21")
	unfinished(t, conn, "", before, len(before)+len(after))
	p.Eventually(t, "the call", func() bool {
		return strings.Contains(askAt(t, http.MethodGet, p.admin(t)+"/metrics", "").body, "\nrivgate_calls_in_flight 1\n")
	})

	p.Signal(t, syscall.SIGTERM)
	p.Eventually(t, "draining", func() bool { return statusOf(t, p.admin(t)+"/readyz") == 503 })
	askAt(t, http.MethodGet, p.admin(t)+"/readyz", "").want(t, 503, "draining\n")
	askAt(t, http.MethodGet, p.admin(t)+"/healthz", "").want(t, 200, "ok\n")
	if health := askAt(t, http.MethodGet, p.admin(t)+"/actuator/health/readiness", ""); health.status != 503 || !strings.Contains(health.body, `"readinessState":{"status":"OUT_OF_SERVICE"}`) {
		t.Errorf("HTTP %d %s", health.status, health.body)
	}
	if reply := w.callTo(t, p, "HTTPS21"); reply.Status != 200 {
		t.Errorf("HTTP %d during drain.wait", reply.Status)
	}

	p.Eventually(t, "the end of accepting", func() bool {
		late, err := net.Dial("tcp", https)
		if err == nil {
			late.Close()
		}
		return err != nil
	})
	askAt(t, http.MethodGet, p.admin(t)+"/readyz", "").want(t, 503, "draining\n")
	_, err = conn.Write([]byte(after))
	must(t, err)
	if answer := answerOn(t, conn); answer.StatusCode != 200 {
		t.Errorf("HTTP %d for the call that was running", answer.StatusCode)
	}
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestReloadByRequest(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	path := filepath.Join(o.gate.dir, "rivgate.yaml")
	rewrite := func(oldnew ...string) {
		t.Helper()
		must(t, os.WriteFile(path, []byte(strings.NewReplacer(oldnew...).Replace(o.yaml(oneAdmin))), 0o600))
	}
	if answer := o.get(t, "/reload"); answer.status != 405 || answer.header.Get("Allow") != "POST" {
		t.Errorf("GET: HTTP %d, Allow %q", answer.status, answer.header.Get("Allow"))
	}
	rewrite("name: GATE", "name: RENAMED")
	o.ask(t, http.MethodPost, "/reload", "").want(t, 200, "reloaded\n")
	wantFault(t, o.call(t, "NOWHERE"), "VP004 [RENAMED] ")
	rewrite("name: GATE", "nam: GATE", "hsa.xml", "none.xml")
	answer := o.ask(t, http.MethodPost, "/reload", "")
	if answer.status != 422 || !strings.Contains(answer.body, path+":2: instance.nam: ") {
		t.Errorf("HTTP %d %s", answer.status, answer.body)
	}
	rewrite("hsa.xml", "none.xml", "gateway.key", "none.key")
	answer = o.ask(t, http.MethodPost, "/reload", "")
	if answer.status != 422 || !strings.Contains(answer.body, "hsa.files: ") || !strings.Contains(answer.body, "listeners[0].tls.") {
		t.Errorf("HTTP %d, want all that is wrong in %s", answer.status, answer.body)
	}
	wantFault(t, o.call(t, "NOWHERE"), "VP004 [RENAMED] ")
}
