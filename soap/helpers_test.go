package soap_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"rivgate/fault"
	"rivgate/soap"
)

// limits are ample for every request that is not about limits.
var limits = soap.Limits{Head: 256 << 10, Depth: 200, Attributes: 200}

const (
	start11 = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">`
	header  = `<s:Header><r:LogicalAddress xmlns:r="urn:riv:itintegration:registry:1">SE0000000000-UNIT1</r:LogicalAddress></s:Header>`
	body    = `<s:Body><u:GetThing xmlns:u="urn:riv:test:GetThingResponder:1"><u:id>åäö &amp; 1</u:id></u:GetThing></s:Body></s:Envelope>`
	request = start11 + header + body
)

func read(t *testing.T, text, contentType string) *soap.Message {
	t.Helper()
	m, err := soap.Read(strings.NewReader(text), contentType, limits)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return m
}

// detail is the detail of a VP015, and fails the test for anything else.
func detail(t *testing.T, err error) string {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.VP015 {
		t.Fatalf("error is %v, want a VP015", err)
	}
	return f.Detail
}

func sent(t *testing.T, m *soap.Message, edits ...soap.Edit) string {
	t.Helper()
	out, err := io.ReadAll(m.Body(edits))
	if err != nil {
		t.Fatalf("Body: %v", err)
	}
	return string(out)
}

// splits are ways for the same bytes to arrive.
var splits = map[string]func(io.Reader) io.Reader{
	"whole":         func(r io.Reader) io.Reader { return r },
	"byte by byte":  iotest.OneByteReader,
	"halves":        iotest.HalfReader,
	"end with data": iotest.DataErrReader,
}
