package record

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"rivgate/fault"
)

// callTrace is the Trace of one call: a span of the call, one below it for each
// stage, and one of the exchange with the producer.
type callTrace struct {
	tracer   trace.Tracer
	ctx      context.Context // holds call
	call     trace.Span
	producer trace.Span // nil until the call is handed over
}

// Begin implements Tracer.
func (t *OTLP) Begin(header http.Header, start time.Time) Trace {
	ctx := propagation.TraceContext{}.Extract(context.Background(), headerCarrier(header))
	ctx, span := t.tracer.Start(ctx, "call", trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(start))
	return &callTrace{tracer: t.tracer, ctx: ctx, call: span}
}

// IDs implements Trace.
func (t *callTrace) IDs() (id, span string) {
	at := t.call.SpanContext()
	return at.TraceID().String(), at.SpanID().String()
}

// Stage implements Trace.
func (t *callTrace) Stage(name string, from, to time.Time) {
	if !t.call.IsRecording() {
		return
	}
	_, span := t.tracer.Start(t.ctx, name, trace.WithTimestamp(from))
	span.End(trace.WithTimestamp(to))
}

// Hand implements Trace.
func (t *callTrace) Hand(out http.Header, at time.Time) {
	ctx, span := t.tracer.Start(t.ctx, "producer", trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(at))
	t.producer = span
	propagation.TraceContext{}.Inject(ctx, headerCarrier(out))
}

// End implements Trace.
func (t *callTrace) End(c *Call) {
	if t.producer != nil {
		endExchange(t.producer, c)
	}
	if t.call.IsRecording() {
		if c.KnownContract != "" {
			t.call.SetName(c.KnownContract)
		}
		t.call.SetAttributes(callAttributes(c)...)
		if c.Outcome == Aborted || c.Outcome == Fault && c.Code.Side() == fault.Server {
			t.call.SetStatus(codes.Error, string(c.Code))
		}
	}
	t.call.End()
}

// endExchange tells what became of the exchange with the producer.
func endExchange(span trace.Span, c *Call) {
	x := &c.Exchange
	for _, event := range []struct {
		name string
		at   time.Time
	}{
		{"connected", x.Connected},
		{"handshake", handshakeEnd(x)},
		{"written", x.Written},
		{"first byte", x.FirstByte},
	} {
		if !event.at.IsZero() {
			span.AddEvent(event.name, trace.WithTimestamp(event.at))
		}
	}
	span.SetAttributes(
		text("rivgate.target", c.Target),
		attribute.Bool("rivgate.connection.reused", c.Reused),
		attribute.Int("http.response.status_code", c.ProducerStatus))
	if c.Code == fault.VP009 || c.Outcome == Aborted {
		span.SetStatus(codes.Error, string(c.Code))
	}
	if x.Answered.IsZero() {
		span.End()
		return
	}
	span.End(trace.WithTimestamp(x.Answered))
}

func handshakeEnd(x *Exchange) time.Time {
	if x.Handshake == 0 {
		return time.Time{}
	}
	return x.Connected.Add(x.Handshake)
}

// callAttributes is what is told of a call: who, what and how, and nothing of
// the messages.
func callAttributes(c *Call) []attribute.KeyValue {
	all := make([]attribute.KeyValue, 0, 12)
	for _, a := range []struct{ name, value string }{
		{"rivgate.listener", c.Listener},
		{"rivgate.contract", c.Contract},
		{"rivgate.receiver", c.Receiver},
		{"rivgate.sender", c.Sender},
		{"rivgate.original_consumer", c.OriginalConsumer},
		{"rivgate.correlation_id", c.CorrelationID},
		{"rivgate.outcome", string(c.Outcome)},
		{"rivgate.code", string(c.Code)},
		{"rivgate.stage", c.Stage},
		{"http.request.method", c.Method},
	} {
		if a.value != "" {
			all = append(all, text(a.name, a.value))
		}
	}
	if c.Status != 0 {
		all = append(all, attribute.Int("http.response.status_code", c.Status))
	}
	return all
}

// text is an attribute of a value a caller may have chosen. Protobuf takes no
// text that is not UTF-8, and would lose the whole batch for one.
func text(name, value string) attribute.KeyValue {
	return attribute.String(name, strings.ToValidUTF8(value, "�"))
}

// headerCarrier reads and writes a trace's headers. Two traceparents joined are
// none (W3C Trace Context 3.2), as it must be; tracestate may come in parts.
type headerCarrier http.Header

// Get implements propagation.TextMapCarrier.
func (h headerCarrier) Get(name string) string {
	return strings.Join(http.Header(h).Values(name), ",")
}

// Set implements propagation.TextMapCarrier. The names go out in lower case, as
// W3C Trace Context asks.
func (h headerCarrier) Set(name, value string) { h[name] = []string{value} }

// Keys implements propagation.TextMapCarrier; reading a trace context does not
// need them.
func (h headerCarrier) Keys() []string { return nil }
