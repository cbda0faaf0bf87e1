package deploy_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// command is the binary as the image and the archives have it, built once.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rivgate-deploy-")
	if err != nil {
		return "", err
	}
	build := exec.Command("make", "-C", "..", "build", "VERSION=test", "BIN="+dir)
	build.Env = append(os.Environ(), "GOOS=linux")
	build.Stderr = os.Stderr
	return filepath.Join(dir, "rivgate"), build.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := command(); err == nil {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// No image is built here: this reads the Dockerfile, and builds the binary with
// the command that stands there.
func TestDockerfile(t *testing.T) {
	type instruction struct{ name, rest string }
	var last []instruction // of the stage that becomes the image
	var build string
	text := regexp.MustCompile(`\\\n`).ReplaceAllString(read(t, "Dockerfile"), "")
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name == "" || strings.HasPrefix(name, "#"):
			continue
		case name == "FROM" && strings.HasSuffix(rest, " AS build"):
			build = rest
		case name == "FROM":
			last = nil
		}
		last = append(last, instruction{name, rest})
	}
	values := make(map[string][]string)
	for _, i := range last {
		values[i.name] = append(values[i.name], i.rest)
	}
	release := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	if !strings.HasSuffix(build, " golang:"+release+" AS build") {
		t.Errorf("%q, and go.mod has Go %s", build, release)
	}
	for name, want := range map[string]string{
		"FROM": "scratch", "USER": "65532:65532", "ENTRYPOINT": `["/rivgate"]`, "CMD": `["serve", "--config", "/etc/rivgate/rivgate.yaml"]`,
		"EXPOSE": "8443 8080 8089", "RUN": "", "HEALTHCHECK": "", "SHELL": "", "ADD": "",
	} {
		if got := strings.Join(values[name], ";"); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(text, " make build ") {
		t.Error("the binary is not built as everywhere else")
	}
}

// What is no part of the source stays out of the build: a sandbox has keys in it.
func TestBuildContext(t *testing.T) {
	ignored := strings.Fields(read(t, "Dockerfile.dockerignore"))
	for _, pattern := range strings.Fields(read(t, "../.gitignore")) {
		want := "**/" + pattern
		if strings.HasPrefix(pattern, "/") {
			want = strings.Trim(pattern, "/")
		}
		if !slices.Contains(ignored, want) {
			t.Errorf("%s is not left out", want)
		}
	}
	if slices.Contains(ignored, ".git") {
		t.Error("without .git the binary does not know its commit")
	}
}

// What runs in an image without a loader and a C library needs neither.
func TestBinaryIsStatic(t *testing.T) {
	path, err := command()
	must(t, err)
	binary, err := elf.Open(path)
	must(t, err)
	defer binary.Close()
	for _, part := range binary.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("it has %s", part.Type)
		}
	}
	if libraries, _ := binary.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("it needs %q", libraries)
	}
}
