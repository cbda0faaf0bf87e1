package archtest

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "rivgate"

// allowed is the table of ARCHITECTURE.md: what each package may import of
// ours. internal/app may import everything and cmd what it starts.
var allowed = map[string][]string{
	"fault":              {},
	"soap":               {"fault"},
	"internal/xmlstream": {},
	"hsa":                {"internal/xmlstream"},
	"tak":                {"fault", "soap", "internal/xmlstream"},
	"rivta":              {"soap", "fault"},
	"auth":               {"fault"},
	"routing":            {"tak", "hsa", "rivta", "fault"},
	"wsdl":               {"fault"},
	"edge":               {},
	"record":             {"fault"},
	"proxy/upstream":     {},
	"proxy":              {"auth", "soap", "rivta", "routing", "wsdl", "record", "fault", "proxy/upstream"},
	"admin":              {},
	"config":             {},
	"internal/migrate":   {"config", "routing"},
	"internal/lab":       {},
	"internal/archtest":  {},
}

// withoutHTTP are the packages whose rules must be plain functions.
var withoutHTTP = []string{"fault", "soap", "hsa", "rivta", "routing"}

type listed struct {
	ImportPath string
	Dir        string
	Name       string
	Doc        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Name,Doc,GoFiles,Imports", module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages; the check would be blind", len(all))
	}
	return all
}

func TestImportsFollowTheTable(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if len(p.GoFiles) == 0 || free(name) {
			continue
		}
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the table", name)
		}
		for _, path := range p.Imports {
			ours, isOurs := strings.CutPrefix(path, module+"/")
			if isOurs && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s; the table does not allow it", name, ours)
			}
			if path == "net/http" && slices.Contains(withoutHTTP, name) {
				t.Errorf("%s imports net/http", name)
			}
		}
	}
}

// free tells which packages the table leaves free.
func free(name string) bool {
	switch name {
	case "internal/app", "internal/demo", "internal/lab/labtest", "internal/lab/recorded":
		return true
	}
	return strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "e2e")
}

func TestOnlyInternalAndCmdReadTheConfiguration(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if slices.Contains(p.Imports, module+"/config") && !strings.HasPrefix(name, "internal/") && !strings.HasPrefix(name, "cmd/") {
			t.Errorf("%s imports config", name)
		}
	}
}

func TestEveryPackageSaysWhatItIsOnce(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		comments := 0
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.Doc != nil {
				comments++
			}
		}
		if comments > 1 {
			t.Errorf("%s has %d package comments", p.ImportPath, comments)
		}
	}
}

func TestNoReplaceInGoMod(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}")
	dir, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "replace") {
			t.Errorf("go.mod: %s", line)
		}
	}
}
