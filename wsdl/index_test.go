package wsdl_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"rivgate/wsdl"
)

func index(s *wsdl.Store, o wsdl.Origin, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", gateway+"/vp", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Index(w, r, o)
	return w
}

func TestIndex(t *testing.T) {
	w := index(contracts(t), wsdl.Origin{Trusted: true, Prefix: "/vp"}, "X-VP-Forwarded-Host", "proxy.example")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("policy %q", policy)
	}
	contains(t, w.Body.String(),
		"<tr><td>urn:riv:test:domain:GetThingResponder:1</td><td>GetThing</td><td>1</td><td>rivtabp20</td>"+
			`<td><a href="http://proxy.example`+thing20+`?wsdl">http://proxy.example`+thing20+`?wsdl</a></td></tr>`,
		"<td>GetThing</td><td>1</td><td>rivtabp21</td>", "<td>ListThings</td>")
	for _, word := range []string{"<script", "<style", "style=", "localhost:20000", "testdata"} {
		if strings.Contains(w.Body.String(), word) {
			t.Errorf("holds %s", word)
		}
	}
}

func TestIndexIsEscaped(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.wsdl":          simple(thing, resp),
		"wsdlconfig.json": `[{"tjanstekontrakt": "<script>alert(1)</script>", "wsdlfilepath": "a.wsdl", "wsdlurl": "vp/\"><script>"}]`,
	})
	body := index(load(t, wsdl.Options{File: dir + "/wsdlconfig.json"}), plain).Body.String()
	if strings.Contains(body, "<script") {
		t.Error(body)
	}
	contains(t, body, "&lt;script&gt;alert(1)&lt;/script&gt;", `href="`+gateway+`/vp/%22%3E%3Cscript%3E?wsdl"`)
}

func TestIndexOfNothing(t *testing.T) {
	contains(t, index(wsdl.New(), plain).Body.String(), "No descriptions are configured.")
}
