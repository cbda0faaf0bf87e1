// Package neighbours runs the gateway beside the programs it works with: proxies
// that end its callers' TLS, proxies before its producers, and Prometheus. It starts
// what docs/neighbours and deploy/prometheus hold, and has tests only.
package neighbours

import (
	"flag"
	"os"
	"os/exec"
	"testing"

	"rivgate/internal/lab/labtest"
)

// programs is what `make neighbours` sets.
var programs = flag.Bool("programs", false, "start nginx, HAProxy, Apache httpd, Caddy and Prometheus, which must be installed")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(labtest.Run(m))
}

// needs skips a test that needs a program where nobody asked for those.
func needs(t *testing.T, program string) {
	t.Helper()
	if !*programs {
		t.Skip("without -programs")
	}
	_, err := exec.LookPath(program)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
