package proxy

import (
	"encoding/xml"
	"io"
	"strings"

	"rivgate/record"
)

// soapFault is a fault of either version. Elements are found by their local
// names: a producer that gets a namespace wrong still says something.
type soapFault struct {
	Code11   string `xml:"faultcode"`
	String11 string `xml:"faultstring"`
	Detail11 *inner `xml:"detail"`
	Code12   string `xml:"Code>Value"`
	Text12   string `xml:"Reason>Text"`
	Detail12 *inner `xml:"Detail"`
}

type inner struct {
	XML string `xml:",innerxml"`
}

// readFault takes a producer's fault apart, for the log only: what a caller
// gets is never parsed. A fault that cannot be read, or is longer than what was
// read of it, is told as VP does.
func readFault(text []byte) record.SOAPFault {
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // it is UTF-8 by now
	for {
		token, err := decoder.Token()
		if err != nil {
			return record.SOAPFault{String: "Unknown SOAPFault (" + err.Error() + ")"}
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "Fault" {
			continue
		}
		var fault soapFault
		if err := decoder.DecodeElement(&fault, &start); err != nil {
			return record.SOAPFault{String: "Unknown SOAPFault (" + err.Error() + ")"}
		}
		return fault.told()
	}
}

func (f *soapFault) told() record.SOAPFault {
	told := record.SOAPFault{Code: f.Code11, String: f.String11}
	switch {
	case f.Code12 != "":
		told = record.SOAPFault{Code: f.Code12, String: f.Text12}
		if f.Detail12 != nil {
			told.Detail = "<Detail>" + f.Detail12.XML + "</Detail>"
		}
	case f.Detail11 != nil:
		told.Detail = "<detail>" + f.Detail11.XML + "</detail>"
	}
	return told
}
