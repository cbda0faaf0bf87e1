package admin_test

import (
	"encoding/json"
	"testing"

	"rivgate/admin"
)

const actuatorType = "application/vnd.spring-boot.actuator.v3+json"

// The answers are a running VP's, without the components this gateway has not:
// those of its framework, the disk and its store of certificates.
func TestHealth(t *testing.T) {
	const (
		up       = `{"status":"UP"}`
		ready    = `{"status":"UP","components":{"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		healthy  = `{"status":"UP","groups":["liveness","readiness"],"components":{"hsaCache":{"status":"UP"},"livenessState":{"status":"UP"},"ping":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		failed   = `{"status":"DOWN","components":{"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"DOWN","details":{"refreshStatus":"REFRESH_FAILED"}}}}`
		sick     = `{"status":"DOWN","groups":["liveness","readiness"],"components":{"hsaCache":{"status":"UP"},"livenessState":{"status":"UP"},"ping":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"DOWN","details":{"refreshStatus":"REFRESH_FAILED"}}}}`
		starting = `{"status":"DOWN","components":{"hsaCache":{"status":"UNKNOWN","details":{"hsaCacheStatus":"Not initialized"}},"readinessState":{"status":"UP"},"takCache":{"status":"DOWN","details":{"refreshStatus":"Not initialized"}}}}`
		draining = `{"status":"OUT_OF_SERVICE","components":{"hsaCache":{"status":"UP"},"readinessState":{"status":"OUT_OF_SERVICE"},"takCache":{"status":"UP"}}}`
		damaged  = `{"status":"UP","components":{"hsaCache":{"status":"UP","details":{"hsaCacheStatus":"Last reset failed"}},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		noTree   = `{"status":"UP","components":{"hsaCache":{"status":"UNKNOWN","details":{"hsaCacheStatus":"Not initialized"}},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		audited  = `{"status":"UP","components":{"auditLog":{"status":"UP"},"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		unheeded = `{"status":"UP","components":{"auditLog":{"status":"UP","details":{"reason":"full"}},"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
		refusing = `{"status":"DOWN","components":{"auditLog":{"status":"DOWN","details":{"reason":"full"}},"hsaCache":{"status":"UP"},"readinessState":{"status":"UP"},"takCache":{"status":"UP"}}}`
	)
	audit := func(state admin.AuditState) func(*admin.State) { return func(s *admin.State) { s.Audit = &state } }
	noCatalogue := func(s *admin.State) {
		s.Catalogue = admin.CatalogueState{Results: []admin.CatalogueResult{{At: began, Status: "REFRESH_FAILED"}}}
	}
	drain := func(s *admin.State) { s.Draining = true }
	badFile := func(s *admin.State) {
		s.HSA.Results = []admin.HSAResult{{At: began, Old: 4, New: 4, Error: errDamaged.Error()}}
	}
	tests := []struct {
		name   string
		change func(*admin.State)
		path   string
		status int
		body   string
	}{
		{"all well", func(*admin.State) {}, "/actuator/health", 200, healthy},
		{"all well", func(*admin.State) {}, "/actuator/health/liveness", 200, up},
		{"all well", func(*admin.State) {}, "/actuator/health/readiness", 200, ready},
		{"all well", func(*admin.State) {}, "/healthz", 200, "ok\n"},
		{"all well", func(*admin.State) {}, "/readyz", 200, "ready\n"},
		{"catalogue never loaded", noCatalogue, "/actuator/health", 503, sick},
		{"catalogue never loaded", noCatalogue, "/actuator/health/liveness", 200, up},
		{"catalogue never loaded", noCatalogue, "/actuator/health/readiness", 503, failed},
		{"catalogue never loaded", noCatalogue, "/healthz", 200, "ok\n"},
		{"catalogue never loaded", noCatalogue, "/readyz", 503, "no catalogue: REFRESH_FAILED\n"},
		{
			"starting", func(s *admin.State) { s.Catalogue, s.HSA = admin.CatalogueState{}, admin.HSAState{} },
			"/actuator/health/readiness", 503, starting,
		},
		{"starting", func(s *admin.State) { s.Catalogue = admin.CatalogueState{} }, "/readyz", 503, "no catalogue: Not initialized\n"},
		{"draining", drain, "/actuator/health/readiness", 503, draining},
		{"draining", drain, "/actuator/health/liveness", 200, up},
		{"draining", drain, "/healthz", 200, "ok\n"},
		{"draining", drain, "/readyz", 503, "draining\n"},
		{
			"draining without catalogue", func(s *admin.State) { drain(s); noCatalogue(s) }, "/readyz", 503,
			"draining\nno catalogue: REFRESH_FAILED\n",
		},
		{"HSA reset failed", badFile, "/actuator/health/readiness", 200, damaged},
		{"audit log", audit(admin.AuditState{}), "/actuator/health/readiness", 200, audited},
		{"audit log fails", audit(admin.AuditState{Failing: "full"}), "/actuator/health/readiness", 200, unheeded},
		{"audit log fails", audit(admin.AuditState{Failing: "full"}), "/readyz", 200, "ready\n"},
		{"calls are refused", audit(admin.AuditState{Failing: "full", Refusing: "full"}), "/actuator/health/readiness", 503, refusing},
		{"calls are refused", audit(admin.AuditState{Failing: "full", Refusing: "full"}), "/readyz", 503, "no audit log: full\n"},
		{"HSA reset failed", badFile, "/readyz", 200, "ready\n"},
		{"HSA never loaded", func(s *admin.State) { s.HSA = admin.HSAState{} }, "/actuator/health/readiness", 200, noTree},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.path, func(t *testing.T) {
			w := ask(withState(tt.change), "GET", tt.path)
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("%d\n%s\nwant %d\n%s", w.Code, w.Body, tt.status, tt.body)
			}
			wantType := "text/plain; charset=utf-8"
			if json.Valid(w.Body.Bytes()) {
				wantType = actuatorType
			}
			if got := w.Header().Get("Content-Type"); got != wantType {
				t.Errorf("Content-Type %q, want %q", got, wantType)
			}
		})
	}
}
