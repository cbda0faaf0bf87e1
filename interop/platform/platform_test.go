package platform

import (
	"context"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const (
	receiver   = "SE0000000000-UNIT1"
	consumerID = "SE0000000000-CONS1"
)

// platform is consumer → a → national → b → producer, over TLS all the way.
// Everybody has an authority of its own but the consumer and the producer, who
// have their region's.
type platform struct {
	consumer       *lab.Identity
	a, national, b *region
	producer       *lab.Producer
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{a: newRegion(t, "REGA", "127.0.81.1"), national: newRegion(t, "NATIONAL", "127.0.81.2"), b: newRegion(t, "REGB", "127.0.81.3")}
	p.a.neighbours(p.national)
	p.national.neighbours(p.a, p.b)
	p.b.neighbours(p.national)
	p.consumer = labtest.Issue(t, p.a.ca, lab.Subject{SerialNumber: consumerID, CN: "consumer"})
	server := labtest.Issue(t, p.b.ca, lab.Subject{CN: "producer"}, lab.ForServer("127.0.0.1"))
	p.producer = labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(server, p.b.ca)})
	for _, r := range p.regions() {
		r.hold(t)
		r.start(t)
	}
	p.a.routes(t, receiver, p.national.url(), consumerID)
	p.national.routes(t, receiver, p.b.url(), p.a.id)
	p.b.routes(t, receiver, p.producer.URL("/delay?ms=2"), p.national.id)
	return p
}

func (p *platform) regions() []*region { return []*region{p.a, p.national, p.b} }

// traffic is calls of the consumer, who keeps its connections.
func (p *platform) traffic(t *testing.T) *labtest.Traffic {
	t.Helper()
	client := lab.Client(lab.ClientTLS(p.consumer, p.a.ca))
	t.Cleanup(client.CloseIdleConnections)
	return labtest.StartTraffic(t, 8, func(ctx context.Context, number int) (*lab.Reply, error) {
		return lab.Call(ctx, client, p.a.url(), lab.Envelope{Contract: getThing, Receiver: receiver, Payload: labtest.Numbered(number)}, nil)
	})
}

// accounted ends the traffic and holds every call against what the producer saw
// of it, and for whom.
func (p *platform) accounted(t *testing.T, traffic *labtest.Traffic, cut bool) (answered, failed int) {
	t.Helper()
	outcomes, seen := traffic.Stop(), p.producer.Take()
	answered, failed = labtest.Accounted(t, outcomes, seen, cut)
	t.Logf("%d calls answered, %d not", answered, failed)
	history := consumerID + "#" + p.a.id + "#" + p.national.id + "#" + p.b.id
	for _, request := range seen {
		if got := request.Header.Values("X-Rivta-Original-Serviceconsumer-Hsaid"); len(got) != 1 || got[0] != consumerID {
			t.Errorf("call %d: original consumer %q", labtest.Number(t, request), got)
		}
		if got := request.Header.Values("X-Rivta-Routing-History"); len(got) != 1 || got[0] != history {
			t.Errorf("call %d: routing history %q, want %s", labtest.Number(t, request), got, history)
		}
		if request.Peer == nil || request.Peer.Subject.SerialNumber != p.b.id || request.Peer.CheckSignatureFrom(p.b.ca.Cert) != nil {
			t.Errorf("call %d came with another certificate than %s's", labtest.Number(t, request), p.b.id)
		}
	}
	return answered, failed
}

// Calls go on over all that happens to three gateways. The phases share the
// platform, one after the other.
func TestPlatformOfThree(t *testing.T) {
	p := newPlatform(t)
	t.Run("restarted", p.restarted)
	t.Run("reloaded", p.reloaded)
	t.Run("restarted on a port of its own", p.rebound)
	t.Run("killed", p.killed)
}

// Each gateway is drained and started anew, its socket held meanwhile: nobody
// notices.
func (p *platform) restarted(t *testing.T) {
	traffic := p.traffic(t)
	for _, r := range p.regions() {
		traffic.Await(t, 100)
		r.terminate(t)
		r.start(t)
	}
	traffic.Await(t, 100)
	if _, failed := p.accounted(t, traffic, false); failed > 0 {
		t.Errorf("%d calls were not answered", failed)
	}
}

// The catalogue, the certificate and the configuration of each gateway are
// replaced while calls run: nobody notices.
func (p *platform) reloaded(t *testing.T) {
	traffic := p.traffic(t)
	for _, r := range p.regions() {
		traffic.Await(t, 50)
		r.reset(t)
		traffic.Await(t, 50)
		r.renew(t)
		r.configure(t, "RENAMED")
		r.reload(t)
	}
	traffic.Await(t, 100)
	if _, failed := p.accounted(t, traffic, false); failed > 0 {
		t.Errorf("%d calls were not answered", failed)
	}
}

// The national gateway is drained and started anew on the port it had. While
// nobody listens there, calls are tried again or are VP009.
func (p *platform) rebound(t *testing.T) {
	p.national.terminate(t)
	p.national.release(t)
	p.national.start(t)
	traffic := p.traffic(t)
	for range 2 {
		traffic.Await(t, 100)
		p.national.terminate(t)
		p.national.start(t)
	}
	traffic.Await(t, 100)
	if answered, _ := p.accounted(t, traffic, false); answered < 300 {
		t.Errorf("%d calls were answered", answered)
	}
}

// The national gateway dies, and comes back: callers get VP009 from their own
// gateway. Their own dies: the connection breaks.
func (p *platform) killed(t *testing.T) {
	traffic := p.traffic(t)
	traffic.Await(t, 100)
	p.national.kill(t)
	traffic.Await(t, 20)
	p.national.start(t)
	traffic.Await(t, 100)
	if _, failed := p.accounted(t, traffic, false); failed == 0 {
		t.Error("nobody noticed that the national gateway died")
	}

	traffic = p.traffic(t)
	traffic.Await(t, 100)
	p.a.kill(t)
	p.a.start(t)
	traffic.Await(t, 100)
	if answered, _ := p.accounted(t, traffic, true); answered < 150 {
		t.Errorf("%d calls were answered", answered)
	}
}
