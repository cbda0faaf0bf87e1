package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"rivgate/config"
)

// newLogger opens what log.output names. close ends a file; it does nothing for
// the standard streams.
func newLogger(settings config.Log, level *slog.LevelVar, stdout, stderr io.Writer) (logger *slog.Logger, closeLog func() error, err error) {
	out, closeLog := stdout, func() error { return nil }
	switch settings.Output {
	case "stdout":
	case "stderr":
		out = stderr
	default:
		file, err := os.OpenFile(string(settings.Output), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
		if err != nil {
			return nil, nil, fmt.Errorf("log.output: %w", err)
		}
		out, closeLog = file, file.Close
	}
	if err := level.UnmarshalText([]byte(settings.Level)); err != nil {
		return nil, nil, fmt.Errorf("log.level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if settings.Format == "text" {
		return slog.New(slog.NewTextHandler(out, options)), closeLog, nil
	}
	return slog.New(slog.NewJSONHandler(out, options)), closeLog, nil
}
