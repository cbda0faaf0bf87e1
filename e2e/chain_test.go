package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// link is one gateway of a chain, with a catalogue that can be changed.
type link struct {
	*gateway
	id       string
	identity *lab.Identity
	tak      *lab.TAK
}

// newLink starts a gateway called id. Two links of one platform share an id.
func newLink(t *testing.T, ca *lab.CA, id string) *link {
	t.Helper()
	identity := labtest.Issue(t, ca, lab.Subject{SerialNumber: id, CN: "gateway"}, lab.Hosts("localhost", "127.0.0.1"))
	catalogue := &lab.Catalogue{} // a table must not be empty
	catalogue.Route("urn:riv:test:UnusedResponder:1", "RIVTABP21", "http://127.0.0.1:1/", "NOBODY")
	catalogue.Permit("NOBODY", "urn:riv:test:UnusedResponder:1", "NOBODY")
	tak := labtest.TAK(t, *catalogue)
	dir := t.TempDir()
	must(t, ca.WriteFile(filepath.Join(dir, "ca.crt")))
	_, _, err := identity.WriteFiles(dir, "gateway")
	must(t, err)
	return &link{id: id, identity: identity, tak: tak, gateway: startConfigured(t, dir, fmt.Sprintf(`
instance: {id: %s, name: %s}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
  - name: http
    address: 127.0.0.1:0
tak: {address: %q, local_copy: copy.xml}
virtualisations: {default: {timeout: 5s}}
producers: {tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}}
admin: {address: ""}
`, id, id[len("SE0000000000-"):], tak.URL()))}
}

// routes makes the link send RECEIVER to address and lets senders call it.
func (l *link) routes(t *testing.T, address string, senders ...string) {
	t.Helper()
	catalogue := lab.Catalogue{}
	catalogue.Route(getThing, "RIVTABP21", address, "RECEIVER")
	for _, sender := range senders {
		catalogue.Permit(sender, getThing, "RECEIVER")
	}
	l.tak.Serve(catalogue)
	if report := l.app.Refresh(t.Context()); report.Status != "REFRESH_OK" {
		t.Fatalf("refresh: %v", report)
	}
}

func (l *link) secureURL() string { return "https://" + l.https + "/vp" }
func (l *link) plainURL() string  { return "http://" + l.http + "/vp" }

// chain is what a consumer, some links and a producer have in common.
type chain struct {
	ca       *lab.CA
	consumer *lab.Identity
	producer *lab.Producer
}

func newChain(t *testing.T) *chain {
	t.Helper()
	ca := labtest.CA(t, "CA")
	server := labtest.Issue(t, ca, lab.Subject{CN: "producer"}, lab.Hosts("127.0.0.1"))
	return &chain{
		ca:       ca,
		consumer: labtest.Issue(t, ca, lab.Subject{SerialNumber: consumerID}),
		producer: labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(server, ca)}),
	}
}

func (c *chain) call(t *testing.T, first *link) *lab.Reply {
	t.Helper()
	client := lab.Client(lab.ClientTLS(c.consumer, c.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, first.secureURL(), envelope(getThing, "RECEIVER"), nil)
	must(t, err)
	return reply
}

// reached checks that the producer was called once, by the last link, and for
// whom.
func (c *chain) reached(t *testing.T, reply *lab.Reply, last *link, original, history string) {
	t.Helper()
	if reply.Status != 200 {
		t.Fatalf("HTTP %d: %+v", reply.Status, reply.Fault)
	}
	seen := c.producer.Take()
	if len(seen) != 1 {
		t.Fatalf("the producer was called %d times", len(seen))
	}
	if got := seen[0].Header.Get("X-Rivta-Original-Serviceconsumer-Hsaid"); got != original {
		t.Errorf("original consumer %q, want %q", got, original)
	}
	if got := seen[0].Header.Get("X-Rivta-Routing-History"); got != history {
		t.Errorf("history %q, want %q", got, history)
	}
	if got := seen[0].Peer; got == nil || !got.Equal(last.identity.Cert) {
		t.Errorf("the producer was called with another certificate than the last gateway's")
	}
}

func wantFault(t *testing.T, reply *lab.Reply, text string) {
	t.Helper()
	if reply.Status != 500 || reply.Fault == nil || !strings.HasPrefix(reply.Fault.String, text) {
		t.Errorf("got HTTP %d %+v, want %s", reply.Status, reply.Fault, text)
	}
}

func TestOneGateway(t *testing.T) {
	c := newChain(t)
	a := newLink(t, c.ca, "SE0000000000-A")
	a.routes(t, c.producer.URL("/ok"), consumerID)
	c.reached(t, c.call(t, a), a, consumerID, consumerID+"#SE0000000000-A")
}

func TestTwoGatewaysOverTLS(t *testing.T) {
	c := newChain(t)
	a, b := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B")
	a.routes(t, b.secureURL(), consumerID)
	b.routes(t, c.producer.URL("/ok"), a.id)
	c.reached(t, c.call(t, a), b, consumerID, consumerID+"#SE0000000000-A#SE0000000000-B")
}

func TestThreeGatewaysOverTLS(t *testing.T) {
	c := newChain(t)
	a, b, d := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B"), newLink(t, c.ca, "SE0000000000-C")
	a.routes(t, b.secureURL(), consumerID)
	b.routes(t, d.secureURL(), a.id)
	d.routes(t, c.producer.URL("/ok"), b.id)
	c.reached(t, c.call(t, a), d, consumerID, consumerID+"#SE0000000000-A#SE0000000000-B#SE0000000000-C")
}

// Permission is decided against the calling gateway, not the original consumer.
func TestChainPermitsTheCallingGateway(t *testing.T) {
	c := newChain(t)
	a, b := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B")
	a.routes(t, b.secureURL(), consumerID)
	b.routes(t, c.producer.URL("/ok"), consumerID)
	reply := c.call(t, a)
	wantFault(t, reply, "VP007 [B] ")
	if reply.Fault != nil && !strings.HasSuffix(reply.Fault.Detail, "senderId: "+a.id) {
		t.Errorf("detail %q", reply.Fault.Detail)
	}
	if seen := c.producer.Take(); len(seen) != 0 {
		t.Errorf("the producer was called")
	}
}

// Two gateways of one platform share an id: over a plain leg the second takes
// the sender from the first.
func TestPlainLegWithinAPlatform(t *testing.T) {
	c := newChain(t)
	a, b := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-A")
	a.routes(t, b.plainURL(), consumerID)
	b.routes(t, c.producer.URL("/ok"), consumerID)
	c.reached(t, c.call(t, a), b, consumerID, consumerID+"#SE0000000000-A")
}

// Between platforms plain platform headers count for nothing.
func TestPlainLegBetweenPlatforms(t *testing.T) {
	c := newChain(t)
	a, b := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B")
	a.routes(t, b.plainURL(), consumerID)
	b.routes(t, c.producer.URL("/ok"), consumerID, a.id)
	wantFault(t, c.call(t, a), "VP002 [B] ")
}

// A plain leg between platforms through a TLS-terminating proxy: the
// certificate header says who the calling gateway is.
func TestThreeGatewaysMixed(t *testing.T) {
	c := newChain(t)
	a, b, d := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B"), newLink(t, c.ca, "SE0000000000-B")
	a.routes(t, b.secureURL(), consumerID)
	b.routes(t, d.plainURL(), a.id)
	d.routes(t, c.producer.URL("/ok"), a.id)
	c.reached(t, c.call(t, a), d, consumerID, consumerID+"#SE0000000000-A#SE0000000000-B")
}

func TestLoopOverTLSIsFound(t *testing.T) {
	c := newChain(t)
	a, b := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B")
	a.routes(t, b.secureURL(), consumerID, b.id)
	b.routes(t, a.secureURL(), a.id)
	wantFault(t, c.call(t, a), "VP014 [A] ")
}

// A route back to the gateway's own plain listener: every round is an internal
// call, and the hop counter ends it.
func TestLoopThroughOwnPlainListenerIsFound(t *testing.T) {
	c := newChain(t)
	a := newLink(t, c.ca, "SE0000000000-A")
	a.routes(t, a.plainURL(), consumerID)
	wantFault(t, c.call(t, a), "VP014 [A] ")
	// nine rounds at the most, and a log line for each
	eventually(t, "ten calls: the caller's and nine rounds", func() bool {
		return len(a.log.lines(`"event.action":"call"`)) >= 10
	})
	a.stop()
	if lines := a.log.lines(`"event.action":"call"`); len(lines) != 10 {
		t.Errorf("%d calls, want the caller's and nine rounds", len(lines))
	}
	if len(a.log.lines("leads back to listener http")) != 1 {
		t.Error("the catalogue load did not warn about the route")
	}
}

func TestNoCatalogueIsVP008(t *testing.T) {
	c := newChain(t)
	tak := labtest.TAK(t, lab.Catalogue{})
	must(t, tak.Become(lab.Down))
	identity := labtest.Issue(t, c.ca, lab.Subject{SerialNumber: "SE0000000000-A"}, lab.Hosts("localhost", "127.0.0.1"))
	dir := t.TempDir()
	must(t, c.ca.WriteFile(filepath.Join(dir, "ca.crt")))
	_, _, err := identity.WriteFiles(dir, "gateway")
	must(t, err)
	g := startConfigured(t, dir, fmt.Sprintf(`
instance: {id: SE0000000000-A, name: A}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
tak: {address: %q, local_copy: copy.xml, refresh: {retry: 10ms}}
producers: {tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}}
admin: {address: ""}
`, tak.URL()))
	client := lab.Client(lab.ClientTLS(c.consumer, c.ca))
	defer client.CloseIdleConnections()
	post := func(receiver string) *lab.Reply {
		reply, err := lab.Call(t.Context(), client, "https://"+g.https+"/vp", envelope(getThing, receiver), nil)
		must(t, err)
		return reply
	}
	reply := post("RECEIVER")
	wantFault(t, reply, "VP008 [A] Internt fel i tjänsteplattformen. Ingen kontakt med tjänsteadresseringskatalogen.")
	if reply.Fault != nil && reply.Fault.Detail != "No contact with TAK at startup, and no local cache to fallback on, not possible to route call" {
		t.Errorf("detail %q", reply.Fault.Detail)
	}
	wantFault(t, post(""), "VP008 [A] ") // before VP003

	// TAK comes back, and the gateway heals by itself.
	catalogue := lab.Catalogue{}
	catalogue.Route(getThing, "RIVTABP21", c.producer.URL("/ok"), "RECEIVER")
	catalogue.Permit(consumerID, getThing, "RECEIVER")
	tak.Serve(catalogue)
	must(t, tak.Become(lab.Healthy))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for post("RECEIVER").Status != 200 {
		if ctx.Err() != nil {
			t.Fatalf("the gateway did not heal:\n%s", strings.Join(g.log.lines(""), "\n"))
		}
	}
}
