package record_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/record"
)

func (w *written) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.writes)
}

func lingering(out interface{ Write([]byte) (int, error) }) *record.Log {
	o := options(record.ECS)
	o.Linger = 10 * time.Millisecond
	return record.NewLog(out, level(slog.LevelDebug), o)
}

// Lines of calls that end together are written together, in their order, and
// none waits longer than it may.
func TestLinesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := new(written)
		log := lingering(out)
		for range 100 {
			log.Finished(answered())
		}
		if len(out.all()) != 0 {
			t.Errorf("%d writes at once", len(out.all()))
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if len(out.all()) != 1 || strings.Count(out.all()[0], "\n") != 100 {
			t.Fatalf("%d writes after the linger", len(out.all()))
		}
		for line := range strings.Lines(out.all()[0]) {
			parse(t, line)
		}
		log.Finished(answered())
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if len(out.all()) != 2 {
			t.Errorf("%d writes, want another", len(out.all()))
		}
	})
}

// The process's own lines come at once, after the calls' before them.
func TestProcessLinesDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := new(written)
		log := lingering(out)
		log.Finished(answered())
		log.Logger().Info("reload")
		if all := strings.Join(out.all(), ""); strings.Count(all, "\n") != 2 || !strings.Contains(out.last(), `"reload"`) {
			t.Errorf("%q", out.all())
		}
		log.Finished(answered())
		log.Flush()
		if len(out.all()) != 3 {
			t.Errorf("%d writes after Flush", len(out.all()))
		}
		log.Finished(answered())
		after := new(written)
		log.Set(after, options(record.ECS))
		if len(out.all()) != 4 || len(after.all()) != 0 {
			t.Errorf("a change of output left lines behind: %d and %d writes", len(out.all()), len(after.all()))
		}
	})
}

// stuck is an output that takes nothing until it is let go.
type stuck struct {
	written
	free chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.written.Write(p)
}

// An output that takes nothing holds up no call. What is too much to keep is
// lost, and said as soon as that can be.
func TestStuckOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{free: make(chan struct{})}
		log := lingering(out)
		const lines = 10_000 // some 10 MB
		for range lines {
			log.Finished(answered())
		}
		lost := log.Lost()
		if lost == 0 || lost == lines {
			t.Fatalf("%d of %d lost", lost, lines)
		}
		close(out.free)
		time.Sleep(time.Second)
		synctest.Wait()
		all := strings.Join(out.all(), "")
		if kept := strings.Count(all, `"event.action":"call"`); kept != lines-int(lost) {
			t.Errorf("%d lines written, want %d", kept, lines-int(lost))
		}
		if got := parse(t, out.last()); got["message"] != "log lines were lost" || got["labels.lines"] != float64(lost) {
			t.Errorf("the last line is %v", got)
		}
	})
}

// failing is an output without room for a while.
type failing struct {
	written
	mu   sync.Mutex
	full bool
}

func (f *failing) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full {
		return 0, errors.New("no space left on device")
	}
	return f.written.Write(p)
}

func TestLossIsSaidOnce(t *testing.T) {
	out := &failing{full: true}
	log := record.NewLog(out, level(slog.LevelDebug), options(record.ECS))
	log.Finished(answered())
	log.Finished(answered())
	out.mu.Lock()
	out.full = false
	out.mu.Unlock()
	log.Finished(answered())
	log.Finished(answered())
	all := strings.Join(out.all(), "")
	if log.Lost() != 2 || strings.Count(all, `"labels.lines":2`) != 1 || strings.Count(all, "\n") != 3 {
		t.Errorf("%d lost: %s", log.Lost(), all)
	}
}
