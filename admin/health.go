package admin

import (
	"net/http"
	"strings"
)

// alive answers as long as anything answers. Whether calls can be made is a
// matter of readiness: a restart would not help.
func (a *Admin) alive(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") }

// ready answers 200, or 503 with one reason a line.
func (a *Admin) ready(w http.ResponseWriter, _ *http.Request) {
	state := a.o.State()
	if reasons := state.NotReady(); len(reasons) > 0 {
		writeText(w, http.StatusServiceUnavailable, strings.Join(reasons, "\n")+"\n")
		return
	}
	writeText(w, http.StatusOK, "ready\n")
}
