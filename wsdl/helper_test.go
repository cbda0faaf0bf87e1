package wsdl_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rivgate/wsdl"
)

const (
	gateway = "http://gateway.example"
	thing21 = "/vp/test/domain/GetThing/1/rivtabp21"
	thing20 = "/vp/test/domain/GetThing/1/rivtabp20"
	list21  = "/vp/test/domain/ListThings/1/rivtabp21"
)

var plain = wsdl.Origin{Prefix: "/vp"}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder writes files and returns the folder they are in.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

// load loads without warnings but those that hold one of the texts given, each
// of which must be there.
func load(t testing.TB, o wsdl.Options, warnings ...string) *wsdl.Store {
	t.Helper()
	s, got, err := wsdl.Load(o)
	must(t, err)
	checkWarnings(t, got, warnings...)
	return s
}

func checkWarnings(t testing.TB, got []wsdl.Warning, want ...string) {
	t.Helper()
	for _, text := range want {
		i := slices.IndexFunc(got, func(w wsdl.Warning) bool { return strings.Contains(w.String(), text) })
		if i < 0 {
			t.Errorf("no warning with %q among %v", text, got)
			continue
		}
		got = slices.Delete(slices.Clone(got), i, i+1)
	}
	if len(got) > 0 {
		t.Errorf("unexpected warnings: %v", got)
	}
}

// contracts is the folder of testdata with two contracts, one in both profiles.
func contracts(t testing.TB) *wsdl.Store {
	t.Helper()
	return load(t, wsdl.Options{Directory: "testdata/rivta", Forwarded: vpHeaders})
}

var vpHeaders = wsdl.Forwarded{Host: "X-VP-Forwarded-Host", Port: "X-VP-Forwarded-Port", Proto: "X-VP-Forwarded-Proto"}

type answer struct {
	status            int
	contentType, body string
}

// ask asks for a target at gateway; headers are names and values in turn.
func ask(s *wsdl.Store, target string, o wsdl.Origin, headers ...string) answer {
	r := httptest.NewRequest(http.MethodGet, gateway+target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Answer(w, r, o)
	return answer{w.Code, w.Header().Get("Content-Type"), w.Body.String()}
}

// served is the body of a description, which must be one and be XML.
func served(t testing.TB, s *wsdl.Store, target string) string {
	t.Helper()
	a := ask(s, target, plain)
	if a.status != http.StatusOK || a.contentType != "text/xml; charset=UTF-8" {
		t.Fatalf("%s: %d %s %s", target, a.status, a.contentType, a.body)
	}
	var document struct {
		XMLName xml.Name
	}
	if err := xml.Unmarshal([]byte(a.body), &document); err != nil {
		t.Fatalf("%s: %v in %s", target, err, a.body)
	}
	return a.body
}

var locations = regexp.MustCompile(`(?i)location="([^"]*)"`)

// locationsOf is the locations in a document, in their order.
func locationsOf(body string) []string {
	var all []string
	for _, found := range locations.FindAllStringSubmatch(body, -1) {
		all = append(all, found[1])
	}
	return all
}

func checkLocations(t testing.TB, body string, want ...string) {
	t.Helper()
	if got := locationsOf(body); !slices.Equal(got, want) {
		t.Errorf("locations\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func contains(t testing.TB, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in\n%s", part, body)
		}
	}
}

// rewrite replaces text in a file.
func rewrite(t testing.TB, path, old, replacement string) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	must(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(data), old, replacement)), 0o600))
}
