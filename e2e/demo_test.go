package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"rivgate/internal/demo"
)

// watched is a writer that tells when a text has been written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	mark string
	seen chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if w.mark != "" && strings.Contains(w.text.String(), w.mark) {
		w.mark = ""
		close(w.seen)
	}
	return n, err
}

// The demo's curl lines work when they are pasted, and do what they say.
func TestDemoCurlLines(t *testing.T) {
	out := &watched{mark: "Ctrl-C ends the demo.", seen: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- demo.Run(ctx, demo.Options{Version: "test", Out: out}) }()
	select {
	case <-out.seen:
	case err := <-done:
		t.Fatalf("the demo ended: %v", err)
	}
	line := regexp.MustCompile(`(?m)^# .*\(HTTP (\d+)(?: (VP\d+))?\)\n(curl (?:.*\\\n)*.*)$`)
	lines := line.FindAllStringSubmatch(out.text.String(), -1)
	if len(lines) < 30 {
		t.Errorf("%d curl lines found in\n%s", len(lines), out.text.String())
	}
	// VP008 needs a gateway without catalogue; VP001 and VP012 no call brings about.
	for _, code := range []string{"VP002", "VP003", "VP004", "VP005", "VP006", "VP007", "VP009", "VP010", "VP011", "VP013", "VP014", "VP015"} {
		if !slices.ContainsFunc(lines, func(line []string) bool { return line[2] == code }) {
			t.Errorf("no line shows %s", code)
		}
	}
	for _, match := range lines {
		status, code, command := match[1], match[2], match[3]
		gotStatus, body := paste(t, command)
		if gotStatus != status || code != "" && !strings.Contains(body, code+" [DEMO]") || code == "" && strings.Contains(body, "faultstring>VP") {
			t.Errorf("%s\nwant HTTP %s %s, got HTTP %s\n%s", command, status, code, gotStatus, body)
		}
	}
	stop()
	must(t, <-done)
	if dir := regexp.MustCompile(`lives in (\S+) `).FindStringSubmatch(out.text.String()); dir == nil {
		t.Error("the demo does not say where it lives")
	} else if _, err := os.Stat(dir[1]); !os.IsNotExist(err) {
		t.Errorf("the demo left %s behind", dir[1])
	}
}

// paste runs a curl line in a shell, or does what it says where there is no curl.
func paste(t *testing.T, command string) (status, body string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		got, body, err := interpret(t, command, nil)
		must(t, err)
		return fmt.Sprint(got), body
	}
	out, err := exec.Command("sh", "-c", command+` -sS -w '\n%{http_code}'`).CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", command, err, out)
	}
	cut := bytes.LastIndexByte(out, '\n')
	return string(out[cut+1:]), string(out[:cut])
}
