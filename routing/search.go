package routing

import (
	"iter"
	"slices"
	"strings"
)

// defaultReceiver is the receiver of routes and permissions that hold for
// everyone.
const defaultReceiver = "*"

// maxParts bounds the parts of a receiver; with more it has none, and so no
// route. VP has no bound, but no use has more than two.
const maxParts = 100

// tryAll tries receivers in order until one has what is looked for.
func tryAll(receivers iter.Seq[string], how Stage, try func(receiver string, how Stage) bool) bool {
	for receiver := range receivers {
		if try(receiver, how) {
			return true
		}
	}
	return false
}

// inParts tells whether the receiver is several in one (VG#VE).
func (v *View) inParts(receiver string) bool {
	return v.rules.Delimiter != "" && strings.Contains(receiver, v.rules.Delimiter)
}

// parts are the different parts of a receiver, last first; one that comes
// again counts where it came first. As in VP every character of the delimiter
// separates and empty parts vanish.
func (v *View) parts(receiver string) []string {
	isDelimiter := func(r rune) bool { return strings.ContainsRune(v.rules.Delimiter, r) }
	parts := make([]string, 0, 4)
	count := 0
	for part := range strings.FieldsFuncSeq(receiver, isDelimiter) {
		if count++; count > maxParts {
			return nil
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	slices.Reverse(parts)
	return parts
}
