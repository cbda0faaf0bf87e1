package record

import (
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// line is a line in the making. Lines are pooled: what they hold is no one's
// once they are given back.
type line struct {
	buf     []byte
	scratch []byte   // a value made of several
	names   []string // of the headers being written
	strings bool     // every JSON value is a string, as VP writes it
}

// lines lends lines.
type lines struct{ pool sync.Pool }

func newLines() *lines { return &lines{sync.Pool{New: func() any { return new(line) }}} }

func (p *lines) get() *line { return p.pool.Get().(*line) }

func (p *lines) put(l *line) {
	if cap(l.buf) > maxKept || cap(l.scratch) > maxKept {
		return
	}
	clear(l.names) // callers' strings
	l.buf, l.scratch, l.names = l.buf[:0], l.scratch[:0], l.names[:0]
	p.pool.Put(l)
}

// key starts a member of the object.
func (l *line) key(name string) {
	if l.buf[len(l.buf)-1] != '{' {
		l.buf = append(l.buf, ',')
	}
	l.buf = append(l.buf, '"')
	l.buf = append(l.buf, name...)
	l.buf = append(l.buf, '"', ':')
}

// text writes a member, unless value is empty.
func (l *line) text(name, value string) {
	if value != "" {
		l.string(name, value, maxValue)
	}
}

// long is text for values that may be longer.
func (l *line) long(name, value string) {
	if value != "" {
		l.string(name, value, maxLong)
	}
}

// string writes a member of at most limit bytes, and "…" where there was more.
func (l *line) string(name, value string, limit int) {
	l.key(name)
	l.buf = append(appendClipped(append(l.buf, '"'), value, limit), '"')
}

// made writes what was put together in scratch.
func (l *line) made(name string) {
	l.key(name)
	l.buf = append(appendJSON(append(l.buf, '"'), l.scratch), '"')
}

// id writes a span's or an event's id, unless it is none.
func (l *line) id(name string, id UUID) {
	if id == (UUID{}) {
		return
	}
	l.key(name)
	l.buf = append(id.appendTo(append(l.buf, '"')), '"')
}

// number writes a number.
func (l *line) number(name string, value int64) {
	l.key(name)
	if l.strings {
		l.buf = append(strconv.AppendInt(append(l.buf, '"'), value, 10), '"')
		return
	}
	l.buf = strconv.AppendInt(l.buf, value, 10)
}

// truth writes a truth value.
func (l *line) truth(name string, value bool) {
	l.key(name)
	if l.strings {
		l.buf = append(strconv.AppendBool(append(l.buf, '"'), value), '"')
		return
	}
	l.buf = strconv.AppendBool(l.buf, value)
}

// list writes an array of words that need no escaping.
func (l *line) list(name string, words ...string) {
	l.startList(name)
	for i, word := range words {
		l.item(i, word)
	}
	l.endList()
}

func (l *line) startList(name string) {
	l.key(name)
	l.scratch = append(l.scratch[:0], '[')
}

func (l *line) item(i int, value string) {
	if i > 0 {
		l.scratch = append(l.scratch, ',')
	}
	value, _ = clip(value, maxValue)
	l.scratch = append(appendJSON(append(l.scratch, '"'), value), '"')
}

func (l *line) endList() {
	l.scratch = append(l.scratch, ']')
	if l.strings {
		l.buf = append(appendJSON(append(l.buf, '"'), l.scratch), '"')
		return
	}
	l.buf = append(l.buf, l.scratch...)
}

// time writes an instant in UTC, to the millisecond.
func (l *line) time(name string, at time.Time) {
	l.key(name)
	l.buf = append(at.UTC().AppendFormat(append(l.buf, '"'), "2006-01-02T15:04:05.000Z"), '"')
}

// levelName is a level's name as VP's logging library has it.
func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "ERROR"
	case level >= slog.LevelWarn:
		return "WARN"
	case level >= slog.LevelInfo:
		return "INFO"
	}
	return "DEBUG"
}
