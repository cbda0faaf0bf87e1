package soap_test

import (
	"strings"
	"testing"

	"rivgate/soap"
)

func TestIsFault(t *testing.T) {
	fault11 := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault/></s:Body></s:Envelope>`
	fault12 := strings.ReplaceAll(fault11, soap.Namespace11, soap.Namespace12)
	for name, c := range map[string]struct {
		head, charset string
		want          bool
	}{
		"SOAP 1.1":          {fault11, "UTF-8", true},
		"SOAP 1.2":          {fault12, "UTF-8", true},
		"the bare string":   {"see http://schemas.xmlsoap.org/soap/envelope/", "UTF-8", true},
		"HTML":              {"<html>500</html>", "UTF-8", false},
		"empty":             {"", "UTF-8", false},
		"UTF-16":            {wide("\ufeff"+fault12, true), "UTF-16LE", true},
		"UTF-16, cut short": {wide(fault11, false)[:2*len(fault11)-21], "UTF-16BE", true},
		"Latin 1":           {fault11 + "\xe5", "ISO-8859-1", true},
		"unknown charset":   {fault11, "klingon", true},
	} {
		if got := soap.IsFault([]byte(c.head), c.charset); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestIsSOAP12(t *testing.T) {
	answer11 := []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">`)
	answer12 := []byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">`)
	for name, c := range map[string]struct {
		contentType string
		head        []byte
		want        bool
	}{
		"SOAP 1.2":              {"application/soap+xml; charset=utf-8", answer12, true},
		"any case":              {"Application/SOAP+xml", answer12, true},
		"labelled text":         {"text/xml", answer12, false},
		"SOAP 1.1 mislabelled":  {"application/soap+xml", answer11, false},
		"compressed":            {"application/soap+xml", []byte("\x1f\x8b\x08\x00"), true},
		"UTF-16":                {"application/soap+xml", []byte(wide("\ufeff"+string(answer11), true)), false},
		"in a multipart's type": {`multipart/related; type="application/soap+xml"`, answer12, false},
	} {
		if got := soap.IsSOAP12(c.contentType, c.head); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestIsMultipart(t *testing.T) {
	for contentType, want := range map[string]bool{
		`multipart/related; boundary=b`: true, ` Multipart/Mixed`: true, "text/xml": false, "": false, `text/xml; x="multipart/related"`: false,
	} {
		if got := soap.IsMultipart(contentType); got != want {
			t.Errorf("%q: %v", contentType, got)
		}
	}
}

func TestComplete(t *testing.T) {
	for text, want := range map[string]bool{
		request: true, request + "\n<!-- --> ": true, "<x/>": true, "\ufeff<?xml version='1.0'?><x>å</x>": true,
		"": false, " ": false, "<x>": false, "<x></x": false, request[:len(request)-1]: false, "<x/><!--": false, "<x/>y": false,
		"<x/><y/>": false, "<x>\xff</x>": false, "plain": false, "<x><![CDATA[</x>": false,
		latin1(t, `<?xml version="1.0" encoding="ISO-8859-1"?><x>å</x>`): true,
		latin1(t, `<?xml version="1.0" encoding="ISO-8859-1"?><x>å</x`):  false,
		wide("\ufeff<x>å</x>", true):                                     true,
		wide("\ufeff<x>å</x>", true)[:10]:                                false,
		wide("\ufeff<x>å</x>", true) + "x":                               false,
		`<?xml version="1.0" encoding="klingon"?><x/>`:                   false,
		strings.Repeat("<x>", 1000) + strings.Repeat("</x>", 1000):       true,
		strings.Repeat("<x>", 1000) + strings.Repeat("</x>", 999):        false,
	} {
		if got := soap.Complete([]byte(text), ""); got != want {
			t.Errorf("%.60q: %v", text, got)
		}
	}
}
