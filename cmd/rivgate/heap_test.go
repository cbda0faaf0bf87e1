package main

import (
	"runtime"
	"testing"
)

func TestHeapPercent(t *testing.T) {
	for live, want := range map[uint64]int{
		1 << 20:   600,
		6 << 20:   400,
		24 << 20:  100,
		100 << 20: 100,
	} {
		if got := heapPercent(live); got != want {
			t.Errorf("%d live: %d %%, want %d", live, got, want)
		}
	}
}

func TestAfterEveryCollection(t *testing.T) {
	told := make(chan struct{}, 100)
	afterEveryCollection(func() { told <- struct{}{} })
	for range 3 {
		runtime.GC()
		<-told
	}
}
