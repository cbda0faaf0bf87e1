package tak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rivgate/internal/pace"
	"rivgate/internal/xmlstream"
)

// What holds where ClientOptions say nothing.
const (
	DefaultUserAgent = "SKLTP VP/3.1" // VP's
	DefaultTimeout   = 30 * time.Second
	DefaultMaxBytes  = 1 << 30
)

// ClientOptions are how to reach TAK.
type ClientOptions struct {
	// Address is the absolute http or https URL of SokVagvalsInfo v2.
	Address string
	// FollowWSDL asks <Address>?wsdl before every fetch and posts to the address
	// its service names, as VP does, instead of to Address.
	FollowWSDL bool
	// HTTP does the requests, TLS to TAK is set up there; nil: one with Go's
	// defaults. Redirections are never followed.
	HTTP *http.Client
	// UserAgent is the header of that name; empty: DefaultUserAgent.
	UserAgent string
	// Timeout bounds each request whole, from connecting to the last byte of
	// the answer, without the rests of a paced fetch; 0: DefaultTimeout. A fetch is
	// two requests, three with a WSDL.
	Timeout time.Duration
	// MaxBytes bounds each answer; 0: DefaultMaxBytes.
	MaxBytes int64
}

// Client fetches catalogues from TAK. It is safe for concurrent use.
type Client struct {
	options ClientOptions
	base    *url.URL
	http    *http.Client
}

// NewClient makes a Client. It fails on an address that is not absolute http
// or https.
func NewClient(o ClientOptions) (*Client, error) {
	base, err := url.Parse(o.Address)
	if err != nil {
		return nil, err
	}
	if base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is no http or https address", o.Address)
	}
	if o.HTTP == nil {
		o.HTTP = new(http.Client)
	}
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	direct := *o.HTTP
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{options: o, base: base, http: &direct}, nil
}

// Fetch reads both tables, routes first. While it reads, it writes the
// catalogue to copyTo (nil: nowhere) in the local copy's form; what has been
// written when it fails is worthless. p paces reading, nil: it is done at full
// speed; its rests count towards no timeout.
//
// The error is an *AnswerError when TAK said no, a *FormatError when its answer
// is not what it should be, ErrEmpty when a table is empty, or what HTTP or
// copyTo failed with.
func (c *Client) Fetch(ctx context.Context, copyTo io.Writer, p *pace.Pace) (*Catalogue, error) {
	address := c.options.Address
	if c.options.FollowWSDL {
		found, err := c.findAddress(ctx)
		if err != nil {
			return nil, err
		}
		address = found
	}
	b := newBuilder(copyTo, strict, p)
	if err := c.call(ctx, address, &routeLayout, b.addRoute, p); err != nil {
		return nil, err
	}
	if b.built.routes.length == 0 {
		return nil, fmt.Errorf("%s: %w: %s", address, ErrEmpty, routeLayout.operation)
	}
	if err := c.call(ctx, address, &permissionLayout, b.addPermission, p); err != nil {
		return nil, err
	}
	if b.built.permissions.length == 0 {
		return nil, fmt.Errorf("%s: %w: %s", address, ErrEmpty, permissionLayout.operation)
	}
	catalogue, err := b.catalogue(FromTAK)
	if err != nil {
		return nil, err
	}
	return catalogue, nil
}

// requestForm is VP's request; the operation goes in.
const requestForm = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>` +
	`<%s xmlns="` + takSpace + `" xmlns:xsi="` + xsiSpace + `" xsi:nil="true"/></soap:Body></soap:Envelope>`

// call does one operation and hands on the rows of its answer.
func (c *Client) call(ctx context.Context, address string, l *layout, add func(*record, int) error, p *pace.Pace) error {
	ctx, cancel := p.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	body := strings.NewReader(fmt.Sprintf(requestForm, l.operation))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "text/xml; charset=UTF-8")
	request.Header["SOAPAction"] = []string{`""`}
	response, err := c.do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	options := xmlstream.Options{Charset: charset(response)}
	if response.StatusCode != http.StatusOK {
		return &AnswerError{address, response.StatusCode, findFault(response.Body, options)}
	}
	x := xmlstream.NewReader(response.Body, options)
	err = readAnswer(x, l, add)
	if fault, ok := errors.AsType[soapFault](err); ok {
		return &AnswerError{address, response.StatusCode, string(fault)}
	}
	return c.explain(address, formatError(address, x, err))
}

// do sends a request; the answer's body is bounded.
func (c *Client) do(request *http.Request) (*http.Response, error) {
	request.Header.Set("Accept", "*/*")
	request.Header.Set("User-Agent", c.options.UserAgent)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, c.options.MaxBytes)
	return response, nil
}

// explain says which answer broke off, where an error does not tell itself.
func (c *Client) explain(address string, err error) error {
	switch err.(type) {
	case nil, *FormatError:
		return err
	}
	return fmt.Errorf("reading the answer of %s: %w", address, err)
}

// charset is the encoding the transport vouches for, if any.
func charset(response *http.Response) string {
	_, parameters, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return parameters["charset"]
}
