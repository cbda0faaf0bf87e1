package labtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rivgate/internal/lab"
)

// Traffic is a steady stream of calls, each with a number of its own.
type Traffic struct {
	call    func(ctx context.Context, number int) (*lab.Reply, error)
	stopped atomic.Bool
	last    atomic.Int64
	callers sync.WaitGroup

	mu       sync.Mutex
	outcomes []Outcome
}

// Outcome is how a numbered call ended for its caller.
type Outcome struct {
	Number int
	Reply  *lab.Reply // nil where the connection broke
	Err    error
}

// Answered tells whether the caller got what it asked for.
func (o Outcome) Answered() bool { return o.Err == nil && o.Reply.Status == http.StatusOK }

// callLimit is when a call counts as hanging.
const callLimit = 30 * time.Second

// StartTraffic makes calls by as many callers as told, each one call after the
// other, until Stop. The number is for call to put where the producer sees it.
func StartTraffic(t testing.TB, callers int, call func(ctx context.Context, number int) (*lab.Reply, error)) *Traffic {
	t.Helper()
	traffic := &Traffic{call: call}
	for range callers {
		traffic.callers.Go(traffic.run)
	}
	t.Cleanup(func() { traffic.Stop() })
	return traffic
}

func (f *Traffic) run() {
	for !f.stopped.Load() {
		number := int(f.last.Add(1))
		ctx, cancel := context.WithTimeoutCause(context.Background(), callLimit, errors.New("neither answered nor cut"))
		reply, err := f.call(ctx, number)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		cancel()
		f.mu.Lock()
		f.outcomes = append(f.outcomes, Outcome{Number: number, Reply: reply, Err: err})
		f.mu.Unlock()
	}
}

// Await waits until n more calls have ended.
func (f *Traffic) Await(t testing.TB, n int) {
	t.Helper()
	n += len(f.Ended())
	for deadline := time.Now().Add(2 * callLimit); len(f.Ended()) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls have ended, want %d", len(f.Ended()), n)
		}
	}
}

// Ended are the calls that have ended so far.
func (f *Traffic) Ended() []Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.outcomes[:len(f.outcomes):len(f.outcomes)]
}

// Stop lets the running calls end and returns how all of them did.
func (f *Traffic) Stop() []Outcome {
	f.stopped.Store(true)
	f.callers.Wait()
	return f.Ended()
}

// Numbered is the payload that Number finds.
func Numbered(number int) string { return "<u:number>" + strconv.Itoa(number) + "</u:number>" }

var numberElement = regexp.MustCompile(`<u:number>(\d+)</u:number>`)

// Number is the number of a call that a producer has seen.
func Number(t testing.TB, seen lab.Seen) int {
	t.Helper()
	match := numberElement.FindSubmatch(seen.Body)
	if match == nil {
		t.Fatalf("a request without number: %.200q", seen.Body)
	}
	number, err := strconv.Atoi(string(match[1]))
	must(t, err)
	return number
}

// vpFault is how every fault of a gateway begins.
var vpFault = regexp.MustCompile(`^VP0\d\d \[`)

// Accounted compares what callers were told with what producers saw: no call
// reached a producer twice, each one answered reached one, and whoever was not
// answered was told by a fault with a code, or by a broken connection if cut says
// that this may be. It returns how many calls were answered and how many were not.
func Accounted(t testing.TB, outcomes []Outcome, seen []lab.Seen, cut bool) (answered, failed int) {
	t.Helper()
	times := make(map[int]int)
	for _, request := range seen {
		times[Number(t, request)]++
	}
	for number, n := range times {
		if n > 1 {
			t.Errorf("call %d reached a producer %d times", number, n)
		}
	}
	for _, outcome := range outcomes {
		if outcome.Answered() {
			answered++
			if times[outcome.Number] == 0 {
				t.Errorf("call %d was answered, and no producer has seen it", outcome.Number)
			}
			continue
		}
		failed++
		if wrong := outcome.unexplained(cut); wrong != "" {
			t.Errorf("call %d: %s", outcome.Number, wrong)
		}
	}
	return answered, failed
}

// unexplained is what is wrong with how a failed call was told, empty for nothing.
func (o Outcome) unexplained(cut bool) string {
	switch {
	case o.Err != nil && cut && !strings.Contains(o.Err.Error(), "neither answered nor cut"):
		return ""
	case o.Err != nil:
		return o.Err.Error()
	case o.Reply.Fault == nil:
		return fmt.Sprintf("HTTP %d without a fault: %.300q", o.Reply.Status, o.Reply.Body)
	case o.Reply.Status != http.StatusInternalServerError || !vpFault.MatchString(o.Reply.Fault.String):
		return fmt.Sprintf("HTTP %d with a fault without code: %s", o.Reply.Status, o.Reply.Fault.String)
	}
	return ""
}
