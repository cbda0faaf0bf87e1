package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func TestMain(m *testing.M) {
	code := labtest.Run(m)
	if code == 0 {
		if err := checkScorecard(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// rivgate is the path of the built command.
func rivgate(t *testing.T) string {
	t.Helper()
	return labtest.Rivgate(t)
}

// command runs the built command to its end and returns what it printed and
// its exit code.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, complaints strings.Builder
	run := exec.CommandContext(ctx, rivgate(t), args...)
	run.Stdout, run.Stderr = &out, &complaints
	err := run.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("rivgate %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), complaints.String(), run.ProcessState.ExitCode()
}

// process is the built command, serving.
type process struct{ *labtest.Program }

// serve runs the command with the configuration given, in dir, and waits until
// /readyz says that it takes calls. The test ends it if nobody else does.
func serve(t *testing.T, dir, yaml string) *process {
	t.Helper()
	path := filepath.Join(dir, "rivgate.yaml")
	must(t, os.WriteFile(path, []byte(yaml), 0o600))
	return serveBy(t, exec.Command(rivgate(t), "serve", "--config", path))
}

// serveBy is serve with another command line.
func serveBy(t *testing.T, run *exec.Cmd) *process {
	t.Helper()
	p := &process{labtest.Start(t, run)}
	p.Eventually(t, "readiness", func() bool {
		return len(p.Addresses("admin")) > 0 && statusOf(t, p.admin(t)+"/readyz") == http.StatusOK
	})
	return p
}

// address is where the first listener of that name is bound.
func (p *process) address(t *testing.T, listener string) string {
	t.Helper()
	bound := p.Addresses(listener)
	if len(bound) == 0 {
		t.Fatalf("no listener %s in the log", listener)
	}
	return bound[0]
}

// admin is the URL of the operators' listener.
func (p *process) admin(t *testing.T) string {
	t.Helper()
	return "http://" + p.address(t, "admin")
}

// statusOf is the HTTP status of a GET, 0 where there is no answer.
func statusOf(t *testing.T, url string) int {
	t.Helper()
	client := lab.Client(nil)
	defer client.CloseIdleConnections()
	answer, err := client.Get(url)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}
