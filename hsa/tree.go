package hsa

import (
	"time"

	"rivgate/internal/pace"
	"rivgate/internal/texts"
)

// Root is where every climb ends, whether or not a file has such a unit.
const Root = "SE"

// Tree knows the parent of every unit. It never changes and is safe for
// concurrent use; a nil *Tree is an empty one.
type Tree struct {
	ids     texts.Set
	parents []uint32 // of each id the parent's number + 1; 0: it has none
	// rounds holds, for ids whose climb would run in a circle, how many
	// different ids there are above them. Such ids exist when a unit's id is
	// given to one of its own ancestors too.
	rounds  map[string]int
	created time.Time
}

// Len is the number of units, counted by HSA id.
func (t *Tree) Len() int {
	if t == nil {
		return 0
	}
	return t.ids.Len()
}

// Created is the latest creation date that the files state; zero when none
// states a readable one.
func (t *Tree) Created() time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.created
}

// Parent is the id of the unit above id, and Root for ids that are topmost or
// unknown, as in VP. Ids are case-sensitive.
func (t *Tree) Parent(id string) string {
	parent, _ := t.above(t.place(id))
	return parent
}

// place is an id's number + 1, 0 for one that no unit has.
func (t *Tree) place(id string) uint32 {
	if t == nil {
		return 0
	}
	n, ok := t.ids.Find([]byte(id))
	if !ok {
		return 0
	}
	return n + 1
}

// above is the id above the one at a place, and its place.
func (t *Tree) above(place uint32) (id string, its uint32) {
	if place == 0 || t.parents[place-1] == 0 {
		return Root, 0
	}
	its = t.parents[place-1]
	return t.ids.At(its - 1), its
}

// Climb is a climb under way.
type Climb struct {
	tree  *Tree
	id    string // that was reached
	place uint32 // of id
	left  int    // ids before Root; negative where the climb ends by itself
}

// Climb begins a climb of the ids above id, nearest first, and at last Root; above
// Root itself there are none. No id comes twice: where VP would climb in a circle
// for ever, the climb goes on with Root when the circle closes.
func (t *Tree) Climb(id string) Climb { return Climb{t, id, t.place(id), t.climbLength(id)} }

// Next is the next id up; false when Root has been reached.
func (c *Climb) Next() (id string, ok bool) {
	if c.id == Root {
		return "", false
	}
	if c.left == 0 {
		c.id = Root
	} else {
		c.id, c.place = c.tree.above(c.place)
	}
	c.left--
	return c.id, true
}

// climbLength is how many ids a climb may yield before Root; negative when it
// ends by itself.
func (t *Tree) climbLength(id string) int {
	if t == nil {
		return -1
	}
	if n, circular := t.rounds[id]; circular {
		return n
	}
	return -1
}

// fate is how the climb from an id goes.
type fate uint8

const (
	unknown fate = iota
	climbing
	ends
	circles
)

// findRounds fills t.rounds. Every id is walked over once.
func (t *Tree) findRounds(p *pace.Pace) {
	fates := make(map[string]fate, t.Len())
	for i := range t.Len() {
		p.Step()
		start := t.ids.At(uint32(i))
		id := start
		for ; id != Root && fates[id] == unknown; id = t.Parent(id) {
			fates[id] = climbing
		}
		outcome := ends
		if id != Root && fates[id] != ends {
			outcome = circles
		}
		for id = start; id != Root && fates[id] == climbing; id = t.Parent(id) {
			fates[id] = outcome
		}
	}
	t.rounds = make(map[string]int)
	for id, fate := range fates {
		if fate == circles {
			t.rounds[id] = t.countAbove(id)
		}
	}
}

// countAbove is how many different ids other than start there are above it.
func (t *Tree) countAbove(start string) int {
	seen := map[string]bool{start: true}
	for id := t.Parent(start); !seen[id]; id = t.Parent(id) {
		seen[id] = true
	}
	return len(seen) - 1
}
