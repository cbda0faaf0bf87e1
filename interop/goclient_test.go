package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// What SOAP needs of Go's standard library: encoding/xml, mime/multipart,
// net/http. The others' clients do the same by their libraries.

// runGo does a scenario's cases.
func (w *world) runGo(t *testing.T, path string) report {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	c := &goClient{world: w, services: make(map[string]*service)}
	must(t, json.Unmarshal(text, &c.scenario))
	done := report{Library: "Go, `encoding/xml`"}
	for _, todo := range c.scenario.Cases {
		got, err := c.do(t.Context(), todo)
		var fault *soapFault
		var alert *net.OpError // crypto/tls has no other type for what its peer says
		switch {
		case errors.As(err, &fault):
			got = faultOutcome(fault)
		case errors.As(err, &alert) && alert.Op == "remote error":
			got = outcome{Kind: refused, Exception: fmt.Sprintf("%T", alert), String: err.Error()}
		case err != nil:
			got = outcome{Kind: "error", String: err.Error()}
		}
		got.Case = todo.Name
		done.Outcomes = append(done.Outcomes, got)
	}
	return done
}

func faultOutcome(f *soapFault) outcome {
	detail := f.Detail.Text
	if own := f.Detail.Booking; own != nil {
		detail = fmt.Sprintf("%s (%s)", own.Reason, own.SubjectID.Extension)
	}
	return outcome{Kind: faulted, Exception: fmt.Sprintf("%T", f), Code: f.Code.Name, String: f.String, Detail: detail}
}

type goClient struct {
	world    *world
	scenario scenario
	services map[string]*service
}

// service is what a WSDL says that a caller must know.
type service struct{ address, action string }

func (c *goClient) do(ctx context.Context, todo testCase) (got outcome, err error) {
	wsdl := map[string]string{"bookings": bookingsPath, "document": documentPath}[todo.Contract] + todo.Profile
	found, err := c.describe(ctx, c.scenario.Base+wsdl)
	if err != nil {
		return outcome{}, err
	}
	target := *found
	if todo.Kept {
		target.address = c.scenario.Kept + wsdl
	}
	client := c.client(todo.Identity)
	defer client.CloseIdleConnections()
	for range todo.Calls {
		if got, err = c.call(ctx, client, target, todo); err != nil {
			return outcome{}, err
		}
	}
	return got, nil
}

func (c *goClient) client(identity string) *http.Client {
	return lab.Client(lab.ClientTLS(c.world.identity[identity], c.world.ca))
}

// describe reads a WSDL and all it leads to, which must be at the gateway.
func (c *goClient) describe(ctx context.Context, url string) (*service, error) {
	if known := c.services[url]; known != nil {
		return known, nil
	}
	client := c.client("consumer")
	defer client.CloseIdleConnections()
	found := &service{}
	namespaces := make(map[string]bool)
	left := []string{url + "?wsdl"}
	for seen := make(map[string]bool); len(left) > 0; left = left[1:] {
		next := left[0]
		if seen[next] {
			continue
		}
		seen[next] = true
		if !strings.HasPrefix(next, url+"?") {
			return nil, fmt.Errorf("%s leads to %s", url, next)
		}
		references, err := found.read(ctx, client, next, namespaces)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", next, err)
		}
		left = append(left, references...)
	}
	if found.address != url || found.action == "" || !namespaces["urn:riv:example:common:1"] {
		return nil, fmt.Errorf("%s has the address %q, the action %q, and the schemas of %v", url, found.address, found.action, namespaces)
	}
	c.services[url] = found
	return found, nil
}

// read reads one document, and returns what it refers to.
func (s *service) read(ctx context.Context, client *http.Client, url string, namespaces map[string]bool) (references []string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	for decoder := xml.NewDecoder(response.Body); ; {
		token, err := decoder.Token()
		if token == nil {
			return references, endOf(decoder, err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range element.Attr {
			switch element.Name.Local + "/" + a.Name.Local {
			case "schema/targetNamespace":
				namespaces[a.Value] = true
			case "address/location":
				s.address = a.Value
			case "operation/soapAction":
				s.action = a.Value
			case "import/schemaLocation", "include/schemaLocation":
				references = append(references, a.Value)
			}
		}
	}
}

// endOf is nil for the end of a whole document.
func endOf(decoder *xml.Decoder, err error) error {
	if decoder.InputOffset() > 0 && err.Error() == "EOF" {
		return nil
	}
	return err
}

func (c *goClient) call(ctx context.Context, client *http.Client, target service, todo testCase) (outcome, error) {
	request := &message{envelope: envelope{Header: &header{LogicalAddress: todo.Receiver}}}
	if todo.Profile == "rivtabp20" {
		request.envelope.Header = &header{To: todo.Receiver}
	}
	id := ii{"1.2.752.999", todo.Name}
	if todo.Contract == "bookings" {
		request.envelope.Body.GetBookings = &getBookings{SubjectID: id, MaxHits: todo.MaxHits, Note: todo.Note}
		answer, err := post(ctx, client, target, request)
		if err != nil {
			return outcome{}, err
		}
		return bookingsOutcome(answer.envelope.Body.GetBookingsResponse)
	}
	document, err := os.ReadFile(filepath.Clean(c.scenario.Document))
	if err != nil {
		return outcome{}, err
	}
	asked := &storeDocument{DocumentID: id, Name: todo.Note, AnswerAs: todo.AnswerAs}
	request.attach(&asked.Content, todo.SendAs, document)
	request.envelope.Body.StoreDocument = asked
	answer, err := post(ctx, client, target, request)
	if err != nil {
		return outcome{}, err
	}
	return documentOutcome(answer, todo.AnswerAs)
}

// post sends a message and reads the answer. A fault is an error.
func post(ctx context.Context, client *http.Client, target service, m *message) (*message, error) {
	contentType, data, err := m.write()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.address, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("SOAPAction", `"`+target.action+`"`)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := readMessage(response.Header, response.Body)
	if err != nil {
		return nil, err
	}
	if answer.envelope.Body.Fault != nil {
		return nil, answer.envelope.Body.Fault
	}
	return answer, nil
}

func bookingsOutcome(answer *getBookingsResponse) (outcome, error) {
	if answer == nil || len(answer.Bookings) == 0 {
		return outcome{}, errors.New("an answer without bookings")
	}
	last := answer.Bookings[len(answer.Bookings)-1]
	return outcome{
		Kind: answered, Count: len(answer.Bookings), ID: last.ID.Extension, Start: inUTC(last.Start),
		Status: last.Status, CareUnit: last.CareUnit, Note: last.Note,
	}, nil
}

func documentOutcome(answer *message, packaging string) (outcome, error) {
	got := answer.envelope.Body.StoreDocumentResponse
	if got == nil {
		return outcome{}, errors.New("an answer without receipt")
	}
	receipt, came, err := answer.data(got.Receipt)
	if err != nil {
		return outcome{}, err
	}
	if came != packaging {
		return outcome{}, fmt.Errorf("the receipt came %s", came)
	}
	return outcome{
		Kind: answered, Note: got.Name, ReceivedAs: got.ReceivedAs, ReceivedHash: got.ReceivedHash, ReceiptHash: hashOf(receipt),
	}, nil
}
