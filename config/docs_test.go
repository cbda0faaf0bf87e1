package config_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"rivgate/config"
)

func page(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The page and the types say the same of every key: its type, its default and
// whether a reload changes it.
func TestPageAndTypesAgree(t *testing.T) {
	documented := map[string]key{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$").FindAllStringSubmatch(page(t), -1) {
		cells := strings.Split(row[2], " | ")
		if len(cells) != 4 || cells[2] == "" {
			t.Errorf("row of %s: want type, default, effect and reload", row[1])
			continue
		}
		if _, twice := documented[row[1]]; twice {
			t.Errorf("%s is documented twice", row[1])
		}
		documented[row[1]] = key{cells[0], cells[1], cells[3]}
	}
	keys := schema(t)
	for name, want := range keys {
		if got, ok := documented[name]; !ok {
			t.Errorf("%s is not documented", name)
		} else if got != want {
			t.Errorf("%s is documented as %v, want %v", name, got, want)
		}
	}
	for name := range documented {
		if _, ok := keys[name]; !ok {
			t.Errorf("%s is documented and does not exist", name)
		}
	}
}

// blocks are the page's YAML blocks: the minimal file and the full one.
func blocks(t *testing.T) (minimal, full string) {
	t.Helper()
	found := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page(t), -1)
	if len(found) != 2 {
		t.Fatalf("%d YAML blocks, want the minimal and the full file", len(found))
	}
	return found[0][1], found[1][1]
}

func TestPageFilesLoad(t *testing.T) {
	minimal, full := blocks(t)
	for name, text := range map[string]string{"minimal": minimal, "full": full} {
		if _, err := config.Parse(name, []byte(text), "/etc/rivgate", lookup); err != nil {
			t.Error(err)
		}
	}
}

// The full file shows every key but those that exclude a key it shows.
func TestPageFullFileIsFull(t *testing.T) {
	_, full := blocks(t)
	var tree any
	if err := yaml.Unmarshal([]byte(full), &tree); err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	flatten(tree, "", shown)
	excluded := map[string]bool{
		"tak.file": true, "tak.tls.pkcs12": true, "tak.tls.password_file": true,
		"producers.tls.default.pkcs12": true, "producers.tls.default.password_file": true,
	}
	for name := range schema(t) {
		if shown[name] == excluded[name] {
			t.Errorf("%s: shown %v, want %v", name, shown[name], !excluded[name])
		}
	}
}

func flatten(value any, path string, into map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, below := range value {
			flatten(below, strings.TrimPrefix(path+"."+name, "."), into)
		}
	case []any:
		into[path] = true
		for _, item := range value {
			flatten(item, path+"[]", into)
		}
	default:
		into[path] = true
	}
}

// What the page's first example leaves out is not required: nothing can be
// left out of it.
func TestPageMinimalFileIsMinimal(t *testing.T) {
	minimal, _ := blocks(t)
	lines := strings.SplitAfter(minimal, "\n")
	for i, line := range lines[:len(lines)-1] {
		rest := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
		if _, err := config.Parse("minimal", []byte(rest), "/", lookup); err == nil {
			t.Errorf("line %s (%s) is not needed", strconv.Itoa(i+1), strings.TrimSpace(line))
		}
	}
}
