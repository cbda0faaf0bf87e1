package admin

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"strconv"
)

// memory is the runtime's memory in bytes, and what VP's memory keys say of it.
// Java keeps the buffers of its connections outside its heap; Go has them in
// the heap, which therefore stands for them: one arena, with one cache a
// processor.
type memory struct {
	objects int64 // heap, in use or not yet swept
	heap    int64 // heap, mapped and not given back
	outside int64 // mapped, and not heap: stacks and the runtime's own
	idle    int64 // of outside, held in reserve
	limit   int64 // math.MaxInt64: none
	allocs  int64 // objects allocated since the start
	frees   int64 // and freed
	caches  int
}

// The figures of runtime/metrics that memory is made of.
const (
	metricObjects  = "/memory/classes/heap/objects:bytes"
	metricFree     = "/memory/classes/heap/free:bytes"
	metricUnused   = "/memory/classes/heap/unused:bytes"
	metricReleased = "/memory/classes/heap/released:bytes"
	metricTotal    = "/memory/classes/total:bytes"
	metricCaches   = "/memory/classes/metadata/mcache/free:bytes"
	metricSpans    = "/memory/classes/metadata/mspan/free:bytes"
	metricLimit    = "/gc/gomemlimit:bytes"
	metricAllocs   = "/gc/heap/allocs:objects"
	metricFrees    = "/gc/heap/frees:objects"
)

func readMemory() memory {
	figures := figuresOf(metricObjects, metricFree, metricUnused, metricReleased, metricTotal,
		metricCaches, metricSpans, metricLimit, metricAllocs, metricFrees)
	m := memory{
		objects: figures[metricObjects],
		heap:    figures[metricObjects] + figures[metricFree] + figures[metricUnused],
		idle:    figures[metricCaches] + figures[metricSpans],
		limit:   figures[metricLimit],
		allocs:  figures[metricAllocs],
		frees:   figures[metricFrees],
		caches:  runtime.GOMAXPROCS(0),
	}
	m.outside = figures[metricTotal] - figures[metricReleased] - m.heap
	return m
}

// figuresOf reads metrics by name; one that this Go does not have is 0.
func figuresOf(names ...string) map[string]int64 {
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	figures := make(map[string]int64, len(names))
	for _, sample := range samples {
		if sample.Value.Kind() == metrics.KindUint64 {
			figures[sample.Name] = int64(min(sample.Value.Uint64(), math.MaxInt64))
		}
	}
	return figures
}

func (m memory) total() int64 { return m.heap }

// max is the memory limit; without one it is VP's -1 B for what has no bound.
func (m memory) max() string {
	if m.limit == math.MaxInt64 {
		return size(-1)
	}
	return size(m.limit)
}

func (m memory) bufferPool() string {
	return fmt.Sprintf("Used: %s, Count: %d, Max Capacity: %s", size(m.objects), m.allocs-m.frees, size(m.heap))
}

func (m memory) nonHeap() string {
	return fmt.Sprintf("Init: %s Used: %s, Committed: %s, Max: %s",
		size(0), size(m.outside-m.idle), size(m.outside), size(-1))
}

func (m memory) direct() string {
	return fmt.Sprintf("Direct: %s(Arenas:1), Heap: %s(Arenas:0), ThreadCaches: %d", size(m.objects), size(0), m.caches)
}

func (m memory) arena() string {
	return fmt.Sprintf("active alloc:%d(alloc:%d, dealloc:%d), ActiveBytes: %d, ThreadCaches: %d",
		m.allocs-m.frees, m.allocs, m.frees, m.objects, m.caches)
}

func (m memory) arenas() string {
	return fmt.Sprintf("direct bytes:%d(active allocs:%d, Arenas:1), Heap bytes: 0(Arenas:0), ThreadCaches: %d",
		m.objects, m.allocs-m.frees, m.caches)
}

// size prints bytes as VP does: whole below 1024, else with one decimal in the
// largest unit that leaves at least 1.0, and a point where Java may have a comma.
func size(bytes int64) string {
	if bytes < 1024 {
		return strconv.FormatInt(bytes, 10) + " B"
	}
	value, unit := float64(bytes)/1024, 0
	for ; value >= 1023.95; unit++ { // what would print as 1024.0
		value /= 1024
	}
	return fmt.Sprintf("%.1f %cB", value, "KMGTPE"[unit])
}
