package e2e

import (
	"context"
	"crypto/tls"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// configure writes a configuration for the running gateway and reloads it.
func (g *gateway) configure(t *testing.T, yaml string) error {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(g.dir, "rivgate.yaml"), []byte(yaml), 0o600))
	return g.app.Reload(t.Context())
}

func (w *world) call(t *testing.T, receiver string) *lab.Reply {
	t.Helper()
	return w.callEnvelope(t, envelope(getThing, receiver), nil)
}

// callEnvelope makes a call over TLS, on a connection of its own.
func (w *world) callEnvelope(t *testing.T, e lab.Envelope, header http.Header) *lab.Reply {
	t.Helper()
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, w.url(), e, header)
	must(t, err)
	return reply
}

// Calls go on while the configuration is read anew again and again: none fails.
func TestReloadUnderLoad(t *testing.T) {
	w := newWorld(t, "")
	spans := newOTLPReceiver(t)
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var calls atomic.Int64
	for range 4 {
		callers.Go(func() {
			client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				for _, receiver := range []string{"HTTP21", "HTTPS21", "HTTP20"} {
					reply, err := lab.Call(context.WithoutCancel(ctx), client, w.url(), envelope(getThing, receiver), nil)
					if err != nil || reply.Status != 200 {
						t.Errorf("call %d: %v %+v", calls.Load(), err, reply)
						cancel()
						return
					}
					calls.Add(1)
				}
			}
		})
	}
	names := []string{"ONE", "TWO"}
	for i := 0; ctx.Err() == nil && (i < 30 || calls.Load() < 300); i++ {
		yaml := strings.Replace(baseConfig, "name: GATE}", "name: "+names[i%2]+"}", 1)
		if i%3 == 0 {
			yaml = strings.Replace(yaml, "retry: {attempts: 1", "retry: {attempts: 2", 1) // another producer client
		}
		if i%5 == 0 {
			yaml += "tracing: {otlp_endpoint: " + spans.URL + "}\nreload: {watch: false}\n"
		}
		if err := w.gate.configure(t, yaml); err != nil {
			t.Errorf("reload: %v", err)
		}
	}
	cancel()
	callers.Wait()
	must(t, w.gate.configure(t, strings.Replace(baseConfig, "name: GATE}", "name: LAST}", 1)))
	wantFault(t, w.call(t, "NOWHERE"), "VP004 [LAST] ")
}

func TestReloadWithErrorsChangesNothing(t *testing.T) {
	w := newWorld(t, "")
	for name, test := range map[string]struct{ old, new, want string }{
		"unknown key":         {"name: GATE}", "nme: OTHER}", "instance.nme"},
		"missing certificate": {"certificate: gateway.crt, key: gateway.key, client_ca", "certificate: nowhere.crt, key: gateway.key, client_ca", "listeners[0].tls.certificate"},
		"missing catalogue":   {"tak.xml", "nowhere.xml", "tak.file"},
		"broken HSA file":     {"files: [hsa.xml]", "files: [tak.xml]", "hsa.files"},
	} {
		err := w.gate.configure(t, strings.Replace(strings.Replace(baseConfig, test.old, test.new, 1), "name: GATE", "name: CHANGED", 1))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: reload said %v, want %s", name, err, test.want)
		}
		wantFault(t, w.call(t, "NOWHERE"), "VP004 [GATE] ")
		if reply := w.call(t, "HTTP21"); reply.Status != 200 {
			t.Errorf("%s: HTTP %d", name, reply.Status)
		}
	}
}

// The catalogue and the tree change with their own keys.
func TestReloadChangesWhatItsKeysTouch(t *testing.T) {
	w := newWorld(t, "")
	catalogue := &lab.Catalogue{}
	catalogue.Route(getThing, "RIVTABP21", w.plain.URL("/ok"), "SE0000000002-1234")
	catalogue.Permit(consumerID, getThing, "SE0000000002-1234")
	must(t, catalogue.WriteLocalCopy(filepath.Join(w.gate.dir, "other.xml")))
	must(t, w.gate.configure(t, strings.Replace(baseConfig, "tak.xml", "other.xml", 1)))
	if reply := w.call(t, "SE0000000001-1234"); reply.Status != 200 {
		t.Errorf("the new catalogue is not in force: %+v", reply.Fault)
	}
	wantFault(t, w.call(t, "HTTP21"), "VP004 ")
	must(t, w.gate.configure(t, strings.Replace(strings.Replace(baseConfig, "tak.xml", "other.xml", 1), "files: [hsa.xml]", "files: []", 1)))
	wantFault(t, w.call(t, "SE0000000001-1234"), "VP004 ")
}

// Certificates that are replaced on disk are used by the next handshake.
func TestReplacedCertificatesAreUsed(t *testing.T) {
	w := newWorld(t, "")
	serial := func() string {
		conn, err := tls.Dial("tcp", w.gate.https, lab.ClientTLS(w.consumer, w.ca))
		must(t, err)
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	before := serial()
	renewed := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: instanceID, CN: "renewed"}, lab.Hosts("localhost", "127.0.0.1"))
	elsewhere := t.TempDir()
	_, _, err := renewed.WriteFiles(elsewhere, "gateway")
	must(t, err)
	for _, name := range []string{"gateway.key", "gateway.crt"} {
		must(t, os.Rename(filepath.Join(elsewhere, name), filepath.Join(w.gate.dir, name)))
	}
	eventually(t, "the renewed certificate", func() bool { return serial() != before })
}

func TestReplacedHSAFileIsUsed(t *testing.T) {
	w := newWorld(t, "")
	catalogue := w.catalogue()
	catalogue.Route(getThing, "RIVTABP21", w.plain.URL("/ok"), "SE0000000000-NEWPARENT")
	catalogue.Permit(consumerID, getThing, "SE0000000000-NEWPARENT")
	w.gate.stop()
	w.gate = startGateway(t, w.ca, w.gateway, catalogue, "")
	wantFault(t, w.call(t, "SE0000000000-CHILD"), "VP004 ")
	hsa := filepath.Join(w.gate.dir, "hsa.xml")
	must(t, os.WriteFile(hsa+".new", []byte("<broken"), 0o600))
	must(t, os.Rename(hsa+".new", hsa))
	eventually(t, "the refusal of the broken file", func() bool { return len(w.gate.log.lines("the old tree goes on serving")) > 0 })
	must(t, lab.WriteHSAFile(hsa+".new",
		lab.Unit{ID: "SE0000000000-CHILD", DN: "ou=child,o=parent,c=SE", Name: "child"},
		lab.Unit{ID: "SE0000000000-NEWPARENT", DN: "o=parent,c=SE", Name: "parent"}))
	must(t, os.Rename(hsa+".new", hsa))
	eventually(t, "the new tree", func() bool { return w.call(t, "SE0000000000-CHILD").Status == 200 })
}

// Files are watched from the reload on that asks for it.
func TestWatchingIsTurnedOn(t *testing.T) {
	w := newWorld(t, "reload: {watch: false}\n")
	must(t, w.gate.configure(t, baseConfig))
	hsa := filepath.Join(w.gate.dir, "hsa.xml")
	var written time.Time
	eventually(t, "the refusal of the broken file", func() bool {
		if time.Since(written) > time.Second { // again: the watch begins beside the reload
			must(t, os.WriteFile(hsa, []byte("<broken"), 0o600))
			written = time.Now()
		}
		return len(w.gate.log.lines("the old tree goes on serving")) > 0
	})
}

// smallCatalogue is a catalogue with one route.
func (w *world) smallCatalogue() *lab.Catalogue {
	small := &lab.Catalogue{}
	small.Route(getThing, "RIVTABP21", w.plain.URL("/ok"), "SE0000000002-1234")
	small.Permit(consumerID, getThing, "SE0000000002-1234")
	return small
}

// A reload that changes how often the catalogue is read goes on from the one there is:
// one that has suddenly become small is refused as by any refresh, and what was known
// of the last refresh stays known.
func TestReloadKeepsTheGuardOfTheCatalogue(t *testing.T) {
	w := metricsWorld(t, "")
	initialized := w.gate.admin(t, "/status")
	must(t, w.smallCatalogue().WriteLocalCopy(filepath.Join(w.gate.dir, "tak.xml")))
	must(t, w.gate.configure(t, strings.Replace(withAdmin, "tak.xml}", "tak.xml, refresh: {retry: 11s}}", 1)))
	eventually(t, "the refusal", func() bool { return len(w.gate.log.lines("by more than 50 percent")) > 0 })
	if reply := w.call(t, "HTTP21"); reply.Status != 200 {
		t.Errorf("a catalogue of one row is in force: %+v", reply.Fault)
	}
	if !strings.Contains(initialized, "Status:REFRESH_OK") || !strings.Contains(w.gate.admin(t, "/status"), "Status:REUSING_EXISTING_CACHE") {
		t.Errorf("status before: %s\nand now: %s", initialized, w.gate.admin(t, "/status"))
	}
}

// A reload to another TAK that does not answer changes nothing, though there is a
// local copy to go by; one that answers is taken, however small its catalogue.
func TestReloadToAnotherTAK(t *testing.T) {
	w := metricsWorld(t, "")
	must(t, w.smallCatalogue().WriteLocalCopy(filepath.Join(w.gate.dir, "copy.xml")))
	another, err := lab.StartTAK("127.0.0.1:0", *w.smallCatalogue())
	must(t, err)
	defer another.Close()
	yaml := strings.Replace(withAdmin, "{file: tak.xml}", "{address: "+another.URL()+", local_copy: copy.xml}", 1)
	another.Become(lab.Faulty)
	if err := w.gate.configure(t, yaml); err == nil || !strings.Contains(err.Error(), "no catalogue from there") {
		t.Errorf("reload said %v", err)
	}
	if reply := w.call(t, "HTTP21"); reply.Status != 200 {
		t.Errorf("the old catalogue is not in force: %+v", reply.Fault)
	}
	another.Become(lab.Healthy)
	announced := len(w.gate.log.lines(`"labels.origin":"tak"`))
	must(t, w.gate.configure(t, yaml))
	if reply := w.call(t, "SE0000000002-1234"); reply.Status != 200 {
		t.Errorf("the new catalogue is not in force: %+v", reply.Fault)
	}
	wantFault(t, w.call(t, "HTTP21"), "VP004 ")
	if again := len(w.gate.log.lines(`"labels.origin":"tak"`)); again != announced+1 {
		t.Errorf("%d lines tell of a catalogue from TAK", again-announced)
	}
}

// A listener that is no longer configured serves until the next start, and is measured.
func TestMetricsAfterReloadWithFewerListeners(t *testing.T) {
	w := metricsWorld(t, "")
	if sample(t, w.gate.scrape(t), "rivgate_ready") != 1 {
		t.Fatal("not ready")
	}
	must(t, w.gate.configure(t, strings.Replace(withAdmin, "  - name: http\n    address: 127.0.0.1:0\n", "", 1)))
	text := w.gate.scrape(t)
	if sample(t, text, "rivgate_ready") != 1 || sample(t, text, "rivgate_connections_open", `listener="http"`) != 0 {
		t.Errorf("the gateway measures %s", text)
	}
}
