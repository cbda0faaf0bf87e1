package rivta_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"rivgate/fault"
	"rivgate/rivta"
	"rivgate/soap"
)

const (
	soap11     = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12     = "http://www.w3.org/2003/05/soap-envelope"
	addressing = "http://www.w3.org/2005/08/addressing"
	registry   = "urn:riv:itintegration:registry:1"
)

// message is an envelope whose root carries the declarations and whose Header
// holds the header.
func message(declarations, header string) string {
	return `<s:Envelope xmlns:s="` + soap11 + `"` + declarations + `><s:Header>` + header +
		`</s:Header><s:Body><u:Get xmlns:u="urn:riv:test:GetResponder:1"><u:a><![CDATA[<&]]><!-- kept --><?kept too?></u:a></u:Get></s:Body></s:Envelope>`
}

func read(t testing.TB, text string) *soap.Message {
	t.Helper()
	m, err := soap.Read(strings.NewReader(text), "text/xml", soap.Limits{Head: 1 << 20, Depth: 200, Attributes: 200})
	if err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return m
}

func converted(t testing.TB, text string, to rivta.Profile) string {
	t.Helper()
	m := read(t, text)
	edits, err := rivta.Convert(m.Envelope, to)
	if err != nil {
		t.Fatalf("converting %s: %v", text, err)
	}
	out, err := io.ReadAll(m.Body(edits))
	if err != nil {
		t.Fatalf("writing %s: %v", text, err)
	}
	return string(out)
}

func TestConvert(t *testing.T) {
	tests := []struct {
		name         string
		to           rivta.Profile
		declarations string // on the root, never touched
		header, want string
	}{
		{
			"prefix of the root", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			`<a:To>SE1</a:To>`,
			`<a:LogicalAddress xmlns:a="` + registry + `">SE1</a:LogicalAddress>`,
		},
		{
			"to 2.0", rivta.RIVTABP20, ` xmlns:urn="` + registry + `"`,
			`<urn:LogicalAddress>SE1</urn:LogicalAddress>`,
			`<urn:To xmlns:urn="` + addressing + `">SE1</urn:To>`,
		},
		{
			"default namespace of its own", rivta.RIVTABP21, ``,
			`<To xmlns="` + addressing + `">SE1</To>`,
			`<LogicalAddress xmlns="` + registry + `">SE1</LogicalAddress>`,
		},
		{
			"default namespace of the root", rivta.RIVTABP21, ` xmlns="` + addressing + `"`,
			`<To>SE1</To><Action>act</Action>`,
			`<LogicalAddress xmlns="` + registry + `">SE1</LogicalAddress><Action>act</Action>`,
		},
		{
			"prefix of its own", rivta.RIVTABP21, ``,
			`<a:To s:mustUnderstand="0" xmlns:a='` + addressing + `' id="1">SE1</a:To>`,
			`<a:LogicalAddress s:mustUnderstand="0" xmlns:a='` + registry + `' id="1">SE1</a:LogicalAddress>`,
		},
		{
			"prefix of its own, bound otherwise above", rivta.RIVTABP21, ` xmlns:a="urn:x"`,
			`<a:To xmlns:a="` + addressing + `">SE1</a:To><a:X/>`,
			`<a:LogicalAddress xmlns:a="` + registry + `">SE1</a:LogicalAddress><a:X/>`,
		},
		{
			"target's namespace is bound already", rivta.RIVTABP21, ` xmlns:a="` + addressing + `" xmlns:r="` + registry + `"`,
			`<a:To>SE1</a:To><r:Other/>`,
			`<a:LogicalAddress xmlns:a="` + registry + `">SE1</a:LogicalAddress><r:Other/>`,
		},
		{
			"other addressing headers stay", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			`<a:Action>act</a:Action><a:To>SE1</a:To><a:MessageID>m1</a:MessageID><b:ReplyTo xmlns:b="` + addressing + `"/>`,
			`<a:Action>act</a:Action><a:LogicalAddress xmlns:a="` + registry + `">SE1</a:LogicalAddress><a:MessageID>m1</a:MessageID><b:ReplyTo xmlns:b="` + addressing + `"/>`,
		},
		{
			"attribute with the prefix", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			`<a:To a:IsReferenceParameter="1">SE1</a:To>`,
			`<riv:LogicalAddress xmlns:riv="` + registry + `" a:IsReferenceParameter="1">SE1</riv:LogicalAddress>`,
		},
		{
			"attribute with the prefix of its own", rivta.RIVTABP20, ` xmlns:wsa="urn:x" xmlns:wsa1="urn:y"`,
			`<r:LogicalAddress r:x="1" xmlns:r="` + registry + `">SE1</r:LogicalAddress>`,
			`<wsa2:To xmlns:wsa2="` + addressing + `" r:x="1" xmlns:r="` + registry + `">SE1</wsa2:To>`,
		},
		{
			"space in the tags", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			"<a:To\n id = '1' > SE1\n</a:To\t>",
			"<a:LogicalAddress xmlns:a=\"" + registry + "\"\n id = '1' > SE1\n</a:LogicalAddress\t>",
		},
		{
			"CDATA and references", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			`<a:To><![CDATA[S&]]>E&#49;</a:To>`,
			`<a:LogicalAddress xmlns:a="` + registry + `"><![CDATA[S&]]>E&#49;</a:LogicalAddress>`,
		},
		{
			"self-closed", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			`<a:To/>`, `<a:LogicalAddress xmlns:a="` + registry + `"/>`,
		},
		{
			"elements of the name elsewhere stay", rivta.RIVTABP21, ` xmlns:a="` + addressing + `"`,
			`<x:W xmlns:x="urn:x"><a:To>SE2</a:To></x:W><a:To>SE1</a:To>`,
			`<x:W xmlns:x="urn:x"><a:To>SE2</a:To></x:W><a:LogicalAddress xmlns:a="` + registry + `">SE1</a:LogicalAddress>`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := converted(t, message(tt.declarations, tt.header), tt.to)
			if want := message(tt.declarations, tt.want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			again := read(t, got)
			profile, value, _ := rivta.Address(again.Envelope)
			_, before, _ := rivta.Address(read(t, message(tt.declarations, tt.header)).Envelope)
			if profile != tt.to || value != before {
				t.Errorf("reads as %v %q", profile, value)
			}
		})
	}
}

func TestConvertSOAP12(t *testing.T) {
	text := strings.ReplaceAll(message(` xmlns:a="`+addressing+`"`, `<a:To>SE1</a:To>`), soap11, soap12)
	want := strings.ReplaceAll(message(` xmlns:a="`+addressing+`"`,
		`<a:LogicalAddress xmlns:a="`+registry+`">SE1</a:LogicalAddress>`), soap11, soap12)
	if got := converted(t, text, rivta.RIVTABP21); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestConvertToTheSameIsNothing(t *testing.T) {
	for _, env := range []soap.Envelope{
		read(t, message(` xmlns:r="`+registry+`"`, `<r:LogicalAddress>SE1</r:LogicalAddress>`)).Envelope,
		read(t, message(` xmlns:r="`+registry+`"`, `<To xmlns="`+addressing+`">http://x</To><r:LogicalAddress>SE1</r:LogicalAddress>`)).Envelope,
	} {
		if edits, err := rivta.Convert(env, rivta.RIVTABP21); edits != nil || err != nil {
			t.Errorf("got %v, %v", edits, err)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	both := read(t, message("", `<To xmlns="`+addressing+`">SE1</To><LogicalAddress xmlns="`+registry+`">SE1</LogicalAddress>`)).Envelope
	tests := []struct {
		name string
		env  soap.Envelope
		to   rivta.Profile
		want fault.Code
	}{
		{"both addresses to 2.0", both, rivta.RIVTABP20, fault.VP015},
		{"to no profile", both, rivta.Unknown, fault.VP012},
		{"from no profile", soap.Envelope{}, rivta.RIVTABP21, fault.VP012},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edits, err := rivta.Convert(tt.env, tt.to)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != tt.want || f.Detail == "" || edits != nil {
				t.Errorf("got %v, %v", edits, err)
			}
		})
	}
}
