package app

import (
	"context"
	"slices"
	"time"

	"rivgate/config"
	"rivgate/record"
)

// lastSpans is how long the spans of the last calls may take to be exported.
const lastSpans = 5 * time.Second

// retirement is how long a tracer that a reload replaced still takes the spans
// of the calls it began. Calls that run longer are not traced to their end.
const retirement = time.Minute

// tracerFor is the tracer that cfg asks for: the present one where nothing
// about it changes, nil where tracing is off.
func (a *App) tracerFor(cfg *config.Config) (*record.OTLP, error) {
	if a.tracer != nil && a.cfg.Tracing == cfg.Tracing && a.cfg.Instance == cfg.Instance {
		return a.tracer, nil
	}
	if cfg.Tracing.OTLPEndpoint == "" {
		return nil, nil
	}
	tracer, err := record.NewOTLP(record.OTLPOptions{
		Endpoint:    cfg.Tracing.OTLPEndpoint,
		SampleRatio: cfg.Tracing.SampleRatio,
		Instance:    cfg.Instance.ID,
		Version:     a.o.Version,
		Exported:    a.exported(),
	})
	if err != nil {
		return nil, config.Errors{cfg.Problem("tracing.otlp_endpoint", err.Error())}
	}
	return tracer, nil
}

// discardTracer undoes tracerFor.
func (a *App) discardTracer(tracer *record.OTLP) {
	if tracer != a.tracer {
		a.closeTracer(tracer)
	}
}

// trace makes tracer, or nobody, follow the calls to come. a.changing is held,
// or nothing runs yet.
func (a *App) trace(tracer *record.OTLP) {
	old := a.tracer
	if old == tracer {
		return
	}
	a.tracer = tracer
	if old == nil {
		return
	}
	a.retired = append(a.retired, old)
	time.AfterFunc(retirement, func() {
		a.changing.Lock()
		a.retired = slices.DeleteFunc(a.retired, func(t *record.OTLP) bool { return t == old })
		a.changing.Unlock()
		a.closeTracer(old)
	})
}

// exported counts what the collector took, and logs when it begins and ceases
// to take it.
func (a *App) exported() func(spans int, err error) {
	failing := false
	return func(spans int, err error) {
		a.meter.SpansExported(spans, err)
		switch {
		case err != nil && !failing:
			a.logger.Warn("tracing", "result", "spans are lost", "reason", err.Error())
		case err == nil && failing:
			a.logger.Info("tracing", "result", "spans are taken again")
		}
		failing = err != nil
	}
}

// stopTracing exports what is left.
func (a *App) stopTracing() {
	a.changing.Lock()
	defer a.changing.Unlock()
	for _, tracer := range append(a.retired, a.tracer) {
		a.closeTracer(tracer)
	}
}

func (a *App) closeTracer(tracer *record.OTLP) {
	if tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastSpans)
	defer cancel()
	if err := tracer.Close(ctx); err != nil {
		a.logger.Warn("tracing", "result", "the last spans are lost", "reason", err.Error())
	}
}
