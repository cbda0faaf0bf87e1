package e2e

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"rivgate/internal/lab/labtest"
)

// tourStep is a block of commands with the block of output that follows it.
type tourStep struct{ commands, output string }

// tourSteps are the blocks of a page in order.
func tourSteps(text string) []tourStep {
	var found []tourStep
	for _, match := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?").FindAllStringSubmatch(text, -1) {
		found = append(found, tourStep{match[1], match[2]})
	}
	return found
}

// shows tells whether output is what a page says of it, … standing for what is
// left out; at the end of a line and at the beginning of the next it is one.
func shows(said, output string) bool {
	said = strings.ReplaceAll(said, "…\n…", "…")
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(said)), "…", ".*")
	output = strings.ReplaceAll(output, "\r\n", "\n")
	return regexp.MustCompile(`(?s)^` + pattern + `$`).MatchString(strings.TrimSpace(output))
}

// The tour's blocks, pasted one after the other, show what the page says.
func TestTour(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("the tour is for those who have curl")
	}
	text := page(t, "docs/tour.md")
	tour := tourSteps(text)
	if len(tour) < 40 || tour[0].commands != "make build\nbin/rivgate demo --keep sandbox\n" {
		t.Fatalf("%d blocks, which begin with %s", len(tour), tour[0].commands)
	}
	dir := checkout(t)
	addresses := startTour(t, dir)
	for _, step := range tour[1:] {
		commands, output := addresses.Replace(step.commands), addresses.Replace(step.output)
		if strings.Contains(commands, "--keep") || output == "" {
			t.Errorf("nothing is said of\n%s", commands)
			continue
		}
		recorded := strings.HasPrefix(commands, "grep ") || strings.Contains(commands, "/metrics")
		got := pasteBlock(t, dir, commands)
		if recorded { // what becomes of a call is written once it is answered
			eventually(t, output, func() bool {
				got = pasteBlock(t, dir, commands)
				return shows(output, got)
			})
		}
		if !shows(output, got) {
			t.Errorf("%s\nwant\n%s\ngot\n%s", commands, output, got)
		}
	}
}

// checkout is a folder in which bin/rivgate has been built.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	must(t, os.Symlink(labtest.Rivgate(t), filepath.Join(dir, "bin", "rivgate")))
	return dir
}

// startTour runs the demo in dir and returns where its listeners are instead of
// where the page has them.
func startTour(t *testing.T, dir string) *strings.Replacer {
	t.Helper()
	out := &watched{mark: "Ctrl-C ends the demo.", seen: make(chan struct{})}
	run := exec.Command("bin/rivgate", "demo", "--keep", "sandbox")
	run.Dir, run.Stdout, run.Stderr = dir, out, out
	must(t, run.Start())
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	select {
	case <-out.seen:
	case err := <-ended:
		t.Fatalf("the demo ended: %v\n%s", err, out.text.String())
	}
	t.Cleanup(func() {
		must(t, run.Process.Signal(syscall.SIGINT))
		must(t, <-ended)
	})
	at := func(label string) string {
		match := regexp.MustCompile(label + ` +https?://([^/]+)`).FindStringSubmatch(out.text.String())
		if match == nil {
			t.Fatalf("the demo does not say where its %s is", label)
		}
		return match[1]
	}
	https, http, admin := at("TLS listener"), at("plain listener"), at("for operators")
	free := func() string {
		probe, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer probe.Close()
		return port(probe.Addr().String())
	}
	return strings.NewReplacer("localhost:8443", https, "127.0.0.1:8080", http, "127.0.0.1:8081", admin,
		":8443", ":"+port(https), ":8080", ":"+port(http), ":8081", ":"+port(admin), "9443", free(), "9080", free(), "9081", free())
}

func port(address string) string {
	return address[strings.LastIndexByte(address, ':')+1:]
}

// pasteBlock runs commands as a shell in dir does, and returns all they print.
// What they return does not count: explain and curl say of some calls that they fail.
func pasteBlock(t *testing.T, dir, commands string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	shell := exec.CommandContext(ctx, "sh", "-c", commands)
	shell.Dir, shell.Stdout, shell.Stderr = dir, &out, &out
	shell.Env = []string{"PATH=" + os.Getenv("PATH")} // and no proxy
	_ = shell.Run()
	return out.String()
}

// The tour has every code that a call can end with, and every request of the sandbox.
func TestTourIsWhole(t *testing.T) {
	text := page(t, "docs/tour.md")
	never := map[string]bool{"VP001": true, "VP012": true}
	codes := regexp.MustCompile(`(?m)^\| (VP\d{3}) \|`).FindAllStringSubmatch(page(t, "docs/faults.md"), -1)
	if len(codes) != 15 {
		t.Errorf("%d codes", len(codes))
	}
	for _, code := range codes {
		shown := false
		for _, step := range tourSteps(text) {
			shown = shown || strings.Contains(step.commands, "curl ") && strings.Contains(step.output, code[1]+" [DEMO]")
		}
		if shown == never[code[1]] || !strings.Contains(text, "**"+code[1]+"**") {
			t.Errorf("%s: shown is %v", code[1], shown)
		}
	}
	requests := regexp.MustCompile(`Name: +"([a-z0-9-]+)"`).FindAllStringSubmatch(page(t, "internal/lab/demoexamples.go"), -1)
	if len(requests) < 25 {
		t.Errorf("%d requests", len(requests))
	}
	for _, request := range requests {
		if !strings.Contains(text, "@sandbox/requests/"+request[1]+".xml") {
			t.Errorf("the tour does not send %s", request[1])
		}
	}
}
