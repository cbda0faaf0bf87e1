package config_test

import (
	"slices"
	"strings"
	"testing"

	"rivgate/config"
)

func TestLeaves(t *testing.T) {
	const text = "a:\n  b: &x one\n  c: [2, {d: *x}]\nempty:\nnone: []\n"
	want := []config.Leaf{{"a.b", "one", 2}, {"a.c[0]", "2", 3}, {"a.c[1].d", "one", 2}, {"empty", "", 4}, {"none", "", 5}}
	got, err := config.Leaves("values.yaml", []byte(text))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestLeavesOfNoYAML(t *testing.T) {
	_, err := config.Leaves("values.yaml", []byte("a: b\nc: [\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "values.yaml:") {
		t.Errorf("got %v, want a problem with file and line", err)
	}
}

// Aliases of aliases unfold to more than memory holds.
func TestLeavesAreBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n")
	for c := 'b'; c < 'k'; c++ {
		text.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 9) + "*" + string(c-1) + "]\n")
	}
	for name, text := range map[string]string{"10^10 values": text.String(), "endless": "a: &a [*a]"} {
		if _, err := config.Leaves("values.yaml", []byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
