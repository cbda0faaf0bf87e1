package record_test

import (
	"io"
	"log/slog"
	"testing"

	"rivgate/record"
)

// A call's line in ecs may take 3 µs and 2 allocations.
func BenchmarkCallLine(b *testing.B) {
	for _, format := range []record.Format{record.ECS, record.Legacy, record.Plain} {
		b.Run(string(format), func(b *testing.B) {
			log := record.NewLog(io.Discard, level(slog.LevelInfo), options(format))
			call := answered()
			b.ReportAllocs()
			for b.Loop() {
				log.Finished(call)
			}
		})
	}
}

// The cheapest of many runs counts: a pool may lose what it holds at any time,
// and with the race detector does so on purpose.
func TestCallLineCostsFewAllocations(t *testing.T) {
	log := record.NewLog(io.Discard, level(slog.LevelInfo), options(record.ECS))
	call := answered()
	least := 100.0
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() { log.Finished(call) }))
	}
	if least > 2 {
		t.Errorf("%v allocations, want 2 at most", least)
	}
}
