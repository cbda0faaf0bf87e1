package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rivgate/internal/lab"
)

// built is where the command is built to, once and when a test first needs it.
var built struct {
	sync.Once
	path string
	err  error
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rivgate-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.path = filepath.Join(dir, "rivgate")
	code := m.Run()
	if code == 0 {
		if err := checkScorecard(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// rivgate is the path of the built command.
func rivgate(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if out, err := exec.Command("go", "build", "-o", built.path, "../cmd/rivgate").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	must(t, built.err)
	return built.path
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
type process struct {
	run   *exec.Cmd
	log   *logBuffer
	ended chan struct{} // closed when run has exited
}

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
	p := &process{run: run, log: &logBuffer{}, ended: make(chan struct{})}
	p.run.Stdout, p.run.Stderr = p.log, p.log
	must(t, p.run.Start())
	go func() {
		_ = p.run.Wait() // its exit code is asked for in time
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.run.Process.Kill() // nothing to kill where the test has ended it
		<-p.ended
		if lines := p.log.lines(""); t.Failed() {
			t.Logf("the end of its log:\n%s", strings.Join(lines[max(0, len(lines)-20):], "\n"))
		}
	})
	p.eventually(t, "readiness", func() bool {
		return len(p.addresses("admin")) > 0 && statusOf(t, p.admin(t)+"/readyz") == http.StatusOK
	})
	return p
}

// eventually waits for a condition, and no longer than the process runs.
func (p *process) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	eventually(t, what, func() bool {
		select {
		case <-p.ended:
			t.Fatalf("the process ended before %s", what)
		default:
		}
		return holds()
	})
}

// addresses are where the listeners of that name are bound, as the log tells.
func (p *process) addresses(listener string) []string {
	var bound []string
	for _, line := range p.log.lines(`"event.action":"listening"`) {
		var event struct {
			Listener string `json:"labels.listener"`
			Address  string `json:"server.address"`
		}
		if json.Unmarshal([]byte(line), &event) == nil && event.Listener == listener {
			bound = append(bound, event.Address)
		}
	}
	return bound
}

// address is where the first listener of that name is bound.
func (p *process) address(t *testing.T, listener string) string {
	t.Helper()
	bound := p.addresses(listener)
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

// signal sends a signal.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	must(t, p.run.Process.Signal(s))
}

// exit waits for the end and returns the exit code, -1 where a signal ended it.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	eventually(t, "the end of the process", func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
	return p.run.ProcessState.ExitCode()
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
