package admin

import "net/http"

// endpoint is one path and what can be done there.
type endpoint struct {
	path  string
	group string // its name for Only; empty: never on its own

	read   http.HandlerFunc
	readBy []string // methods

	act      string // names the change in Act
	change   change
	changeBy []string
}

// change does something, answers, and says what came of it as Act.Result does.
type change func(http.ResponseWriter, *http.Request) string

// served is the table of all endpoints, without those that have nothing to
// serve. VP answers POST where GET is meant; the systems that reset use GET.
func (a *Admin) served() []endpoint {
	read := []string{http.MethodGet, http.MethodHead}
	readOrPost := []string{http.MethodGet, http.MethodHead, http.MethodPost}
	getOrPost := []string{http.MethodGet, http.MethodPost}
	post := []string{http.MethodPost}
	putOrPost := []string{http.MethodPut, http.MethodPost}

	all := []endpoint{
		{path: "/", read: a.console, readBy: read},
		{path: "/status", group: "status", read: a.status, readBy: readOrPost},
		{path: "/healthz", group: "health", read: a.alive, readBy: read},
		{path: "/readyz", group: "health", read: a.ready, readBy: read},
		{path: "/actuator/health", group: "health", read: a.health, readBy: read},
		{path: "/actuator/health/liveness", group: "health", read: a.liveness, readBy: read},
		{path: "/actuator/health/readiness", group: "health", read: a.readiness, readBy: read},
		{path: "/api/tak", read: a.describeCatalogue, readBy: read},
		{path: "/api/hsa", read: a.describeHSA, readBy: read},
	}
	if a.o.Explain != nil {
		all = append(all, endpoint{path: "/api/explain", read: a.explain, readBy: read})
	}
	if a.o.Metrics != nil {
		serve := a.o.Metrics.ServeHTTP
		all = append(all,
			endpoint{path: "/metrics", group: "metrics", read: serve, readBy: read},
			endpoint{path: "/actuator/prometheus", group: "metrics", read: serve, readBy: read})
	}
	if a.o.PProf {
		all = append(all, endpoint{path: pprofRoot, read: sameSite(profiles()), readBy: readOrPost})
	}
	if a.o.ResetCatalogue != nil {
		all = append(all, endpoint{
			path: "/resetcache", group: "resetcache", act: "resetcache",
			change: a.resetCatalogue, changeBy: getOrPost,
		})
	}
	if a.o.ResetHSA != nil {
		all = append(all, endpoint{
			path: "/resethsacache", group: "resethsacache", act: "resethsacache",
			change: a.resetHSA, changeBy: getOrPost,
		})
	}
	if a.o.Reload != nil {
		all = append(all, endpoint{path: "/reload", act: "reload", change: a.reload, changeBy: post})
	}
	if a.o.Level != nil {
		all = append(all, endpoint{
			path: "/loglevel", read: a.showLevel, readBy: read, act: "loglevel",
			change: a.setLevel, changeBy: putOrPost,
		})
	}
	return all
}
