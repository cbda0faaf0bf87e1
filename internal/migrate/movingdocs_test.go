package migrate_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rivgate/internal/migrate"
)

// targetsOf are the keys of rivgate's that a setting of VP's, given alone, is
// told to have become.
func targetsOf(t *testing.T, key, value string) []string {
	t.Helper()
	var targets []string
	for _, item := range newWorld(t).properties(key + "=" + value + "\n").Report.Items {
		if item.Key == key && item.Target != "" && item.Outcome != migrate.Dropped && !slices.Contains(targets, item.Target) {
			targets = append(targets, item.Target)
		}
	}
	return targets
}

// The page on moving says of every key of VP's what import-vp makes of it.
func TestMovingPageListsKeys(t *testing.T) {
	content, err := os.ReadFile("../../docs/moving-from-vp.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$").FindAllStringSubmatch(string(content), -1) {
		listed[row[1]] = row[2]
	}
	var missing strings.Builder
	for _, k := range referenceKeys {
		targets := targetsOf(t, k.key, k.value)
		if len(targets) == 0 {
			continue
		}
		want := "`" + strings.Join(targets, "`, `") + "`"
		if listed[k.key] != want {
			fmt.Fprintf(&missing, "| `%s` | %s |\n", k.key, want)
		}
		delete(listed, k.key)
	}
	if missing.Len() > 0 {
		t.Errorf("rows that are missing or say otherwise:\n%s", missing.String())
	}
	for key := range listed {
		t.Errorf("%s has become no key of rivgate's", key)
	}
}
