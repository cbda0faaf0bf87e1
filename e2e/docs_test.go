package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// Every test that the threat model names exists, and every class of attacks
// stands in it.
func TestThreatModelIsGuarded(t *testing.T) {
	content, err := os.ReadFile("../docs/threat-model.md")
	must(t, err)
	out, err := exec.Command("grep", "-rhoE", "--include=*_test.go", `^func (Test|Fuzz)[A-Za-z0-9_]+`, "..").Output()
	must(t, err)
	known := strings.Fields(strings.ReplaceAll(string(out), "func ", ""))
	threat := regexp.MustCompile(`(?m)^\| ([^|*]+) \| ([^|]+) \| ([^|]*) \|$`)
	_, threats, _ := strings.Cut(string(content), "\n## Threats\n")
	rows := threat.FindAllStringSubmatch(threats, -1)
	if len(rows) < 30 {
		t.Fatalf("%d threats found on the page", len(rows))
	}
	named := make(map[string]bool)
	for _, row := range rows[1:] { // the first is the head
		for name := range strings.SplitSeq(row[3], ",") {
			name = strings.TrimSpace(name)
			named[name] = true
			if slices.Contains(known, name) {
				continue
			}
			if _, err := os.Stat(filepath.Join("testdata", "wire", name+".txtar")); err != nil || name == "" {
				t.Errorf("%s: no test and no wire test is called %q", row[1], name)
			}
		}
	}
	for _, name := range known {
		if strings.HasPrefix(name, "TestAttack") && !named[name] {
			t.Errorf("%s guards no threat of the page", name)
		}
	}
}
