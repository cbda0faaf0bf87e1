package e2e

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// The contracts of the world. Producers are reached by receivers.
const (
	getThing     = "urn:riv:test:GetThingResponder:1"
	slowThing    = "urn:riv:test:SlowThingResponder:1"    // timeout 600ms
	noKeepThing  = "urn:riv:test:NoKeepThingResponder:1"  // keep-alive off
	defaultThing = "urn:riv:test:DefaultThingResponder:1" // routed by tree and default
	consumerID   = "SE0000000000-CONS1"
	instanceID   = "SE0000000000-GATE"
)

// world is a gateway with everything around it.
type world struct {
	ca       *lab.CA
	consumer *lab.Identity
	gateway  *lab.Identity
	plain    *lab.Producer
	secure   *lab.Producer
	stranger *lab.Producer // a TLS producer whose certificate nobody here trusts
	noTLS    string        // the address of a server that answers a ClientHello by HTTP
	mute     string        // the address of a server that accepts and says nothing
	gate     *gateway
}

// newWorld starts one. extra is YAML added to the configuration.
func newWorld(t *testing.T, extra string) *world {
	t.Helper()
	ca, other := labtest.CA(t, "CA"), labtest.CA(t, "another CA")
	w := &world{
		ca:       ca,
		consumer: labtest.Issue(t, ca, lab.Subject{SerialNumber: consumerID, CN: "consumer", C: "SE"}),
		gateway:  labtest.Issue(t, ca, lab.Subject{SerialNumber: instanceID, CN: "gateway"}, lab.Hosts("localhost", "127.0.0.1")),
	}
	server := labtest.Issue(t, ca, lab.Subject{CN: "producer"}, lab.Hosts("localhost", "127.0.0.1"))
	untrusted := labtest.Issue(t, other, lab.Subject{CN: "stranger"}, lab.Hosts("localhost", "127.0.0.1"))
	w.plain = labtest.Producer(t, lab.ProducerOptions{})
	w.secure = labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(server, ca)})
	w.stranger = labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(untrusted, nil)})
	w.noTLS = startNoTLS(t)
	w.mute = listen(t).Addr().String()
	w.gate = startGateway(t, ca, w.gateway, w.catalogue(), extra)
	return w
}

// listen opens a port until the test ends. The system takes connections for it
// also while nobody accepts them.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// startNoTLS starts a server that does to a ClientHello what servers of plain
// HTTP do. Their own parsers wait for a line's end, and whether a ClientHello has
// one is chance.
func startNoTLS(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	})
	return listener.Addr().String()
}

// catalogue holds a receiver for each thing that can happen.
func (w *world) catalogue() *lab.Catalogue {
	c := &lab.Catalogue{}
	route := func(contract, profile, address, receiver string) {
		c.Route(contract, profile, address, receiver)
		c.Permit(consumerID, contract, receiver)
	}
	route(getThing, "RIVTABP21", w.plain.URL("/ok?x=1&y=2"), "HTTP21")
	route(getThing, "RIVTABP20", w.plain.URL("/ok"), "HTTP20")
	route(getThing, "RIVTABP21", w.secure.URL("/ok"), "HTTPS21")
	route(getThing, "RIVTABP21", w.stranger.URL("/ok"), "UNTRUSTED")
	route(getThing, "RIVTABP21", "https://"+w.noTLS+"/ok", "NOTTLS")
	route(getThing, "RIVTABP21", w.plain.URL("/ok"), "MULTI")
	route(getThing, "RIVTABP20", w.plain.URL("/ok"), "MULTI")
	route(getThing, "RIVTABP21", "", "NOADDR")
	route(getThing, "RIVTABP21", "ftp://127.0.0.1/x", "BADADDR")
	route(getThing, "RIVTABP22", w.plain.URL("/ok"), "UNKPROF")
	route(getThing, "RIVTABP21", "http://127.0.0.1:1/x", "DEAD")
	c.Route(getThing, "RIVTABP21", w.plain.URL("/ok"), "NOPERM")
	c.Route(getThing, "RIVTABP22", w.plain.URL("/ok"), "NOPERMUNKPROF")
	c.Route(getThing, "RIVTABP21", "", "NOPERMNOADDR")
	c.Route(getThing, "RIVTABP21", w.plain.URL("/ok"), "NOPERMMULTI")
	c.Route(getThing, "RIVTABP20", w.plain.URL("/ok"), "NOPERMMULTI")
	c.Routes = append(c.Routes, lab.Route{
		Receiver: "EXPIRED", Contract: getThing, Profile: "RIVTABP21", Address: w.plain.URL("/ok"),
		From: "2013-01-01T00:00:00.000+01:00", To: "2014-01-01T00:00:00.000+01:00",
	})
	for _, behaviour := range lab.Behaviours() {
		name := strings.ToUpper(strings.Trim(behaviour, "/"))
		route(getThing, "RIVTABP21", w.plain.URL(behaviour), "AT-"+name)
	}
	for _, status := range []string{"201", "202", "400", "403", "503"} {
		route(getThing, "RIVTABP21", w.plain.URL("/status"+status), "AT-STATUS"+status)
	}
	route(getThing, "RIVTABP21", w.plain.URL("/echo"), "ECHO")
	route(slowThing, "RIVTABP21", w.plain.URL("/slow"), "SLOW")
	route(slowThing, "RIVTABP21", "https://"+w.mute+"/ok", "MUTE")
	route(slowThing, "RIVTABP21", w.plain.URL("/drip"), "DRIP")
	route(noKeepThing, "RIVTABP21", w.plain.URL("/ok"), "NOKA")
	c.Route(defaultThing, "RIVTABP21", w.plain.URL("/default"), "*")
	c.Route(defaultThing, "RIVTABP21", w.plain.URL("/climbed"), "SE0000000003-1234")
	c.Route(defaultThing, "RIVTABP21", w.plain.URL("/second"), "SECOND")
	c.Permit(consumerID, defaultThing, "*", "SECOND")
	return c
}

// gateway is a running gateway.
type gateway struct {
	app   *app.App
	http  string // host:port of the plain listener
	https string
	log   *logBuffer
	dir   string
	stop  func()
}

// startGateway serves the catalogue until the test ends.
func startGateway(t *testing.T, ca *lab.CA, identity *lab.Identity, catalogue *lab.Catalogue, extra string) *gateway {
	t.Helper()
	dir := t.TempDir()
	must(t, ca.WriteFile(filepath.Join(dir, "ca.crt")))
	_, _, err := identity.WriteFiles(dir, "gateway")
	must(t, err)
	must(t, catalogue.WriteLocalCopy(filepath.Join(dir, "tak.xml")))
	must(t, lab.WriteHSAFile(filepath.Join(dir, "hsa.xml"), tree...))
	return startConfigured(t, dir, baseConfig+extra)
}

// startConfigured runs a gateway with the configuration given, in dir.
func startConfigured(t *testing.T, dir, yaml string) *gateway {
	t.Helper()
	path := filepath.Join(dir, "rivgate.yaml")
	must(t, os.WriteFile(path, []byte(yaml), 0o600))
	cfg, err := config.Load(path)
	must(t, err)
	g := &gateway{log: &logBuffer{}, dir: dir}
	g.app, err = app.New(cfg, app.Options{Path: path, Version: "test", Stdout: g.log, Stderr: g.log})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.app.Run(ctx) }()
	g.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("gateway: %v", err)
		}
	})
	t.Cleanup(g.stop)
	if addr := g.app.Addr("http"); addr != nil {
		g.http = addr.String()
	}
	if addr := g.app.Addr("https"); addr != nil {
		g.https = addr.String()
	}
	select {
	case <-g.app.Ready():
	case err := <-done:
		t.Fatalf("gateway ended: %v", err)
	}
	return g
}

const baseConfig = `
instance: {id: SE0000000000-GATE, name: GATE}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
  - name: http
    address: 127.0.0.1:0
tak: {file: tak.xml}
hsa: {files: [hsa.xml]}
virtualisations:
  default: {timeout: 5s}
  overrides:
    - {contract: "urn:riv:test:SlowThingResponder:1", timeout: 600ms}
    - {contract: "urn:riv:test:NoKeepThingResponder:1", keep_alive: false}
producers:
  retry: {attempts: 1, delay: 20ms}
  tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}
admin: {address: ""}
`

// tree is the chain …0001 under …0002 under …0003 under SE.
var tree = []lab.Unit{
	{ID: "SE0000000001-1234", DN: "ou=A,ou=B,o=C,l=VpW,c=SE", Name: "one"},
	{ID: "SE0000000002-1234", DN: "ou=B,o=C,l=VpW,c=SE", Name: "two"},
	{ID: "SE0000000003-1234", DN: "o=C,l=VpW,c=SE", Name: "three"},
	{ID: "SE", DN: "c=SE", Name: "root"},
}

// logBuffer holds what the gateway logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// lines are the log lines that contain text.
func (b *logBuffer) lines(text string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []string
	for line := range strings.Lines(b.text.String()) {
		if strings.Contains(line, text) {
			found = append(found, strings.TrimSuffix(line, "\n"))
		}
	}
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// overTLS is a caller of the gateway's TLS listener with an identity, nil for none.
func (w *world) overTLS(id *lab.Identity) lab.Caller {
	return lab.Caller{Address: w.gate.https, TLS: lab.ClientTLS(id, w.ca)}
}

func (w *world) overHTTP() lab.Caller { return lab.Caller{Address: w.gate.http} }

// envelope is an ordinary request for a receiver, UTF-8, RIV-TA 2.1 unless profile says 2.0.
func envelope(contract, receiver string) lab.Envelope {
	return lab.Envelope{Contract: contract, Receiver: receiver, Payload: "<u:id>1</u:id>"}
}

func (w *world) url() string { return "https://" + w.gate.https + "/vp" }

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(r)
	must(t, err)
	return string(content)
}
