package record

import (
	"log/slog"
	"strconv"
	"time"
	"unicode/utf8"
)

// textFormat writes lines for people: when, how grave, what, and then names and
// values.
type textFormat struct{ common }

// call writes a call's line, or one event's.
func (f *textFormat) call(l *line, e Event, level slog.Level, c *Call) {
	l.prelude(c.at(), level)
	l.scratch = appendSummary(l.scratch[:0], e, c)
	l.buf = appendPlain(l.buf, l.scratch)
	ends := !e.begins()
	if ends && e != RespIn {
		l.pair("outcome", string(c.Outcome))
		l.pair("code", string(c.Code))
		l.pairNumber("status", int64(c.Status))
		l.pair("detail", c.Detail)
	}
	if ends {
		l.took(c)
		l.pairNumber("producer_status", int64(c.ProducerStatus))
	}
	if e == Ended || e == Failed {
		if c.Cause != nil {
			l.pair("cause", c.Cause.Error())
		}
		for _, warning := range c.Warnings {
			l.pair("warning", warning)
		}
	}
	f.places(l, e, c)
	l.body("text", bodyOf(e, c))
	if e == Ended {
		l.body("request_text", c.Message.RequestText)
		l.body("answer_text", c.Message.AnswerText)
	}
	l.buf = append(l.buf, '\n')
}

// places says whom the call was between.
func (f *textFormat) places(l *line, e Event, c *Call) {
	l.pair("contract", c.Contract)
	l.pair("target", c.Target)
	l.pair("route_trace", c.RouteTrace)
	l.pair("permission_trace", c.PermissionTrace)
	if c.sent() && c.OriginalConsumer != c.Sender {
		l.pair("original_consumer", c.OriginalConsumer)
	}
	if e == Ended {
		if c.Receiver == "" {
			l.pair("method", c.Method)
			l.pair("path", c.Path)
		}
		l.pairNumber("request_bytes", c.RequestBytes)
		l.pairNumber("answer_bytes", c.AnswerBytes)
		l.pair("stage", c.Stage)
	}
	told, _ := c.from()
	l.pair("from", told)
	l.pair("listener", c.Listener)
	l.pair("trace", c.CorrelationID)
	if e == Ended {
		l.pair("w3c_trace", c.TraceID)
	}
}

// took writes how long the call took, and of that the producer.
func (l *line) took(c *Call) {
	l.buf = appendMilliseconds(append(l.buf, " took="...), c.Whole)
	if c.sent() {
		l.buf = appendMilliseconds(append(l.buf, " producer="...), c.Producer)
	}
}

func appendMilliseconds(dst []byte, d time.Duration) []byte {
	return append(strconv.AppendFloat(dst, float64(d.Microseconds())/1000, 'f', 1, 64), "ms"...)
}

// process writes a process line.
func (f *textFormat) process(l *line, p *processLine) {
	l.prelude(p.at, p.level)
	l.plain(p.message, maxLong)
	l.attributes(p.attrs)
	l.buf = append(l.buf, '\n')
}

func (l *line) prelude(at time.Time, level slog.Level) {
	l.buf = at.AppendFormat(l.buf, "2006-01-02 15:04:05.000 ")
	l.buf = append(appendPadded(l.buf, levelName(level), 5), ' ')
}

// attributes writes a process line's attributes as names and values.
func (l *line) attributes(attrs []slog.Attr) {
	for _, a := range attrs {
		key, _ := clip(a.Key, maxValue)
		l.buf = append(appendPlain(append(l.buf, ' '), key), '=')
		l.quoted(plainValue(a.Value))
	}
}

// pair writes a name and a value, unless the value is empty.
func (l *line) pair(name, value string) {
	if value == "" {
		return
	}
	value, cut := clip(value, maxValue)
	if cut {
		value += "…"
	}
	l.buf = append(append(append(l.buf, ' '), name...), '=')
	l.quoted(value)
}

func (l *line) pairNumber(name string, value int64) {
	if value == 0 {
		return
	}
	l.buf = append(append(append(l.buf, ' '), name...), '=')
	l.buf = strconv.AppendInt(l.buf, value, 10)
}

func (l *line) body(name string, t Text) {
	if len(t.Bytes) == 0 {
		return
	}
	l.scratch = appendText(l.scratch[:0], t)
	l.buf = append(append(append(l.buf, ' '), name...), '=', '"')
	l.buf = append(appendJSON(l.buf, l.scratch), '"')
}

// quoted writes a value as it is if it is a word, else in quotes.
func (l *line) quoted(value string) {
	if isWord(value) {
		l.buf = append(l.buf, value...)
		return
	}
	l.buf = append(appendJSON(append(l.buf, '"'), value), '"')
}

func isWord(s string) bool {
	for _, r := range s {
		if r == ' ' || r == '"' || r == '=' || r == '\\' || r == utf8.RuneError || hidden(r) {
			return false
		}
	}
	return s != ""
}
