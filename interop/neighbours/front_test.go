package neighbours

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const (
	usualHeader   = "x-vp-auth-cert"
	traefikHeader = "X-Forwarded-Tls-Client-Cert"
)

// breaksAfter is what comes of an answer that breaks off.
const breaksAfter = 1 << 20

// fronts end the callers' TLS before the gateway.
var fronts = []struct {
	program, snippet, header string
	hidesBreaks              bool
	start                    starter
}{
	{"nginx", "nginx.conf", usualHeader, false, nginx},
	{"haproxy", "haproxy.cfg", usualHeader, false, haproxy},
	{"apache2", "apache.conf", usualHeader, false, apache},
	{"caddy", "Caddyfile", traefikHeader, true, caddy},
}

// A gateway behind each proxy knows its callers by the certificates that the proxy
// has seen, and by nothing that callers say.
func TestFronts(t *testing.T) {
	for _, front := range fronts {
		t.Run(front.program, func(t *testing.T) {
			needs(t, front.program)
			w := newFrontWorld(t, front.header)
			w.hidesBreaks = front.hidesBreaks
			w.behind(t, front.start, front.snippet)
			w.check(t)
		})
	}
}

// frontWorld is callers, a proxy, the gateway and its producers.
type frontWorld struct {
	ca                     *lab.CA
	consumer, second, evil *lab.Identity
	server                 *lab.Identity // the proxy's
	producer, bulk         *lab.Producer
	gate                   *gateway
	header                 string // in which the proxy passes the certificate
	standIn                bool   // the proxy is one of the test's own
	hidesBreaks            bool   // the proxy ends a broken answer as though it were whole
	address                string // the proxy's
	port                   string
}

func newFrontWorld(t *testing.T, header string) *frontWorld {
	t.Helper()
	ca := labtest.CA(t, "CA")
	caller := func(id string) *lab.Identity {
		return labtest.Issue(t, ca, lab.Subject{SerialNumber: id, CN: "caller of all", C: "SE"})
	}
	w := &frontWorld{
		ca: ca, consumer: caller(consumerID), second: caller(secondID), evil: caller(evilID),
		server:   labtest.Issue(t, ca, lab.Subject{CN: "front"}, lab.ForServer("localhost", "127.0.0.1")),
		producer: labtest.Producer(t, lab.ProducerOptions{}),
		bulk:     labtest.Producer(t, lab.ProducerOptions{}),
		header:   header,
	}
	w.bulk.Script("/breaks", lab.Script{Pieces: []string{
		"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("%x\r\n%s\r\n", breaksAfter, strings.Repeat("<a/>", breaksAfter/4)),
	}, End: lab.Close})
	catalogue := &lab.Catalogue{}
	for receiver, address := range map[string]string{
		"ORDINARY": w.producer.URL("/ok"), "BULK": w.bulk.URL("/ok"), "ANSWER": w.bulk.URL("/bulk?size=20000000&chunked"), "BREAKS": w.bulk.URL("/breaks"),
	} {
		catalogue.Route(getThing, "RIVTABP21", address, receiver)
		catalogue.Permit(consumerID, getThing, receiver)
		catalogue.Permit(secondID, getThing, receiver)
	}
	forwarded := "X-VP-Forwarded"
	if header == traefikHeader { // whoever writes this one writes the general ones
		forwarded = "X-Forwarded"
	}
	dir := t.TempDir()
	path := filled(t, dir, "rivgate.yaml", values{"ID": gatewayID, "GATEWAY": "127.0.0.1:0", "PROXY": "127.0.0.1/32", "HEADER": header, "FORWARDED": forwarded})
	wsdls, err := filepath.Abs("../../wsdl/testdata/rivta")
	must(t, err)
	w.gate = startGateway(t, dir, content(t, path)+fmt.Sprintf("wsdl: {directory: %q}\n", wsdls), catalogue)
	return w
}

// behind starts the proxy.
func (w *frontWorld) behind(t *testing.T, start starter, snippet string) {
	t.Helper()
	dir := t.TempDir()
	w.address = free(t)
	var err error
	_, w.port, err = net.SplitHostPort(w.address)
	must(t, err)
	v := values{"GATEWAY": w.gate.Address("http"), "LISTEN": w.address, "HOST": "localhost", "PORT": w.port}
	certificates(t, dir, v, w.server, w.ca)
	running(t, start, dir, filled(t, dir, snippet, v), w.address)
}

func (w *frontWorld) check(t *testing.T) {
	t.Run("the sender is who the certificate says", w.sender)
	t.Run("nobody calls without a certificate", w.strangers)
	t.Run("headers of callers name nobody", w.forged)
	t.Run("what platforms say of a call passes", w.passes)
	t.Run("faults pass", w.faults)
	t.Run("descriptions name the proxy's address", w.descriptions)
	t.Run("kept connections do not mix callers", w.mixed)
	if !w.standIn { // how it passes long messages says nothing of any proxy
		t.Run("long requests stream", w.streams)
		t.Run("long answers pass, broken ones break", w.answers)
	}
	t.Run("a proxy that is not trusted", w.untrusted) // the last: it changes the configuration
}

// url is the proxy's by name: some proxies compare it with that of the handshake.
func (w *frontWorld) url() string { return "https://localhost:" + w.port + "/vp" }

func (w *frontWorld) client(t *testing.T, id *lab.Identity) *http.Client {
	t.Helper()
	client := lab.Client(lab.ClientTLS(id, w.ca))
	client.Timeout = time.Minute
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// call makes a call on a connection of its own.
func (w *frontWorld) call(t *testing.T, id *lab.Identity, receiver string, header http.Header) *lab.Reply {
	t.Helper()
	reply, err := lab.Call(t.Context(), w.client(t, id), w.url(), thing(receiver, 1), header)
	must(t, err)
	return reply
}

// served checks that one call reached the producer, and for whom.
func (w *frontWorld) served(t *testing.T, reply *lab.Reply, id string) {
	t.Helper()
	if reply.Status != http.StatusOK {
		t.Fatalf("HTTP %d: %s", reply.Status, told(reply))
	}
	seen := w.producer.Take()
	if len(seen) != 1 {
		t.Fatalf("%d calls reached the producer", len(seen))
	}
	for name, want := range map[string]string{
		"X-Vp-Sender-Id": id, "X-Vp-Instance-Id": gatewayID, "X-Rivta-Original-Serviceconsumer-Hsaid": id, "X-Rivta-Routing-History": id + "#" + gatewayID,
	} {
		if got := seen[0].Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("the producer saw %s %q, want %q", name, got, want)
		}
	}
}

func (w *frontWorld) sender(t *testing.T) {
	w.served(t, w.call(t, w.consumer, "ORDINARY", nil), consumerID)
	w.served(t, w.call(t, w.second, "ORDINARY", nil), secondID)
	if reply := w.call(t, w.evil, "ORDINARY", nil); !strings.HasPrefix(told(reply), "VP007 ") || !strings.HasSuffix(told(reply), "senderId: "+evilID) {
		t.Errorf("another sender got %s", told(reply))
	}
}

func (w *frontWorld) strangers(t *testing.T) {
	other := labtest.CA(t, "another CA")
	for name, id := range map[string]*lab.Identity{
		"no certificate":      nil,
		"unknown authority":   labtest.Issue(t, other, lab.Subject{SerialNumber: consumerID}),
		"expired certificate": labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID}, lab.Expired()),
	} {
		for _, header := range []http.Header{nil, w.lies(w.consumer)} {
			reply, err := lab.Call(t.Context(), w.client(t, id), w.url(), thing("ORDINARY", 1), header)
			if err == nil && reply.Status == http.StatusOK {
				t.Errorf("%s: served", name)
			}
		}
	}
	if seen := w.producer.Take(); len(seen) != 0 {
		t.Errorf("%d calls reached the producer", len(seen))
	}
}

// lies are all headers that say who calls, naming id, in the spellings that
// servers read.
func (w *frontWorld) lies(id *lab.Identity) http.Header {
	sender := id.Cert.Subject.SerialNumber
	lies := http.Header{"X-Forwarded-For": {"127.0.0.1"}}
	for name, value := range map[string]string{
		w.header: id.HeaderValue(lab.BareBase64), usualHeader: id.HeaderValue(lab.OneLinePEM), traefikHeader: id.HeaderValue(lab.Base64Chain),
		"x-vp-sender-id": sender, "x-vp-instance-id": gatewayID, "x-vp-hops": "1",
	} {
		lies.Set(name, value)
		lies.Set(strings.ReplaceAll(name, "-", "_"), value)
		lies.Set(strings.Replace(name, "-", "_", 1), value)
	}
	return lies
}

// forged: each header by itself and all together, by a sender that may call and
// names another, and by one that may not and names one that may.
func (w *frontWorld) forged(t *testing.T) {
	all := w.lies(w.consumer)
	attempts := []http.Header{all, {"X-Vp-Sender-Id": {consumerID}, "X-Vp-Instance-Id": {gatewayID}}, {"X_vp_sender_id": {consumerID}, "X_vp_instance_id": {gatewayID}}}
	for name, values := range all {
		attempts = append(attempts, http.Header{name: values}, http.Header{name: {values[0], values[0]}}, http.Header{name: values, "Connection": {name}})
	}
	for _, lies := range attempts {
		got := told(w.call(t, w.evil, "ORDINARY", lies))
		itself := strings.HasPrefix(got, "VP007 ") && strings.HasSuffix(got, "senderId: "+evilID)
		nobody := strings.HasPrefix(got, "VP002 ") && lies.Get("Connection") != "" // which took the proxy's own header away
		if !itself && !nobody {
			t.Errorf("with %.200v another sender got %s", lies, got)
		}
	}
	if seen := w.producer.Take(); len(seen) != 0 {
		t.Fatalf("%d calls reached the producer", len(seen))
	}
	w.served(t, w.call(t, w.consumer, "ORDINARY", w.lies(w.evil)), consumerID)
	lies := w.lies(w.evil)
	lies.Set("X-Forwarded-For", "192.0.2.77")
	w.served(t, w.call(t, w.consumer, "ORDINARY", lies), consumerID)
	if lines := w.gate.Lines("192.0.2.77"); len(lines) > 0 {
		t.Errorf("the log has an address that a caller made up: %s", lines[0])
	}
}

// passes: a gateway that calls through the proxy says for whom, and where the call
// has been.
func (w *frontWorld) passes(t *testing.T) {
	reply := w.call(t, w.consumer, "ORDINARY", http.Header{
		"X-Rivta-Original-Serviceconsumer-Hsaid": {"SE0000000000-FIRST"}, "X-Rivta-Routing-History": {"SE0000000000-FIRST"}, "X-Skltp-Correlation-Id": {"correlation"},
	})
	if reply.Status != http.StatusOK || reply.Header.Get("X-Skltp-Correlation-Id") != "correlation" {
		t.Errorf("HTTP %d, correlation id %q", reply.Status, reply.Header.Get("X-Skltp-Correlation-Id"))
	}
	seen := w.producer.Take()[0].Header
	if got := seen.Get("X-Rivta-Original-Serviceconsumer-Hsaid"); got != "SE0000000000-FIRST" {
		t.Errorf("original consumer %q", got)
	}
	if got := seen.Get("X-Rivta-Routing-History"); got != "SE0000000000-FIRST#"+gatewayID {
		t.Errorf("routing history %q", got)
	}
}

func (w *frontWorld) faults(t *testing.T) {
	reply := w.call(t, w.consumer, "NOWHERE", nil)
	if reply.Status != http.StatusInternalServerError || !strings.HasPrefix(told(reply), "VP004 [EXAMPLE] ") {
		t.Errorf("HTTP %d: %s", reply.Status, told(reply))
	}
}

// descriptions: a WSDL names the address by which its caller came.
func (w *frontWorld) descriptions(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url(), nil)
	must(t, err)
	request.Header = http.Header{"Accept": {"text/html"}, "X-Vp-Forwarded-Host": {"evil.example"}, "X_vp_forwarded_host": {"evil.example"}, "X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Port": {"6666"}}
	answer, err := w.client(t, w.consumer).Do(request)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	if !strings.Contains(string(body), w.url()+"/") || strings.Contains(string(body), "evil.example") {
		t.Errorf("HTTP %d: %s", answer.StatusCode, body)
	}
}

// mixed: callers that take turns on connections of their own share the proxy's
// connections to the gateway.
func (w *frontWorld) mixed(t *testing.T) {
	names := []string{consumerID, secondID, evilID}
	var clients []*http.Client
	for _, id := range []*lab.Identity{w.consumer, w.second, w.evil} {
		clients = append(clients, w.client(t, id))
	}
	before := w.connections(t)
	traffic := labtest.StartTraffic(t, 4, func(ctx context.Context, number int) (*lab.Reply, error) {
		return lab.Call(ctx, clients[number%3], w.url(), thing("ORDINARY", number), nil)
	})
	traffic.Await(t, 300)
	outcomes, seen := traffic.Stop(), w.producer.Take()
	answered, _ := labtest.Accounted(t, outcomes, seen, false)
	for _, outcome := range outcomes {
		if may := names[outcome.Number%3] != evilID; outcome.Answered() != may {
			t.Errorf("call %d by %s: %s", outcome.Number, names[outcome.Number%3], told(outcome.Reply))
		}
	}
	for _, request := range seen {
		if got, want := request.Header.Get("X-Vp-Sender-Id"), names[labtest.Number(t, request)%3]; got != want {
			t.Errorf("call %d of %s came as %s", labtest.Number(t, request), want, got)
		}
	}
	if answered < 190 {
		t.Errorf("%d calls were answered", answered)
	}
	if now := w.connections(t); now-before > 50 {
		t.Errorf("%d connections to the gateway for %d calls: it is not shared", now-before, len(outcomes))
	}
}

// connections is how many connections the gateway has taken, at least.
func (w *frontWorld) connections(t *testing.T) int {
	t.Helper()
	transactions := make(map[string]bool)
	for _, line := range w.gate.Lines(`"transaction.id":"`) {
		_, id, _ := strings.Cut(line, `"transaction.id":"`)
		connection, _, _ := strings.Cut(id, "-")
		transactions[connection] = true
	}
	return len(transactions)
}

// streams: half of a request reaches the producer while the other half has not
// been written, and all of it in the end.
func (w *frontWorld) streams(t *testing.T) {
	const half = 16 << 20
	envelope, err := thing("BULK", 7).Bytes()
	must(t, err)
	head, tail, _ := bytes.Cut(envelope, []byte("<u:number>"))
	head, tail = append(head, strings.Repeat(" ", half)...), append([]byte(strings.Repeat(" ", half)+"<u:number>"), tail...)
	for name, length := range map[string]int64{"with its length": int64(len(head) + len(tail)), "chunked": -1} {
		w.bulk.Drop()
		before := w.bulk.Connections()
		reader, writer := io.Pipe()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url(), reader)
		must(t, err)
		request.ContentLength = length
		request.Header.Set("Content-Type", "text/xml; charset=UTF-8")
		ended := make(chan error, 1)
		client := w.client(t, w.consumer)
		go func() {
			answer, err := client.Do(request)
			if err == nil {
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					err = errors.New(answer.Status)
				}
			}
			_ = reader.CloseWithError(errors.New("answered early"))
			ended <- err
		}()
		_, err = writer.Write(head)
		if err == nil {
			w.gate.Eventually(t, name+": the first half at the producer", func() bool { return w.bulk.Connections() > before })
			_, err = writer.Write(tail)
		}
		_ = writer.CloseWithError(io.EOF)
		if failed := <-ended; err != nil || failed != nil {
			t.Fatalf("%s: %v, %v", name, err, failed)
		}
		seen := w.bulk.Take()
		if len(seen) != 1 || seen[0].Length != int64(len(head)+len(tail)) || !seen[0].Complete {
			t.Errorf("%s: %d requests reached the producer", name, len(seen))
		}
	}
}

// answers: a long one arrives whole; one that breaks off never looks so.
func (w *frontWorld) answers(t *testing.T) {
	reply := w.call(t, w.consumer, "ANSWER", nil)
	for try := 0; w.hidesBreaks && len(reply.Body) < 20_000_000 && try < 5; try++ { // by itself, now and then
		t.Logf("the proxy ended an answer after %d bytes", len(reply.Body))
		reply = w.call(t, w.consumer, "ANSWER", nil)
	}
	if reply.Status != http.StatusOK || len(reply.Body) < 20_000_000 {
		t.Errorf("HTTP %d with %d bytes", reply.Status, len(reply.Body))
	}
	reply, err := lab.Call(t.Context(), w.client(t, w.consumer), w.url(), thing("BREAKS", 1), nil)
	if err == nil && (!w.hidesBreaks || len(reply.Body) > breaksAfter) {
		t.Errorf("half an answer looked whole: HTTP %d with %d bytes", reply.Status, len(reply.Body))
	}
}

func (w *frontWorld) untrusted(t *testing.T) {
	w.gate.reconfigure(t, strings.Replace(w.gate.configuration(t), `"127.0.0.1/32"`, `"192.0.2.1/32"`, 1))
	for _, header := range []http.Header{nil, w.lies(w.consumer)} {
		if reply := w.call(t, w.consumer, "ORDINARY", header); !strings.HasPrefix(told(reply), "VP011 ") {
			t.Errorf("got %s", told(reply))
		}
	}
	if seen := w.producer.Take(); len(seen) != 0 {
		t.Errorf("%d calls reached the producer", len(seen))
	}
}
