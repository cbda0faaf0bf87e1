package admin_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"rivgate/admin"
)

func TestConsoleShowsTheState(t *testing.T) {
	w := ask(newAdmin(nil), "GET", "/")
	page := w.Body.String()
	for _, want := range []string{
		"DEMO", "rivgate 1.2.3", "Ready.", "c-7", "535", "1066", "REFRESH_OK", "/data/hsa.xml",
		`<a href="/status">`, `<a href="/metrics">`, `<a href="/actuator/health">`, `<a href="/api/tak">`, `<a href="/debug/pprof/">`,
		`action="/resetcache" method="post"`, `action="/resethsacache" method="post"`, `action="/reload" method="post"`,
		`<input name="contract"`, `<input name="at"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %q", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestConsoleSaysWhatIsNotReady(t *testing.T) {
	page := ask(withState(func(s *admin.State) {
		s.Draining = true
		s.Catalogue = admin.CatalogueState{}
		s.HSA = admin.HSAState{}
	}), "GET", "/").Body.String()
	if !strings.Contains(page, "Not ready: draining, no catalogue: Not initialized.") || strings.Contains(page, "Ready.") {
		t.Errorf("%s", page)
	}
}

func TestConsoleShowsTheAuditLog(t *testing.T) {
	for _, test := range []struct {
		audit *admin.AuditState
		want  string
	}{
		{&admin.AuditState{}, "<td>yes</td></tr>\n<tr><th>lines lost</th><td>0</td>"},
		{&admin.AuditState{Failing: "no space <left>", Lost: 7}, "<td>no: no space &lt;left&gt;</td></tr>\n<tr><th>lines lost</th><td>7</td>"},
	} {
		page := ask(withState(func(s *admin.State) { s.Audit = test.audit }), "GET", "/").Body.String()
		if !strings.Contains(page, test.want) {
			t.Errorf("no %s in\n%s", test.want, page)
		}
	}
	if page := ask(withState(func(*admin.State) {}), "GET", "/").Body.String(); strings.Contains(page, "Audit log") {
		t.Error("an audit log is shown that is not there")
	}
}

func TestConsoleRunsNothing(t *testing.T) {
	policy := regexp.MustCompile(`^default-src 'none'; style-src 'nonce-(\w{26})'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$`)
	nonces := make(map[string]bool)
	for range 2 {
		w := ask(newAdmin(nil), "GET", "/")
		match := policy.FindStringSubmatch(w.Header().Get("Content-Security-Policy"))
		if match == nil {
			t.Fatalf("Content-Security-Policy: %q", w.Header().Get("Content-Security-Policy"))
		}
		if nonces[match[1]] {
			t.Error("a nonce was used twice")
		}
		nonces[match[1]] = true
		if !strings.Contains(w.Body.String(), `<style nonce="`+match[1]+`">`) {
			t.Error("the style has not the header's nonce")
		}
		if strings.Contains(w.Body.String(), "<script") {
			t.Error("there is a script")
		}
	}
}

func TestConsoleExplains(t *testing.T) {
	h := newAdmin(func(o *admin.Options) {
		o.Explain = func(_ context.Context, q admin.Question) (any, error) {
			switch q.Receiver {
			case "bad":
				return nil, errors.New("no such profile")
			case "odd":
				return []int{1}, nil
			case "none":
				return map[string]any{"decision": nil}, nil
			}
			return vp004(), nil
		}
	})
	tests := []struct {
		name, query string
		want        []string
		not         string
	}{
		{"decision", "contract=urn:riv:c&receiver=r&sender=&profile=&at=", []string{
			"<tr><th>code</th><td>VP004</td></tr>\n<tr><th>detail</th><td>No receiverId for &lt;b&gt;</td></tr>\n<tr><th>keep_alive</th><td>true</td></tr>\n<tr><th>tls</th><td></td></tr>",
			"<tr><td>route exact</td><td>SE0000000000-UNIT1</td><td>no valid row</td><td></td></tr>",
			`<input name="contract" value="urn:riv:c">`,
		}, `class="bad"`},
		{"no question yet", "", []string{`<input name="contract" value="">`}, "missing"},
		{"unfinished", "contract=&receiver=r", []string{"parameter contract is missing", `<input name="receiver" value="r">`}, "<h3>"},
		{"refused", "contract=c&receiver=bad", []string{"no such profile"}, "<h3>"},
		{"unreadable", "contract=c&receiver=odd", []string{"explanation: "}, "<h3>"},
		{"no decision", "contract=c&receiver=none", []string{"<h3>Decision</h3>"}, `class="bad"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(h, "GET", "/?"+tt.query)
			for _, want := range tt.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("no %s in\n%s", want, w.Body)
				}
			}
			if w.Code != 200 || strings.Contains(w.Body.String(), tt.not) {
				t.Errorf("%d, or %s in\n%s", w.Code, tt.not, w.Body)
			}
		})
	}
}

func TestConsoleEscapesEverything(t *testing.T) {
	const evil = `"'><evil onx=1>&`
	h := newAdmin(func(o *admin.Options) {
		o.State = func() admin.State {
			s := goodState()
			s.Instance, s.Version = evil, evil
			s.Catalogue.Revision, s.Catalogue.Origin = evil, evil
			s.Catalogue.Results[0].Status, s.Catalogue.Results[0].Error, s.Catalogue.Results[0].CopyError = evil, evil, evil
			s.HSA.Files = []string{evil}
			s.HSA.Results[0].Error = evil
			return s
		}
		o.Explain = func(context.Context, admin.Question) (any, error) {
			return map[string]any{
				"decision": map[string]any{evil: evil, "tls": map[string]string{"x": evil}},
				"steps":    []decidedStep{{evil, evil, evil, evil}},
			}, nil
		}
	})
	const escaped = "%22%27%3E%3Cevil%20onx=1%3E%26"
	for _, target := range []string{
		"/?contract=" + escaped + "&receiver=" + escaped + "&sender=" + escaped + "&profile=" + escaped,
		"/?contract=c&receiver=r&at=" + escaped,
		"/?" + escaped + "=1",
	} {
		page := ask(h, "GET", target).Body.String()
		if strings.Contains(page, "<evil") || strings.Contains(page, `value=""'`) {
			t.Errorf("%s:\n%s", target, page)
		}
		if err := wellFormed(page); err != nil {
			t.Errorf("%s: %v in\n%s", target, err, page)
		}
	}
}

// wellFormed reads the page with a parser that knows HTML's empty elements.
func wellFormed(page string) error {
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict = false
	decoder.AutoClose = xml.HTMLAutoClose
	decoder.Entity = xml.HTMLEntity
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestConsoleWithTokenHasNoButtons(t *testing.T) {
	page := ask(newAdmin(func(o *admin.Options) { o.Token = "s3cret" }), "GET", "/").Body.String()
	if strings.Contains(page, `method="post"`) || strings.Contains(page, "s3cret") || !strings.Contains(page, "<code>/reload</code>") {
		t.Errorf("%s", page)
	}
}
