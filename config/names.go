package config

import (
	"reflect"
	"strconv"
	"strings"
)

// names are the keys of a section, in the order of its fields.
func names(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// printable keeps a key from the file on one line of a message.
func printable(name string) string {
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || !strconv.IsPrint(r) }
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}

// suggestion names the known key that an unknown one was probably meant to be:
// the nearest that changing no more than half of its letters makes.
func suggestion(name string, known []string) string {
	best, bestDistance := "", max(len(name)/2, 1)+1
	if len(name) > 64 {
		return ""
	}
	for _, candidate := range known {
		if d := distance(normal(name), normal(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// normal makes keepAlive, keep-alive and keep_alive the same.
func normal(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// distance is Levenshtein's: how many bytes must be added, removed or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
