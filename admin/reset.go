package admin

import (
	"fmt"
	"net/http"
	"strings"
)

// CatalogueReset is what came of reading the catalogue anew.
type CatalogueReset struct {
	Lines []string // VP's log lines in order
	Err   error    // why no new catalogue is in force
}

// HSAReset is what came of reading the HSA files anew.
type HSAReset struct {
	Files    []string // as configured
	Old, New int      // units before and after
	Err      error    // why the tree from before stays
}

// What VP says of an HSA reset; the systems that ask for one match on it.
const (
	hsaStart   = "Start a reset of HSA cache using files: [%s]\n"
	hsaDone    = "Successfully reset HSA cache. \nHSA cache size was: %d \nHSA cache now is: %d."
	hsaWarning = "Warning: HSA cache reset to %d. Was %d entries!"
	hsaFailed  = "Reset HSA cache failed.se.skl.tp.hsa.cache.HsaCacheInitializationException: Failed to initialize HSA cache!"
)

// resetCatalogue answers as VP does: 200 whatever came of it, the lines as HTML
// that nothing is escaped in (no script runs there, see protect).
func (a *Admin) resetCatalogue(w http.ResponseWriter, r *http.Request) string {
	reset, err := a.catalogue.do(r.Context())
	if err != nil {
		return unfinished(w, err)
	}
	w.Header().Set("Content-Type", "text/html;")
	for _, line := range reset.Lines {
		write(w, "<br>"+line)
	}
	return outcome(reset.Err)
}

// resetHSA answers as VP does: 200 whatever came of it, and without Content-Type. Why a
// reset failed is not in VP's text; /api/hsa has it.
func (a *Admin) resetHSA(w http.ResponseWriter, r *http.Request) string {
	reset, err := a.hsa.do(r.Context())
	if err != nil {
		return unfinished(w, err)
	}
	w.Header()["Content-Type"] = nil // net/http guesses one otherwise
	write(w, fmt.Sprintf(hsaStart, strings.Join(reset.Files, ", ")))
	switch {
	case reset.Err != nil:
		write(w, hsaFailed)
	case reset.New > 1:
		write(w, fmt.Sprintf(hsaDone, reset.Old, reset.New))
	default:
		write(w, fmt.Sprintf(hsaWarning, reset.New, reset.Old))
	}
	return outcome(reset.Err)
}

// unfinished answers a caller that has left, or waited for a run that broke.
func unfinished(w http.ResponseWriter, err error) string {
	writeText(w, http.StatusInternalServerError, err.Error()+"\n")
	return outcome(err)
}

func outcome(err error) string {
	if err != nil {
		return "failed: " + err.Error()
	}
	return "ok"
}
