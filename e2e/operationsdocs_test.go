package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is a file of the repository.
func page(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", path))
	must(t, err)
	return string(content)
}

// Every path of the page on operations is served, by the methods it says, and
// every path that is served is on it.
func TestOperationsPageNamesEndpoints(t *testing.T) {
	variables := documentedWorld(t)
	text := page(t, "docs/operations.md")
	rows := regexp.MustCompile("(?m)^\\| `(/[^`]*)` \\| ([A-Z, ]+) \\|").FindAllStringSubmatch(text, -1)
	if len(rows) != 13 {
		t.Errorf("%d paths in the table, want 13", len(rows))
	}
	for _, row := range rows {
		answer := askAt(t, http.MethodDelete, variables["ADMIN"]+row[1], "")
		allowed := strings.Split(answer.header.Get("Allow"), ", ")
		for method := range strings.SplitSeq(row[2], ", ") {
			if !slices.Contains(allowed, method) {
				t.Errorf("%s %s: HTTP %d, allowed are %v", method, row[1], answer.status, allowed)
			}
		}
	}
	console := askAt(t, http.MethodGet, variables["ADMIN"]+"/", "").body
	links := regexp.MustCompile(`(?:href|action)="(/[^"?]+)`).FindAllStringSubmatch(console, -1)
	if len(links) < 10 {
		t.Errorf("the page for people links to %d paths", len(links))
	}
	for _, link := range links {
		if !strings.Contains(text, "`"+link[1]+"`") {
			t.Errorf("%s is served and not on the page", link[1])
		}
	}
}

// Keys, metrics and alerts that the page on operations names are those of the
// pages and files that are held against the code.
func TestOperationsPageNamesWhatExists(t *testing.T) {
	text := page(t, "docs/operations.md")
	for _, test := range []struct{ what, name, in, as string }{
		{"key", "`((?:admin|drain|hsa|limits|listeners|log|producers|reload|tak)(?:\\[\\])?\\.[a-z_.]+)[`:]", "docs/config.md", "`NAME"},
		{"metric", "`(rivgate_[a-z_]+)", "docs/metrics.md", "`NAME`"},
		{"alert", "`(Rivgate[A-Za-z]+)`", "deploy/prometheus/alerts.yaml", "alert: NAME\n"},
	} {
		known := page(t, test.in)
		names := regexp.MustCompile(test.name).FindAllStringSubmatch(text, -1)
		if len(names) < 5 {
			t.Errorf("%d names of a %s found", len(names), test.what)
		}
		for _, name := range names {
			if !strings.Contains(known, strings.Replace(test.as, "NAME", name[1], 1)) {
				t.Errorf("%s has no %s %s", test.in, test.what, name[1])
			}
		}
	}
}
