package e2e

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// tlsWorld is a gateway and TLS producers by receiver, all at 127.0.0.1.
type tlsWorld struct {
	*world
	client func(t *testing.T, receiver string) *lab.Reply
}

// newTLSWorld starts one with producers at the receivers given and overrides
// that may name their ports as {RECEIVER}.
func newTLSWorld(t *testing.T, overrides string, producers map[string]*tls.Config, base *world) *tlsWorld {
	t.Helper()
	catalogue := base.catalogue()
	for receiver, config := range producers {
		producer := labtest.Producer(t, lab.ProducerOptions{TLS: config})
		catalogue.Route(getThing, "RIVTABP21", producer.URL("/ok"), receiver)
		catalogue.Permit(consumerID, getThing, receiver)
		_, port, _ := strings.Cut(producer.Address(), ":")
		overrides = strings.ReplaceAll(overrides, "{"+receiver+"}", port)
	}
	base.gate.stop()
	must(t, catalogue.WriteLocalCopy(base.gate.dir+"/tak.xml"))
	base.gate = startConfigured(t, base.gate.dir, strings.Replace(baseConfig, "ca: [ca.crt]}}\n", "ca: [ca.crt]}"+overrides+"}\n", 1))
	client := lab.Client(lab.ClientTLS(base.consumer, base.ca))
	t.Cleanup(client.CloseIdleConnections)
	return &tlsWorld{base, func(t *testing.T, receiver string) *lab.Reply {
		t.Helper()
		reply, err := lab.Call(t.Context(), client, base.url(), envelope(getThing, receiver), nil)
		must(t, err)
		return reply
	}}
}

func TestHostNamesAreVerified(t *testing.T) {
	base := newWorld(t, "")
	other := labtest.Issue(t, base.ca, lab.Subject{CN: "producer"}, lab.Hosts("other.example"))
	config := lab.ServerTLS(other, base.ca)
	w := newTLSWorld(t, ", overrides: [{match: {port: {LEGACY}}, verify_host: false}]",
		map[string]*tls.Config{"STRICT": config, "LEGACY": config}, base)

	reply := w.client(t, "STRICT")
	wantFault(t, reply, "VP009 ")
	if reply.Fault != nil && !strings.Contains(reply.Fault.Detail, "TLS handshake failed: ") {
		t.Errorf("detail %q", reply.Fault.Detail)
	}
	if reply := w.client(t, "LEGACY"); reply.Status != 200 {
		t.Errorf("without host verification: HTTP %d %+v", reply.Status, reply.Fault)
	}
}

// Without host verification the chain still counts.
func TestWithoutHostVerificationTheChainIsVerified(t *testing.T) {
	base := newWorld(t, "")
	stranger := labtest.Issue(t, labtest.CA(t, "another CA"), lab.Subject{CN: "producer"}, lab.Hosts("127.0.0.1"))
	w := newTLSWorld(t, ", overrides: [{match: {host: 127.0.0.1}, verify_host: false}]",
		map[string]*tls.Config{"STRANGER": lab.ServerTLS(stranger, nil)}, base)
	reply := w.client(t, "STRANGER")
	wantFault(t, reply, "VP009 ")
	if reply.Fault != nil && !strings.Contains(reply.Fault.Detail, "not trusted") {
		t.Errorf("detail %q", reply.Fault.Detail)
	}
}

// Targets get the TLS version and identity their first matching override names.
func TestTLSOverrides(t *testing.T) {
	base := newWorld(t, "")
	server := labtest.Issue(t, base.ca, lab.Subject{CN: "producer"}, lab.Hosts("127.0.0.1"))
	otherCA := labtest.CA(t, "CA of the other identity")
	identity := labtest.Issue(t, otherCA, lab.Subject{SerialNumber: "SE0000000000-OTHERID"})
	_, _, err := identity.WriteFiles(base.gate.dir, "other")
	must(t, err)
	versions := make(chan string, 3)
	observed := func(clients *lab.CA, limit uint16) *tls.Config {
		config := lab.ServerTLS(server, clients)
		config.MaxVersion = limit
		config.VerifyConnection = func(state tls.ConnectionState) error {
			versions <- fmt.Sprintf("%s %s", tls.VersionName(state.Version), state.PeerCertificates[0].Subject.SerialNumber)
			return nil
		}
		return config
	}
	w := newTLSWorld(t, ", overrides: [{match: {suffix: 0.0.1, port: {LEGACY}}, max_version: '1.2'}, {match: {port: {OTHER}}, certificate: other.crt, key: other.key}]",
		map[string]*tls.Config{
			"DEFAULT": observed(base.ca, 0),
			"LEGACY":  observed(base.ca, 0),
			"OTHER":   observed(otherCA, 0),
		}, base)
	for _, test := range []struct{ receiver, want string }{
		{"DEFAULT", "TLS 1.3 " + instanceID},
		{"LEGACY", "TLS 1.2 " + instanceID},
		{"OTHER", "TLS 1.3 SE0000000000-OTHERID"},
	} {
		if reply := w.client(t, test.receiver); reply.Status != 200 {
			t.Errorf("%s: HTTP %d %+v", test.receiver, reply.Status, reply.Fault)
			continue
		}
		if got := <-versions; got != test.want {
			t.Errorf("%s: %s, want %s", test.receiver, got, test.want)
		}
	}
}
