package proxy

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhatIsWrongBelowSOAP(t *testing.T) {
	for _, test := range []struct {
		method, target string
		length         int64
		status         int
	}{
		{"POST", "/vp", 0, 0},
		{"POST", "/vp/", 0, 0},
		{"POST", "/vp/a/b/rivtabp21", 0, 0},
		{"POST", "/vp/..%2fadmin", 0, 0},
		{"POST", "/vp//x", 0, 0},
		{"POST", "/vp?foo=bar", 0, 0},
		{"POST", "/vp?wsdl", 0, 0},
		{"GET", "/vp/a?wsdl", 0, 0},
		{"HEAD", "/vp/a?x=1&WSDL=", 0, 0},
		{"GET", "/vp?xsd=a/b.xsd", 0, 0},
		{"POST", "/VP", 0, 404},
		{"POST", "/vpx", 0, 404},
		{"POST", "/vp;a=b", 0, 404},
		{"POST", "/v%70", 0, 404},
		{"POST", "/", 0, 404},
		{"GET", "/other?wsdl", 0, 404},
		{"GET", "/vp", 0, 405},
		{"GET", "/vp?awsdl", 0, 405},
		{"PUT", "/vp", 0, 405},
		{"OPTIONS", "/vp", 0, 405},
		{"TRACE", "/vp?wsdl", 0, 405},
		{"POST", "/vp", 100, 0},
		{"POST", "/vp", 101, 413},
	} {
		r := httptest.NewRequest(test.method, test.target, nil)
		r.ContentLength = test.length
		err := checkRequest(r, "/vp", 100)
		var refused *HTTPError
		status := 0
		if errors.As(err, &refused) {
			status = refused.Status
		}
		if status != test.status {
			t.Errorf("%s %s: got %d, want %d", test.method, test.target, status, test.status)
		}
		if status == http.StatusMethodNotAllowed && refused.Allow != "GET, HEAD, POST" {
			t.Errorf("Allow: %q", refused.Allow)
		}
	}
}

// TestIndexAsked: a person's browser at the prefix itself, and nothing else.
func TestIndexAsked(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, test := range []struct {
		method, target, accept string
		status                 int
	}{
		{"GET", "/vp", browser, 0},
		{"GET", "/vp/", browser, 0},
		{"GET", "/vp", "application/json, TEXT/HTML; q=0.1", 0},
		{"GET", "/vp", "", 405},
		{"GET", "/vp", "*/*", 405},
		{"GET", "/vp", "text/*", 405},
		{"GET", "/vp", "text/xml", 405},
		{"GET", "/vp", "text/html;q=0", 405},
		{"GET", "/vp", "text/html;q=0.000, */*", 405},
		{"GET", "/vp/a", browser, 405},
		{"GET", "/vp?x", browser, 405},
		{"GET", "/vp//", browser, 405},
		{"HEAD", "/vp", browser, 405},
		{"PUT", "/vp", browser, 405},
		{"GET", "/", browser, 404},
	} {
		r := httptest.NewRequest(test.method, test.target, nil)
		if test.accept != "" {
			r.Header.Set("Accept", test.accept)
		}
		status := 0
		if refused, ok := errors.AsType[*HTTPError](checkRequest(r, "/vp", 0)); ok {
			status = refused.Status
		}
		if status != test.status {
			t.Errorf("%s %s with %q: got %d, want %d", test.method, test.target, test.accept, status, test.status)
		}
	}
}
