package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
)

// Options are what an Admin serves. The functions are called concurrently and
// must be safe for that. State is required; another function, handler or level
// that is nil leaves its endpoints out.
type Options struct {
	// Token is what state-changing requests must show as a bearer token; empty:
	// none is asked for.
	Token string
	// PProf serves /debug/pprof/.
	PProf bool
	// Metrics serves /metrics and /actuator/prometheus.
	Metrics http.Handler

	// State is asked once a request.
	State func() State
	// ResetCatalogue reads the catalogue anew, ResetHSA the HSA files. Whoever
	// asks while one runs gets the outcome of that run. The context does not end
	// with the request, so an end must come from within.
	ResetCatalogue func(context.Context) CatalogueReset
	ResetHSA       func(context.Context) HSAReset
	// Reload reads the configuration anew and returns why the running one stays,
	// nothing if it was replaced. The context does not end with the request.
	Reload func(context.Context) []string
	// Level is the log's, as *slog.LevelVar.
	Level Level
	// Explain decides as a call would be decided. What it returns is served as
	// JSON; an error says what is wrong with the question.
	Explain func(context.Context, Question) (any, error)

	// Act is told of every attempt to change something, refused ones too.
	Act func(Act)
}

// Level is a log level that can be changed while it is in use.
type Level interface {
	Level() slog.Level
	Set(slog.Level)
}

// Act is one attempt to change something.
type Act struct {
	Name   string // resetcache, resethsacache, reload or loglevel
	Remote string // the peer's address and port
	Result string // begins with ok, failed or refused; a reason may follow, in any text
}

// Admin answers operators. It never changes after New and is safe for
// concurrent use; other options mean another Admin.
type Admin struct {
	o         Options
	catalogue *shared[CatalogueReset]
	hsa       *shared[HSAReset]
	endpoints []endpoint
	main      *site
}

// New makes an Admin.
func New(o Options) *Admin {
	if o.Act == nil {
		o.Act = func(Act) {}
	}
	a := &Admin{
		o:         o,
		catalogue: &shared[CatalogueReset]{run: o.ResetCatalogue},
		hsa:       &shared[HSAReset]{run: o.ResetHSA},
	}
	a.endpoints = a.served()
	a.main = newSite(a.endpoints, newToken(o.Token), o.Act)
	return a
}

// ServeHTTP serves everything.
func (a *Admin) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.main.ServeHTTP(w, r) }

// Only serves the named groups of endpoints, and asks for no token: status,
// resetcache, resethsacache, health and metrics. Other names serve nothing.
func (a *Admin) Only(names []string) http.Handler {
	var chosen []endpoint
	for _, e := range a.endpoints {
		if e.group != "" && slices.Contains(names, e.group) {
			chosen = append(chosen, e)
		}
	}
	return newSite(chosen, token{}, a.o.Act)
}
