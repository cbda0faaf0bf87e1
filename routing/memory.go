package routing

import (
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// maxRemembered bounds the bytes of a key, since callers choose its strings:
// longer questions are answered anew each time.
const maxRemembered = 1024

// memory remembers what was decided. The zero memory forgets all.
type memory struct{ cache *lru.Cache[key, *remembered] }

// key is what a decision depends on beside the instant and the profile.
// Comparing its fields apart, it cannot mix up ids that hold each other's
// separators.
type key struct{ contract, receiver, sender string }

func keyOf(q *Question) key { return key{q.contract(), q.Receiver, q.Sender} }

// clone frees the key from what its strings are pieces of: the question's may
// be small parts of a large buffer.
func (k key) clone() key {
	return key{strings.Clone(k.contract), strings.Clone(k.receiver), strings.Clone(k.sender)}
}

// remembered is a decision without its conversion, and the time for which it
// was found to hold.
type remembered struct {
	decision Decision
	span     span
}

// span is a stretch of time: from an instant, inclusive, until another,
// exclusive. Without an end it lasts.
type span struct{ from, until time.Time }

func (s *span) holds(at time.Time) bool {
	return !at.Before(s.from) && (s.until.IsZero() || at.Before(s.until))
}

// shorten ends the span at until if that is sooner. The zero time is never.
func (s *span) shorten(until time.Time) {
	if !until.IsZero() && (s.until.IsZero() || until.Before(s.until)) {
		s.until = until
	}
}

func newMemory(size int) memory {
	if size <= 0 {
		return memory{}
	}
	cache, err := lru.New[key, *remembered](size)
	if err != nil { // only for a size that is not positive
		return memory{}
	}
	return memory{cache}
}

// recall gives what is known for the instant, else nil. It is shared and not to
// be changed.
func (m memory) recall(k key, at time.Time) *remembered {
	if m.cache == nil {
		return nil
	}
	known, ok := m.cache.Get(k)
	if !ok || !known.span.holds(at) {
		return nil
	}
	return known
}

// remember takes over what was found, unless its key is too long to keep.
func (m memory) remember(k key, found *remembered) {
	if m.cache == nil || len(k.contract)+len(k.receiver)+len(k.sender) > maxRemembered {
		return
	}
	d := &found.decision
	// These and the key may be parts of a request.
	d.ReceiverMatched, d.PermissionMatched = strings.Clone(d.ReceiverMatched), strings.Clone(d.PermissionMatched)
	m.cache.Add(k.clone(), found)
}
