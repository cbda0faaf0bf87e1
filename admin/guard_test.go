package admin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rivgate/admin"
)

// changing are the requests that change something, with what each is called.
func changing() []struct{ act, method, path string } {
	return []struct{ act, method, path string }{
		{"resetcache", "GET", "/resetcache"},
		{"resetcache", "POST", "/resetcache"},
		{"resethsacache", "GET", "/resethsacache/"},
		{"resethsacache", "POST", "/resethsacache"},
		{"reload", "POST", "/reload"},
		{"loglevel", "PUT", "/loglevel"},
		{"loglevel", "POST", "/loglevel"},
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		allowed bool
	}{
		{"no browser", nil, true},
		{"own page", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"typed into the address bar", []string{"Sec-Fetch-Site", "none"}, true},
		{"other site", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"other host or port of the same site", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"unknown value", []string{"Sec-Fetch-Site", "new"}, false},
		{"empty value", []string{"Sec-Fetch-Site", ""}, false},
		{"given twice", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, false},
		{"own page without referrer", []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, true},
		{"other site with own origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://gateway.test:8081"}, false},

		{"own origin", []string{"Origin", "http://gateway.test:8081"}, true},
		{"own origin in capitals", []string{"Origin", "http://GATEWAY.test:8081"}, true},
		{"own origin behind TLS", []string{"Origin", "https://gateway.test:8081"}, true},
		{"no origin to tell", []string{"Origin", "null"}, false},
		{"empty origin", []string{"Origin", ""}, false},
		{"other origin", []string{"Origin", "http://evil.test"}, false},
		{"other port", []string{"Origin", "http://gateway.test:8082"}, false},
		{"no port", []string{"Origin", "http://gateway.test"}, false},
		{"own host as a prefix", []string{"Origin", "http://gateway.test:8081.evil.test"}, false},
		{"own host as user", []string{"Origin", "http://gateway.test:8081@evil.test"}, false},
		{"two origins", []string{"Origin", "http://gateway.test:8081", "Origin", "http://evil.test"}, false},
		{"not a URL", []string{"Origin", "http://[gateway.test:8081"}, false},

		{"own page, old browser", []string{"Referer", "http://gateway.test:8081/"}, true},
		{"other page, old browser", []string{"Referer", "http://evil.test/?gateway.test:8081"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, request := range changing() {
				var seen acts
				a := newAdmin(func(o *admin.Options) { o.Act = seen.add })
				for _, h := range []http.Handler{a, a.Only([]string{request.act})} {
					seen.seen = nil
					w := send(h, request.method, request.path, "warn", tt.headers...)
					wantStatus, wantAct := 403, request.act+": refused: cross-site"
					if tt.allowed {
						wantStatus, wantAct = 200, request.act+": ok"
					}
					if _, served := h.(*admin.Admin); !served && (request.act == "reload" || request.act == "loglevel") {
						continue // never on their own
					}
					if w.Code != wantStatus {
						t.Errorf("%s %s: %d, want %d", request.method, request.path, w.Code, wantStatus)
					}
					if got := seen.results(); len(got) != 1 || !strings.HasPrefix(got[0], wantAct) {
						t.Errorf("%s %s: acts %q, want %q", request.method, request.path, got, wantAct)
					}
				}
			}
		})
	}
}

func TestReadingFromOtherSitesIsLeftToTheBrowser(t *testing.T) {
	h := newAdmin(nil)
	for _, path := range []string{"/", "/status", "/readyz", "/metrics", "/api/tak", "/loglevel"} {
		if w := ask(h, "GET", path, "Sec-Fetch-Site", "cross-site"); w.Code != 200 {
			t.Errorf("%s: %d, want 200", path, w.Code)
		}
	}
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/profile"} { // they cost
		if w := ask(h, "GET", path, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
			t.Errorf("%s: %d, want 403", path, w.Code)
		}
	}
}

func TestToken(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		allowed bool
	}{
		{"none", nil, false},
		{"right", []string{"Authorization", "Bearer s3cret"}, true},
		{"scheme in other letters", []string{"Authorization", "bEARER s3cret"}, true},
		{"two blanks", []string{"Authorization", "Bearer  s3cret"}, true},
		{"wrong", []string{"Authorization", "Bearer s3cres"}, false},
		{"too short", []string{"Authorization", "Bearer s3cre"}, false},
		{"too long", []string{"Authorization", "Bearer s3crett"}, false},
		{"blank after it", []string{"Authorization", "Bearer s3cret "}, false},
		{"empty", []string{"Authorization", "Bearer "}, false},
		{"scheme alone", []string{"Authorization", "Bearer"}, false},
		{"no scheme", []string{"Authorization", "s3cret"}, false},
		{"other scheme", []string{"Authorization", "Basic s3cret"}, false},
		{"twice", []string{"Authorization", "Bearer s3cret", "Authorization", "Bearer s3cret"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, request := range changing() {
				var seen acts
				h := newAdmin(func(o *admin.Options) { o.Token, o.Act = "s3cret", seen.add })
				w := send(h, request.method, request.path, "warn", tt.headers...)
				wantStatus, wantChallenge, wantAct := 200, "", request.act+": ok"
				if !tt.allowed {
					wantStatus, wantChallenge, wantAct = 401, `Bearer realm="rivgate"`, request.act+": refused: no valid token"
				}
				if w.Code != wantStatus || w.Header().Get("WWW-Authenticate") != wantChallenge {
					t.Errorf("%s %s: %d, challenge %q", request.method, request.path, w.Code, w.Header().Get("WWW-Authenticate"))
				}
				if got := seen.results(); len(got) != 1 || !strings.HasPrefix(got[0], wantAct) {
					t.Errorf("%s %s: acts %q, want %q", request.method, request.path, got, wantAct)
				}
			}
		})
	}
}

func TestReadingNeedsNoToken(t *testing.T) {
	h := newAdmin(func(o *admin.Options) { o.Token = "s3cret" })
	for _, path := range []string{
		"/", "/status", "/healthz", "/readyz", "/actuator/health", "/metrics", "/api/tak", "/api/hsa",
		"/api/explain?contract=c&receiver=r", "/loglevel",
	} {
		if w := ask(h, "GET", path); w.Code != 200 {
			t.Errorf("%s: %d, want 200", path, w.Code)
		}
	}
}

func TestActsNameTheirCaller(t *testing.T) {
	var seen acts
	h := newAdmin(func(o *admin.Options) { o.Act = seen.add })
	ask(h, "POST", "/reload")
	ask(h, "GET", "/status")
	ask(h, "GET", "/loglevel")
	want := []admin.Act{{Name: "reload", Remote: "192.0.2.1:1234", Result: "ok"}} // httptest's peer
	if !slices.Equal(seen.seen, want) {
		t.Errorf("acts %+v, want %+v", seen.seen, want)
	}
}

func originSeeds() [][2]string {
	return [][2]string{
		{"http://gateway.test:8081", "gateway.test:8081"},
		{"https://A/b?c#d", "a"},
		{"null", ""},
		{"http://", ""},
		{"//a", "a"},
		{"http://a@b", "b"},
		{"http://a\\@b", "b"},
		{"http:///a", "a"},
		{"x://a", "a"},
		{"http://[::1]:80", "[::1]:80"},
		{"HTTP://a", "a"},
	}
}

// FuzzOrigin: no page is let through whose host is, by an independent reading,
// another one than was asked.
func FuzzOrigin(f *testing.F) {
	for _, seed := range originSeeds() {
		f.Add(seed[0], seed[1])
	}
	h := newAdmin(nil)
	f.Fuzz(func(t *testing.T, origin, host string) {
		r := httptest.NewRequest("POST", "/reload", nil)
		r.Host = host
		r.Header["Origin"] = []string{origin}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusForbidden {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || strings.ContainsAny(host, "%@") {
			return // no browser asks such a host
		}
		if w.Code != http.StatusOK || host == "" || !strings.EqualFold(u.Host, host) {
			t.Fatalf("%q may ask %q: %d", origin, host, w.Code)
		}
	})
}

func TestOriginSeeds(t *testing.T) {
	if len(originSeeds()) == 0 {
		t.Fatal("no seeds")
	}
}
