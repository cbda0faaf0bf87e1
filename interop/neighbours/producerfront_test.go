package neighbours

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// producerFronts stand before a producer, and demand the gateway's certificate.
var producerFronts = []struct {
	program, snippet string
	start            starter
	reload           syscall.Signal // makes it read its configuration anew
	down             string         // what it says while the producer is down
}{
	{"nginx", "nginx-producer.conf", nginx, syscall.SIGHUP, "502"},
	{"haproxy", "haproxy-producer.cfg", haproxy, syscall.SIGUSR2, "503"},
}

// A producer behind a proxy is called once for each call that it answers, whatever
// becomes of the proxy's connections.
func TestProducerFronts(t *testing.T) {
	for _, front := range producerFronts {
		t.Run(front.program, func(t *testing.T) {
			needs(t, front.program)
			w := newProducerWorld(t)
			w.start, w.snippet = front.start, front.snippet
			w.proxy = w.behind(t)
			t.Run("the gateway shows its certificate", w.certificate)
			t.Run("others of its authority", w.others)
			t.Run("connections end after a few calls", w.kept)
			t.Run("connections end after each call", w.notKept)
			t.Run("pages of the proxy", func(t *testing.T) { w.pages(t, front.down) })
			t.Run("reloaded while calls run", func(t *testing.T) { w.reloaded(t, front.reload) })
			t.Run("restarted while calls run", w.restarted)
		})
	}
}

// gatewaySubject is the gateway's, and gatewayDN how OpenSSL prints it (RFC 2253).
var gatewaySubject = lab.Subject{SerialNumber: gatewayID, CN: "gateway, first", O: "Example", C: "SE"}

const gatewayDN = `serialNumber=` + gatewayID + `,CN=gateway\, first,O=Example,C=SE`

const shortLived = "urn:riv:test:ShortLivedResponder:1" // keep-alive off

// producerWorld is a consumer, the gateway, a proxy and a producer behind it.
type producerWorld struct {
	whole    *testing.T // the proxy outlives the parts of the test
	ca       *lab.CA
	consumer *lab.Identity
	producer *lab.Producer
	gate     *gateway
	dir      string // the proxy's
	address  string
	start    starter
	snippet  string
	proxy    *labtest.Program
	client   *http.Client
}

func newProducerWorld(t *testing.T) *producerWorld {
	t.Helper()
	ca := labtest.CA(t, "CA")
	w := &producerWorld{
		whole: t, ca: ca, consumer: labtest.Issue(t, ca, lab.Subject{SerialNumber: consumerID}),
		producer: labtest.Producer(t, lab.ProducerOptions{}),
		dir:      t.TempDir(), address: free(t),
	}
	dir := t.TempDir()
	must(t, ca.WriteFile(filepath.Join(dir, "ca.crt")))
	_, _, err := labtest.Issue(t, ca, gatewaySubject, lab.Hosts("localhost")).WriteFiles(dir, "gateway")
	must(t, err)
	catalogue := &lab.Catalogue{}
	for receiver, path := range map[string]string{"ORDINARY": "/delay?ms=2", "SLOW": "/slow"} {
		for _, contract := range []string{getThing, shortLived} {
			catalogue.Route(contract, "RIVTABP21", "https://"+w.address+path, receiver)
			catalogue.Permit(consumerID, contract, receiver)
		}
	}
	w.gate = startGateway(t, dir, fmt.Sprintf(`
instance: {id: %s, name: EXAMPLE}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
virtualisations:
  default: {timeout: 10s}
  overrides: [{contract: %q, keep_alive: false}]
producers: {tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}}
`, gatewayID, shortLived), catalogue)
	w.client = lab.Client(lab.ClientTLS(w.consumer, ca))
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

// behind starts the proxy where the catalogue says that the producer is.
func (w *producerWorld) behind(t *testing.T) *labtest.Program {
	t.Helper()
	v := values{"PRODUCER": w.producer.Address(), "LISTEN": w.address, "REQUESTS": "3", "TIMEOUT": "1", "SUBJECT": gatewayDN}
	certificates(t, w.dir, v, labtest.Issue(t, w.ca, lab.Subject{CN: "front"}, lab.ForServer("localhost", "127.0.0.1")), w.ca)
	return running(w.whole, w.start, w.dir, filled(t, w.dir, w.snippet, v), w.address)
}

func (w *producerWorld) call(ctx context.Context, contract, receiver string, number int) (*lab.Reply, error) {
	envelope := thing(receiver, number)
	envelope.Contract = contract
	return lab.Call(ctx, w.client, "https://"+w.gate.Address("https")+"/vp", envelope, nil)
}

func (w *producerWorld) traffic(t *testing.T, contract string) *labtest.Traffic {
	t.Helper()
	return labtest.StartTraffic(t, 6, func(ctx context.Context, number int) (*lab.Reply, error) {
		return w.call(ctx, contract, "ORDINARY", number)
	})
}

// accounted ends the traffic and holds every call against what the producer saw.
func (w *producerWorld) accounted(t *testing.T, traffic *labtest.Traffic) (answered, failed int) {
	t.Helper()
	outcomes := traffic.Stop()
	answered, failed = labtest.Accounted(t, outcomes, w.producer.Take(), false)
	t.Logf("%d calls answered, %d not", answered, failed)
	for _, outcome := range outcomes {
		if outcome.Err == nil && !outcome.Answered() && !strings.HasPrefix(told(outcome.Reply), "VP009 ") {
			t.Errorf("call %d: %s", outcome.Number, told(outcome.Reply))
		}
	}
	return answered, failed
}

// certificate: without one the proxy passes nothing on.
func (w *producerWorld) certificate(t *testing.T) {
	reply, err := w.call(t.Context(), getThing, "ORDINARY", 1)
	must(t, err)
	if reply.Status != http.StatusOK || len(w.producer.Take()) != 1 {
		t.Errorf("HTTP %d: %s", reply.Status, told(reply))
	}
	stranger := lab.Client(lab.ClientTLS(nil, w.ca))
	defer stranger.CloseIdleConnections()
	reply, err = lab.Call(t.Context(), stranger, "https://"+w.address+"/ok", thing("ORDINARY", 1), nil)
	if err == nil && reply.Status == http.StatusOK || len(w.producer.Take()) != 0 {
		t.Error("the proxy served somebody without a certificate")
	}
}

// others: who has a certificate of the gateway's authority is not the gateway.
func (w *producerWorld) others(t *testing.T) {
	differing := func(change func(*lab.Subject)) lab.Subject {
		subject := gatewaySubject
		change(&subject)
		return subject
	}
	for name, subject := range map[string]lab.Subject{
		"a consumer":      {SerialNumber: consumerID},
		"another id":      differing(func(s *lab.Subject) { s.SerialNumber = secondID }),
		"another name":    differing(func(s *lab.Subject) { s.CN = "gateway" }),
		"less":            differing(func(s *lab.Subject) { s.C = "" }),
		"one id more":     differing(func(s *lab.Subject) { s.MoreSerialNumbers = []string{secondID} }),
		"all in its name": {CN: gatewayDN},
	} {
		other := lab.Client(lab.ClientTLS(labtest.Issue(t, w.ca, subject), w.ca))
		reply, err := lab.Call(t.Context(), other, "https://"+w.address+"/ok", thing("ORDINARY", 1), nil)
		other.CloseIdleConnections()
		must(t, err)
		if reply.Status != http.StatusForbidden || len(w.producer.Take()) != 0 {
			t.Errorf("%s: HTTP %d", name, reply.Status)
		}
	}
}

func (w *producerWorld) kept(t *testing.T) {
	traffic := w.traffic(t, getThing)
	traffic.Await(t, 300)
	if _, failed := w.accounted(t, traffic); failed > 0 {
		t.Errorf("%d calls were not answered", failed)
	}
}

func (w *producerWorld) notKept(t *testing.T) {
	traffic := w.traffic(t, shortLived)
	traffic.Await(t, 100)
	if _, failed := w.accounted(t, traffic); failed > 0 {
		t.Errorf("%d calls were not answered", failed)
	}
}

// pages: what the proxy says by itself is HTML, and VP009 for the caller.
func (w *producerWorld) pages(t *testing.T, down string) {
	expect := func(receiver, status string) {
		t.Helper()
		reply, err := w.call(t.Context(), getThing, receiver, 1)
		must(t, err)
		if got := told(reply); !strings.HasPrefix(got, "VP009 ") || !strings.Contains(got, "VP_PRODUCER_EXCEPTION_HTTP_STATUS="+status) {
			t.Errorf("want VP009 with status %s, got %s", status, got)
		}
	}
	expect("SLOW", "504")
	before := w.producer.Address()
	must(t, w.producer.Close())
	expect("ORDINARY", down)
	w.producer = labtest.Producer(w.whole, lab.ProducerOptions{Address: before})
	w.gate.Eventually(t, "the producer's return", func() bool {
		reply, err := w.call(t.Context(), getThing, "ORDINARY", 1)
		return err == nil && reply.Status == http.StatusOK
	})
	w.producer.Take()
}

func (w *producerWorld) reloaded(t *testing.T, reload syscall.Signal) {
	traffic := w.traffic(t, getThing)
	for range 3 {
		traffic.Await(t, 100)
		w.proxy.Signal(t, reload)
	}
	traffic.Await(t, 200)
	if answered, failed := w.accounted(t, traffic); failed > answered/20 {
		t.Errorf("%d of %d calls were not answered", failed, answered+failed)
	}
}

func (w *producerWorld) restarted(t *testing.T) {
	traffic := w.traffic(t, getThing)
	traffic.Await(t, 100)
	w.proxy.Signal(t, syscall.SIGTERM)
	w.proxy.Exit(t)
	w.proxy = w.behind(t)
	traffic.Await(t, 200)
	if answered, _ := w.accounted(t, traffic); answered < 200 {
		t.Errorf("%d calls were answered", answered)
	}
}
