package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// changing are the requests that change something.
var changing = [][2]string{
	{http.MethodGet, "/resetcache"},
	{http.MethodPost, "/resetcache"},
	{http.MethodGet, "/resethsacache"},
	{http.MethodPost, "/resethsacache"},
	{http.MethodPost, "/reload"},
	{http.MethodPut, "/loglevel"},
}

// guarded is a world with a token and the ports of an existing installation.
func guarded(t *testing.T) *operated {
	t.Helper()
	o := newOperated(t, oneAdmin, "")
	o.gate.stop()
	must(t, os.WriteFile(filepath.Join(o.gate.dir, "token"), []byte("a-token-for-tests\n"), 0o600))
	o.start(t, o.yaml(`
  address: "127.0.0.1:0"
  token_file: token
  also:
    - {address: "127.0.0.1:0", serve: [resetcache]}
    - {address: "127.0.0.1:0", serve: [resethsacache]}
    - {address: "127.0.0.1:0", serve: [status, health, metrics]}`))
	return o
}

func TestChangesNeedTheToken(t *testing.T) {
	o := guarded(t)
	for _, request := range changing {
		method, path := request[0], request[1]
		for name, header := range map[string][]string{"none": nil, "wrong": {"Authorization", "Bearer another"}, "basic": {"Authorization", "Basic a-token-for-tests"}} {
			if answer := o.ask(t, method, path, "info", header...); answer.status != 401 || answer.header.Get("WWW-Authenticate") != `Bearer realm="rivgate"` {
				t.Errorf("%s %s, token %s: HTTP %d %v", method, path, name, answer.status, answer.header)
			}
		}
		if answer := o.ask(t, method, path, "info", "Authorization", "Bearer a-token-for-tests"); answer.status != 200 {
			t.Errorf("%s %s with the token: HTTP %d %s", method, path, answer.status, answer.body)
		}
	}
	for _, path := range []string{"/status", "/readyz", "/metrics", "/api/tak", "/api/hsa", "/loglevel", "/"} {
		if answer := o.get(t, path); answer.status != 200 {
			t.Errorf("reading %s: HTTP %d", path, answer.status)
		}
	}
	if lines := o.gate.log.lines("refused: no valid token"); len(lines) != 3*len(changing) {
		t.Errorf("%d refusals logged, want %d", len(lines), 3*len(changing))
	}
}

// The listeners of a single purpose serve it without token, and nothing else.
func TestSinglePurposeListeners(t *testing.T) {
	o := guarded(t)
	if len(o.admin) != 4 {
		t.Fatalf("%d listeners", len(o.admin))
	}
	served := map[string]int{"/resetcache": 1, "/resethsacache": 2, "/status": 3, "/healthz": 3, "/readyz": 3, "/actuator/health": 3, "/metrics": 3, "/api/tak": -1, "/reload": -1, "/loglevel": -1, "/": -1}
	for path, only := range served {
		for i, address := range o.admin[1:] {
			want := 404
			if i+1 == only {
				want = 200
			}
			if answer := askAt(t, http.MethodGet, "http://"+address+path, ""); answer.status != want {
				t.Errorf("%s on listener %d: HTTP %d, want %d", path, i+1, answer.status, want)
			}
		}
	}
}

// A page of another site cannot make an operator's browser change anything.
func TestCrossSiteChangesAreRefused(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	for _, request := range changing {
		for _, header := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://elsewhere.example"},
			{"Origin", "null"},
		} {
			if answer := o.ask(t, request[0], request[1], "info", header...); answer.status != 403 {
				t.Errorf("%s %s with %s: HTTP %d", request[0], request[1], strings.Join(header, ": "), answer.status)
			}
		}
		for _, header := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://" + o.admin[0]}} {
			if answer := o.ask(t, request[0], request[1], "info", header...); answer.status != 200 {
				t.Errorf("%s %s with %s: HTTP %d %s", request[0], request[1], strings.Join(header, ": "), answer.status, answer.body)
			}
		}
	}
}

// The level holds at once, for one process, until the next start.
func TestLogLevelAtRunTime(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	calls := func() int { return len(o.gate.log.lines(`"event.action":"call"`)) }
	o.get(t, "/loglevel").want(t, 200, "info\n")
	o.ask(t, http.MethodPut, "/loglevel", "error").want(t, 200, "error\n")
	o.call(t, "HTTPS21")
	o.gate.metrics(t) // when no call is running any more, its line would have been written
	o.ask(t, http.MethodPut, "/loglevel", "info").want(t, 200, "info\n")
	o.call(t, "HTTPS21")
	eventually(t, "a line of the second call", func() bool { return calls() > 0 })
	if n := calls(); n != 1 {
		t.Errorf("%d lines, want the second call's alone", n)
	}
	if answer := o.ask(t, http.MethodPut, "/loglevel", "loud"); answer.status != 400 {
		t.Errorf("HTTP %d", answer.status)
	}
}
