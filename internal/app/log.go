package app

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"rivgate/config"
	"rivgate/record"
)

// linger is how long the lines of calls wait to be written together. It is short
// against what reads them, and long against a call.
const linger = 10 * time.Millisecond

// logging is the log, with what the configuration can change of it.
type logging struct {
	*record.Log
	level          slog.LevelVar
	host           record.Host
	stdout, stderr io.Writer
	file           *os.File // nil for the standard streams
}

// newLogging opens what log.output names.
func newLogging(cfg *config.Config, stdout, stderr io.Writer) (*logging, error) {
	l := &logging{host: record.ThisHost(), stdout: stdout, stderr: stderr}
	out, file, err := l.open(cfg.Log.Output)
	if err != nil {
		return nil, err
	}
	l.file = file
	l.Log = record.NewLog(out, &l.level, l.options(cfg))
	return l, l.level.UnmarshalText([]byte(cfg.Log.Level))
}

// logChange is a log's next settings, before they hold.
type logChange struct {
	log  *logging
	cfg  *config.Config
	out  io.Writer
	file *os.File
}

// prepare does what can fail of a change to cfg. A file is opened anew, so that
// one that was moved away is let go of.
func (l *logging) prepare(cfg *config.Config) (*logChange, error) {
	out, file, err := l.open(cfg.Log.Output)
	if err != nil {
		return nil, config.Errors{cfg.Problem("log.output", err.Error())}
	}
	return &logChange{l, cfg, out, file}, nil
}

// discard gives the change up.
func (c *logChange) discard() {
	if c.file != nil {
		_ = c.file.Close() // nothing was written to it
	}
}

// commit makes the change. The level becomes the configuration's, whatever it
// was set to meanwhile.
func (c *logChange) commit() error {
	l := c.log
	l.Set(c.out, l.options(c.cfg))
	if l.file != nil {
		_ = l.file.Close() // nothing is written to it any more
	}
	l.file = c.file
	return l.level.UnmarshalText([]byte(c.cfg.Log.Level))
}

// open is the output, and the file behind it if it is one.
func (l *logging) open(output config.Path) (io.Writer, *os.File, error) {
	switch output {
	case "stdout":
		return l.stdout, nil, nil
	case "stderr":
		return l.stderr, nil, nil
	}
	file, err := os.OpenFile(string(output), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, nil, err
	}
	return file, file, nil
}

// close writes what waits, and closes the file if there is one.
func (l *logging) close() error {
	l.Flush()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

func (l *logging) options(cfg *config.Config) record.Options {
	forwarded := cfg.Headers.Forwarded
	return record.Options{
		Format:  record.Format(cfg.Log.Format),
		Strings: cfg.Log.CompatTypes == "strings",
		VP:      cfg.Log.Events == "vp",
		Host:    l.host,
		Linger:  linger,
		Secrets: []string{cfg.Trust.CertificateHeader},
		Forwarded: record.Forwarded{
			Host:  http.CanonicalHeaderKey(forwarded.Host),
			Port:  http.CanonicalHeaderKey(forwarded.Port),
			Proto: http.CanonicalHeaderKey(forwarded.Proto),
		},
	}
}

// payload is whose messages the log holds, nil for nobody's.
func payload(settings config.Log) *record.Payload {
	if settings.Payload == "off" || settings.PayloadMax == 0 {
		return nil
	}
	p := &record.Payload{
		Request:   settings.Payload != "response",
		Answer:    settings.Payload != "request",
		Max:       int(settings.PayloadMax),
		Contracts: make(map[string]bool, len(settings.PayloadContracts)),
	}
	for _, contract := range settings.PayloadContracts {
		p.Contracts[contract] = true
	}
	return p
}
