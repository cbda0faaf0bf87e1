package wsdl_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"rivgate/wsdl"
)

func TestFoundUnderThePathThatVPDerives(t *testing.T) {
	s := contracts(t)
	contains(t, served(t, s, thing21+"?wsdl"), `name="GetThingInteraction"`, `targetNamespace="urn:riv:test:domain:GetThing:1:rivtabp21"`)
	contains(t, served(t, s, thing20+"?wsdl"), `targetNamespace="urn:riv:test:domain:GetThing:1:rivtabp20"`)
	contains(t, served(t, s, strings.ToLower(thing21)+"?WSDL=x"), `name="GetThingInteraction"`)
}

// The byte order mark of a file is dropped.
func TestByteOrderMark(t *testing.T) {
	body := served(t, contracts(t), list21+"?wsdl")
	if !strings.HasPrefix(body, `<?xml version="1.0" encoding="UTF-8"?>`) {
		t.Errorf("begins with %q", body[:40])
	}
	contains(t, body, `name="ListThingsInteraction"`)
}

func TestRewrittenWSDL(t *testing.T) {
	body := served(t, contracts(t), thing21+"?wsdl")
	base := gateway + thing21
	checkLocations(t, body, base+"?xsd=GetThingResponder_1.0.xsd", base+"?xsd=../../core/registry_1.0.xsd", base)

	source, err := os.ReadFile("testdata/rivta/interactions/GetThing/GetThingInteraction_1.0_RIVTABP21.wsdl")
	must(t, err)
	want := strings.NewReplacer(
		`"GetThingResponder_1.0.xsd"`, `"`+base+`?xsd=GetThingResponder_1.0.xsd"`,
		`"../../core/registry_1.0.xsd"`, `"`+base+`?xsd=../../core/registry_1.0.xsd"`,
		`"http://localhost:20000/GetThing"`, `"`+base+`"`,
		"name=\"GetThingInteraction\"\n   ", `name="GetThingInteraction"`,
	).Replace(string(source))
	if withoutSpace(body) != withoutSpace(want) {
		t.Errorf("anything but the locations changed:\n%s", body)
	}
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestBehindAProxy(t *testing.T) {
	a := ask(contracts(t), thing21+"?wsdl", wsdl.Origin{Trusted: true, Prefix: "/vp"},
		"X-VP-Forwarded-Proto", "https", "X-VP-Forwarded-Host", "proxy.example", "X-VP-Forwarded-Port", "443")
	base := "https://proxy.example:443" + thing21
	checkLocations(t, a.body, base+"?xsd=GetThingResponder_1.0.xsd", base+"?xsd=../../core/registry_1.0.xsd", base)
}

func TestUnknownPathIsTheList(t *testing.T) {
	s := contracts(t)
	want := "No wsdl found on this path, following wsdl paths is available:\n" +
		gateway + thing20 + "?wsdl\n" + gateway + thing21 + "?wsdl\n" + gateway + list21 + "?wsdl"
	for _, target := range []string{
		"/vp/MyUnmatchedUri?wsdl", "/vp?wsdl", "/vp/?wsdl", thing21 + "/?wsdl", "/vp/nothing?xsd=GetThingResponder_1.0.xsd",
		"/" + thing21 + "?wsdl",
	} {
		a := ask(s, target, plain)
		if a != (answer{404, "text/plain; charset=utf-8", want}) {
			t.Errorf("%s: %+v", target, a)
		}
	}
	if a := ask(wsdl.New(), thing21+"?wsdl", plain); a.body != "No wsdl found on this path, following wsdl paths is available:" || a.status != 404 {
		t.Errorf("without descriptions: %+v", a)
	}
}

func TestSchemas(t *testing.T) {
	s := contracts(t)
	base := gateway + thing21
	for _, test := range []struct {
		name, namespace string
		locations       []string
	}{
		{
			"GetThingResponder_1.0.xsd", "urn:riv:test:domain:GetThingResponder:1",
			[]string{base + "?xsd=../../core/test_domain_types_1.0.xsd", base + "?xsd=GetThingParts_1.0.xsd"},
		},
		{"GetThingParts_1.0.xsd", "urn:riv:test:domain:GetThingResponder:1", []string{base + "?xsd=GetThingBase_1.0.xsd"}},
		{"GetThingBase_1.0.xsd", "urn:riv:test:domain:GetThingResponder:1", nil},
		{
			"../../core/test_domain_types_1.0.xsd", "urn:riv:test:domain:1",
			[]string{"http://www.w3.org/TR/xmldsig-core/xmldsig-core-schema.xsd", base + "?xsd=../../core/registry_1.0.xsd"},
		},
		{"registry_1.0.xsd", "urn:riv:itintegration:registry:1", nil},
		{"../../core/registry_1.0.xsd", "urn:riv:itintegration:registry:1", nil},
	} {
		body := served(t, s, thing21+"?xsd="+test.name)
		contains(t, body, `targetNamespace="`+test.namespace+`"`)
		checkLocations(t, body, test.locations...)
	}
}

func TestHowASchemaIsAskedFor(t *testing.T) {
	s := contracts(t)
	const namespace = `targetNamespace="urn:riv:itintegration:registry:1"`
	for _, query := range []string{
		"?xsd=../../core/registry_1.0.xsd", "?XSD=..%2F..%2Fcore%2Fregistry_1.0.xsd", "?xsd=..%252F..%252Fcore%252Fregistry_1.0.xsd",
		"?wsdl&xsd=registry_1.0.xsd", "?xsd=registry_1.0.xsd&wsdl=1", "?a=b&xsd=registry_1.0.xsd&xsd=other",
	} {
		contains(t, served(t, s, thing21+query), namespace)
	}
}

// Nothing a caller sends becomes a path.
func TestUnknownSchemas(t *testing.T) {
	s := contracts(t)
	for _, name := range []string{
		"", "unknown.xsd", "../../../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fcore%2fregistry_1.0.wsdl",
		"..%252f..%252fetc%252fpasswd", "/etc/passwd", "%00", "registry_1.0.xsd%00", "registry_1.0.xsd%00.wsdl", "core/registry_1.0.xsd",
		"./registry_1.0.xsd", "file:///etc/passwd", "http://127.0.0.1/", "testdata/rivta/core/registry_1.0.xsd", "%zz", "%25zz",
		"ListThingsResponder_1.0.xsd", "../../core/../core/registry_1.0.xsd", "REGISTRY_1.0.XSD", strings.Repeat("../", 1000),
	} {
		a := ask(s, thing21+"?xsd="+name, plain)
		if a != (answer{404, "text/plain; charset=utf-8", "No such xsd belongs to the wsdl on this path."}) {
			t.Errorf("%q: %+v", name, a)
		}
	}
	for _, path := range []string{"/vp/..%2f..%2fetc%2fpasswd", "/vp/%00", "/vp/test/domain/GetThing/1/rivtabp21%00", "/vp/../etc/passwd"} {
		if a := ask(s, path+"?wsdl", plain); a.status != 404 {
			t.Errorf("%q: %+v", path, a)
		}
	}
}

// The path stands in the document as the caller spelt it.
func TestPathAsSpelt(t *testing.T) {
	s := contracts(t)
	for spelt, written := range map[string]string{
		"/vp/TEST/domain/getthing/1/rivtabp21":     "/vp/TEST/domain/getthing/1/rivtabp21",
		"/vp/test%2Fdomain/GetThing/1/rivtabp21":   "/vp/test%2Fdomain/GetThing/1/rivtabp21",
		"/vp/test/domain/%47etThing/1/rivtabp21":   "/vp/test/domain/%47etThing/1/rivtabp21",
		"/vp/test/d%6fmain/GetThing/1/rivtabp21":   "/vp/test/d%6fmain/GetThing/1/rivtabp21",
		"/vp/test/domain/GetThing/1/rivta%62p%321": "/vp/test/domain/GetThing/1/rivta%62p%321",
	} {
		contains(t, served(t, s, spelt+"?wsdl"), `<soap:address location="`+gateway+written+`"/>`)
	}
}

func TestPathsWithMarkup(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.wsdl":           simple("urn:riv:a:b:C:1:rivtabp21", "urn:riv:a:b:CResponder:1"),
		"wsdlconfig.json":  `[{"tjanstekontrakt": "urn:x", "wsdlfilepath": "a.wsdl", "wsdlurl": "vp/a&b'c d<å>"}]`,
		"unreferenced.xsd": "",
	})
	s := load(t, wsdl.Options{File: dir + "/wsdlconfig.json"})
	checkLocations(t, served(t, s, "/vp/a&b'c%20d%3C%C3%A5%3E?wsdl"), gateway+"/vp/a%26b%27c%20d%3C%C3%A5%3E")
	contains(t, ask(s, "/vp/x?wsdl", plain).body, "\n"+gateway+"/vp/a&b%27c%20d%3C%C3%A5%3E?wsdl")
}

// simple is a WSDL without schemas.
func simple(interaction, contract string) string {
	return `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:r="` +
		contract + `" targetNamespace="` + interaction + `"><w:service><w:port><s:address location="x"/></w:port></w:service></w:definitions>`
}

// What is under a listener's own prefix is found as if that were /vp.
func TestOtherPrefix(t *testing.T) {
	s := contracts(t)
	for _, prefix := range []string{"/rivta", "", "/VP/inner"} {
		o := wsdl.Origin{Prefix: prefix}
		path := prefix + strings.TrimPrefix(thing21, "/vp")
		a := ask(s, path+"?wsdl", o)
		if a.status != 200 {
			t.Fatalf("%s: %+v", path, a)
		}
		contains(t, a.body, `<soap:address location="`+gateway+path+`"/>`)
		contains(t, ask(s, prefix+"/x?wsdl", o).body, "\n"+gateway+path+"?wsdl")
	}
}

// GET and HEAD over a connection: the same length, and no echo of what was sent.
func TestOnTheWire(t *testing.T) {
	s := contracts(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Answer(w, r, plain) }))
	defer server.Close()
	var lengths []string
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+thing21+"?wsdl", nil)
		must(t, err)
		r.Header.Set("X-Custom", "1")
		r.Header.Set("Cookie", "a=b")
		response, err := server.Client().Do(r)
		must(t, err)
		body, err := io.ReadAll(response.Body)
		must(t, err)
		must(t, response.Body.Close())
		if method == http.MethodGet {
			contains(t, string(body), `<soap:address location="`+server.URL+thing21+`"/>`)
			lengths = append(lengths, strconv.Itoa(len(body)))
		} else if len(body) > 0 {
			t.Errorf("HEAD has a body")
		}
		lengths = append(lengths, response.Header.Get("Content-Length"))
		if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/xml; charset=UTF-8" {
			t.Errorf("%s: %v", method, response)
		}
		for name := range response.Header {
			if name != "Content-Type" && name != "Content-Length" && name != "Date" {
				t.Errorf("%s: header %s", method, name)
			}
		}
	}
	if lengths[0] != lengths[1] || lengths[1] != lengths[2] {
		t.Errorf("lengths %v", lengths)
	}
}
