package wsdl_test

import (
	"strings"
	"testing"

	"rivgate/wsdl"
)

// A running VP served testdata/recorded. What it wrote is what is written here,
// with the references that it left as they were, and in the file's own order
// of namespaces.

const recordedWSDL = `<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="GetThingInteraction" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:riv:test:domain:GetThing:1:rivtabp21" xmlns:r="urn:riv:test:domain:GetThingResponder:1" targetNamespace="urn:riv:test:domain:GetThing:1:rivtabp21">
  <!-- a comment -->
  <wsdl:import namespace="urn:other" location="BASE?xsd=other.wsdl"/>
  <wsdl:types>
    <xs:schema>
      <xs:import namespace="urn:riv:test:domain:GetThingResponder:1" schemaLocation="BASE?xsd=sub/GetThingResponder_1.0.xsd"/>
      <xs:include schemaLocation="BASE?xsd=sub/included.xsd"/>
    </xs:schema>
  </wsdl:types>
  <wsdl:service name="S">
    <wsdl:port name="P" binding="tns:B"><soap:address location="BASE"/></wsdl:port>
    <wsdl:port name="P12" binding="tns:B12"><soap12:address location="BASE"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
`

const recordedXSD = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:riv:test:domain:GetThingResponder:1">
  <xs:import namespace="urn:types" schemaLocation="BASE?xsd=types_1.0.xsd"/>
  <xs:include schemaLocation="BASE?xsd=sub/included.xsd"/>
  <xs:element name="GetThing" type="xs:string"/><!-- åäö -->
</xs:schema>
`

const recordedTypes = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:types"/>
`

// The recorded folder lacks two files. VP found nothing more on that WSDL then;
// here the rest is served.
func TestRecorded(t *testing.T) {
	s := load(t, wsdl.Options{Directory: "testdata/recorded", Forwarded: vpHeaders}, "other.wsdl: no such file", "sub/included.xsd: no such file")
	proxied := []string{"X-VP-Forwarded-Proto", "https", "X-VP-Forwarded-Host", "vp.example.org", "X-VP-Forwarded-Port", "443"}
	for _, test := range []struct {
		query string
		want  string
	}{
		{"?wsdl", recordedWSDL},
		{"?xsd=sub/GetThingResponder_1.0.xsd", recordedXSD},
		{"?xsd=types_1.0.xsd", recordedTypes},
		{"?wsdl=1&xsd=types_1.0.xsd", recordedTypes},
	} {
		for base, a := range map[string]answer{
			gateway + thing21:                      ask(s, thing21+test.query, plain),
			"https://vp.example.org:443" + thing21: ask(s, thing21+test.query, wsdl.Origin{Trusted: true}, proxied...),
		} {
			want := answer{200, "text/xml; charset=UTF-8", strings.ReplaceAll(test.want, "BASE", base)}
			if a != want {
				t.Errorf("%s: got\n%+v\nwant\n%+v", test.query, a, want)
			}
		}
	}
	for _, name := range []string{"sub/included.xsd", "other.wsdl", "included.xsd"} {
		if a := ask(s, thing21+"?xsd="+name, plain); a.status != 404 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
