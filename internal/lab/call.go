package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
)

// Reply is the whole answer to a Call.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	Fault  *Fault // nil unless the body is a SOAP fault, 1.1 or 1.2
}

// Fault is a SOAP fault as a caller reads it.
type Fault struct {
	Code   string // the text of faultcode, or of Code/Value
	String string // the text of faultstring, or of Reason/Text
	Detail string // the text of detail/detailString, or of Detail/detailString
}

// Client is an HTTP client with the TLS configuration given (nil: plain), that
// keeps connections and follows no redirects.
func Client(config *tls.Config) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: config, MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Call posts the envelope to url as an ordinary consumer would, and reads the
// whole answer. header is added to the usual ones and may be nil.
func Call(ctx context.Context, client *http.Client, url string, envelope Envelope, header http.Header) (*Reply, error) {
	body, err := envelope.Bytes()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", envelope.ContentType())
	request.Header.Set("SOAPAction", `""`)
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return &Reply{Status: response.StatusCode, Header: response.Header, Body: answer, Fault: ParseFault(answer)}, nil
}

// ParseFault reads a SOAP fault in UTF-8, and returns nil for anything else.
func ParseFault(body []byte) *Fault {
	var envelope struct {
		XMLName xml.Name
		Body    struct {
			Fault *struct {
				Code     string `xml:"faultcode"`
				String   string `xml:"faultstring"`
				Detail   string `xml:"detail>detailString"`
				Code12   string `xml:"Code>Value"`
				Reason12 string `xml:"Reason>Text"`
				Detail12 string `xml:"Detail>detailString"`
			} `xml:"Fault"`
		} `xml:"Body"`
	}
	if err := xml.Unmarshal(body, &envelope); err != nil || envelope.Body.Fault == nil {
		return nil
	}
	switch fault := envelope.Body.Fault; envelope.XMLName.Space {
	case soap11:
		return &Fault{Code: fault.Code, String: fault.String, Detail: fault.Detail}
	case soap12:
		return &Fault{Code: fault.Code12, String: fault.Reason12, Detail: fault.Detail12}
	}
	return nil
}
