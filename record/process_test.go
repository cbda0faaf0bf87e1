package record

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The page lists every action of process lines and every attribute that has a
// field, and no others.
func TestPageListsProcessLines(t *testing.T) {
	content, err := os.ReadFile("../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	var actions, attributes []string
	for _, event := range processEvents {
		actions = append(actions, event.action)
	}
	for attribute, field := range processFields {
		attributes = append(attributes, attribute+" "+field)
	}
	slices.Sort(actions)
	slices.Sort(attributes)

	_, rest, _ := strings.Cut(string(content), "and `event.action` one of: ")
	listed, rest, _ := strings.Cut(rest, ";")
	if got := quotedIn(listed); !slices.Equal(got, actions) {
		t.Errorf("the page lists %v, the code %v", got, actions)
	}
	_, rest, _ = strings.Cut(rest, "| Attribute | Field |")
	table, _, _ := strings.Cut(rest, "\n\n")
	var shown []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*) \\| `([^`]+)`.*\\|$").FindAllStringSubmatch(table, -1) {
		for _, attribute := range quotedIn(row[1]) {
			shown = append(shown, attribute+" "+row[2])
		}
	}
	slices.Sort(shown)
	if !slices.Equal(shown, attributes) {
		t.Errorf("the page maps %v, the code %v", shown, attributes)
	}
}

func quotedIn(text string) []string {
	var words []string
	for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		words = append(words, match[1])
	}
	return words
}
