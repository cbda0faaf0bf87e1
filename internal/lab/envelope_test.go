package lab_test

import (
	"net/http"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func TestEnvelope(t *testing.T) {
	const contract = "urn:riv:test:GetThingResponder:1"
	cases := []struct {
		name, contentType, want string
		envelope                lab.Envelope
	}{
		{
			"SOAP 1.1, 2.1", "text/xml;charset=UTF-8",
			`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:riv:itintegration:registry:1" xmlns:u="urn:riv:test:GetThingResponder:1"><soapenv:Header><urn:LogicalAddress>A&amp;B</urn:LogicalAddress></soapenv:Header><soapenv:Body><u:GetThing><u:id>åäö</u:id></u:GetThing></soapenv:Body></soapenv:Envelope>`,
			lab.Envelope{Contract: contract, Receiver: "A&B", Payload: "<u:id>åäö</u:id>"},
		},
		{
			"SOAP 1.2, 2.0", "application/soap+xml;charset=UTF-8",
			`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://www.w3.org/2003/05/soap-envelope" xmlns:urn="http://www.w3.org/2005/08/addressing" xmlns:u="urn:riv:test:GetThingResponder:1"><soapenv:Header><urn:To>A</urn:To></soapenv:Header><soapenv:Body><u:Own></u:Own></soapenv:Body></soapenv:Envelope>`,
			lab.Envelope{Contract: contract, Name: "Own", Receiver: "A", Profile: lab.Profile20, SOAP12: true},
		},
		{
			"Latin-1", "text/xml;charset=ISO-8859-1",
			"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:urn=\"urn:riv:itintegration:registry:1\" xmlns:u=\"urn:riv:test:GetThingResponder:1\"><soapenv:Header><urn:LogicalAddress>A</urn:LogicalAddress></soapenv:Header><soapenv:Body><u:GetThing>\xe5</u:GetThing></soapenv:Body></soapenv:Envelope>",
			lab.Envelope{Contract: contract, Receiver: "A", Charset: "ISO-8859-1", Payload: "å"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.envelope.Bytes()
			if err != nil || string(got) != c.want {
				t.Errorf("%s, %v\nwant %s", got, err, c.want)
			}
			if got := c.envelope.ContentType(); got != c.contentType {
				t.Errorf("Content-Type %s", got)
			}
		})
	}
}

func TestEnvelopeInUTF16(t *testing.T) {
	for charset, start := range map[string]string{"UTF-16": "\xfe\xff\x00<\x00?", "UTF-16BE": "\x00<\x00?", "UTF-16LE": "<\x00?\x00"} {
		got, err := lab.Envelope{Contract: "urn:a:bResponder:1", Charset: charset}.Bytes()
		if err != nil || !strings.HasPrefix(string(got), start) {
			t.Errorf("%s: %q, %v", charset, got[:8], err)
		}
	}
}

func TestEnvelopeThatCannotBe(t *testing.T) {
	for _, envelope := range []lab.Envelope{{Charset: "KLINGON"}, {Charset: "ISO-8859-1", Payload: "€"}} {
		if got, err := envelope.Bytes(); err == nil {
			t.Errorf("%+v became %s", envelope, got)
		}
	}
}

func TestParseFault(t *testing.T) {
	cases := []struct {
		name, body string
		want       *lab.Fault
	}{
		{
			"VP's form", `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>VP003 [GATE] x &lt; y</faultstring><detail><detailString>No receiverId </detailString></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
			&lab.Fault{Code: "SOAP-ENV:Client", String: "VP003 [GATE] x < y", Detail: "No receiverId "},
		},
		{
			"SOAP 1.2", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="sv">VP003</s:Text></s:Reason><s:Detail><detailString>d</detailString></s:Detail></s:Fault></s:Body></s:Envelope>`,
			&lab.Fault{Code: "s:Sender", String: "VP003", Detail: "d"},
		},
		{"an answer", ordinaryBody, nil},
		{"no XML", "hello", nil},
		{"no SOAP", `<Envelope><Body><Fault/></Body></Envelope>`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := lab.ParseFault([]byte(c.body))
			if (got == nil) != (c.want == nil) || (got != nil && *got != *c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCall(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	envelope := lab.Envelope{Contract: "urn:riv:test:GetThingResponder:1", Receiver: "A"}
	client := lab.Client(nil)
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, producer.URL("/fault500"), envelope, http.Header{"x-test": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	if reply.Status != 500 || reply.Fault == nil || reply.Fault.String != "producer says no" {
		t.Errorf("%+v", reply)
	}
	want, err := envelope.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if seen := only(t, producer); string(seen.Body) != string(want) || seen.Header.Get("X-Test") != "1" || seen.Header.Get("Content-Type") != "text/xml;charset=UTF-8" {
		t.Errorf("%+v", seen)
	}
}
