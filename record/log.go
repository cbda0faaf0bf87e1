package record

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"

	"rivgate/fault"
)

// maxValue bounds each value a caller chose, so that one call is one line of
// reasonable size whatever was sent.
const maxValue = 1024

// Finished writes the call's line: Info when the caller got the producer's
// answer, Warn when the caller erred or left, Error when the platform failed.
func (l *Log) Finished(c *Call) {
	level := c.level()
	ctx := context.Background()
	if !l.logger.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 28)
	text := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, clip(value)))
		}
	}
	number := func(key string, value int64) {
		if value != 0 {
			attrs = append(attrs, slog.Int64(key, value))
		}
	}
	text("outcome", string(c.Outcome))
	text("code", string(c.Code))
	text("listener", c.Listener)
	text("correlation_id", c.CorrelationID)
	text("sender", c.Sender)
	text("sender_source", c.SenderSource)
	text("original_consumer", c.OriginalConsumer)
	text("contract", c.Contract)
	text("receiver", c.Receiver)
	text("profile_in", c.ProfileIn)
	text("profile_out", c.ProfileOut)
	text("target", c.Target)
	text("route_trace", c.RouteTrace)
	text("permission_trace", c.PermissionTrace)
	text("remote", c.Remote)
	if c.ClientIP != c.Remote {
		text("client_ip", c.ClientIP)
	}
	if c.Outcome == Refused || c.Outcome == Served {
		text("method", c.Method)
		text("path", c.Path)
	}
	text("stage", c.Stage)
	text("detail", c.Detail)
	if c.Cause != nil {
		text("cause", c.Cause.Error())
	}
	for _, warning := range c.Warnings {
		text("warning", warning)
	}
	number("status", int64(c.Status))
	number("producer_status", int64(c.ProducerStatus))
	number("request_bytes", c.RequestBytes)
	number("answer_bytes", c.AnswerBytes)
	attrs = append(attrs,
		slog.Float64("ms", milliseconds(c.Whole)),
		slog.Float64("producer_ms", milliseconds(c.Producer)),
		slog.Float64("own_ms", milliseconds(c.Own())))
	l.logger.LogAttrs(ctx, level, "call", attrs...)
}

func (c *Call) level() slog.Level {
	switch {
	case c.Outcome == OK && len(c.Warnings) == 0, c.Outcome == Served:
		return slog.LevelInfo
	case c.Outcome == Aborted, c.Outcome == Fault && c.Code.Side() == fault.Server:
		return slog.LevelError
	default:
		return slog.LevelWarn
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func clip(value string) string {
	if len(value) <= maxValue {
		return value
	}
	cut := maxValue
	for cut > 0 && !utf8.RuneStart(value[cut]) {
		cut--
	}
	return value[:cut] + "…"
}
