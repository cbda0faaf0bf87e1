package record

import (
	"log/slog"
	"net/netip"
	"time"
)

// processEvent is what ECS says of a process line.
type processEvent struct{ action, category, kind string }

// processEvents are the lines the gateway is known to write, by their message.
// Others have no action: a vocabulary nobody chose would help nobody.
var processEvents = map[string]processEvent{
	"admin":                            {"admin", "configuration", "access"},
	"catalogue":                        {"catalogue", "configuration", "change"},
	"catalogue refresh":                {"catalogue-refresh", "configuration", "change"},
	"catalogue row":                    {"catalogue-row", "configuration", "info"},
	"configuration":                    {"configuration", "configuration", "info"},
	"connection refused":               {"connection-refused", "network", "denied"},
	"draining":                         {"draining", "process", "end"},
	"drain timeout: calls are cut":     {"drain-timeout", "process", "end"},
	"files changed":                    {"files-changed", "configuration", "change"},
	"handshake":                        {"tls-handshake", "network", "denied"},
	"hsa":                              {"hsa-refresh", "configuration", "change"},
	"listening":                        {"listening", "network", "start"},
	"log lines were lost":              {"log-loss", "process", "error"},
	"reload":                           {"reload", "configuration", "change"},
	"revocation":                       {"revocation", "network", "info"},
	"revocation list":                  {"revocation-list", "configuration", "info"},
	"the catalogue could not be saved": {"catalogue-copy", "configuration", "error"},
	"tracing":                          {"tracing", "process", "info"},
	"watch":                            {"watch", "configuration", "error"},
	"wsdl source":                      {"wsdl-source", "configuration", "change"},
}

// processFields are the attributes that ECS has a field for; the others are
// labels.
var processFields = map[string]string{
	"address": "server.address",
	"error":   "error.message",
	"file":    "file.path",
	"folder":  "file.directory",
	"issuer":  "tls.client.issuer",
	"reason":  "error.message",
	"remote":  "source.address",
	"serial":  "tls.client.x509.serial_number",
	"subject": "tls.client.subject",
	"took":    "event.duration",
	"url":     "url.full",
}

// process writes a process line.
func (f *ecsFormat) process(l *line, p *processLine) {
	l.buf = append(l.buf, '{')
	l.time("@timestamp", p.at)
	l.text("log.level", levelName(p.level))
	l.text("log.logger", "rivgate")
	l.string("message", p.message, maxLong)
	l.text("event.kind", "event")
	l.text("event.module", "rivgate")
	known, ok := processEvents[p.message]
	if !ok {
		known = processEvent{"", "process", "info"}
	}
	if p.level >= slog.LevelError {
		known.kind = "error"
	}
	l.text("event.action", known.action)
	l.list("event.category", known.category)
	l.list("event.type", known.kind)
	l.buf = append(l.buf, f.constant...)
	written := make(map[string]bool, len(p.attrs))
	for _, a := range p.attrs {
		name, ok := processFields[a.Key]
		if !ok || written[name] {
			key, _ := clip(a.Key, maxValue)
			name = string(appendJSON([]byte("labels."), key))
		}
		written[name] = true
		l.value(name, a.Value)
		if name == "source.address" {
			l.text("source.ip", addressIn(a.Value.String()))
		}
	}
	l.buf = append(l.buf, '}', '\n')
}

// addressIn is the IP address in an address with or without port, empty for
// none: a search engine refuses lines in which an address is not one.
func addressIn(text string) string {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().String()
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return address.String()
	}
	return ""
}

// value writes an attribute's value in its JSON type: durations in nanoseconds,
// as ECS has them.
func (l *line) value(name string, v slog.Value) {
	switch v.Kind() {
	case slog.KindInt64:
		l.number(name, v.Int64())
	case slog.KindDuration:
		l.number(name, int64(v.Duration()))
	case slog.KindBool:
		l.truth(name, v.Bool())
	case slog.KindTime:
		l.time(name, v.Time())
	default: // unsigned and floating point too: no field of ours is either
		l.string(name, v.String(), maxLong)
	}
}

// plainValue is an attribute's value for people.
func plainValue(v slog.Value) string {
	value := v.String()
	if v.Kind() == slog.KindTime {
		value = v.Time().Format(time.RFC3339)
	}
	value, cut := clip(value, maxLong)
	if cut {
		value += "…"
	}
	return value
}
