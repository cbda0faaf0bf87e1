package interop

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// The receivers of the world.
const (
	at21       = "SE0000000000-AT21"  // a producer of RIV-TA 2.1
	at20       = "SE0000000000-AT20"  // a producer of RIV-TA 2.0
	noRoute    = "SE0000000000-NONE"  // nobody knows it
	noRight    = "SE0000000000-SHUT"  // nobody may call it
	twoRoutes  = "SE0000000000-TWICE" // two routes lead to it
	nobodyHome = "SE0000000000-DOWN"  // nothing listens there
	consumerID = "SE0000000000-CONS1"
	storesKey  = "changeit" // opens the PKCS #12 files
)

// world is a gateway that serves contracts/, and producers behind it.
type world struct {
	ca       *lab.CA
	identity map[string]*lab.Identity
	p21, p20 *producer
	dir      string // holds the clients' certificates and keys, and the scenario
	address  string // of the gateway
	admin    string // of its operators' endpoints
	kept     *relay // another way to the gateway, where connections are counted
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ca, foreignCA := labtest.CA(t, "CA"), labtest.CA(t, "a CA unknown to the gateway")
	consumer := lab.Subject{SerialNumber: consumerID, CN: "consumer", O: "Region Exempel", C: "SE"}
	w := &world{ca: ca, dir: t.TempDir(), identity: map[string]*lab.Identity{
		"consumer": labtest.Issue(t, ca, consumer, lab.ForClient()),
		"nameless": labtest.Issue(t, ca, lab.Subject{CN: "nameless"}, lab.ForClient()),
		"foreign":  labtest.Issue(t, foreignCA, consumer, lab.ForClient()),
	}}
	w.p21, w.p20 = newProducers(t, ca)
	w.startGateway(t)
	w.kept = startRelay(t, w.address)
	w.writeStores(t)
	return w
}

func (w *world) catalogue() *lab.Catalogue {
	c := &lab.Catalogue{}
	for _, contract := range []string{getBookingsContract, storeDocumentContract} {
		c.Route(contract, "RIVTABP21", w.p21.URL, at21, noRight, twoRoutes)
		c.Route(contract, "RIVTABP20", w.p20.URL, at20, twoRoutes)
		c.Route(contract, "RIVTABP21", "https://127.0.0.1:1/", nobodyHome)
		c.Permit(consumerID, contract, at21, at20, twoRoutes, nobodyHome)
	}
	return c
}

const configuration = `
instance: {id: SE0000000000-GATE, name: GATE}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
tak: {file: tak.xml}
hsa: {files: [hsa.xml]}
wsdl: {directory: contracts}
producers:
  retry: {attempts: 0}
  tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}
admin: {address: "127.0.0.1:0"}
log: {format: text}
`

// startGateway runs one until the test ends. Its folder is not the clients', who
// can get a contract by no other way than through the gateway.
func (w *world) startGateway(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	must(t, w.ca.WriteFile(filepath.Join(dir, "ca.crt")))
	gateway := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: "SE0000000000-GATE", CN: "gateway"}, lab.Hosts("localhost", "127.0.0.1"))
	_, _, err := gateway.WriteFiles(dir, "gateway")
	must(t, err)
	must(t, w.catalogue().WriteLocalCopy(filepath.Join(dir, "tak.xml")))
	must(t, lab.WriteHSAFile(filepath.Join(dir, "hsa.xml")))
	must(t, os.CopyFS(filepath.Join(dir, "contracts"), os.DirFS("contracts")))
	path := filepath.Join(dir, "rivgate.yaml")
	must(t, os.WriteFile(path, []byte(configuration), 0o600))
	cfg, err := config.Load(path)
	must(t, err)
	log := &safeBuffer{}
	gate, err := app.New(cfg, app.Options{Path: path, Version: "test", Stdout: log, Stderr: log})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- gate.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-done)
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", log)
		}
	})
	<-gate.Ready()
	w.address, w.admin = gate.Addr("https").String(), gate.AdminAddr().String()
}

// writeStores writes what the clients trust and who they are, as PEM and as
// PKCS #12.
func (w *world) writeStores(t *testing.T) {
	t.Helper()
	must(t, w.ca.WriteFile(filepath.Join(w.dir, "ca.crt")))
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{w.ca.Cert}, storesKey)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(w.dir, "ca.p12"), trust, 0o600))
	for name, id := range w.identity {
		_, _, err := id.WriteFiles(w.dir, name)
		must(t, err)
		store, err := pkcs12.Modern.Encode(id.Key, id.Cert, nil, storesKey)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(w.dir, name+".p12"), store, 0o600))
	}
}

// refusals is how many handshakes the gateway ended because of the caller's
// certificate, or for the lack of one.
func (w *world) refusals(t *testing.T) (total int) {
	t.Helper()
	answer, err := lab.Client(nil).Get("http://" + w.admin + "/metrics")
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	counted := regexp.MustCompile(`(?m)^rivgate_handshake_failures_total\{.*reason="(?:untrusted|no_certificate)"\} (\d+)$`)
	for _, match := range counted.FindAllSubmatch(text, -1) {
		n, err := strconv.Atoi(string(match[1]))
		must(t, err)
		total += n
	}
	return total
}

// safeBuffer is a buffer that several may write to.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
