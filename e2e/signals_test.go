package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rivgate/internal/lab"
)

// served is a world whose gateway is a process of its own.
func served(t *testing.T, yaml string) (*world, *process) {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	return w, serve(t, w.gate.dir, yaml)
}

// callTo makes a call over TLS to a gateway other than the world's own.
func (w *world) callTo(t *testing.T, p *process, receiver string) *lab.Reply {
	t.Helper()
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, "https://"+p.address(t, "https")+"/vp", envelope(getThing, receiver), nil)
	must(t, err)
	return reply
}

func TestTerminationEndsWithZero(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			w, p := served(t, withAdmin)
			if reply := w.callTo(t, p, "HTTPS21"); reply.Status != 200 {
				t.Fatalf("HTTP %d %+v", reply.Status, reply.Fault)
			}
			p.Signal(t, s)
			if code := p.Exit(t); code != 0 {
				t.Errorf("exit code %d\n%s", code, strings.Join(p.Lines(""), "\n"))
			}
		})
	}
}

// A hang-up reads the configuration anew; one that is broken changes nothing.
func TestHangUpReloads(t *testing.T) {
	w, p := served(t, withAdmin)
	path := filepath.Join(w.gate.dir, "rivgate.yaml")
	prefix := func() string {
		code, rest, _ := strings.Cut(w.callTo(t, p, "NOWHERE").Fault.String, " ")
		name, _, _ := strings.Cut(rest, " ")
		return code + " " + name
	}
	if got := prefix(); got != "VP004 [GATE]" {
		t.Fatalf("%s", got)
	}
	must(t, os.WriteFile(path, []byte(strings.Replace(withAdmin, "name: GATE", "name: RENAMED", 1)), 0o600))
	p.Signal(t, syscall.SIGHUP)
	p.Eventually(t, "the new name", func() bool { return prefix() == "VP004 [RENAMED]" })

	must(t, os.WriteFile(path, []byte("instance: {id: "), 0o600))
	p.Signal(t, syscall.SIGHUP)
	p.Eventually(t, "the refusal", func() bool { return len(p.Lines("the running configuration stays")) == 1 })
	if got := prefix(); got != "VP004 [RENAMED]" {
		t.Errorf("%s after a broken configuration", got)
	}
	p.Signal(t, syscall.SIGTERM)
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// What is wrong with the configuration is said, and the exit code is 1.
func TestServeRefusesABrokenConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rivgate.yaml")
	must(t, os.WriteFile(path, []byte("instance: {id: SE0000000000-GATE, nam: GATE}\n"), 0o600))
	_, stderr, code := command(t, "serve", "--config", path)
	if code != 1 || !strings.Contains(stderr, path+":1: instance.nam: ") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
