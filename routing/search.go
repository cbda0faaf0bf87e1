package routing

import (
	"iter"
	"slices"
	"strings"
)

// defaultReceiver is the receiver of routes and permissions that hold for
// everyone.
const defaultReceiver = "*"

// maxParts bounds the parts of a receiver that are looked up. VP has no bound,
// and no use for more than a few: beyond it the receiver has no parts.
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

// parts yields the different parts of a receiver, last first. As in VP every
// character of the delimiter separates and empty parts vanish.
func (v *View) parts(receiver string) iter.Seq[string] {
	isDelimiter := func(r rune) bool { return strings.ContainsRune(v.rules.Delimiter, r) }
	return func(yield func(string) bool) {
		parts := make([]string, 0, 4)
		for part := range strings.FieldsFuncSeq(receiver, isDelimiter) {
			if len(parts) == maxParts {
				return
			}
			parts = append(parts, part)
		}
		for i := len(parts) - 1; i >= 0; i-- {
			if slices.Contains(parts[i+1:], parts[i]) {
				continue
			}
			if !yield(parts[i]) {
				return
			}
		}
	}
}
