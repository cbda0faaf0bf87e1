package app

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// spareHeap is how much garbage may gather before it is collected. Go collects
// when the heap has doubled, which with a small catalogue is every few
// megabytes: many times a second, for nothing.
const spareHeap = 24 << 20

// usualPercent is Go's own rule, which suffices once the heap is large.
const usualPercent = 100

// tuneHeap sets the collector by what lives now. It is called when what lives
// has changed: after a catalogue, a tree or a configuration was replaced. What
// they replaced is collected on the way.
func (a *App) tuneHeap() {
	if !a.o.TuneHeap {
		return
	}
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(heapPercent(live[0].Value.Uint64()))
}

// heapPercent is the growth, in percent of what lives, that leaves spareHeap.
func heapPercent(live uint64) int {
	return max(usualPercent, int(spareHeap*100/max(live, 1<<20)))
}
