package pace_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/internal/pace"
)

// row is how long one step's work takes.
const row = 2 * time.Microsecond

// work does n rows, and is how long that took.
func work(p *pace.Pace, n int) time.Duration {
	began := time.Now()
	for range n {
		time.Sleep(row)
		p.Step()
	}
	return time.Since(began)
}

func TestPacedWorkLeavesMostOfAProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows = 100_000
		took := work(pace.New(t.Context()), rows)
		if share := float64(rows*row) / float64(took); share > 0.11 || share < 0.09 {
			t.Errorf("%s of work took %s, a share of %.2f", rows*row, took, share)
		}
	})
}

// No call waits for longer than a spell, however long the work.
func TestSpellsAreShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(t.Context())
		worked, most := time.Duration(0), time.Duration(0)
		for range 10_000 {
			time.Sleep(row)
			worked += row
			before := time.Now()
			p.Step()
			if time.Since(before) > 0 {
				most, worked = max(most, worked), 0
			}
		}
		if most == 0 || most > 600*time.Microsecond {
			t.Errorf("the longest spell was %s", most)
		}
	})
}

func TestFullSpeed(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, begin := range map[string]func() *pace.Pace{
		"no pace":        func() *pace.Pace { return nil },
		"somebody waits": func() *pace.Pace { return pace.New(ended) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := begin() // on the test's clock
				if took := work(p, 1000); took != 1000*row {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// TestRestsDoNotCount: work of 40 ms within 50 ms is in time, however long it rests;
// 10 ms later it no longer is.
func TestRestsDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(t.Context())
		work(p, 1000) // what was rested before is nobody's gain
		ctx, cancel := p.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if took := work(p, 20_000); took < 100*time.Millisecond {
			t.Fatalf("took only %s: nothing would be tested", took)
		}
		time.Sleep(9 * time.Millisecond)
		synctest.Wait()
		if ctx.Err() != nil {
			t.Error("rests were counted")
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
			t.Errorf("the time is up, and the context's cause is %v", cause)
		}
	})
}

func TestTimeoutIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine stays
		ctx, cancel := pace.New(t.Context()).WithTimeout(t.Context(), time.Hour)
		cancel()
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			t.Errorf("cause %v", cause)
		}
	})
}
