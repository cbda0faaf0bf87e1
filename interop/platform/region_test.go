package platform

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const getThing = "urn:riv:test:GetThingResponder:1"

// region is one of the three: a gateway in a process of its own, and the catalogue
// and the authority of those who run it.
type region struct {
	*labtest.Program
	whole    *testing.T // its gateway outlives the parts of the test
	id       string
	ca       *lab.CA
	tak      *lab.TAK
	dir      string
	address  string   // where calls arrive, the same over restarts
	socket   *os.File // held open over restarts where a service manager does so, else nil
	identity *lab.Identity
	trusted  []*lab.CA // authorities of the neighbours
}

// newRegion makes a region whose gateway does not run yet. Its catalogue routes
// nothing anybody asks for: a table must not be empty.
func newRegion(t *testing.T, name, host string) *region {
	t.Helper()
	catalogue := lab.Catalogue{}
	catalogue.Route("urn:riv:test:UnusedResponder:1", "RIVTABP21", "http://127.0.0.1:1/", "NOBODY")
	catalogue.Permit("NOBODY", "urn:riv:test:UnusedResponder:1", "NOBODY")
	r := &region{
		whole: t, id: "SE0000000000-" + name, ca: labtest.CA(t, name+" CA"), tak: labtest.TAK(t, catalogue),
		dir: t.TempDir(), address: net.JoinHostPort(host, "0"),
	}
	r.renew(t)
	return r
}

// renew gives the gateway another certificate and key.
func (r *region) renew(t *testing.T) {
	t.Helper()
	host, _, err := net.SplitHostPort(r.address)
	must(t, err)
	r.identity = labtest.Issue(t, r.ca, lab.Subject{SerialNumber: r.id, CN: "gateway"}, lab.Hosts("localhost", host))
	elsewhere := t.TempDir()
	_, _, err = r.identity.WriteFiles(elsewhere, "gateway")
	must(t, err)
	for _, name := range []string{"gateway.key", "gateway.crt"} {
		must(t, os.Rename(filepath.Join(elsewhere, name), filepath.Join(r.dir, name)))
	}
}

// neighbours are the regions that call this one or are called by it.
func (r *region) neighbours(others ...*region) {
	for _, other := range others {
		r.trusted = append(r.trusted, other.ca)
	}
}

// hold opens the gateway's socket as a service manager does.
func (r *region) hold(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", r.address)
	must(t, err)
	r.address = listener.Addr().String()
	r.socket, err = listener.(*net.TCPListener).File()
	must(t, err)
	must(t, listener.Close()) // the file is a duplicate
}

// release closes the socket again, so that the gateway binds its own.
func (r *region) release(t *testing.T) {
	t.Helper()
	must(t, r.socket.Close())
	r.socket = nil
}

// configure writes the configuration. name is the one in faults.
func (r *region) configure(t *testing.T, name string) {
	t.Helper()
	authorities := []string{"ca.crt"}
	must(t, r.ca.WriteFile(filepath.Join(r.dir, "ca.crt")))
	for i, ca := range r.trusted {
		file := fmt.Sprintf("neighbour%d.crt", i)
		must(t, ca.WriteFile(filepath.Join(r.dir, file)))
		authorities = append(authorities, file)
	}
	yaml := fmt.Sprintf(`
instance: {id: %s, name: %s}
listeners:
  - name: https
    address: %s
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [%s]}
tak: {address: %q, local_copy: copy.xml}
virtualisations: {default: {timeout: 10s}}
producers:
  connect_timeout: 10s
  retry: {attempts: 3, delay: 200ms}
  tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [%[4]s]}}
admin: {address: "127.0.0.1:0"}
drain: {wait: 300ms, timeout: 20s}
`, r.id, name, r.address, strings.Join(authorities, ", "), r.tak.URL())
	must(t, os.WriteFile(filepath.Join(r.dir, "rivgate.yaml"), []byte(yaml), 0o600))
}

// start runs the gateway and waits until it takes calls.
func (r *region) start(t *testing.T) {
	t.Helper()
	r.configure(t, strings.TrimPrefix(r.id, "SE0000000000-"))
	// The shell's process becomes the gateway's: LISTEN_PID must name it.
	run := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, labtest.Rivgate(t), "serve", "--config", filepath.Join(r.dir, "rivgate.yaml"))
	if r.socket != nil {
		run.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=https")
		run.ExtraFiles = []*os.File{r.socket}
	}
	r.Program = labtest.Start(r.whole, run)
	r.Eventually(t, "readiness", func() bool {
		return r.Address("admin") != "" && r.ask(t, http.MethodGet, "/readyz") == http.StatusOK
	})
	if bound := r.Address("https"); r.socket == nil {
		r.address = bound
	}
}

// terminate drains the gateway and waits for its end.
func (r *region) terminate(t *testing.T) {
	t.Helper()
	r.Signal(t, syscall.SIGTERM)
	if code := r.Exit(t); code != 0 {
		t.Errorf("%s ended with %d", r.id, code)
	}
}

// kill ends the gateway as a crash does: its connections break.
func (r *region) kill(t *testing.T) {
	t.Helper()
	r.Signal(t, syscall.SIGKILL)
	r.Exit(t)
}

// routes makes the region send calls to receiver on to address, and lets sender
// make them.
func (r *region) routes(t *testing.T, receiver, address, sender string) {
	t.Helper()
	catalogue := lab.Catalogue{}
	catalogue.Route(getThing, "RIVTABP21", address, receiver)
	catalogue.Permit(sender, getThing, receiver)
	r.tak.Serve(catalogue)
	r.reset(t)
}

// reset makes the gateway ask its catalogue.
func (r *region) reset(t *testing.T) {
	t.Helper()
	if status := r.ask(t, http.MethodPost, "/resetcache"); status != http.StatusOK {
		t.Errorf("reset: HTTP %d", status)
	}
}

// reload makes the gateway read its configuration.
func (r *region) reload(t *testing.T) {
	t.Helper()
	if status := r.ask(t, http.MethodPost, "/reload"); status != http.StatusOK {
		t.Errorf("reload: HTTP %d", status)
	}
}

// ask asks the operators' listener and returns the HTTP status, 0 for no answer.
func (r *region) ask(t *testing.T, method, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.Address("admin")+path, nil)
	must(t, err)
	client := lab.Client(nil)
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

func (r *region) url() string { return "https://" + r.address + "/vp" }
