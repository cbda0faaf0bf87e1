package tak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"rivgate/internal/xmlstream"
)

const (
	wsdlSpace     = "http://schemas.xmlsoap.org/wsdl/"
	wsdlSOAPSpace = "http://schemas.xmlsoap.org/wsdl/soap/"
	serviceName   = "SokVagvalsServiceSoap11LitDocService"
)

// errNoService is a WSDL without the service that says where to post.
var errNoService = errors.New("the WSDL has no service " + serviceName + " with a soap:address")

// findAddress asks TAK's WSDL for the address to post to.
func (c *Client) findAddress(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	source := c.options.Address + "?wsdl"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return "", err
	}
	response, err := c.do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", &AnswerError{Address: source, Status: response.StatusCode}
	}
	x := xmlstream.NewReader(response.Body, xmlstream.Options{Charset: charset(response), SkipDoctype: true})
	location, err := findLocation(x)
	if err != nil {
		return "", c.explain(source, formatError(source, x, err))
	}
	address, err := c.base.Parse(location)
	if err != nil {
		return "", fmt.Errorf("%s names the address %q: %w", source, location, err)
	}
	return address.String(), nil
}

// findLocation is the first soap:address of the service.
func findLocation(x *xmlstream.Reader) (string, error) {
	inService := false
	for {
		kind, err := x.Next()
		if err == io.EOF {
			return "", errNoService
		}
		if err != nil {
			return "", err
		}
		if kind == xmlstream.Text { // which has its element's name
			continue
		}
		switch x.Name() {
		case xmlstream.Name{Space: wsdlSpace, Local: "service"}:
			name, _ := x.Attr(xmlstream.Name{Local: "name"})
			inService = kind == xmlstream.Start && string(name) == serviceName
		case xmlstream.Name{Space: wsdlSOAPSpace, Local: "address"}:
			location, ok := x.Attr(xmlstream.Name{Local: "location"})
			if kind == xmlstream.Start && inService && ok {
				return string(location), nil
			}
		}
	}
}
