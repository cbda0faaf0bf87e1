package record

import (
	"context"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// OTLPOptions make an OTLP.
type OTLPOptions struct {
	Endpoint    string  // URL; without a path, the protocol's /v1/traces is asked
	SampleRatio float64 // of the calls whose caller has not decided, 0 to 1
	Instance    string  // the gateway's id
	Version     string
	// Exported is told of every batch: how many spans, and why the endpoint did
	// not take them. Calls do not overlap.
	Exported func(spans int, err error)
}

// OTLP is the Tracer that sends spans to a collector, by OTLP over HTTP in
// protobuf. A caller's decision to sample a call holds here too; SampleRatio
// decides for the others. Calls never wait for the collector: spans it does
// not take in time are dropped.
type OTLP struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// spanQueue holds what awaits its export: some seconds of a busy gateway.
const spanQueue = 16384

// NewOTLP makes an OTLP. It connects nothing. What the OpenTelemetry SDK reads
// from the environment (OTEL_EXPORTER_OTLP_HEADERS, …_CERTIFICATE) holds
// beside o.
func NewOTLP(o OTLPOptions) (*OTLP, error) {
	endpoint, err := tracesURL(o.Endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, err
	}
	limits := sdk.NewSpanLimits()
	limits.AttributeValueLengthLimit = maxValue
	provider := sdk.NewTracerProvider(
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.SampleRatio))),
		sdk.WithRawSpanLimits(limits),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "rivgate"),
			attribute.String("service.version", o.Version),
			attribute.String("service.instance.id", o.Instance))),
		sdk.WithBatcher(toldExporter{exporter, o.Exported},
			sdk.WithMaxQueueSize(spanQueue), sdk.WithBatchTimeout(2*time.Second)))
	return &OTLP{provider: provider, tracer: provider.Tracer("rivgate")}, nil
}

// Close exports what is left, until ctx ends.
func (t *OTLP) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// tracesURL adds the protocol's path to an address without one.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// toldExporter tells of every export, and keeps its errors from the SDK, which
// would print them past the gateway's log.
type toldExporter struct {
	*otlptrace.Exporter
	told func(spans int, err error)
}

// ExportSpans implements sdk.SpanExporter.
func (e toldExporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	e.told(len(spans), e.Exporter.ExportSpans(ctx, spans))
	return nil
}
