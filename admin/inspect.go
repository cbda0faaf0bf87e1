package admin

import (
	"net/http"
	"time"
)

// catalogueAnswer is /api/tak. Durations are in seconds, times in RFC 3339.
type catalogueAnswer struct {
	InForce     bool                    `json:"in_force"`
	Revision    string                  `json:"revision"`
	Origin      string                  `json:"origin"`
	Loaded      time.Time               `json:"loaded,omitzero"`
	Age         *float64                `json:"age_seconds,omitempty"`
	Routes      int                     `json:"routes"`
	Permissions int                     `json:"permissions"`
	Results     []catalogueResultAnswer `json:"results"`
}

type catalogueResultAnswer struct {
	At          time.Time `json:"at"`
	Took        float64   `json:"took_seconds"`
	Status      string    `json:"status"`
	Routes      int       `json:"routes"`
	Permissions int       `json:"permissions"`
	Error       string    `json:"error,omitempty"`
	CopyError   string    `json:"copy_error,omitempty"`
}

func (a *Admin) describeCatalogue(w http.ResponseWriter, _ *http.Request) {
	state := a.o.State().Catalogue
	answer := catalogueAnswer{
		InForce:     state.InForce,
		Revision:    state.Revision,
		Origin:      state.Origin,
		Loaded:      state.Loaded,
		Age:         ageSeconds(state.Loaded),
		Routes:      state.Routes,
		Permissions: state.Permissions,
		Results:     make([]catalogueResultAnswer, len(state.Results)),
	}
	for i, result := range state.Results {
		answer.Results[i] = catalogueResultAnswer{
			At:          result.At,
			Took:        result.Took.Seconds(),
			Status:      result.Status,
			Routes:      result.Routes,
			Permissions: result.Permissions,
			Error:       result.Error,
			CopyError:   result.CopyError,
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// hsaAnswer is /api/hsa.
type hsaAnswer struct {
	InForce  bool              `json:"in_force"`
	Revision string            `json:"revision"`
	Files    []string          `json:"files"`
	Created  time.Time         `json:"created,omitzero"`
	Loaded   time.Time         `json:"loaded,omitzero"`
	Age      *float64          `json:"age_seconds,omitempty"`
	Units    int               `json:"units"`
	Results  []hsaResultAnswer `json:"results"`
}

type hsaResultAnswer struct {
	At    time.Time `json:"at"`
	OK    bool      `json:"ok"`
	Old   int       `json:"old"`
	New   int       `json:"new"`
	Error string    `json:"error,omitempty"`
}

func (a *Admin) describeHSA(w http.ResponseWriter, _ *http.Request) {
	state := a.o.State().HSA
	answer := hsaAnswer{
		InForce:  state.InForce,
		Revision: state.Revision,
		Files:    append([]string{}, state.Files...),
		Created:  state.Created,
		Loaded:   state.Loaded,
		Age:      ageSeconds(state.Loaded),
		Units:    state.Units,
		Results:  make([]hsaResultAnswer, len(state.Results)),
	}
	for i, result := range state.Results {
		answer.Results[i] = hsaResultAnswer{
			At:    result.At,
			OK:    result.Error == "",
			Old:   result.Old,
			New:   result.New,
			Error: result.Error,
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// ageSeconds is how long ago t was, nil for never.
func ageSeconds(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	return new(time.Since(t).Round(time.Millisecond).Seconds())
}
