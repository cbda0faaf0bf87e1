package soap_test

import (
	"encoding/xml"
	"testing"

	"rivgate/fault"
	"rivgate/soap"
)

func TestAppendFault(t *testing.T) {
	const (
		open11  = `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault>`
		open12  = `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault>`
		closing = `</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`
	)
	for name, c := range map[string]struct {
		version      soap.Version
		side         fault.Side
		text, detail string
		want         string
	}{
		"client": {
			soap.V11, fault.Client, "VP003 [GATE] Logisk adressat saknas.", "No receiverId",
			open11 + `<faultcode>SOAP-ENV:Client</faultcode><faultstring>VP003 [GATE] Logisk adressat saknas.</faultstring><detail><detailString>No receiverId</detailString></detail>` + closing,
		},
		"server without detail": {
			soap.Unknown, fault.Server, "VP014 [GATE] rundgång", "",
			open11 + `<faultcode>SOAP-ENV:Server</faultcode><faultstring>VP014 [GATE] rundgång</faultstring><detail><detailString/></detail>` + closing,
		},
		"escapes": {
			soap.V11, fault.Server, `<a href="x" y='z'>&]]>`, "a\r\nb\tc 😀 \x00\x1b\xff\ufffe\u0085",
			open11 + `<faultcode>SOAP-ENV:Server</faultcode><faultstring>&lt;a href="x" y='z'&gt;&amp;]]&gt;</faultstring><detail><detailString>` +
				"a&#13;\nb\tc &#128512; \ufffd\ufffd\ufffd\ufffd\u0085" + `</detailString></detail>` + closing,
		},
		"CDATA is text": {
			soap.V11, fault.Server, "<![CDATA[x]]>", "",
			open11 + `<faultcode>SOAP-ENV:Server</faultcode><faultstring>&lt;![CDATA[x]]&gt;</faultstring><detail><detailString/></detail>` + closing,
		},
		"SOAP 1.2 sender": {
			soap.V12, fault.Client, "VP007 & å", "d",
			open12 + `<SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="sv">VP007 &amp; å</SOAP-ENV:Text></SOAP-ENV:Reason><SOAP-ENV:Detail><detailString>d</detailString></SOAP-ENV:Detail>` + closing,
		},
		"SOAP 1.2 receiver": {
			soap.V12, fault.Server, "x", "",
			open12 + `<SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Receiver</SOAP-ENV:Value></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="sv">x</SOAP-ENV:Text></SOAP-ENV:Reason><SOAP-ENV:Detail><detailString/></SOAP-ENV:Detail>` + closing,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := soap.AppendFault([]byte("before"), c.version, c.side, c.text, c.detail)
			if string(got) != "before"+c.want {
				t.Errorf(" got %s\nwant before%s", got, c.want)
			}
			if err := xml.Unmarshal(got[len("before"):], new(any)); err != nil {
				t.Errorf("not well-formed: %v", err)
			}
			if !soap.Complete(got[len("before"):], "") {
				t.Error("not complete")
			}
		})
	}
}

func TestFaultContentType(t *testing.T) {
	for version, want := range map[soap.Version]string{
		soap.Unknown: "text/xml; charset=UTF-8", soap.V11: "text/xml; charset=UTF-8", soap.V12: "application/soap+xml; charset=UTF-8",
	} {
		if got := soap.FaultContentType(version); got != want {
			t.Errorf("%d: %s", version, got)
		}
	}
}
