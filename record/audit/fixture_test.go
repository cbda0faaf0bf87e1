package audit

import (
	"log/slog"
	"testing"
	"time"
)

// quick are limits for tests: nothing lingers, and errors are tried again soon.
var quick = limits{queue: queueBytes, linger: time.Microsecond, retry: 2 * time.Millisecond, patience: patience}

func mustOpen(t testing.TB, o Options) *Log {
	t.Helper()
	log, err := openWith(o, disk{}, quick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log
}

func openWith(o Options, f files, l limits) (*Log, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Version = "test"
	return open(o, f, l)
}

// settle waits until all that was queued is written.
func (log *Log) settle() {
	for {
		log.mu.Lock()
		waiting := len(log.pending)
		log.mu.Unlock()
		if waiting == 0 {
			return
		}
		time.Sleep(10 * time.Microsecond)
	}
}
