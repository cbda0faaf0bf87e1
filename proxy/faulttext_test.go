package proxy

import (
	"strings"
	"testing"

	"rivgate/record"
)

var producerFaults = []struct {
	name, text string
	want       record.SOAPFault
}{
	{
		"SOAP 1.1",
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>` +
			`<faultstring>n&#229;got &amp; annat</faultstring><detail><e:x xmlns:e="urn:e">1</e:x></detail></s:Fault></s:Body></s:Envelope>`,
		record.SOAPFault{Code: "s:Server", String: "något & annat", Detail: `<detail><e:x xmlns:e="urn:e">1</e:x></detail>`},
	},
	{
		"without detail",
		`<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>s:Client</faultcode><faultstring>no</faultstring></s:Fault>`,
		record.SOAPFault{Code: "s:Client", String: "no"},
	},
	{
		"SOAP 1.2",
		`<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code>` +
			`<e:Reason><e:Text xml:lang="sv">nej</e:Text></e:Reason><e:Detail>d</e:Detail></e:Fault></e:Body></e:Envelope>`,
		record.SOAPFault{Code: "e:Receiver", String: "nej", Detail: "<Detail>d</Detail>"},
	},
	{"no fault", `<s:Envelope xmlns:s="urn:s"/>`, record.SOAPFault{String: "Unknown SOAPFault (EOF)"}},
	{"nothing", ``, record.SOAPFault{String: "Unknown SOAPFault (EOF)"}},
	{
		"cut", `<s:Fault xmlns:s="urn:s"><faultcode>s:Server</fault`,
		record.SOAPFault{String: "Unknown SOAPFault (XML syntax error on line 1: unexpected EOF)"},
	},
}

func TestProducerFaultsAreTold(t *testing.T) {
	for _, test := range producerFaults {
		t.Run(test.name, func(t *testing.T) {
			if got := readFault([]byte(test.text)); got != test.want {
				t.Errorf("%+v\nwant %+v", got, test.want)
			}
		})
	}
}

// An answer in another charset is told in UTF-8, cut off or not.
func TestInUTF8(t *testing.T) {
	for _, test := range []struct{ name, text, contentType, want string }{
		{"UTF-8", "<a>å</a>", "text/xml; charset=UTF-8", "<a>å</a>"},
		{"Latin-1 by header", "<a>\xe5</a>", "text/xml; charset=ISO-8859-1", "<a>å</a>"},
		{"Latin-1 by declaration", `<?xml version="1.0" encoding="ISO-8859-1"?><a>` + "\xe5</a>", "text/xml", `<?xml version="1.0" encoding="UTF-8"?><a>å</a>`},
		{"UTF-16, cut", "\x00<\x00a\x00>\x00", "text/xml; charset=UTF-16BE", "<a>"},
		{"unknown", "<a>\xe5</a>", "text/xml; charset=x-nobody", "<a>\xe5</a>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := string(inUTF8([]byte(test.text), test.contentType)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Whatever a producer calls a fault, something is told of it.
func FuzzReadFault(f *testing.F) {
	for _, test := range producerFaults {
		f.Add([]byte(test.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fault := readFault(text)
		if strings.HasPrefix(fault.String, "Unknown SOAPFault (") && (fault.Code != "" || fault.Detail != "") {
			t.Errorf("unknown and yet %+v", fault)
		}
		if len(fault.String) > len(text)+200 || len(fault.Detail) > len(text)+50 {
			t.Errorf("%d bytes of fault became %d and %d", len(text), len(fault.String), len(fault.Detail))
		}
	})
}

func TestSeedsOfFuzzReadFault(t *testing.T) {
	if len(producerFaults) != 6 {
		t.Errorf("%d seeds, want 6", len(producerFaults))
	}
}

func TestKeptKeepsTheBeginning(t *testing.T) {
	k := &kept{limit: 5}
	for _, piece := range []string{"ab", "cd", "ef", "gh"} {
		k.add([]byte(piece))
	}
	if string(k.text) != "abcde" || !k.cut || cap(k.text) > 64 {
		t.Errorf("%q, cut %t, room for %d", k.text, k.cut, cap(k.text))
	}
	whole := &kept{limit: 4}
	if whole.add([]byte("abcd")); whole.cut || string(whole.text) != "abcd" {
		t.Errorf("%q, cut %t", whole.text, whole.cut)
	}
}
