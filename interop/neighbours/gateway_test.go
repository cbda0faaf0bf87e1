package neighbours

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const (
	getThing   = "urn:riv:test:GetThingResponder:1"
	consumerID = "SE0000000000-CONS1"
	secondID   = "SE0000000000-CONS2"
	evilID     = "SE0000000000-EVIL"
	gatewayID  = "SE0000000000-GATE"
)

// gateway is rivgate in a process of its own.
type gateway struct {
	*labtest.Program
	dir string
}

// startGateway runs rivgate with the configuration given, in dir, and a catalogue
// and metrics of the test's.
func startGateway(t *testing.T, dir, yaml string, catalogue *lab.Catalogue) *gateway {
	t.Helper()
	must(t, catalogue.WriteLocalCopy(filepath.Join(dir, "tak.xml")))
	path := written(t, dir, "rivgate.yaml", yaml+"\ntak: {file: tak.xml}\nadmin: {address: \"127.0.0.1:0\"}\n")
	g := &gateway{dir: dir, Program: labtest.Start(t, exec.Command(labtest.Rivgate(t), "serve", "--config", path))}
	g.Eventually(t, "readiness", func() bool {
		return g.Address("admin") != "" && ask(t, http.MethodGet, g.admin("/readyz")) == http.StatusOK
	})
	return g
}

func (g *gateway) admin(path string) string { return "http://" + g.Address("admin") + path }

// configuration is what it was started with.
func (g *gateway) configuration(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(g.dir, "rivgate.yaml"))
	must(t, err)
	return string(content)
}

// reconfigure replaces the configuration of the running gateway.
func (g *gateway) reconfigure(t *testing.T, yaml string) {
	t.Helper()
	written(t, g.dir, "rivgate.yaml", yaml)
	if status := ask(t, http.MethodPost, g.admin("/reload")); status != http.StatusOK {
		t.Fatalf("reload: HTTP %d", status)
	}
}

// ask is the HTTP status of a request, 0 for no answer.
func ask(t *testing.T, method, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
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

func thing(receiver string, number int) lab.Envelope {
	return lab.Envelope{Contract: getThing, Receiver: receiver, Payload: labtest.Numbered(number)}
}

// told is a fault's text, or the status where there is none.
func told(reply *lab.Reply) string {
	if reply.Fault == nil {
		return fmt.Sprintf("HTTP %d", reply.Status)
	}
	return reply.Fault.String + " " + reply.Fault.Detail
}
