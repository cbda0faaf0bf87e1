package record

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rivgate/fault"
)

// Format is how lines look.
type Format string

// The formats.
const (
	ECS    Format = "ecs"    // Elastic Common Schema: a JSON object a line, with VP's fields
	Legacy Format = "legacy" // VP's older text, several lines an event
	Plain  Format = "text"   // for people
)

// Options say how a Log writes. Anything else than a Format above is ECS.
type Options struct {
	Format  Format
	Strings bool // of ECS: every value is a string, as VP writes it
	VP      bool // calls are told by VP's events, under VP's service name
	Host    Host

	// Linger is how long the line of a call may wait, so that many are written
	// at once; 0: each is one Write. The process's own lines never wait, and
	// come after those that do. Set does not change it.
	Linger time.Duration

	// Secrets are headers, beside the ones that always are, whose values are
	// not written.
	Secrets []string

	// Forwarded are the headers, under their canonical names, in which a proxy
	// tells the host, port and scheme its callers use.
	Forwarded Forwarded
}

// Forwarded names the headers that tell the address callers use.
type Forwarded struct{ Host, Port, Proto string }

// Log writes what operators read: a line for each call, or for each of its
// events, and the process's own lines. It is safe for concurrent use. There is
// one Write to the output at a time, of whole lines. Flush must end its use.
type Log struct {
	level  slog.Leveler
	lines  *lines
	layout atomic.Pointer[layout]
	prefix string // of transaction ids, different for each process
	output *output

	setting sync.Mutex // held by Set
}

// layout writes lines of one format.
type layout struct {
	call    func(l *line, e Event, level slog.Level, c *Call)
	process func(l *line, p *processLine)
	strings bool
}

// NewLog returns a Log that writes to out what is of level or above. The level
// may change at any time.
func NewLog(out io.Writer, level slog.Leveler, o Options) *Log {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	log := &Log{
		level: level, lines: newLines(),
		prefix: strings.ToUpper(hex.EncodeToString(random[:]))[:15] + "-", // as long as VP's
	}
	log.layout.Store(newLayout(log.prefix, o))
	log.output = newOutput(out, o.Linger, log.loss)
	return log
}

// Set changes how and where is written. When it returns nothing is written to
// the output before any more.
func (log *Log) Set(out io.Writer, o Options) {
	next := newLayout(log.prefix, o)
	log.setting.Lock()
	defer log.setting.Unlock()
	log.output.direct(out)
	log.layout.Store(next)
}

func newLayout(prefix string, o Options) *layout {
	common := common{prefix: prefix, secrets: newSecrets(o.Secrets), forwarded: o.Forwarded, host: o.Host, service: "rivgate"}
	if o.VP {
		common.service = "vp-services"
	}
	switch o.Format {
	case Legacy:
		format := &legacyFormat{common}
		return &layout{call: format.call, process: format.process}
	case Plain:
		format := &textFormat{common}
		return &layout{call: format.call, process: format.process}
	default:
		format := newECS(common, o.Strings)
		return &layout{call: format.call, process: format.process, strings: o.Strings}
	}
}

// common is what every format goes by.
type common struct {
	prefix    string
	secrets   secrets
	forwarded Forwarded
	host      Host
	service   string
}

// Flush writes the lines that wait.
func (log *Log) Flush() { log.output.flush() }

// Lost is the number of lines that could not be written, or that came while
// more than 4 MiB of others waited for an output that took none. Of a write that
// failed in its middle all lines count.
func (log *Log) Lost() uint64 { return log.output.lostLines() }

// Finished implements Sink: the call's line, unless its events were told. Info
// when the caller got the producer's answer, Warn when the caller erred or left,
// Error when the platform failed.
func (log *Log) Finished(c *Call) {
	if !c.Told {
		log.write(Ended, c.level(), c)
	}
}

// Event implements Observer: a line for the event, Error for Failed and Info
// for the others, as VP without payload.
func (log *Log) Event(e Event, c *Call) {
	level := slog.LevelInfo
	if e == Failed {
		level = slog.LevelError
	}
	log.write(e, level, c)
}

func (log *Log) write(e Event, level slog.Level, c *Call) {
	if level < log.level.Level() {
		return
	}
	l := log.lines.get()
	defer log.lines.put(l)
	layout := log.layout.Load()
	l.strings = layout.strings
	layout.call(l, e, level, c)
	log.output.add(l.buf)
}

// loss is the line that tells of lines that were lost.
func (log *Log) loss(lines uint64) []byte {
	l := log.lines.get()
	defer log.lines.put(l)
	log.process(l, &processLine{
		at: time.Now(), level: slog.LevelError, message: "log lines were lost",
		attrs: []slog.Attr{slog.Int64("lines", int64(lines))},
	})
	return slices.Clone(l.buf)
}

// process makes a line that is about no call.
func (log *Log) process(l *line, p *processLine) {
	layout := log.layout.Load()
	l.strings = layout.strings
	layout.process(l, p)
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
