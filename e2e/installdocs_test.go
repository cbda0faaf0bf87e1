package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the page on operations tells people to install is in the repository, or
// made by a target of the Makefile.
func TestOperationsPageNamesFilesThatExist(t *testing.T) {
	text := page(t, "docs/operations.md")
	files := regexp.MustCompile(`\bdeploy/[A-Za-z0-9_./-]*[A-Za-z0-9]`).FindAllString(text, -1)
	if len(files) < 15 {
		t.Errorf("%d files found", len(files))
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(text, -1) {
		files = append(files, filepath.Join("docs", link[1]))
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join("..", file)); err != nil {
			t.Errorf("%v", err)
		}
	}
	makefile := page(t, "Makefile")
	for _, target := range regexp.MustCompile("`make ([a-z-]+)`").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(makefile, "\n"+target[1]+": ") {
			t.Errorf("there is no make %s", target[1])
		}
	}
	values := page(t, "deploy/helm/rivgate/values.yaml")
	for _, value := range []string{"persistence:\n  enabled:", "hsa:\n", "  update:\n", "nameOverride:"} {
		if !strings.Contains(values, "\n"+value) && !strings.HasPrefix(values, value) {
			t.Errorf("the chart has no value %q", value)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, _, code := command(t, "completion", shell); code != 0 || !strings.Contains(out, "rivgate") {
			t.Errorf("completion %s: exit %d", shell, code)
		}
	}
}
