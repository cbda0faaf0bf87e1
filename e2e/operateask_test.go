package e2e

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// The page, the command on a configuration and the command on a running gateway
// say the same, byte for byte; the command's exit code is 1 for a fault.
func TestExplainIsTheSameEverywhere(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	config := filepath.Join(o.gate.dir, "rivgate.yaml")
	for _, test := range []struct {
		name                                    string
		contract, receiver, sender, profile, at string
		code, target                            string
	}{
		{"a call over TLS", getThing, "HTTPS21", consumerID, "RIVTABP20", "", "", o.secure.URL("/ok")},
		{"a conversion", getThing, "HTTP20", consumerID, "rivtabp21", "", "", o.plain.URL("/ok")},
		{"the route alone", getThing, "HTTP21", "", "", "", "", o.plain.URL("/ok?x=1&y=2")},
		{"climbed", defaultThing, "SE0000000001-1234", consumerID, "", "", "", o.plain.URL("/climbed")},
		{"by default", defaultThing, "SE0000000009-1234", consumerID, "", "", "", o.plain.URL("/default")},
		{"in its time", getThing, "EXPIRED", "", "", "2013-06-01", "", o.plain.URL("/ok")},
		{"no route", getThing, "NOWHERE", consumerID, "", "", "VP004", ""},
		{"out of its time", getThing, "EXPIRED", consumerID, "", "2016-06-01T12:00:00+02:00", "VP004", ""},
		{"unknown profile", getThing, "UNKPROF", consumerID, "RIVTABP21", "", "VP005", o.plain.URL("/ok")},
		{"two routes", getThing, "MULTI", consumerID, "", "", "VP006", ""},
		{"no permission", getThing, "NOPERM", consumerID, "", "", "VP007", o.plain.URL("/ok")},
		{"route without address", getThing, "NOADDR", consumerID, "", "", "VP010", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := []string{"explain", "--json", "--contract", test.contract, "--receiver", test.receiver}
			query := url.Values{"contract": {test.contract}, "receiver": {test.receiver}}
			for name, value := range map[string]string{"sender": test.sender, "profile": test.profile, "at": test.at} {
				if value != "" {
					args = append(args, "--"+name, value)
					query.Set(name, value)
				}
			}
			page := o.get(t, "/api/explain?"+query.Encode())
			var said struct {
				Decision struct{ Code, Target string }
			}
			must(t, json.Unmarshal([]byte(page.body), &said))
			if page.status != 200 || said.Decision.Code != test.code || said.Decision.Target != test.target {
				t.Errorf("HTTP %d %s\nwant %q %q", page.status, page.body, test.code, test.target)
			}
			for _, from := range [][]string{{"--config", config}, {"--server", "http://" + o.admin[0]}} {
				stdout, stderr, code := command(t, append(args, from...)...)
				if stdout != page.body || stderr != "" || code == 0 != (test.code == "") {
					t.Errorf("%s: exit code %d, %s%s\nwant %s", from[0], code, stdout, stderr, page.body)
				}
			}
		})
	}
}

func TestExplainRefusesHalfAQuestion(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	for _, query := range []string{"", "?receiver=X", "?contract=urn:x&receiver=X&profile=22", "?contract=urn:x&receiver=X&at=soon", "?contract=urn:x&receiver=X&reciever=Y"} {
		if answer := o.get(t, "/api/explain"+query); answer.status != 400 || !strings.Contains(answer.body, `"error": "`) {
			t.Errorf("%s: HTTP %d %s", query, answer.status, answer.body)
		}
	}
}

// The pages about the catalogue and the tree tell what is in force and how the
// last attempts ended.
func TestCataloguePages(t *testing.T) {
	o := newOperated(t, oneAdmin, "reload: {watch: false}\n")
	type page struct {
		InForce             bool `json:"in_force"`
		Revision, Origin    string
		Age                 float64 `json:"age_seconds"`
		Routes, Permissions int
		Files               []string
		Units               int
		Results             []struct {
			Status, Error string
			OK            bool
			Old, New      int
		}
	}
	read := func(path string) (p page) {
		t.Helper()
		answer := o.get(t, path)
		if answer.status != 200 || answer.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: HTTP %d %v", path, answer.status, answer.header)
		}
		must(t, json.Unmarshal([]byte(answer.body), &p))
		return p
	}
	first := read("/api/tak")
	if want := o.catalogue(); !first.InForce || first.Revision == "" || first.Age < 0 || first.Routes != len(want.Routes) || first.Permissions != len(want.Permissions) {
		t.Errorf("%+v", first)
	}
	if len(first.Results) != 1 || first.Results[0].Status != "REFRESH_OK" || first.Results[0].Error != "" {
		t.Errorf("%+v", first.Results)
	}
	must(t, o.tak.Become(lab.Down))
	o.get(t, "/resetcache")
	if second := read("/api/tak"); second.Revision != first.Revision || second.Results[0].Status != "REUSING_EXISTING_CACHE" || !strings.Contains(second.Results[0].Error, "connection refused") {
		t.Errorf("%+v", second)
	}

	hsa := filepath.Join(o.gate.dir, "hsa.xml")
	if tree := read("/api/hsa"); !tree.InForce || tree.Units != 4 || len(tree.Files) != 1 || tree.Files[0] != hsa {
		t.Errorf("%+v", tree)
	}
	must(t, lab.WriteHSAFile(hsa, tree[:2]...))
	o.get(t, "/resethsacache")
	if tree := read("/api/hsa"); tree.Units != 2 || !tree.Results[0].OK || tree.Results[0].Old != 4 || tree.Results[0].New != 2 {
		t.Errorf("%+v", tree)
	}
}

func TestMetricsPages(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	for _, path := range []string{"/metrics", "/actuator/prometheus"} {
		answer := o.get(t, path)
		if answer.status != 200 || !strings.HasPrefix(answer.header.Get("Content-Type"), "text/plain; version=0.0.4") || sample(t, answer.body, "rivgate_ready") != 1 {
			t.Errorf("%s: HTTP %d %v", path, answer.status, answer.header)
		}
	}
}
