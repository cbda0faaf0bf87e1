package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rivgate/admin"
)

// began is when everything in these tests happened.
var began = time.Date(2026, 11, 21, 19, 12, 12, 0, time.UTC)

func goodState() admin.State {
	return admin.State{
		Instance:  "DEMO",
		Version:   "1.2.3",
		Built:     time.Date(2026, 11, 21, 19, 3, 15, 406e6, time.UTC),
		Started:   began,
		Endpoints: []string{"http://localhost:8080/vp"},
		Catalogue: admin.CatalogueState{
			InForce: true, Revision: "c-7", Origin: "tak", Loaded: began, Routes: 535, Permissions: 1066,
			Results: []admin.CatalogueResult{{At: began, Took: 1500 * time.Millisecond, Status: "REFRESH_OK", Routes: 535, Permissions: 1066}},
		},
		HSA: admin.HSAState{
			InForce: true, Revision: "h-3", Files: []string{"/data/hsa.xml"}, Created: began.Add(-time.Hour), Loaded: began, Units: 4,
			Results: []admin.HSAResult{{At: began.Add(-2 * time.Minute), Old: 0, New: 4}},
		},
	}
}

// acts collects what is reported; Act may be called concurrently.
type acts struct {
	mu   sync.Mutex
	seen []admin.Act
}

func (a *acts) add(act admin.Act) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, act)
}

func (a *acts) results() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, act := range a.seen {
		all = append(all, act.Name+": "+act.Result)
	}
	return all
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

// fullOptions serve every endpoint.
func fullOptions() admin.Options {
	return admin.Options{
		PProf:   true,
		Metrics: text("rivgate_calls_total 1\n"),
		State:   goodState,
		ResetCatalogue: func(context.Context) admin.CatalogueReset {
			return admin.CatalogueReset{Lines: []string{"Host: localhost"}}
		},
		ResetHSA: func(context.Context) admin.HSAReset {
			return admin.HSAReset{Files: []string{"/data/hsa.xml"}, Old: 4, New: 4}
		},
		Reload:  func(context.Context) []string { return nil },
		Level:   new(slog.LevelVar),
		Explain: func(context.Context, admin.Question) (any, error) { return struct{}{}, nil },
	}
}

func newAdmin(change func(*admin.Options)) *admin.Admin {
	o := fullOptions()
	if change != nil {
		change(&o)
	}
	return admin.New(o)
}

func withState(change func(*admin.State)) *admin.Admin {
	return newAdmin(func(o *admin.Options) {
		o.State = func() admin.State {
			s := goodState()
			change(&s)
			return s
		}
	})
}

// ask makes a request whose headers are given as names and values in turn.
func ask(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	return send(h, method, target, "", headers...)
}

func send(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://gateway.test:8081"+target, strings.NewReader(body))
	r.URL.Scheme, r.URL.Host = "", "" // origin form, as clients send it
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMethods(t *testing.T) {
	tests := []struct{ path, allow string }{
		{"/", "GET, HEAD"},
		{"/status", "GET, HEAD, POST"},
		{"/healthz", "GET, HEAD"},
		{"/readyz", "GET, HEAD"},
		{"/actuator/health", "GET, HEAD"},
		{"/actuator/health/liveness", "GET, HEAD"},
		{"/actuator/health/readiness", "GET, HEAD"},
		{"/actuator/prometheus", "GET, HEAD"},
		{"/metrics", "GET, HEAD"},
		{"/api/tak", "GET, HEAD"},
		{"/api/hsa", "GET, HEAD"},
		{"/api/explain?contract=c&receiver=r", "GET, HEAD"},
		{"/debug/pprof/", "GET, HEAD, POST"},
		{"/debug/pprof/cmdline", "GET, HEAD, POST"},
		{"/resetcache", "GET, POST"},
		{"/resethsacache", "GET, POST"},
		{"/reload", "POST"},
		{"/loglevel", "GET, HEAD, PUT, POST"},
	}
	h := newAdmin(nil)
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"} {
				w := send(h, method, tt.path, "info")
				if slices.Contains(strings.Split(tt.allow, ", "), method) {
					if w.Code != http.StatusOK || w.Header().Get("Allow") != "" {
						t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
					}
				} else if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != tt.allow {
					t.Errorf("%s: %d, Allow %q, want 405 and %q", method, w.Code, w.Header().Get("Allow"), tt.allow)
				}
			}
		})
	}
}

func TestUnknownPaths(t *testing.T) {
	h := newAdmin(nil)
	for _, path := range []string{
		"//", "/x", "/status/x", "/status//", "/Status", "/statusx", "/resetcache/x", "/actuator", "/actuator/health/other",
		"/actuator/metrics", "/debug/pprof", "/debug/pprof/none", "/api", "/api/", "/console",
	} {
		if w := ask(h, "GET", path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
}

func TestOneSlashAtTheEnd(t *testing.T) {
	h := newAdmin(nil)
	for _, path := range []string{"/status/", "/resetcache/", "/resethsacache/"} {
		if w := ask(h, "GET", path); w.Code != http.StatusOK {
			t.Errorf("%s: %d, want 200", path, w.Code)
		}
	}
}

func TestWhatIsNotGivenIsNotServed(t *testing.T) {
	h := admin.New(admin.Options{State: goodState})
	for _, path := range []string{
		"/metrics", "/actuator/prometheus", "/resetcache", "/resethsacache", "/reload", "/loglevel",
		"/api/explain?contract=c&receiver=r", "/debug/pprof/", "/debug/pprof/heap",
	} {
		if w := ask(h, "POST", path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
	if page := ask(h, "GET", "/").Body.String(); strings.Contains(page, "<form") {
		t.Errorf("the console offers what is not there:\n%s", page)
	}
}

func TestOnly(t *testing.T) {
	paths := map[string]string{ // every endpoint, and the group it belongs to
		"/":                                  "",
		"/status":                            "status",
		"/healthz":                           "health",
		"/readyz":                            "health",
		"/actuator/health":                   "health",
		"/actuator/health/liveness":          "health",
		"/actuator/health/readiness":         "health",
		"/metrics":                           "metrics",
		"/actuator/prometheus":               "metrics",
		"/api/tak":                           "",
		"/api/hsa":                           "",
		"/api/explain?contract=c&receiver=r": "",
		"/debug/pprof/":                      "",
		"/resetcache":                        "resetcache",
		"/resethsacache":                     "resethsacache",
		"/reload":                            "",
		"/loglevel":                          "",
	}
	a := newAdmin(func(o *admin.Options) { o.Token = "secret" })
	for _, names := range [][]string{
		{"status"}, {"resetcache"}, {"resethsacache"}, {"health"}, {"metrics"}, {"resetcache", "health"}, {"reload"}, {""}, nil,
	} {
		h := a.Only(names)
		for path, group := range paths {
			method := "GET"
			if path == "/reload" {
				method = "POST"
			}
			want := http.StatusNotFound
			if group != "" && slices.Contains(names, group) {
				want = http.StatusOK
			}
			if w := ask(h, method, path); w.Code != want {
				t.Errorf("Only(%q): %s is %d, want %d", names, path, w.Code, want)
			}
		}
	}
}

func TestEveryAnswerIsProtected(t *testing.T) {
	h := newAdmin(nil)
	for _, path := range []string{"/", "/status", "/resetcache", "/resethsacache", "/readyz", "/metrics", "/api/tak", "/none", "/reload"} {
		header := ask(h, "GET", path).Header()
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		} {
			if header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, header.Get(name))
			}
		}
		if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; ") ||
			!strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: Content-Security-Policy is %q", path, csp)
		}
	}
}

func TestMetricsAreTheHandlersOwn(t *testing.T) {
	h := newAdmin(nil)
	for _, path := range []string{"/metrics", "/actuator/prometheus"} {
		if w := ask(h, "GET", path); w.Body.String() != "rivgate_calls_total 1\n" {
			t.Errorf("%s: %q", path, w.Body)
		}
	}
}

var errDamaged = errors.New("hsa.xml:3: damaged")
