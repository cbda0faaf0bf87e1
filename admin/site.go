package admin

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// site is what one listener serves.
type site struct {
	endpoints map[string]endpoint
	token     token
	report    func(Act)
}

func newSite(endpoints []endpoint, t token, report func(Act)) *site {
	s := &site{endpoints: make(map[string]endpoint, len(endpoints)), token: t, report: report}
	for _, e := range endpoints {
		s.endpoints[e.path] = e
	}
	return s
}

// ServeHTTP refuses what does not fit the table and serves the rest.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	e, ok := s.find(r.URL.Path)
	reads, changes := slices.Contains(e.readBy, r.Method), slices.Contains(e.changeBy, r.Method)
	switch {
	case !ok:
		writeText(w, http.StatusNotFound, "unknown path\n")
	case !reads && !changes:
		w.Header().Set("Allow", strings.Join(slices.Concat(e.readBy, e.changeBy), ", "))
		writeText(w, http.StatusMethodNotAllowed, "method not allowed\n")
	case reads:
		if takeBody(w, r) {
			e.read(w, r)
		}
	default:
		s.perform(w, r, e)
	}
}

// find looks a path up as it is, then without one slash at its end, as VP does.
func (s *site) find(path string) (endpoint, bool) {
	if e, ok := s.endpoints[path]; ok {
		return e, true
	}
	if strings.HasPrefix(path, pprofRoot) {
		path = pprofRoot
	} else if len(path) > 2 {
		path = strings.TrimSuffix(path, "/")
	}
	e, ok := s.endpoints[path]
	return e, ok
}

// perform makes a change if the caller may, and reports it either way.
func (s *site) perform(w http.ResponseWriter, r *http.Request, e endpoint) {
	result := "failed: it did not end"
	defer func() { s.report(Act{Name: e.act, Remote: r.RemoteAddr, Result: result}) }()
	switch {
	case crossSite(r):
		writeText(w, http.StatusForbidden, "refused: the request comes from another site's page\n")
		result = "refused: cross-site"
	case !s.token.shownBy(r):
		w.Header().Set("WWW-Authenticate", `Bearer realm="rivgate"`)
		writeText(w, http.StatusUnauthorized, "refused: this needs the token as Authorization: Bearer\n")
		result = "refused: no valid token"
	case !takeBody(w, r):
		result = "refused: unusable body"
	default:
		// A change takes what it takes, and its answer is small. A writer that
		// has no deadline needs none lifted.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		result = e.change(w, r)
	}
}
