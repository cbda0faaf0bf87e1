package admin

import (
	"encoding/json"
	"net/http"
)

// The statuses of a component, as VP's framework names them. Of several, the
// first in this order counts for all.
const (
	statusDown         = "DOWN"
	statusOutOfService = "OUT_OF_SERVICE"
	statusUp           = "UP"
	statusUnknown      = "UNKNOWN" // taken for UP
)

// actuatorHealth is an answer in the form of VP's health endpoints.
type actuatorHealth struct {
	Status     string               `json:"status"`
	Groups     []string             `json:"groups,omitempty"`
	Components map[string]component `json:"components,omitempty"`
}

type component struct {
	Status  string            `json:"status"`
	Details map[string]string `json:"details,omitempty"`
}

// health is the whole, with those of VP's components that this gateway has.
func (a *Admin) health(w http.ResponseWriter, _ *http.Request) {
	components := readinessComponents(a.o.State())
	components["livenessState"] = component{Status: statusUp}
	components["ping"] = component{Status: statusUp}
	writeHealth(w, actuatorHealth{
		Status:     worst(components),
		Groups:     []string{"liveness", "readiness"},
		Components: components,
	})
}

// liveness never looks at what calls need, see alive.
func (a *Admin) liveness(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, actuatorHealth{Status: statusUp})
}

func (a *Admin) readiness(w http.ResponseWriter, _ *http.Request) {
	components := readinessComponents(a.o.State())
	writeHealth(w, actuatorHealth{Status: worst(components), Components: components})
}

func readinessComponents(s State) map[string]component {
	components := map[string]component{
		"readinessState": drainHealth(s.Draining),
		"takCache":       s.Catalogue.health(),
		"hsaCache":       s.HSA.health(),
	}
	if s.Audit != nil {
		components["auditLog"] = s.Audit.health()
	}
	return components
}

// health is DOWN where no call is served for want of an audit log. A log that
// fails while calls go on without it is told of and no more.
func (s *AuditState) health() component {
	switch {
	case s.Refusing != "":
		return component{Status: statusDown, Details: map[string]string{"reason": s.Refusing}}
	case s.Failing != "":
		return component{Status: statusUp, Details: map[string]string{"reason": s.Failing}}
	}
	return component{Status: statusUp}
}

func drainHealth(draining bool) component {
	if draining {
		return component{Status: statusOutOfService}
	}
	return component{Status: statusUp}
}

func (s *CatalogueState) health() component {
	if s.InForce {
		return component{Status: statusUp}
	}
	return component{Status: statusDown, Details: map[string]string{"refreshStatus": s.refreshStatus()}}
}

// health is never DOWN, unlike VP's: a damaged file, delivered to all gateways
// at once, would take all of them out of service though the trees they have
// still serve.
func (s *HSAState) health() component {
	switch {
	case !s.InForce:
		return component{Status: statusUnknown, Details: map[string]string{"hsaCacheStatus": notInitialized}}
	case len(s.Results) > 0 && s.Results[0].Error != "":
		return component{Status: statusUp, Details: map[string]string{"hsaCacheStatus": "Last reset failed"}}
	}
	return component{Status: statusUp}
}

func worst(components map[string]component) string {
	found := make(map[string]bool, len(components))
	for _, c := range components {
		found[c.Status] = true
	}
	for _, status := range []string{statusDown, statusOutOfService} {
		if found[status] {
			return status
		}
	}
	return statusUp
}

func writeHealth(w http.ResponseWriter, health actuatorHealth) {
	text, err := json.Marshal(health)
	if err != nil {
		writeText(w, http.StatusInternalServerError, "the health cannot be written\n")
		return
	}
	w.Header().Set("Content-Type", "application/vnd.spring-boot.actuator.v3+json")
	if health.Status != statusUp {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	write(w, string(text))
}
