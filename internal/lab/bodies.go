package lab

import (
	"bytes"
	"compress/gzip"
	"strings"
)

const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
)

// OrdinaryAnswer is the body of a producer's ordinary answer.
const OrdinaryAnswer = `<?xml version="1.0" encoding="UTF-8"?>` +
	`<soapenv:Envelope xmlns:soapenv="` + soap11 + `"><soapenv:Body>` +
	`<GetThingResponse xmlns="urn:riv:test:GetThingResponder:1"><answer>forty-two åäö</answer></GetThingResponse>` +
	`</soapenv:Body></soapenv:Envelope>`

// ProducerFault is the SOAP 1.1 fault of a producer that refuses.
const ProducerFault = `<soap:Envelope xmlns:soap="` + soap11 + `"><soap:Body><soap:Fault>` +
	`<faultcode>soap:Server</faultcode><faultstring>producer says no</faultstring>` +
	`</soap:Fault></soap:Body></soap:Envelope>`

// ProducerFault12 is the same in SOAP 1.2.
const ProducerFault12 = `<soap:Envelope xmlns:soap="` + soap12 + `"><soap:Body><soap:Fault>` +
	`<soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>` +
	`<soap:Reason><soap:Text xml:lang="en">producer says no</soap:Text></soap:Reason>` +
	`</soap:Fault></soap:Body></soap:Envelope>`

const (
	answerSOAP12 = `<soap:Envelope xmlns:soap="` + soap12 + `"><soap:Body>` +
		`<GetThingResponse xmlns="urn:riv:test:GetThingResponder:1"><answer>forty-two</answer></GetThingResponse>` +
		`</soap:Body></soap:Envelope>`
	htmlPage  = "<html><body><h1>It is not here</h1></body></html>"
	xhtmlPage = `<html xmlns="http://www.w3.org/1999/xhtml"><body>It is not well</body></html>`
)

// The ends of a body of any size: what comes between them is character data.
const (
	bulkStart = `<?xml version="1.0" encoding="UTF-8"?>` +
		`<soapenv:Envelope xmlns:soapenv="` + soap11 + `"><soapenv:Body>` +
		`<GetThingResponse xmlns="urn:riv:test:GetThingResponder:1"><answer>`
	bulkEnd = `</answer></GetThingResponse></soapenv:Body></soapenv:Envelope>`
)

// latin1 encodes text in ISO-8859-1. What lies beyond U+00FF becomes "?".
func latin1(text string) string {
	encoded := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			r = '?'
		}
		encoded = append(encoded, byte(r))
	}
	return string(encoded)
}

func latin1Answer() string {
	return latin1(strings.Replace(OrdinaryAnswer, `encoding="UTF-8"`, `encoding="ISO-8859-1"`, 1))
}

func gzipped(text string) string {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	// Neither call fails: a bytes.Buffer takes everything.
	_, _ = writer.Write([]byte(text))
	_ = writer.Close()
	return packed.String()
}
