package migrate_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/migrate"
)

// world is a folder where VP's files are and the result is written.
type world struct {
	*testing.T
	dir string
}

func newWorld(t *testing.T) *world { return &world{t, t.TempDir()} }

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(name, content string) string {
	w.Helper()
	if err := os.WriteFile(w.path(name), []byte(content), 0o644); err != nil {
		w.Fatal(err)
	}
	return w.path(name)
}

// run imports files.
func (w *world) run(files ...string) *migrate.Result {
	w.Helper()
	result, err := migrate.Import(migrate.Options{Files: files, Out: w.path("rivgate.yaml"), Dir: w.dir})
	if err != nil {
		w.Fatal(err)
	}
	return result
}

// properties imports one property file with this content.
func (w *world) properties(content string) *migrate.Result {
	w.Helper()
	return w.run(w.write("application.properties", content))
}

// load writes a result and reads it as serve does.
func (w *world) load(result *migrate.Result) *config.Config {
	w.Helper()
	if err := result.Write(true); err != nil {
		w.Fatal(err)
	}
	cfg, err := config.Load(w.path("rivgate.yaml"))
	if err != nil {
		w.Fatalf("%v\n%s", err, result.Files[0].Content)
	}
	return cfg
}

// check wants no errors of rivgate check, and nothing left unread.
func (w *world) check(result *migrate.Result) {
	w.Helper()
	if err := app.Check(w.path("rivgate.yaml"), "test").Err(); err != nil {
		w.Errorf("check: %v\n%s", err, result.Files[0].Content)
	}
	if n := result.Report.Count(migrate.Unread); n > 0 {
		w.Errorf("%d items unread:\n%s", n, printed(w.T, result))
	}
}

func printed(t *testing.T, result *migrate.Result) string {
	t.Helper()
	var out strings.Builder
	if err := result.Report.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// outcomes of one key.
func outcomes(result *migrate.Result, key string) []migrate.Outcome {
	var all []migrate.Outcome
	for _, item := range result.Report.Items {
		if item.Key == key {
			all = append(all, item.Outcome)
		}
	}
	return all
}

// wantItem wants an item on key with this outcome whose reason has text in it.
func (w *world) wantItem(result *migrate.Result, key string, outcome migrate.Outcome, text string) {
	w.Helper()
	if !slices.ContainsFunc(result.Report.Items, func(i migrate.Item) bool {
		return i.Key == key && i.Outcome == outcome && strings.Contains(i.Reason, text)
	}) {
		w.Errorf("no item %s %s with %q:\n%s", outcome, key, text, printed(w.T, result))
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func equalLists[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
