package tak

import (
	"errors"
	"fmt"
	"io"

	"rivgate/internal/xmlstream"
)

// The namespaces of SOAP 1.1 and 1.2.
const (
	soap11Space = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12Space = "http://www.w3.org/2003/05/soap-envelope"
)

// AnswerError is an answer by which TAK says no: a SOAP fault, or an HTTP
// status other than 200.
type AnswerError struct {
	Address string
	Status  int    // HTTP
	Fault   string // the faultstring, if there was one
}

// Error tells status and faultstring.
func (e *AnswerError) Error() string {
	if e.Fault == "" {
		return fmt.Sprintf("%s answered HTTP %d", e.Address, e.Status)
	}
	return fmt.Sprintf("%s answered HTTP %d with the SOAP fault %q", e.Address, e.Status, e.Fault)
}

// soapFault is a faultstring found in an answer.
type soapFault string

func (f soapFault) Error() string { return string(f) }

// readAnswer reads the answer to an operation and hands on its rows. As VP, it
// is strict: a date that is none, an element other than rows under the answer's
// root and a nil row fail it. So does a document that is not well-formed to its
// last byte. A SOAP fault is a soapFault.
func readAnswer(x *xmlstream.Reader, l *layout, add func(*record, int) error) error {
	if err := enterBody(x); err != nil {
		return err
	}
	inside, err := nextChild(x)
	switch {
	case err != nil:
		return err
	case !inside:
		return contentError("an empty SOAP Body")
	case isSOAP(x.Name(), "Fault"):
		return readFault(x)
	case x.Name() != xmlstream.Name{Space: takSpace, Local: l.operation + "Response"}:
		return contentError("element " + x.Name().Local + " instead of " + l.operation + "Response")
	}
	if err := readRows(x, l, add); err != nil {
		return err
	}
	return untilEOF(x)
}

// readRows reads the rows of the answer whose root's start tag is current.
func readRows(x *xmlstream.Reader, l *layout, add func(*record, int) error) error {
	var rec record
	for {
		inside, err := nextChild(x)
		if !inside || err != nil {
			return err
		}
		if (x.Name() != xmlstream.Name{Space: takSpace, Local: l.element}) {
			return contentError("unexpected element " + x.Name().Local)
		}
		if err := readRow(x, l, &rec, strict, add); err != nil {
			return err
		}
	}
}

// enterBody goes on to the start tag of the SOAP Body.
func enterBody(x *xmlstream.Reader) error {
	if _, err := x.Next(); err != nil {
		return err
	}
	if !isSOAP(x.Name(), "Envelope") {
		return contentError("the root element is no SOAP Envelope")
	}
	for {
		inside, err := nextChild(x)
		switch {
		case err != nil:
			return err
		case !inside:
			return contentError("a SOAP Envelope without Body")
		case isSOAP(x.Name(), "Body"):
			return nil
		}
		if err := x.Skip(); err != nil {
			return err
		}
	}
}

func isSOAP(name xmlstream.Name, local string) bool {
	return name.Local == local && (name.Space == soap11Space || name.Space == soap12Space)
}

// readFault returns the faultstring of SOAP 1.1 or the reason of 1.2.
func readFault(x *xmlstream.Reader) error {
	for outside := x.Depth() - 1; ; {
		kind, err := x.Next()
		if err != nil {
			return err
		}
		if x.Depth() == outside {
			return soapFault("without text")
		}
		if name := x.Name().Local; kind == xmlstream.Start && (name == "faultstring" || name == "Text") {
			text, err := content(x, nil, lenient)
			if err != nil {
				return err
			}
			return soapFault(text)
		}
	}
}

// findFault returns the faultstring of what may be a SOAP fault; "" if it is
// none.
func findFault(src io.Reader, options xmlstream.Options) string {
	x := xmlstream.NewReader(src, options)
	if enterBody(x) != nil {
		return ""
	}
	if inside, err := nextChild(x); !inside || err != nil || !isSOAP(x.Name(), "Fault") {
		return ""
	}
	if fault, ok := errors.AsType[soapFault](readFault(x)); ok {
		return string(fault)
	}
	return ""
}
