package admin

import (
	"math"
	"testing"
)

func TestSize(t *testing.T) {
	for _, tt := range []struct {
		bytes int64
		want  string
	}{
		{-1, "-1 B"},
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1.0 KB"},
		{1536, "1.5 KB"},
		{1<<20 - 1, "1.0 MB"},
		{1<<20 - 52, "1023.9 KB"},
		{16<<20 + 100<<10, "16.1 MB"},
		{190 << 20, "190.0 MB"},
		{1536 << 20, "1.5 GB"},
		{1 << 40, "1.0 TB"},
		{math.MaxInt64, "8.0 EB"},
	} {
		if got := size(tt.bytes); got != tt.want {
			t.Errorf("size(%d) is %q, want %q", tt.bytes, got, tt.want)
		}
	}
}

func TestMemoryAddsUp(t *testing.T) {
	m := readMemory()
	if m.objects <= 0 || m.heap < m.objects || m.outside <= m.idle || m.idle < 0 || m.limit <= 0 || m.allocs <= m.frees || m.caches < 1 {
		t.Errorf("%+v", m)
	}
}
