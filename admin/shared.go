package admin

import (
	"context"
	"errors"
	"sync"
)

// shared runs one thing for all who ask at the same time: whoever comes while
// it runs gets the outcome of that run.
type shared[T any] struct {
	run func(context.Context) T

	mu      sync.Mutex
	current *flight[T] // nil: none
}

// flight is one run.
type flight[T any] struct {
	landed  chan struct{}
	outcome T    // to be read once landed is closed
	whole   bool // false: run panicked
}

var errUnfinished = errors.New("the run that was waited for did not end")

// do returns the outcome of a run. The run does not end with ctx; the error is
// ctx's for a caller that does not wait for another's run, and errUnfinished for
// one that waited for a run that panicked.
func (s *shared[T]) do(ctx context.Context) (outcome T, err error) {
	flying, first := s.board()
	if first {
		s.fly(context.WithoutCancel(ctx), flying)
		return flying.outcome, nil
	}
	select {
	case <-flying.landed:
	case <-ctx.Done():
		return outcome, ctx.Err()
	}
	if !flying.whole {
		return outcome, errUnfinished
	}
	return flying.outcome, nil
}

// board returns the run that is under way, or a new one for the first to come.
func (s *shared[T]) board() (flying *flight[T], first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		return s.current, false
	}
	s.current = &flight[T]{landed: make(chan struct{})}
	return s.current, true
}

func (s *shared[T]) fly(ctx context.Context, flying *flight[T]) {
	defer func() {
		s.mu.Lock()
		s.current = nil
		s.mu.Unlock()
		close(flying.landed)
	}()
	flying.outcome = s.run(ctx)
	flying.whole = true
}
