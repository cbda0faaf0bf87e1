package labtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startLimit bounds how long a program may take to start or to end, on a machine
// that does much else.
const startLimit = 30 * time.Second

// built is the command, built once for all tests of a binary.
var built struct {
	sync.Once
	dir, path string
	err       error
}

// Run is m.Run, and removes afterwards what Rivgate built. A package whose tests
// use Rivgate calls it in its TestMain.
func Run(m *testing.M) (code int) {
	code = m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir) // in a folder for temporary files
	}
	return code
}

// Rivgate is the path of the built command.
func Rivgate(t testing.TB) string {
	t.Helper()
	built.Do(func() { built.err = build() })
	must(t, built.err)
	return built.path
}

// build builds into a folder that outlives the test which needs it first.
func build() (err error) {
	if built.dir, err = os.MkdirTemp("", "rivgate-"); err != nil {
		return err
	}
	built.path = filepath.Join(built.dir, "rivgate")
	if out, err := exec.Command("go", "build", "-o", built.path, "rivgate/cmd/rivgate").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Program is a program that runs beside a test. It is safe for concurrent use.
type Program struct {
	run   *exec.Cmd
	ended chan struct{} // closed when it has exited

	mu     sync.Mutex
	output bytes.Buffer
}

// Start starts a program. When the test ends it is killed, with all that it has
// started, if nothing else has ended it.
func Start(t testing.TB, run *exec.Cmd) *Program {
	t.Helper()
	p := &Program{run: run, ended: make(chan struct{})}
	run.Stdout, run.Stderr = p, p
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.WaitDelay = time.Second // for children of its own that hold the output open
	must(t, run.Start())
	go func() {
		_ = run.Wait() // its exit code is asked for in time
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-run.Process.Pid, syscall.SIGKILL) // fails where all of it has ended
		<-p.ended
		if t.Failed() {
			t.Logf("the end of what %s printed:\n%s", filepath.Base(run.Path), p.end())
		}
	})
	return p
}

// Write takes what the program prints.
func (p *Program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(text)
}

// Lines are the lines it has printed that contain text.
func (p *Program) Lines(text string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for line := range strings.Lines(p.output.String()) {
		if strings.Contains(line, text) {
			found = append(found, strings.TrimSuffix(line, "\n"))
		}
	}
	return found
}

// end is as much of what it printed as one wants to read.
func (p *Program) end() string {
	lines := p.Lines("")
	lines = lines[max(0, len(lines)-15):]
	for i, line := range lines {
		lines[i] = line[:min(len(line), 500)]
	}
	return strings.Join(lines, "\n")
}

// Eventually waits for a condition, and no longer than the program runs.
func (p *Program) Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startLimit); !holds(); time.Sleep(5 * time.Millisecond) {
		select {
		case <-p.ended:
			t.Fatalf("%s ended before %s", p.run.Path, what)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

// Addresses are where a gateway's listeners of that name are bound, as its log
// tells.
func (p *Program) Addresses(listener string) []string {
	return Addresses(p.Lines("listening"), listener)
}

// Addresses are where a gateway's listeners of that name are bound, as the lines of
// its log tell.
func Addresses(log []string, listener string) []string {
	var bound []string
	for _, line := range log {
		if !strings.Contains(line, `"event.action":"listening"`) {
			continue
		}
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

// Address is the first of Addresses; empty where there is none.
func (p *Program) Address(listener string) string {
	if bound := p.Addresses(listener); len(bound) > 0 {
		return bound[0]
	}
	return ""
}

// Signal sends a signal to the program itself.
func (p *Program) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	must(t, p.run.Process.Signal(s))
}

// Exit waits for the end and returns the exit code, -1 where a signal ended it.
func (p *Program) Exit(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(startLimit):
		must(t, errors.New(p.run.Path+" does not end"))
	}
	return p.run.ProcessState.ExitCode()
}
