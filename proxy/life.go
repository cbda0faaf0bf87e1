package proxy

import (
	"slices"
	"sync"
	"time"
)

// life is a call's context: it ends when the caller leaves, and with the call.
// Its error is the cause. It holds no values.
//
// It is part of its Call and has the AfterFunc that package context looks for
// (see context.AfterFunc): every call watches its caller, and a chain of
// contexts for that costs more than the decision where the call goes.
type life struct {
	mu       sync.Mutex
	ended    error
	done     chan struct{} // nil until somebody asks
	watchers []*func()
}

func (l *life) Deadline() (deadline time.Time, ok bool) { return }

func (l *life) Value(any) any { return nil }

func (l *life) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

func (l *life) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = make(chan struct{})
		if l.ended != nil {
			close(l.done)
		}
	}
	return l.done
}

// AfterFunc calls f in a goroutine of its own when l has ended, unless stop is
// called before, which tells whether it was.
func (l *life) AfterFunc(f func()) (stop func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != nil {
		go f()
		return func() bool { return false }
	}
	l.watchers = append(l.watchers, &f)
	return func() bool { return l.forget(&f) }
}

func (l *life) forget(watcher *func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.watchers, watcher)
	if i < 0 {
		return false
	}
	l.watchers = slices.Delete(l.watchers, i, i+1)
	return true
}

// end ends l, the first time it is called.
func (l *life) end(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != nil {
		return
	}
	l.ended = cause
	if l.done != nil {
		close(l.done)
	}
	for _, f := range l.watchers {
		go (*f)()
	}
	l.watchers = nil
}
