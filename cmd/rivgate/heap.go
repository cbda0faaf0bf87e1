package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// spareHeap is how much garbage may gather before it is collected. Go collects
// when the heap has doubled, which with a small catalogue is every few
// megabytes: dozens of times a second, for nothing.
const spareHeap = 24 << 20

// usualPercent is Go's own rule, which suffices once much lives.
const usualPercent = 100

// leaveSpareHeap sets the collector by what lives now. Its percentage is of
// everything that it has to look at: heap, stacks and globals.
func leaveSpareHeap() {
	looked := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(looked)
	total := uint64(0)
	for _, part := range looked {
		total += part.Value.Uint64()
	}
	debug.SetGCPercent(heapPercent(total))
}

// heapPercent is the growth, in percent of what is looked at, that leaves
// spareHeap. The runtime also scales the 4 MiB below which it never collects.
func heapPercent(looked uint64) int {
	const smallest = 4 << 20
	return max(usualPercent, int(spareHeap*100/max(looked, smallest)))
}

// afterEveryCollection calls f after each collection of garbage, of which the
// runtime tells through finalizers alone.
func afterEveryCollection(f func()) {
	type collected struct{ _ *byte }
	var again func(*collected)
	again = func(c *collected) {
		f()
		runtime.SetFinalizer(c, again)
	}
	runtime.SetFinalizer(new(collected), again)
}
