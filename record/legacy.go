package record

import (
	"log/slog"
	"strconv"
	"time"
)

// legacyFormat writes VP's older text: a header line as VP's logging library
// has it and, for calls, a block of lines. Every value keeps to its line: what
// would break it is escaped, which VP does not do.
type legacyFormat struct{ common }

const (
	blockStart = "start ***********************************************************\n"
	blockEnd   = "end *************************************************************\n"
	nameWidth  = 30
)

// call writes a call's block, or one event's.
func (f *legacyFormat) call(l *line, e Event, level slog.Level, c *Call) {
	f.header(l, c.at(), level, c.Listener, loggers[e], c.CorrelationID)
	l.buf = append(l.buf, "skltp-messages\n"...)
	block := "** logEvent-info."
	if level >= slog.LevelError {
		block = "** logEvent-error."
	}
	l.buf = append(append(l.buf, block...), blockStart...)
	f.identity(l, e, c)
	f.extra(l, e, c)
	l.payload("Payload=", bodyOf(e, c))
	if e == Ended {
		l.payload("Payload=", c.Message.RequestText)
		l.payload("AnswerPayload=", c.Message.AnswerText)
	}
	if e == Failed && !c.empty() || e == Ended && c.failed() {
		f.trace(l, c)
	}
	l.buf = append(append(l.buf, block...), blockEnd...)
}

// header writes what stands before every message:
// 2006-01-02 15:04:05,000 INFO  [thread] logger - [correlation id] .
func (f *legacyFormat) header(l *line, at time.Time, level slog.Level, thread, logger, correlation string) {
	l.buf = at.AppendFormat(l.buf, "2006-01-02 15:04:05,000 ")
	l.buf = appendPadded(l.buf, levelName(level), 5)
	l.buf = append(appendPlain(append(l.buf, " ["...), thread), "] "...)
	l.buf = append(appendPadded(l.buf, logger, nameWidth), " - "...)
	if correlation != "" {
		l.buf = append(l.buf, '[')
		l.plain(correlation, maxValue)
		l.buf = append(l.buf, ']')
	}
	l.buf = append(l.buf, ' ')
}

func appendPadded(dst []byte, s string, width int) []byte {
	dst = append(dst, s...)
	for range width - len(s) {
		dst = append(dst, ' ')
	}
	return dst
}

// identity writes the lines that stand before ExtraInfo.
func (f *legacyFormat) identity(l *line, e Event, c *Call) {
	l.row("LogMessage=", string(e))
	l.row("ServiceImpl=", c.route())
	l.buf = append(append(append(append(l.buf, "Host="...), f.host.Name...), " ("...), f.host.IP...)
	l.buf = append(l.buf, ")\n"...)
	l.row("ComponentId=", f.service)
	l.scratch = l.scratch[:0]
	if e == Ended || !c.unlocated() {
		l.scratch = c.url(l.scratch)
	}
	l.buf = append(appendPlain(append(l.buf, "Endpoint="...), l.scratch), '\n')
	l.buf = append(c.transaction(append(l.buf, "MessageId="...), f.prefix), '\n')
	l.row("BusinessCorrelationId=", c.CorrelationID)
	l.buf = append(l.buf, "ExtraInfo=\n"...)
}

// trace writes in the place of Java's stack what is known of the cause.
func (f *legacyFormat) trace(l *line, c *Call) {
	l.buf = append(l.buf, "Stacktrace="...)
	description := c.description()
	l.plain(c.kind()+": "+description, maxLong)
	if c.Cause != nil && c.Cause.Error() != description {
		l.buf = append(l.buf, ": "...)
		l.plain(c.Cause.Error(), maxLong)
	}
	l.buf = append(l.buf, "\n\n"...)
}

// process writes a process line.
func (f *legacyFormat) process(l *line, p *processLine) {
	f.header(l, p.at, p.level, "main", "rivgate", "")
	l.plain(p.message, maxLong)
	l.attributes(p.attrs)
	l.buf = append(l.buf, '\n')
}

// row writes a line of a name and a value.
func (l *line) row(name, value string) {
	l.buf = append(l.buf, name...)
	l.plain(value, maxLong)
	l.buf = append(l.buf, '\n')
}

func (l *line) payload(name string, t Text) {
	if len(t.Bytes) > 0 {
		l.scratch = appendText(l.scratch[:0], t)
		l.buf = append(appendPlain(append(l.buf, name...), l.scratch), '\n')
	}
}

// optional is row for values that may be missing.
func (l *line) optional(name, value string) {
	if value != "" {
		l.row(name, value)
	}
}

// mandatory is row for what VP writes as null when it is missing.
func (l *line) mandatory(name, value string) {
	if value == "" {
		value = "null"
	}
	l.row(name, value)
}

func (l *line) rowNumber(name string, value int64) {
	l.buf = append(strconv.AppendInt(append(l.buf, name...), value, 10), '\n')
}

// plain writes at most limit bytes of a value.
func (l *line) plain(value string, limit int) {
	value, cut := clip(value, limit)
	l.buf = appendPlain(l.buf, value)
	if cut {
		l.buf = append(l.buf, "…"...)
	}
}

// bodyOf is the message whose text belongs to the event.
func bodyOf(e Event, c *Call) Text {
	switch {
	case e.begins():
		return c.Message.RequestText
	case e == RespIn, e == RespOut:
		return c.Message.AnswerText
	}
	return Text{}
}
