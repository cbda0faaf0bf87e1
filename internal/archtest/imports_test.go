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
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "rivgate"

// row is one line of ARCHITECTURE.md's table of packages.
var row = regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\| .* \\| ([^|]+) \\|$")

// table is ARCHITECTURE.md's: what each package may import of ours. nil stands
// for everything.
func table(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	allowed := make(map[string][]string)
	for _, match := range row.FindAllStringSubmatch(string(page), -1) {
		switch names := strings.TrimSpace(match[2]); names {
		case "everything":
			allowed[match[1]] = nil
		case "–":
			allowed[match[1]] = []string{}
		default:
			allowed[match[1]] = strings.Split(names, ", ")
		}
	}
	if len(allowed) < 20 {
		t.Fatalf("ARCHITECTURE.md lists %d packages; the check would be blind", len(allowed))
	}
	return allowed
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
	allowed := table(t)
	found := make(map[string]bool)
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if len(p.GoFiles) == 0 || name == "e2e" || name == "interop" {
			continue
		}
		found[name] = true
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the table", name)
		}
		used := make(map[string]bool)
		for _, path := range p.Imports {
			ours, isOurs := strings.CutPrefix(path, module+"/")
			used[ours] = true
			if isOurs && may != nil && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s; the table does not allow it", name, ours)
			}
			if path == "net/http" && slices.Contains(withoutHTTP, name) {
				t.Errorf("%s imports net/http", name)
			}
		}
		for _, ours := range may {
			if !used[ours] {
				t.Errorf("the table lets %s import %s, and it does not", name, ours)
			}
		}
	}
	for name := range allowed {
		if !found[name] {
			t.Errorf("the table lists %s, which is not there", name)
		}
	}
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
