package routing

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// maxRemembered bounds the bytes of a key, since callers choose its strings:
// longer questions are answered anew each time.
const maxRemembered = 1024

// memory remembers answers that took a search. The zero memory forgets all.
type memory[K comparable, A any] struct {
	cache *lru.Cache[K, *remembered[A]]
}

// remembered is an answer and the time for which it was found to hold.
type remembered[A any] struct {
	answer A
	span   span
}

// span is a stretch of time: from an instant, inclusive, until another,
// exclusive. Without an end it lasts.
type span struct{ from, until time.Time }

func (s span) holds(at time.Time) bool {
	return !at.Before(s.from) && (s.until.IsZero() || at.Before(s.until))
}

// shorten ends the span at until if that is sooner. The zero time is never.
func (s *span) shorten(until time.Time) {
	if !until.IsZero() && (s.until.IsZero() || until.Before(s.until)) {
		s.until = until
	}
}

func newMemory[K comparable, A any](size int) memory[K, A] {
	if size <= 0 {
		return memory[K, A]{}
	}
	cache, err := lru.New[K, *remembered[A]](size)
	if err != nil { // only for a size that is not positive
		return memory[K, A]{}
	}
	return memory[K, A]{cache}
}

// recall gives the answer to key if it is known for the instant, else nil. The
// answer is shared and not to be changed.
func (m memory[K, A]) recall(key K, at time.Time) *A {
	if m.cache == nil {
		return nil
	}
	known, ok := m.cache.Get(key)
	if !ok || !known.span.holds(at) {
		return nil
	}
	return &known.answer
}

// remember takes over what was found.
func (m memory[K, A]) remember(key K, found *remembered[A]) {
	if m.cache != nil {
		m.cache.Add(key, found)
	}
}
