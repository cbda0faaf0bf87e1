package proxy

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/record"
)

// toldTrace remembers what it was told.
type toldTrace struct {
	stages []string
	handed int
}

func (*toldTrace) IDs() (trace, span string) { return "t", "s" }
func (tr *toldTrace) Stage(name string, from, to time.Time) {
	if to.Before(from) {
		name += " backwards"
	}
	tr.stages = append(tr.stages, name)
}

func (tr *toldTrace) Hand(out http.Header, _ time.Time) {
	tr.handed++
	out["traceparent"] = []string{"ours"}
}
func (*toldTrace) End(*record.Call) {}

func TestTracedStages(t *testing.T) {
	failure := errors.New("here")
	var ran []string
	stage := func(name string, err error) Stage {
		return Stage{name, func(context.Context, *Call) error { ran = append(ran, name); return err }}
	}
	g := &Gateway{followed: traced([]Stage{
		stage("sender", nil), stage("envelope", nil), stage("permission", nil), stage("route", failure), stage("outgoing", nil),
	})}
	told := &toldTrace{}
	if err := g.run(t.Context(), &Call{otel: told}); err != failure {
		t.Errorf("the stages ended with %v", err)
	}
	if want := []string{"sender", "envelope", "permission", "route"}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
	if want := []string{"sender", "envelope", "route"}; !slices.Equal(told.stages, want) {
		t.Errorf("told of %v, want %v", told.stages, want)
	}
}

// Every stage worth seeing is one there is.
func TestStagesWorthSeeingExist(t *testing.T) {
	left := len(worthSeeing)
	for _, stage := range (&Gateway{}).stages() {
		if worthSeeing[stage.Name] {
			left--
		}
	}
	if left != 0 {
		t.Errorf("%d stages of %v do not exist", left, worthSeeing)
	}
}

func TestTraceHeadersAreTheGatewaysOwn(t *testing.T) {
	callers := http.Header{"Traceparent": {"theirs"}, "Tracestate": {"theirs"}, "Other": {"theirs"}}
	untraced := callers.Clone()
	(&Call{}).traceOn(untraced)
	if len(untraced) != 3 {
		t.Errorf("without tracing %v is left of %v", untraced, callers)
	}
	told := &toldTrace{}
	(&Call{otel: told}).traceOn(callers)
	lower := strings.ToLower("Traceparent") // as it goes out
	if len(callers) != 2 || callers[lower][0] != "ours" || told.handed != 1 {
		t.Errorf("with tracing the producer sees %v", callers)
	}
}

// Without a tracer a call pays nothing for tracing: its stages are the plain
// ones, and what remains are comparisons with nil.
func TestTracingOffAllocatesNothing(t *testing.T) {
	g := New(Options{View: &View{}})
	if len(g.order) == 0 || len(g.followed) != len(g.order) {
		t.Fatal("no stages")
	}
	c, out := &Call{}, http.Header{"Traceparent": {"theirs"}}
	g.order = []Stage{{"sender", func(context.Context, *Call) error { return nil }}}
	g.followed = []Stage{{"sender", func(context.Context, *Call) error { return errors.New("followed") }}}
	if allocations := testing.AllocsPerRun(1000, func() {
		if err := g.run(context.Background(), c); err != nil {
			t.Error(err)
		}
		c.traceOn(out)
	}); allocations != 0 {
		t.Errorf("%v allocations a call", allocations)
	}
}

// BenchmarkStages compares stages with and without a trace.
func BenchmarkStages(b *testing.B) {
	nothing := func(context.Context, *Call) error { return nil }
	stages := func() []Stage {
		return []Stage{{"sender", nothing}, {"envelope", nothing}, {"route", nothing}, {"outgoing", nothing}}
	}
	for name, test := range map[string]struct {
		order []Stage
		call  *Call
	}{
		"off": {stages(), &Call{}},
		"on":  {traced(stages()), &Call{otel: &silentTrace{}}},
	} {
		b.Run(name, func(b *testing.B) {
			g := &Gateway{order: test.order, followed: test.order}
			out := http.Header{}
			b.ReportAllocs()
			for b.Loop() {
				_ = g.run(context.Background(), test.call)
				test.call.traceOn(out)
			}
		})
	}
}

// silentTrace costs nothing itself.
type silentTrace struct{ toldTrace }

func (*silentTrace) Stage(string, time.Time, time.Time) {}
func (*silentTrace) Hand(http.Header, time.Time)        {}
