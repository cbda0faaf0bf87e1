package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// blocks are a page's blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, match := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// The README's commands work in the order they stand there, its configuration
// is one, and what its table says the gateway can do it can.
func TestReadme(t *testing.T) {
	text := page(t, "README.md")
	dir := checkout(t)
	ran := 0
	for _, commands := range blocks(text, "sh") {
		for command := range strings.Lines(commands) {
			run := exec.Command("sh", "-c", command)
			run.Dir = dir
			if strings.HasPrefix(command, "make ") { // make test would come back here
				run = exec.Command("sh", "-c", strings.TrimSpace(command)+" --dry-run")
				run.Dir = ".."
			}
			if out, err := run.CombinedOutput(); err != nil || len(out) == 0 && !strings.Contains(command, " check ") {
				t.Errorf("%s%v\n%s", command, err, out)
			}
			ran++
		}
	}
	if ran != 4 {
		t.Errorf("%d commands, want 4", ran)
	}
	yaml := blocks(text, "yaml")
	if len(yaml) != 1 {
		t.Fatalf("%d configurations", len(yaml))
	}
	path := filepath.Join(dir, "sandbox", "readme.yaml")
	must(t, os.WriteFile(path, []byte(yaml[0]), 0o600))
	if _, complaints, code := command(t, "check", "--config", path); code != 0 {
		t.Errorf("the configuration: %s", complaints)
	}
	rows := regexp.MustCompile("(?m)^\\| `rivgate ([a-z-]+(?: verify)?)([^`]*)` \\|").FindAllStringSubmatch(text, -1)
	if len(rows) < 9 {
		t.Errorf("%d commands in the table", len(rows))
	}
	for _, row := range rows {
		out, _, code := command(t, append(strings.Fields(row[1]), "--help")...)
		if code != 0 || !strings.Contains(out, "rivgate "+row[1]) {
			t.Errorf("rivgate %s: exit %d\n%s", row[1], code, out)
		}
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(row[0], -1) {
			if !strings.Contains(out, flag) {
				t.Errorf("rivgate %s has no %s", row[1], flag)
			}
		}
	}
}

// What CONTRIBUTING.md tells people to run can be run: make help is, and of go
// test's lines the package has the test and the flag.
func TestContributing(t *testing.T) {
	text := page(t, "CONTRIBUTING.md")
	help := exec.Command("make", "--no-print-directory", "help")
	help.Dir = ".."
	out, err := help.CombinedOutput()
	if err != nil {
		t.Fatalf("make help: %v\n%s", err, out)
	}
	lines := 0
	for _, commands := range blocks(text, "sh") {
		for command := range strings.Lines(commands) {
			command, _, _ = strings.Cut(strings.TrimSpace(command), "  #")
			words := strings.Fields(command)
			lines++
			switch {
			case words[0] == "make":
				if !strings.Contains(string(out), "\n  "+words[1]+" ") && words[1] != "help" {
					t.Errorf("make help does not know %s", command)
				}
			case words[0] == "go" && words[1] == "test":
				tests := exec.Command("sh", "-c", "cat "+words[2]+"/*_test.go")
				tests.Dir = ".."
				source, err := tests.Output()
				must(t, err)
				for i, word := range words[3:] {
					takesName := regexp.MustCompile(`^-(?:run|fuzz)$`).MatchString(word)
					name, _, _ := strings.Cut(strings.Trim(words[min(i+4, len(words)-1)], "'^$"), "/")
					if takesName && !strings.Contains(string(source), "func "+name) {
						t.Errorf("%s: there is no %s", command, name)
					}
					if flag, is := strings.CutPrefix(word, "-"); is && !takesName && flag != "fuzztime" && !strings.Contains(string(source), `flag.Bool("`+flag+`"`) {
						t.Errorf("%s: there is no flag -%s", command, flag)
					}
				}
			default:
				t.Errorf("%s: nothing checks this line", command)
			}
		}
	}
	if lines < 10 {
		t.Errorf("%d commands", lines)
	}
}
