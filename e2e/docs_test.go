package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every row of docs/deviations.md names what pins it, and all of that exists.
func TestDeviationsArePinned(t *testing.T) {
	content, err := os.ReadFile("../docs/deviations.md")
	must(t, err)
	out, err := exec.Command("grep", "-rhoE", "--include=*_test.go", `func Test[A-Za-z0-9_]+`, "..").Output()
	must(t, err)
	tests := strings.Fields(strings.ReplaceAll(string(out), "func ", ""))
	known := make(map[string]bool)
	for _, name := range tests {
		known[name] = true
	}
	row := regexp.MustCompile(`(?m)^\| (\d+) \|.*\| ([^|]+) \|$`)
	rows := row.FindAllStringSubmatch(string(content), -1)
	if len(rows) != 29 {
		t.Fatalf("%d rows, want 29", len(rows))
	}
	for _, match := range rows {
		for name := range strings.SplitSeq(match[2], ",") {
			name = strings.TrimSpace(name)
			if strings.HasPrefix(name, "Test") {
				if !known[name] {
					t.Errorf("row %s: no test is called %s", match[1], name)
				}
			} else if _, err := os.Stat(filepath.Join("testdata", "wire", name+".txtar")); err != nil {
				t.Errorf("row %s: no wire test is called %s", match[1], name)
			}
		}
	}
}
