package record_test

import (
	"io"
	"testing"

	"log/slog"

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

func TestCallLineCostsFewAllocations(t *testing.T) {
	log := record.NewLog(io.Discard, level(slog.LevelInfo), options(record.ECS))
	call := answered()
	log.Finished(call)
	if n := testing.AllocsPerRun(100, func() { log.Finished(call) }); n > 2 {
		t.Errorf("%v allocations, want 2 at most", n)
	}
}
