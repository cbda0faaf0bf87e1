package admin

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// reload answers 200, or 422 with one reason a line. It goes on when the caller
// leaves: half a reload helps nobody.
func (a *Admin) reload(w http.ResponseWriter, r *http.Request) string {
	reasons := a.o.Reload(context.WithoutCancel(r.Context()))
	if len(reasons) == 0 {
		writeText(w, http.StatusOK, "reloaded\n")
		return "ok"
	}
	writeText(w, http.StatusUnprocessableEntity, strings.Join(reasons, "\n")+"\n")
	return "failed: " + strings.Join(reasons, "; ")
}

// showLevel answers with the log level in lower case.
func (a *Admin) showLevel(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, levelName(a.o.Level.Level())+"\n")
}

// setLevel takes a level as the body, alone or as a form's field level, until
// the next start: curl -X PUT -d debug http://…/loglevel.
func (a *Admin) setLevel(w http.ResponseWriter, r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeText(w, http.StatusBadRequest, "the body cannot be read\n")
		return outcome(err)
	}
	word := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(string(body)), "level="))
	level, known := levels()[word]
	if !known {
		writeText(w, http.StatusBadRequest, "the body must be debug, info, warn or error\n")
		return "refused: unknown level"
	}
	a.o.Level.Set(level)
	writeText(w, http.StatusOK, word+"\n")
	return "ok: " + word
}

// levels are the words of the configuration's log.level.
func levels() map[string]slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
}

func levelName(level slog.Level) string { return strings.ToLower(level.String()) }
