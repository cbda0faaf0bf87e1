package proxy

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever watches a call's context hears of its end as of any other context's.
func TestLifeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(life)
		child, cancel := context.WithTimeout(l, time.Hour)
		defer cancel()
		var told, forgotten, late bool
		stop := context.AfterFunc(l, func() { told = true })
		forget := l.AfterFunc(func() { forgotten = true })
		if !forget() || forget() {
			t.Error("a watcher can be forgotten once")
		}
		if l.Err() != nil || child.Err() != nil {
			t.Error("it has ended before its end")
		}
		left := errors.New("left")
		l.end(left)
		l.end(errors.New("too late"))
		synctest.Wait()
		for _, ctx := range []context.Context{l, child} {
			select {
			case <-ctx.Done():
			default:
				t.Error("it is not done")
			}
			if ctx.Err() != left || context.Cause(ctx) != left {
				t.Errorf("it ended for %v (%v)", ctx.Err(), context.Cause(ctx))
			}
		}
		if stop() || !told || forgotten {
			t.Errorf("told %t, forgotten one told %t", told, forgotten)
		}
		if l.AfterFunc(func() { late = true })() {
			t.Error("a watcher of what has ended can be forgotten")
		}
		synctest.Wait()
		if !late {
			t.Error("a watcher that came late was not told")
		}
		select {
		case <-new(life).Done():
			t.Error("a new one is done")
		default:
		}
	})
}
