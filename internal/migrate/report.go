package migrate

import (
	"fmt"
	"io"
	"slices"
)

// Outcome is what became of a setting.
type Outcome string

// The outcomes, in the order of the report. Unread settings are those that
// could not be used: somebody has to look at them before the gateway is started.
const (
	Unread  Outcome = "unread"
	Unsafe  Outcome = "unsafe"
	Changed Outcome = "changed"
	Dropped Outcome = "dropped"
	Kept    Outcome = "kept"
)

var outcomes = []struct {
	Outcome
	heading string
}{
	{Unread, "could not be read or expressed: settle by hand"},
	{Unsafe, "carried over or decided so, and unsafe: look at each"},
	{Changed, "means something else here"},
	{Dropped, "has no counterpart"},
	{Kept, "as it was"},
}

// Item is one line of a report. It never holds a password or a key.
type Item struct {
	Outcome Outcome
	Key     string // VP's name of the setting
	Origin  string // FILE:LINE, or whose default it is
	Target  string // the key of rivgate's configuration, where there is one
	Reason  string // empty for what is simply kept
}

// String is "OUTCOME KEY (ORIGIN) -> TARGET: REASON", on one line.
func (i Item) String() string {
	text := fmt.Sprintf("%-7s %s (%s)", i.Outcome, i.Key, i.Origin)
	if i.Target != "" {
		text += " -> " + i.Target
	}
	if i.Reason != "" {
		text += ": " + i.Reason
	}
	return text
}

// Report is what became of every setting that was given, and of those of VP's
// defaults that mean something else here.
type Report struct{ Items []Item }

// add appends item unless the same line is there already.
func (r *Report) add(item Item) {
	if !slices.Contains(r.Items, item) {
		r.Items = append(r.Items, item)
	}
}

// Count is how many items have this outcome.
func (r *Report) Count(outcome Outcome) int {
	count := 0
	for _, item := range r.Items {
		if item.Outcome == outcome {
			count++
		}
	}
	return count
}

// Write prints the items, one a line, grouped by outcome.
func (r *Report) Write(w io.Writer) error {
	for _, group := range outcomes {
		count := r.Count(group.Outcome)
		if count == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "\n%s (%d) - %s\n", group.Outcome, count, group.heading); err != nil {
			return err
		}
		for _, item := range r.Items {
			if item.Outcome != group.Outcome {
				continue
			}
			if _, err := fmt.Fprintln(w, item); err != nil {
				return err
			}
		}
	}
	return nil
}
