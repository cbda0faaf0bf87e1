package routing

import (
	"iter"
	"slices"
	"strings"

	"rivgate/hsa"
	"rivgate/tak"
)

// defaultReceiver is the receiver of routes and permissions that hold for
// everyone.
const defaultReceiver = "*"

// maxParts bounds the parts of a receiver; with more it has none, and so no
// route. VP has no bound, but no use has more than two.
const maxParts = 100

// search is the looking for one question's route and permission. What both need is
// found once: the rows' contract and sender, the receiver, and those above it.
type search struct {
	view  *View
	q     Question // a copy: a pointer would put every question on the heap, remembered ones too
	holds span     // the time for which all that was found is the same
	trace *Trace

	rows     tak.Search
	receiver tak.Receiver
	climb    hsa.Climb
	climbed  int                      // levels
	near     [usualDepth]tak.Receiver // on the first levels
	far      []tak.Receiver           // on the levels above those
	routes   [2]tak.Route             // of the receiver looked at last, as far as there is room

	permitted tak.Permission // the row that was found
}

// usualDepth is how many levels a climb rarely exceeds; room for more is made on the heap.
const usualDepth = 12

func newSearch(v *View, q *Question, t *Trace) search {
	// Without its monotonic reading the instant is the clock's, which rows go by
	// and which may be set back.
	s := search{view: v, q: *q, holds: span{from: q.At.Round(0)}, trace: t}
	s.rows = v.catalogue.Search(q.contract(), q.Sender, q.At)
	s.receiver = s.rows.Receiver(q.Receiver)
	s.climb = v.tree.Climb(q.Receiver)
	return s
}

// parents are the receivers above the one asked for, up to the root.
func (s *search) parents() iter.Seq[tak.Receiver] {
	return func(yield func(tak.Receiver) bool) {
		for level := 0; level < s.climbed || s.climbOn(); level++ {
			receiver := &s.near[min(level, usualDepth-1)]
			if level >= usualDepth {
				receiver = &s.far[level-usualDepth]
			}
			if !yield(*receiver) {
				return
			}
		}
	}
}

// climbOn reaches the next level; false where there is none.
func (s *search) climbOn() bool {
	id, ok := s.climb.Next()
	if !ok {
		return false
	}
	if s.climbed < usualDepth {
		s.near[s.climbed] = s.rows.Receiver(id)
	} else {
		s.far = append(s.far, s.rows.Receiver(id))
	}
	s.climbed++
	return true
}

// each finds receivers one by one.
func (s *search) each(ids []string) iter.Seq[tak.Receiver] {
	return func(yield func(tak.Receiver) bool) {
		for _, id := range ids {
			if !yield(s.rows.Receiver(id)) {
				return
			}
		}
	}
}

// tryAll tries receivers in order until one has what is looked for.
func tryAll(receivers iter.Seq[tak.Receiver], how Stage, try func(receiver tak.Receiver, how Stage) bool) bool {
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
