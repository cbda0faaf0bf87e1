package app

import (
	"context"
	"time"

	"rivgate/config"
	"rivgate/record"
)

// lastSpans is how long the spans of the last calls may take to be exported.
const lastSpans = 5 * time.Second

// startTracing makes a.tracer, which stays nil while tracing is off.
func (a *App) startTracing(cfg *config.Config) error {
	if cfg.Tracing.OTLPEndpoint == "" {
		return nil
	}
	tracer, err := record.NewOTLP(record.OTLPOptions{
		Endpoint:    cfg.Tracing.OTLPEndpoint,
		SampleRatio: cfg.Tracing.SampleRatio,
		Instance:    cfg.Instance.ID,
		Version:     a.o.Version,
		Exported:    a.exported(),
	})
	if err != nil {
		return config.Errors{cfg.Problem("tracing.otlp_endpoint", err.Error())}
	}
	a.tracer = tracer
	return nil
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

// follow is the tracer as proxy takes it: nothing at all while tracing is off.
func (a *App) follow() record.Tracer {
	if a.tracer == nil {
		return nil
	}
	return a.tracer
}

// stopTracing exports what is left.
func (a *App) stopTracing() {
	if a.tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastSpans)
	defer cancel()
	if err := a.tracer.Close(ctx); err != nil {
		a.logger.Warn("tracing", "result", "the last spans are lost", "reason", err.Error())
	}
}
