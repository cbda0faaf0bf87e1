package e2e

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// pages are what people read, as paths in the repository.
func pages(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "interop/*.md", "deploy/*.md"} {
		names, err := filepath.Glob(filepath.Join("..", pattern))
		must(t, err)
		for _, name := range names {
			found = append(found, strings.TrimPrefix(filepath.ToSlash(name), "../"))
		}
	}
	return found
}

// prose is a page without its blocks and its code in lines.
func prose(text string) string {
	text = regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "code")
}

// links are where the links of a page lead that stay in the repository: the
// path of a file or folder and the heading's name, each empty for the page's own.
func links(text string) [][2]string {
	var found [][2]string
	for _, match := range regexp.MustCompile(`\]\(([^()\s]+)\)`).FindAllStringSubmatch(prose(text), -1) {
		if !strings.Contains(match[1], "://") {
			file, heading, _ := strings.Cut(match[1], "#")
			found = append(found, [2]string{file, heading})
		}
	}
	return found
}

// headings are the names that links use for a page's headings.
func headings(text string) []string {
	text = regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, match[1]))
	}
	return names
}

// Every link leads to something that exists.
func TestLinks(t *testing.T) {
	count := 0
	for _, name := range pages(t) {
		for _, link := range links(page(t, name)) {
			count++
			target := path.Join(path.Dir(name), link[0])
			if link[0] == "" {
				target = name
			}
			if strings.HasPrefix(target, "../") {
				t.Errorf("%s: %s leads out of the repository", name, link[0])
			} else if _, err := os.Stat(filepath.Join("..", target)); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if link[1] != "" && !slices.Contains(headings(page(t, target)), link[1]) {
				t.Errorf("%s: %s has no heading %s", name, target, link[1])
			}
		}
	}
	if count < 50 {
		t.Errorf("%d links found", count)
	}
}

// Whoever begins with the README finds every page. A link to a folder leads to
// the pages in it.
func TestEveryPageIsReachable(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, link := range links(page(t, name)) {
			target := path.Join(path.Dir(name), link[0])
			for _, other := range all {
				if link[0] != "" && (other == target || path.Dir(other) == target) {
					visit(other)
				}
			}
		}
	}
	visit("README.md")
	for _, name := range all {
		if !reached[name] {
			t.Errorf("no link leads from the README to %s", name)
		}
	}
	if len(all) < 20 {
		t.Errorf("%d pages found", len(all))
	}
}

// Every make target that a page names exists.
func TestPagesNameMakeTargets(t *testing.T) {
	makefile := page(t, "Makefile")
	named := map[string]bool{}
	for _, name := range pages(t) {
		for _, match := range regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z-]*)").FindAllStringSubmatch(page(t, name), -1) {
			named[match[1]] = true
			if !strings.Contains(makefile, "\n"+match[1]+": ") {
				t.Errorf("%s: there is no make %s", name, match[1])
			}
		}
	}
	if len(named) < 15 {
		t.Errorf("%d targets are named", len(named))
	}
}

// Every Go file that ARCHITECTURE.md names exists, by its path or by its name alone.
func TestArchitectureNamesFiles(t *testing.T) {
	files := map[string]bool{}
	must(t, filepath.WalkDir("..", func(name string, entry os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			name = strings.TrimPrefix(filepath.ToSlash(name), "../")
			files[name], files[path.Base(name)] = true, true
		}
		return err
	}))
	named := regexp.MustCompile(`[a-z0-9/]+\.go\b`).FindAllString(page(t, "ARCHITECTURE.md"), -1)
	if len(named) < 15 {
		t.Errorf("%d files are named", len(named))
	}
	for _, name := range named {
		if !files[name] {
			t.Errorf("there is no %s", name)
		}
	}
}
