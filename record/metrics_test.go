package record

import (
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"rivgate/fault"
)

const (
	getThing = "urn:riv:test:GetThingResponder:1"
	consumer = "SE0000000000-CONS1"
)

// newTestMetrics are metrics of a listener called https, told state.
func newTestMetrics(t testing.TB, state State) (*Metrics, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	m, err := NewMetrics(registry, MetricsOptions{
		Version:         "1.2.3",
		Listeners:       []string{"https"},
		Limits:          []string{"connections"},
		RefreshStatuses: []string{"REFRESH_OK", "REFRESH_FAILED"},
		State:           func() State { return state },

		RevocationResults: map[string][]string{"crl": {"good", "revoked"}, "ocsp": {"error"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, registry
}

// samples are the values gathered, by name and labels as they would be
// written: histograms by their count and sum.
func samples(t testing.TB, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, f := range gathered {
		for _, m := range f.GetMetric() {
			labels := labelsOf(m)
			switch f.GetType() {
			case dto.MetricType_HISTOGRAM:
				all[f.GetName()+"_count"+labels] = float64(m.GetHistogram().GetSampleCount())
				all[f.GetName()+"_sum"+labels] = m.GetHistogram().GetSampleSum()
			case dto.MetricType_COUNTER:
				all[f.GetName()+labels] = m.GetCounter().GetValue()
			default:
				all[f.GetName()+labels] = m.GetGauge().GetValue()
			}
		}
	}
	return all
}

func labelsOf(m *dto.Metric) string {
	var parts []string
	for _, label := range m.GetLabel() {
		parts = append(parts, fmt.Sprintf("%s=%q", label.GetName(), label.GetValue()))
	}
	if parts == nil {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestFinishedCallIsCounted(t *testing.T) {
	answered := Call{
		Listener: "https", Contract: strings.ToUpper(getThing), KnownContract: getThing, Outcome: OK,
		RequestBytes: 100, AnswerBytes: 200, Status: 200,
		Whole: 250 * time.Millisecond, Producer: 200 * time.Millisecond,
	}
	for name, test := range map[string]struct {
		call Call
		want map[string]float64
		not  string // a family that must have no sample
	}{
		"answered": {
			call: answered,
			want: map[string]float64{
				`rivgate_calls_total{code="",contract="` + getThing + `",listener="https",outcome="ok"}`:                1,
				`rivgate_call_seconds_sum{contract="` + getThing + `",listener="https",outcome="ok",part="whole"}`:      .25,
				`rivgate_call_seconds_sum{contract="` + getThing + `",listener="https",outcome="ok",part="producer"}`:   .2,
				`rivgate_call_seconds_sum{contract="` + getThing + `",listener="https",outcome="ok",part="own"}`:        .05,
				`rivgate_call_seconds_count{contract="` + getThing + `",listener="https",outcome="ok",part="producer"}`: 1,
				`rivgate_request_bytes_total{contract="` + getThing + `",listener="https"}`:                             100,
				`rivgate_answer_bytes_total{contract="` + getThing + `",listener="https"}`:                              200,
			},
			not: "rivgate_refused_total",
		},
		"without permission": {
			call: Call{Listener: "https", KnownContract: getThing, Outcome: Fault, Code: fault.VP007, Status: 500, Whole: time.Millisecond},
			want: map[string]float64{
				`rivgate_calls_total{code="VP007",contract="` + getThing + `",listener="https",outcome="fault"}`:        1,
				`rivgate_call_seconds_count{contract="` + getThing + `",listener="https",outcome="fault",part="whole"}`: 1,
			},
			not: `rivgate_call_seconds_count{contract="` + getThing + `",listener="https",outcome="fault",part="producer"}`,
		},
		"unknown contract": {
			call: Call{Listener: "https", Contract: "urn:invented", Outcome: Fault, Code: fault.VP004},
			want: map[string]float64{`rivgate_calls_total{code="VP004",contract="other",listener="https",outcome="fault"}`: 1},
			not:  "urn:invented",
		},
		"refused": {
			call: Call{Listener: "https", Outcome: Refused, Status: 413},
			want: map[string]float64{
				`rivgate_calls_total{code="",contract="other",listener="https",outcome="refused"}`: 1,
				`rivgate_refused_total{listener="https",status="413"}`:                             1,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, registry := newTestMetrics(t, State{})
			m.Finished(&test.call)
			got := samples(t, registry)
			for sample, want := range test.want {
				if value, ok := got[sample]; !ok || value-want > 1e-9 || want-value > 1e-9 {
					t.Errorf("%s is %v (%t), want %v", sample, value, ok, want)
				}
			}
			for sample := range got {
				if test.not != "" && strings.Contains(sample, test.not) {
					t.Errorf("there is %s", sample)
				}
			}
		})
	}
}

// The number of series has an end, even if catalogues without end came by.
func TestSeriesAreBounded(t *testing.T) {
	m, registry := newTestMetrics(t, State{})
	const flood = maxContracts + 1000
	for i := range flood {
		m.Finished(&Call{Listener: "https", KnownContract: fmt.Sprintf("urn:riv:test:%d", i), Outcome: OK, Whole: time.Second})
	}
	contracts, total := 0, 0.0
	for sample, value := range samples(t, registry) {
		if strings.HasPrefix(sample, "rivgate_calls_total") {
			contracts++
			total += value
		}
	}
	if contracts != maxContracts+1 || total != flood {
		t.Errorf("%d series with %v calls, want %d with %d", contracts, total, maxContracts+1, flood)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	m, _ := newTestMetrics(t, State{})
	call := &Call{Listener: "https", KnownContract: getThing, Outcome: OK, Whole: time.Second, Producer: time.Millisecond}
	m.Finished(call)
	if allocations := testing.AllocsPerRun(1000, func() { m.Finished(call) }); allocations != 0 {
		t.Errorf("%v allocations a call", allocations)
	}
}

func BenchmarkFinished(b *testing.B) {
	m, _ := newTestMetrics(b, State{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		call := &Call{Listener: "https", KnownContract: getThing, Outcome: OK, Whole: time.Second, Producer: time.Millisecond}
		for pb.Next() {
			m.Finished(call)
		}
	})
}

func TestStateIsTold(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	_, registry := newTestMetrics(t, State{
		Ready: true, InFlight: 3, InFlightLimit: 10,
		Connections: map[string]int{"https": 7},
		Producers:   map[string]ProducerState{"producer.example.se:443": {Dials: 1, DialErrors: 2, Retries: 3, Reuses: 4, Stale: 5, Handshakes: 6, Resumptions: 7, Open: 8, Idle: 9}},
		Catalogue: CatalogueState{
			InForce: true, Revision: "0123456789abcdef", Origin: "tak", Known: time.Now().Add(-time.Hour),
			Routes: 11, Permissions: 12, Status: "REFRESH_FAILED", At: at, Took: 1500 * time.Millisecond,
		},
		HSAUnits: 13, HSACreated: at,
		Certificates:    []Certificate{{Use: "listener https", File: "gateway.crt", Subject: "CN=gateway", Expires: at}},
		RevocationLists: []RevocationList{{File: "ca.crl", Issuer: "CN=CA", NextUpdate: at}},
		Audit:           &AuditState{Failing: true, Head: 14, Lost: 15},
	})
	got := samples(t, registry)
	for _, test := range []struct {
		sample string
		want   float64
	}{
		{"rivgate_ready", 1},
		{"rivgate_calls_in_flight", 3},
		{"rivgate_calls_in_flight_limit", 10},
		{`rivgate_connections_open{listener="https"}`, 7},
		{`rivgate_producer_dials_total{target="producer.example.se:443"}`, 1},
		{`rivgate_producer_dial_errors_total{target="producer.example.se:443"}`, 2},
		{`rivgate_producer_retries_total{target="producer.example.se:443"}`, 3},
		{`rivgate_producer_reuses_total{target="producer.example.se:443"}`, 4},
		{`rivgate_producer_stale_total{target="producer.example.se:443"}`, 5},
		{`rivgate_producer_handshakes_total{target="producer.example.se:443"}`, 6},
		{`rivgate_producer_resumptions_total{target="producer.example.se:443"}`, 7},
		{`rivgate_producer_connections_open{target="producer.example.se:443"}`, 8},
		{`rivgate_producer_connections_idle{target="producer.example.se:443"}`, 9},
		{"rivgate_catalogue_in_force", 1},
		{`rivgate_catalogue_info{origin="tak",revision="0123456789abcdef"}`, 1},
		{"rivgate_catalogue_routes", 11},
		{"rivgate_catalogue_permissions", 12},
		{`rivgate_catalogue_refresh_status{status="REFRESH_OK"}`, 0},
		{`rivgate_catalogue_refresh_status{status="REFRESH_FAILED"}`, 1},
		{"rivgate_catalogue_refresh_timestamp_seconds", 1893553445},
		{"rivgate_catalogue_refresh_duration_seconds", 1.5},
		{"rivgate_hsa_units", 13},
		{"rivgate_hsa_created_timestamp_seconds", 1893553445},
		{`rivgate_certificate_expiry_timestamp_seconds{file="gateway.crt",subject="CN=gateway",use="listener https"}`, 1893553445},
		{`rivgate_crl_next_update_timestamp_seconds{file="ca.crl",issuer="CN=CA"}`, 1893553445},
	} {
		if value, ok := got[test.sample]; !ok || value != test.want {
			t.Errorf("%s is %v (%t), want %v", test.sample, value, ok, test.want)
		}
	}
	for state, want := range map[string]float64{"writing": 0, "failing": 1} {
		if value, ok := got[`rivgate_audit_state{state="`+state+`"}`]; !ok || value != want {
			t.Errorf("the audit log's state %s is %v (%t), want %v", state, value, ok, want)
		}
	}
	if got["rivgate_audit_head_seq"] != 14 || got["rivgate_audit_lost_total"] != 15 {
		t.Errorf("the audit log has %v lines and lost %v", got["rivgate_audit_head_seq"], got["rivgate_audit_lost_total"])
	}
	if age := got["rivgate_catalogue_age_seconds"]; age < 3600 || age > 3660 {
		t.Errorf("the catalogue's age is %v", age)
	}
}

// What is not known is not told as 0: a time of 0 would be 1970.
func TestUnknownTimesAreLeftOut(t *testing.T) {
	_, registry := newTestMetrics(t, State{})
	got := samples(t, registry)
	for _, name := range []string{
		"rivgate_hsa_created_timestamp_seconds", "rivgate_catalogue_refresh_timestamp_seconds", "rivgate_catalogue_age_seconds",
	} {
		if value, ok := got[name]; ok {
			t.Errorf("%s is %v", name, value)
		}
	}
	if got["rivgate_catalogue_in_force"] != 0 || got["rivgate_ready"] != 0 {
		t.Error("a gateway without catalogue is ready")
	}
}

func TestEventsAreCounted(t *testing.T) {
	m, registry := newTestMetrics(t, State{})
	failure := errors.New("no")
	before := samples(t, registry)
	m.HandshakeFailed("https", failure)
	m.ConnectionRejected("https", "connections")
	m.Refreshed("REFRESH_OK")
	m.SpansExported(5, nil)
	m.SpansExported(7, failure)
	m.HSARead(failure)
	m.Reloaded(failure)
	after := samples(t, registry)
	for _, test := range []struct {
		sample string
		want   float64
	}{
		{`rivgate_handshake_failures_total{listener="https",reason="other"}`, 1},
		{`rivgate_connections_rejected_total{limit="connections",listener="https"}`, 1},
		{`rivgate_catalogue_refreshes_total{status="REFRESH_OK"}`, 1},
		{`rivgate_trace_spans_total{result="ok"}`, 5},
		{`rivgate_trace_spans_total{result="failed"}`, 7},
		{`rivgate_hsa_reads_total{result="failed"}`, 1},
		{`rivgate_reload_total{result="failed"}`, 1},
	} {
		if start, ok := before[test.sample]; !ok || start != 0 {
			t.Errorf("%s is %v (%t) before anything happened, want 0", test.sample, start, ok)
		}
		if after[test.sample] != test.want {
			t.Errorf("%s is %v, want %v", test.sample, after[test.sample], test.want)
		}
	}
	for _, sample := range []string{"rivgate_hsa_read_successful", "rivgate_reload_successful"} {
		if before[sample] != 1 || after[sample] != 0 {
			t.Errorf("%s is %v, then %v", sample, before[sample], after[sample])
		}
	}
	m.HSARead(nil)
	m.Reloaded(nil)
	again := samples(t, registry)
	if again["rivgate_hsa_read_successful"] != 1 || again["rivgate_reload_successful"] != 1 {
		t.Error("a success after a failure is not told")
	}
	if again["rivgate_reload_success_timestamp_seconds"] < before["rivgate_reload_success_timestamp_seconds"] {
		t.Error("the time of the last successful reload went back")
	}
}

func TestRevocationChecks(t *testing.T) {
	m, registry := newTestMetrics(t, State{})
	m.RevocationChecked("crl", "revoked")
	got := samples(t, registry)
	for name, want := range map[string]float64{
		`rivgate_revocation_checks_total{result="revoked",source="crl"}`: 1,
		`rivgate_revocation_checks_total{result="good",source="crl"}`:    0,
		`rivgate_revocation_checks_total{result="error",source="ocsp"}`:  0,
	} {
		if value, shown := got[name]; !shown || value != want {
			t.Errorf("%s is %v, shown %t", name, value, shown)
		}
	}
}

// Each family has one way to be told: by State, or by an instrument.
func TestEveryFamilyIsExposedOnce(t *testing.T) {
	m, registry := newTestMetrics(t, State{
		Connections:     map[string]int{"https": 1},
		Producers:       map[string]ProducerState{"other": {}},
		Catalogue:       CatalogueState{InForce: true, Status: "REFRESH_OK", At: time.Now()},
		HSACreated:      time.Now(),
		Certificates:    []Certificate{{Expires: time.Now()}},
		RevocationLists: []RevocationList{{NextUpdate: time.Now()}},
		Audit:           &AuditState{},
	})
	m.Finished(&Call{Listener: "https", Outcome: Refused, Status: 400})
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	exposed := make(map[string]*dto.MetricFamily)
	for _, f := range gathered {
		if !strings.HasPrefix(f.GetName(), "go_") && !strings.HasPrefix(f.GetName(), "process_") {
			exposed[f.GetName()] = f
		}
	}
	for _, f := range Families() {
		got := exposed[f.Name]
		delete(exposed, f.Name)
		if got == nil {
			t.Errorf("%s is not exposed", f.Name)
			continue
		}
		if kind := strings.ToLower(got.GetType().String()); kind != f.Type || got.GetHelp() != f.Help {
			t.Errorf("%s is a %s: %q", f.Name, kind, got.GetHelp())
		}
		var labels []string
		for _, label := range got.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		if want := slices.Sorted(slices.Values(f.Labels)); !slices.Equal(labels, want) {
			t.Errorf("%s has labels %v, want %v", f.Name, labels, want)
		}
	}
	if len(exposed) > 0 {
		t.Errorf("not in the table: %v", slices.Sorted(maps.Keys(exposed)))
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	_, registry := newTestMetrics(t, State{})
	if _, err := NewMetrics(registry, MetricsOptions{State: func() State { return State{} }}); err == nil {
		t.Error("a registry took all families twice")
	}
}

func TestHandlerServesText(t *testing.T) {
	m, registry := newTestMetrics(t, State{})
	m.Finished(&Call{Listener: "https", KnownContract: getThing, Outcome: OK})
	answer := httptest.NewRecorder()
	Handler(registry).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Errorf("HTTP %d, %s", answer.Code, answer.Header().Get("Content-Type"))
	}
	const line = `rivgate_calls_total{code="",contract="urn:riv:test:GetThingResponder:1",listener="https",outcome="ok"} 1`
	if !strings.Contains(answer.Body.String(), line+"\n") {
		t.Errorf("no line %s", line)
	}
}
