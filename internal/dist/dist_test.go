package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// packed packs the command for this system into dir, and names the archive.
func packed(t *testing.T, binary, dir string) string {
	t.Helper()
	r := release{version: "1.2.3", host: binary, source: "../..", out: dir}
	must(t, r.write([]string{binary}))
	return fmt.Sprintf("rivgate-1.2.3-%s-%s", runtime.GOOS, runtime.GOARCH)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return content
}

// A release is packed twice: it is the same byte for byte, its checksums hold,
// its binary runs, and its bill lists what the binary was built from.
func TestRelease(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "rivgate")
	out, err := exec.Command("make", "-C", "../..", "build", "VERSION=1.2.3", "BIN="+filepath.Dir(binary)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir, again := t.TempDir(), t.TempDir()
	name := packed(t, binary, dir)
	packed(t, binary, again)

	t.Run("reproducible", func(t *testing.T) {
		for _, file := range []string{name + ".tar.gz", name + ".cdx.json", checksumFile} {
			if !bytes.Equal(read(t, filepath.Join(dir, file)), read(t, filepath.Join(again, file))) {
				t.Errorf("%s differs", file)
			}
		}
	})
	t.Run("checksums", func(t *testing.T) {
		lines := strings.Split(strings.TrimSpace(string(read(t, filepath.Join(dir, checksumFile)))), "\n")
		if len(lines) != 2 {
			t.Fatalf("%q", lines)
		}
		for _, line := range lines {
			sum, file, _ := strings.Cut(line, "  ")
			if got := fmt.Sprintf("%x", sha256.Sum256(read(t, filepath.Join(dir, file)))); got != sum {
				t.Errorf("%s: %s, has %s", file, sum, got)
			}
		}
	})
	t.Run("archive", func(t *testing.T) { checkArchive(t, filepath.Join(dir, name+".tar.gz"), name) })
	t.Run("bill", func(t *testing.T) { checkBill(t, read(t, filepath.Join(dir, name+".cdx.json")), binary) })
}

func checkArchive(t *testing.T, path, folder string) {
	unzipped, err := gzip.NewReader(bytes.NewReader(read(t, path)))
	must(t, err)
	files := make(map[string][]byte)
	var names []string
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		name, within := strings.CutPrefix(header.Name, folder+"/")
		if !within || header.Uid != 0 || header.Gid != 0 || header.Uname != "" || header.Typeflag != tar.TypeReg {
			t.Errorf("%+v", header)
		}
		files[name], err = io.ReadAll(archive)
		must(t, err)
		names = append(names, name)
		if executable := header.Mode&0o111 != 0; executable != (name == "rivgate") {
			t.Errorf("%s: mode %o", name, header.Mode)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %q", names)
	}
	for _, name := range []string{
		"rivgate", "rivgate.cdx.json", "LICENSE", "README.md", "docs/config.md", "docs/operations.md",
		"completion/rivgate.bash", "completion/_rivgate", "completion/rivgate.fish", "completion/rivgate.ps1",
		"man/man1/rivgate.1", "man/man1/rivgate-serve.1", "man/man1/rivgate-check.1",
		"deploy/systemd/rivgate.service", "deploy/systemd/rivgate.socket", "deploy/systemd/rivgate.sysusers",
		"deploy/helm/rivgate/Chart.yaml", "deploy/prometheus/alerts.yaml", "deploy/grafana/rivgate.json",
	} {
		if len(files[name]) == 0 {
			t.Errorf("no %s", name)
		}
	}
	unpacked := filepath.Join(t.TempDir(), "rivgate")
	must(t, os.WriteFile(unpacked, files["rivgate"], 0o755))
	out, err := exec.Command(unpacked, "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "rivgate 1.2.3\n") {
		t.Errorf("version: %v %s", err, out)
	}
}

// Every module that the binary names is in its bill, and nothing else.
func checkBill(t *testing.T, content []byte, binary string) {
	var document struct {
		BomFormat, SpecVersion string
		Metadata               struct {
			Component struct {
				Name, Version string
				Hashes        []struct{ Alg, Content string }
			}
		}
		Components []struct {
			Ref        string `json:"bom-ref"`
			PURL       string `json:"purl"`
			Properties []property
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}
	must(t, json.Unmarshal(content, &document))
	info, err := buildinfo.ReadFile(binary)
	must(t, err)
	want := []string{"pkg:golang/std@" + strings.TrimPrefix(runtime.Version(), "go")}
	for _, module := range info.Deps {
		want = append(want, "pkg:golang/"+module.Path+"@"+module.Version)
	}
	if len(want) < 20 {
		t.Fatalf("the binary names %d modules; the check would be blind", len(want))
	}
	var got []string
	refs := make(map[string]bool)
	for _, c := range document.Components {
		got = append(got, c.PURL)
		if refs[c.Ref] {
			t.Errorf("%s is listed twice", c.Ref)
		}
		refs[c.Ref] = true
		if !strings.HasPrefix(c.PURL, "pkg:golang/std@") && (len(c.Properties) != 1 || !strings.HasPrefix(c.Properties[0].Value, "h1:")) {
			t.Errorf("%s has no checksum: %v", c.PURL, c.Properties)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("lists\n%q\nwant\n%q", got, want)
	}
	if len(document.Dependencies) != 1 || len(document.Dependencies[0].DependsOn) != len(want) {
		t.Errorf("%+v", document.Dependencies)
	}
	product := document.Metadata.Component
	sum := fmt.Sprintf("%x", sha256.Sum256(read(t, binary)))
	if document.BomFormat != "CycloneDX" || product.Version != "1.2.3" || product.Hashes[0].Content != sum {
		t.Errorf("%s %+v", document.BomFormat, product)
	}
}

// Every command has a page, and every page it points to exists.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "../../cmd/rivgate", "man", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	must(t, err)
	if len(pages) < 10 {
		t.Fatalf("%q", pages)
	}
	for _, path := range pages {
		page := string(read(t, path))
		if !strings.HasPrefix(page, `.TH "RIVGATE`) || !strings.Contains(page, "\n.SH NAME\n") {
			t.Errorf("%s begins %.80q", path, page)
		}
		for _, named := range regexp.MustCompile(`\\fB(rivgate[a-z\\-]*)\\fR\(1\)`).FindAllStringSubmatch(page, -1) {
			other := strings.ReplaceAll(named[1], `\-`, "-") + ".1"
			if !slices.Contains(pages, filepath.Join(dir, other)) {
				t.Errorf("%s points to %s, which is not there", path, other)
			}
		}
	}
	if page := string(read(t, filepath.Join(dir, "rivgate-explain.1"))); !strings.Contains(page, `\fB\-\-contract=STRING\fR`) {
		t.Errorf("no flags on\n%s", page)
	}
	if lint, err := exec.LookPath("man"); err != nil {
		t.Log("man is not here: the pages' macros were not read")
	} else {
		for _, path := range pages {
			command := exec.Command(lint, "--warnings", "--local-file", path)
			command.Env = append(os.Environ(), "MANROFFSEQ=", "LC_ALL=C.UTF-8")
			var complaints bytes.Buffer
			command.Stderr = &complaints
			if err := command.Run(); err != nil || complaints.Len() > 0 {
				t.Errorf("%s: %v %s", path, err, complaints.String())
			}
		}
	}
}
