package pace

import (
	"testing"
	"time"
)

// Rests last longer than they should on a busy machine, which a test's clock does
// not show.
func TestSpellAfterARest(t *testing.T) {
	for rested, want := range map[time.Duration]time.Duration{
		rest:            rest / share,
		3 * rest / 2:    3 * rest / 2 / share, // the work keeps its share
		time.Second / 2: longestSpell,         // and calls wait no longer
	} {
		if got := spellAfter(rested); got != want {
			t.Errorf("after %s: %s, want %s", rested, got, want)
		}
	}
}
