//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Where `make interop` installs the libraries of the clients.
const libraries = "../bin/interop"

func TestZeep(t *testing.T) {
	w := newWorld(t)
	report := run(t, libraries+"/python/bin/python", "python/client.py", w.writeScenario(t))
	w.check(t, report, []string{"mtom", "mtom-converted", "mtom-converted-back"})
}

// run runs a client and reads its report.
func run(t *testing.T, command string, args ...string) []outcome {
	t.Helper()
	var report []outcome
	if err := json.Unmarshal(output(t, command, args...), &report); err != nil {
		t.Fatalf("report: %v", err)
	}
	return report
}

func output(t *testing.T, command string, args ...string) []byte {
	t.Helper()
	if found, err := filepath.Abs(command); err == nil && filepath.Base(command) != command {
		command = found
	}
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Env = append(os.Environ(), "NO_PROXY=*")
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", command, err, complaints.Bytes(), out.Bytes())
	}
	return out.Bytes()
}
