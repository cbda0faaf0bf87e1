package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// parts are the Go benchmarks the page shows as they are.
var parts = []struct{ pkg, pattern string }{
	{"./soap", "^BenchmarkRead$"},
	{"./rivta", "^BenchmarkConvert$"},
	{"./proxy", "^BenchmarkGateway$"},
}

// micro runs them, and is what benchstat says. It needs the source, and to be
// run in its folder.
func micro(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "rivgate-bench-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }() // one small file
	var found bytes.Buffer
	for _, part := range parts {
		out, err := tool(ctx, "test", "-run", "^$", "-bench", part.pattern, "-benchmem", "-benchtime", "100ms", "-count", "6", part.pkg)
		if err != nil {
			return "", err
		}
		found.WriteString(out)
	}
	path := filepath.Join(dir, "now")
	if err := os.WriteFile(path, found.Bytes(), 0o600); err != nil {
		return "", err
	}
	out, err := tool(ctx, "tool", "-modfile=tools/go.mod", "benchstat", path)
	if err != nil {
		return "", err
	}
	return summary(out, path), nil
}

// summary is what benchstat printed without the machine's name and the file's.
func summary(out, path string) string {
	var kept []string
	for line := range strings.Lines(strings.ReplaceAll(out, path, "now")) {
		if !strings.HasPrefix(line, "cpu:") && !strings.HasPrefix(line, "goos:") && !strings.HasPrefix(line, "goarch:") {
			kept = append(kept, strings.TrimRight(line, " \n"))
		}
	}
	return strings.Join(kept, "\n")
}

// tool runs the go command and is what it printed.
func tool(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s%s", strings.Join(args, " "), err, out.Bytes(), complaints.Bytes())
	}
	return out.String(), nil
}
