package admin

import (
	"net/http"
	"net/http/pprof"
)

const pprofRoot = "/debug/pprof/"

// profiles are the runtime's. That net/http/pprof also registers them with the
// default mux has no effect: nothing here serves that.
func profiles() http.HandlerFunc {
	mux := http.NewServeMux()
	mux.HandleFunc(pprofRoot, pprof.Index)
	mux.HandleFunc(pprofRoot+"cmdline", pprof.Cmdline)
	mux.HandleFunc(pprofRoot+"profile", pprof.Profile)
	mux.HandleFunc(pprofRoot+"symbol", pprof.Symbol)
	mux.HandleFunc(pprofRoot+"trace", pprof.Trace)
	return mux.ServeHTTP
}
