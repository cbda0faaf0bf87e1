package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"rivgate/internal/demo"
	"rivgate/internal/lab"
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
	out := &watched{mark: "Ctrl-C ends it.", seen: make(chan struct{})}
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
	if len(lines) < 8 {
		t.Errorf("%d curl lines found in\n%s", len(lines), out.text.String())
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
		if !strings.Contains(command, "--data-binary") {
			return get1(t, strings.Trim(strings.TrimPrefix(command, "curl "), "'"))
		}
		return post1(t, command)
	}
	out, err := exec.Command("sh", "-c", command+` -sS -w '\n%{http_code}'`).CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", command, err, out)
	}
	cut := bytes.LastIndexByte(out, '\n')
	return string(out[cut+1:]), string(out[:cut])
}

// get1 asks for a page.
func get1(t *testing.T, url string) (status, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	answer, err := lab.Client(nil).Do(request)
	must(t, err)
	defer answer.Body.Close()
	return fmt.Sprint(answer.StatusCode), read(t, answer.Body)
}

// post1 makes the request of a curl line.
func post1(t *testing.T, command string) (status, body string) {
	t.Helper()
	flag := func(pattern string) string {
		match := regexp.MustCompile(pattern).FindStringSubmatch(command)
		if match == nil {
			t.Fatalf("no %s in %s", pattern, command)
		}
		return match[1]
	}
	certificate, err := tls.LoadX509KeyPair(flag(`--cert (\S+)`), flag(`--key (\S+)`))
	must(t, err)
	authority, err := os.ReadFile(flag(`--cacert (\S+)`))
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := lab.Client(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}})
	defer client.CloseIdleConnections()
	content, err := os.ReadFile(flag(`--data-binary @(\S+)`))
	must(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, flag(`(https://\S+)$`), bytes.NewReader(content))
	must(t, err)
	name, value, _ := strings.Cut(flag(`-H '([^']+)'`), ": ")
	request.Header.Set(name, value)
	answer, err := client.Do(request)
	must(t, err)
	defer answer.Body.Close()
	return fmt.Sprint(answer.StatusCode), read(t, answer.Body)
}
