package tak_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rivgate/tak"
)

const (
	getRoutes      = "hamtaAllaVirtualiseringar"
	getPermissions = "hamtaAllaAnropsBehorigheter"

	answerStart = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><%sResponse xmlns="urn:skl:tp:vagvalsinfo:v2">`
	answerEnd   = `</%sResponse></soap:Body></soap:Envelope>`

	soapFault = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>` +
		`<faultcode>soap:Server</faultcode><faultstring>An error occured. Try rollback from TAK-WEB.</faultstring></soap:Fault></soap:Body></soap:Envelope>`

	contract = "urn:riv:test:GetThingResponder:1"
)

// answer is TAK's answer to an operation, with the given rows.
func answer(operation string, rows ...string) string {
	return fmt.Sprintf(answerStart, operation) + strings.Join(rows, "\n") + fmt.Sprintf(answerEnd, operation)
}

// routeRow is a row that holds from 2014 to 2114.
func routeRow(id int, receiver, address string) string {
	return fmt.Sprintf(`<virtualiseringsInfo>
  <virtualiseringsInfoId>%d</virtualiseringsInfoId>
  <receiverId>%s</receiverId>
  <rivProfil>RIVTABP21</rivProfil>
  <tjansteKontrakt>%s</tjansteKontrakt>
  <fromTidpunkt>2014-08-13T00:00:00.000</fromTidpunkt>
  <tomTidpunkt>2114-08-13T00:00:00.000</tomTidpunkt>
  <adress>%s</adress>
</virtualiseringsInfo>`, id, receiver, contract, address)
}

func permissionRow(id int, receiver, sender string) string {
	return fmt.Sprintf(`<anropsBehorighetsInfo>
  <anropsBehorighetsInfoId>%d</anropsBehorighetsInfoId>
  <receiverId>%s</receiverId>
  <senderId>%s</senderId>
  <tjansteKontrakt>%s</tjansteKontrakt>
  <fromTidpunkt>2014-08-13T00:00:00.000</fromTidpunkt>
  <tomTidpunkt>2114-08-13T00:00:00.000</tomTidpunkt>
</anropsBehorighetsInfo>`, id, receiver, sender, contract)
}

func manyRows(n int, row func(i int) string) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = row(i)
	}
	return rows
}

// routes and permissions are answers with n rows.
func routes(n int) string {
	return answer(getRoutes, manyRows(n, func(i int) string { return routeRow(i, fmt.Sprintf("R%d", i), "http://producer.example.org/") })...)
}

func permissions(n int) string {
	return answer(getPermissions, manyRows(n, func(i int) string { return permissionRow(i, fmt.Sprintf("R%d", i), "S1") })...)
}

// fakeTAK is a TAK whose answers a test decides on.
type fakeTAK struct {
	*httptest.Server
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc // by operation
	asked    []string                    // operations, in order
	requests []*http.Request
	bodies   []string
}

func newTAK(t *testing.T) *fakeTAK {
	t.Helper()
	f := &fakeTAK{handlers: map[string]http.HandlerFunc{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeTAK) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation := r.URL.RawQuery // "wsdl"
	for _, name := range []string{getRoutes, getPermissions} {
		if strings.Contains(string(body), "<"+name+" ") {
			operation = name
		}
	}
	f.mu.Lock()
	f.asked = append(f.asked, operation)
	f.requests = append(f.requests, r)
	f.bodies = append(f.bodies, string(body))
	handler := f.handlers[operation]
	f.mu.Unlock()
	if handler == nil {
		http.NotFound(w, r)
		return
	}
	handler(w, r)
}

// on decides how an operation is answered from now on.
func (f *fakeTAK) on(operation string, handler http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlers[operation] = handler
}

// give answers both operations with these documents from now on.
func (f *fakeTAK) give(routes, permissions string) {
	f.on(getRoutes, says(http.StatusOK, routes))
	f.on(getPermissions, says(http.StatusOK, permissions))
}

// operations are what was asked for since the last time.
func (f *fakeTAK) operations() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.asked
	f.asked = nil
	return asked
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=UTF-8")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// client is a client of the fake with a transport of its own.
func (f *fakeTAK) client(t *testing.T) *tak.Client {
	t.Helper()
	return newClient(t, tak.ClientOptions{Address: f.URL + "/tak"})
}

func newClient(t *testing.T, o tak.ClientOptions) *tak.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	o.HTTP = &http.Client{Transport: transport}
	client, err := tak.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// fetch fetches from a TAK that gives these answers.
func fetch(t *testing.T, routes, permissions string) (*tak.Catalogue, error) {
	t.Helper()
	f := newTAK(t)
	f.give(routes, permissions)
	return f.client(t).Fetch(context.Background(), nil, nil)
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tak-cache.xml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func validity(t *testing.T, from, to string) tak.Validity {
	t.Helper()
	v, err := tak.ParseValidity(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// routesOf asks a catalogue for one receiver's routes.
func routesOf(c *tak.Catalogue, contract string, at time.Time, receiver string, buf []tak.Route) ([]tak.Route, time.Time) {
	s := c.Search(contract, "", at)
	return s.Routes(s.Receiver(receiver), buf)
}

// permits asks a catalogue for one receiver's permission for a sender.
func permits(c *tak.Catalogue, contract, sender string, at time.Time, receiver string) (tak.Permission, bool, time.Time) {
	s := c.Search(contract, sender, at)
	var row tak.Permission
	ok, until := s.Permits(s.Receiver(receiver), &row)
	return row, ok, until
}
