package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMain lets this program be what bench starts itself as.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && commands[os.Args[1]] != nil {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func builtGateway(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rivgate")
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/rivgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// bench runs a command and is what it printed.
func bench(t *testing.T, args ...string) string {
	t.Helper()
	var out, complaints strings.Builder
	if code := run(args, &out, &complaints); code != 0 {
		t.Fatalf("bench %s ended with %d: %s", strings.Join(args, " "), code, complaints.String())
	}
	return out.String()
}

// Every case runs, every answer is right, and every case is on the page. How
// long anything took is nobody's business here.
func TestEveryCase(t *testing.T) {
	if testing.Short() {
		t.Skip("starts every proxy for every case")
	}
	page := bench(t, "-quick", "-rivgate", builtGateway(t))
	for _, s := range scenarios(true) {
		rows := regexp.MustCompile(`(?s)### ` + regexp.QuoteMeta(s.name) + `\n\n.*?\| rivgate +\| \d.*?\| ReverseProxy +\| \d`)
		if !rows.MatchString(page) {
			t.Errorf("%s is not on the page, or not with both proxies:\n%s", s.name, page)
		}
	}
	if !regexp.MustCompile(`(?s)## ` + largeName + `\n\n.*?\n[1-9]\d* refreshes, of which \d+ ended while calls were made.*?\| with ÷ without +\| \d`).MatchString(page) {
		t.Errorf("%s is not on the page:\n%s", largeName, page)
	}
}

func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	out := bench(t, "soak", "-duration", "12s", "-rivgate", builtGateway(t))
	if !regexp.MustCompile(`[1-9]\d* calls answered right, [1-9]\d* callers left early, [1-9]\d* resets, [1-9]\d* reloads`).MatchString(out) {
		t.Errorf("printed %s", out)
	}
}
