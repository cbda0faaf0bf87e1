package lab

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Profile is a RIV-TA profile as routes name it.
type Profile string

// The two profiles. They differ in the header element that carries the
// logical address.
const (
	Profile20 Profile = "RIVTABP20"
	Profile21 Profile = "RIVTABP21"
)

// Envelope is a SOAP request to be built.
type Envelope struct {
	Contract string  // the service contract namespace
	Name     string  // local name of the element in Body; empty: derived from the contract
	Receiver string  // the logical address
	Profile  Profile // empty: RIVTABP21
	SOAP12   bool
	Charset  string // UTF-8 if empty; else ISO-8859-1, windows-1252, UTF-16, UTF-16BE or UTF-16LE
	Payload  string // XML inside the element; the contract has the prefix u
}

// ContentType is the Content-Type the envelope is sent with.
func (e Envelope) ContentType() string {
	if e.SOAP12 {
		return "application/soap+xml;charset=" + e.charset()
	}
	return "text/xml;charset=" + e.charset()
}

// Bytes is the envelope with an XML declaration, in its charset. A character
// the charset lacks, or a charset that is not known here, is an error.
func (e Envelope) Bytes() ([]byte, error) {
	if strings.EqualFold(e.charset(), "UTF-8") {
		return []byte(e.text()), nil
	}
	known, ok := charsets[strings.ToUpper(e.charset())]
	if !ok {
		return nil, fmt.Errorf("envelope: charset %q is not known", e.Charset)
	}
	encoded, err := known.NewEncoder().Bytes([]byte(e.text()))
	if err != nil {
		return nil, fmt.Errorf("envelope in %s: %w", e.Charset, err)
	}
	return encoded, nil
}

var charsets = map[string]encoding.Encoding{
	"ISO-8859-1":   charmap.ISO8859_1,
	"WINDOWS-1252": charmap.Windows1252,
	"UTF-16":       unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"UTF-16BE":     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"UTF-16LE":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
}

func (e Envelope) charset() string { return orElse(e.Charset, "UTF-8") }

func (e Envelope) text() string {
	soap, registry, address := soap11, "urn:riv:itintegration:registry:1", "LogicalAddress"
	if e.SOAP12 {
		soap = soap12
	}
	if e.Profile == Profile20 {
		registry, address = "http://www.w3.org/2005/08/addressing", "To"
	}
	name := orElse(e.Name, operationOf(e.Contract))
	return fmt.Sprintf(`<?xml version="1.0" encoding="%s"?>`+
		`<soapenv:Envelope xmlns:soapenv="%s" xmlns:urn="%s" xmlns:u="%s">`+
		`<soapenv:Header><urn:%s>%s</urn:%[5]s></soapenv:Header>`+
		`<soapenv:Body><u:%[7]s>%[8]s</u:%[7]s></soapenv:Body></soapenv:Envelope>`,
		e.charset(), soap, registry, escape.Replace(e.Contract), address, escape.Replace(e.Receiver), name, e.Payload)
}

// operationOf is the request element RIV-TA gives a contract:
// urn:riv:…:GetThingResponder:1 is asked with GetThing.
func operationOf(contract string) string {
	parts := strings.Split(contract, ":")
	if len(parts) < 2 {
		return "Request"
	}
	return strings.TrimSuffix(parts[len(parts)-2], "Responder")
}
