package app

import "testing"

func TestHeapPercent(t *testing.T) {
	for live, want := range map[uint64]int{
		0:         2400, // nothing was collected yet
		1 << 20:   2400,
		6 << 20:   400,
		24 << 20:  100,
		100 << 20: 100,
	} {
		if got := heapPercent(live); got != want {
			t.Errorf("%d live: %d %%, want %d", live, got, want)
		}
	}
}
