package record

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// Handler writes the process's own lines, in the Log's format and to its output.
func (log *Log) Handler() slog.Handler { return &handler{log: log} }

// Logger is a logger over Handler.
func (log *Log) Logger() *slog.Logger { return slog.New(log.Handler()) }

// handler is a slog.Handler over a Log.
type handler struct {
	log    *Log
	attrs  []slog.Attr // flat, with their groups' names before them
	prefix string      // of attributes to come, ends in a dot
}

// processLine is a line that is about no call.
type processLine struct {
	at      time.Time
	level   slog.Level
	message string
	attrs   []slog.Attr // flat, each key once, no value of kind group
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.level.Level()
}

// Handle implements slog.Handler.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	p := &processLine{at: r.Time, level: r.Level, message: r.Message, attrs: slices.Clone(h.attrs)}
	r.Attrs(func(a slog.Attr) bool {
		p.attrs = flatten(p.attrs, h.prefix, a)
		return true
	})
	p.attrs = lastOfEach(p.attrs)
	log := h.log
	l := log.lines.get()
	defer log.lines.put(l)
	log.process(l, p)
	log.output.write(l.buf)
	return nil
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := &handler{log: h.log, attrs: slices.Clone(h.attrs), prefix: h.prefix}
	for _, a := range attrs {
		next.attrs = flatten(next.attrs, h.prefix, a)
	}
	return next
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{log: h.log, attrs: h.attrs, prefix: h.prefix + name + "."}
}

// flatten appends a, or what it consists of.
func flatten(attrs []slog.Attr, prefix string, a slog.Attr) []slog.Attr {
	value := a.Value.Resolve()
	switch {
	case value.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range value.Group() {
			attrs = flatten(attrs, prefix, member)
		}
		return attrs
	case a.Equal(slog.Attr{}):
		return attrs
	}
	return append(attrs, slog.Attr{Key: prefix + a.Key, Value: value})
}

// lastOfEach leaves of attributes with one name the last, where the first was:
// a JSON object must not have a member twice.
func lastOfEach(attrs []slog.Attr) []slog.Attr {
	kept := attrs[:0]
	for _, a := range attrs {
		i := slices.IndexFunc(kept, func(b slog.Attr) bool { return a.Key == b.Key })
		if i < 0 {
			kept = append(kept, a)
		} else {
			kept[i] = a
		}
	}
	return kept
}
