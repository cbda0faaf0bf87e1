package record

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is the Sink that counts calls, and counts what happens beside them.
// It is safe for concurrent use. Label values are bounded whatever callers
// send: see KnownContract, HandshakeReasons and State.
type Metrics struct {
	calls      *callMetrics
	rejected   *prometheus.CounterVec
	handshakes *prometheus.CounterVec
	revocation *prometheus.CounterVec
	refreshes  *prometheus.CounterVec
	spans      *prometheus.CounterVec
	hsa        outcomeMetrics
	reloads    outcomeMetrics
	hsaTried   prometheus.Gauge
	reloaded   prometheus.Gauge
}

// MetricsOptions make Metrics. All are required.
type MetricsOptions struct {
	Version         string
	Listeners       []string     // their names
	Limits          []string     // names of the limits that reject connections
	RefreshStatuses []string     // what a refresh of the catalogue can end with
	State           func() State // asked once a scrape, concurrently

	// RevocationResults are what the check of a caller's certificate can end
	// with, by where it is checked.
	RevocationResults map[string][]string
}

// NewMetrics makes Metrics and registers all its families, and those of the Go
// runtime and the process. It fails if one of the names is taken.
func NewMetrics(registerer prometheus.Registerer, o MetricsOptions) (*Metrics, error) {
	m := &Metrics{
		calls:      newCallMetrics(),
		rejected:   connectionsRejectedTotal.counterVec(),
		handshakes: handshakeFailuresTotal.counterVec(),
		revocation: revocationChecksTotal.counterVec(),
		refreshes:  catalogueRefreshesTotal.counterVec(),
		spans:      traceSpansTotal.counterVec(),
		hsa:        newOutcomeMetrics(hsaReadsTotal, hsaReadSuccessful),
		reloads:    newOutcomeMetrics(reloadTotal, reloadSuccessful),
		hsaTried:   hsaReadTime.gauge(),
		reloaded:   reloadSuccessTime.gauge(),
	}
	m.prepare(o)
	all := append(m.calls.collectors(),
		m.rejected, m.handshakes, m.revocation, m.refreshes, m.spans,
		m.hsa.total, m.hsa.last, m.reloads.total, m.reloads.last, m.hsaTried, m.reloaded,
		&stateCollector{state: o.State, version: o.Version, statuses: o.RefreshStatuses},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, collector := range all {
		if err := registerer.Register(collector); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// prepare makes the series whose labels are known show from the start: the
// rate of a counter that appears with its first event misses that event.
func (m *Metrics) prepare(o MetricsOptions) {
	for _, listener := range o.Listeners {
		for _, reason := range HandshakeReasons() {
			m.handshakes.WithLabelValues(listener, reason)
		}
		for _, limit := range o.Limits {
			m.rejected.WithLabelValues(listener, limit)
		}
	}
	for source, results := range o.RevocationResults {
		for _, result := range results {
			m.revocation.WithLabelValues(source, result)
		}
	}
	for _, status := range o.RefreshStatuses {
		m.refreshes.WithLabelValues(status)
	}
	m.spans.WithLabelValues(resultOK)
	m.spans.WithLabelValues(resultFailed)
	m.hsaTried.SetToCurrentTime()
	m.reloaded.SetToCurrentTime()
}

// Finished implements Sink.
func (m *Metrics) Finished(c *Call) { m.calls.finished(c) }

// HandshakeFailed counts a failed TLS handshake with a caller.
func (m *Metrics) HandshakeFailed(listener string, err error) {
	m.handshakes.WithLabelValues(listener, handshakeReason(err)).Inc()
}

// RevocationChecked counts the check of one certificate of a caller's chain;
// source and result are among MetricsOptions.RevocationResults.
func (m *Metrics) RevocationChecked(source, result string) {
	m.revocation.WithLabelValues(source, result).Inc()
}

// ConnectionRejected counts a connection closed on arrival; limit is one of
// MetricsOptions.Limits.
func (m *Metrics) ConnectionRejected(listener, limit string) {
	m.rejected.WithLabelValues(listener, limit).Inc()
}

// Refreshed counts a refresh of the catalogue by its status, one of
// MetricsOptions.RefreshStatuses.
func (m *Metrics) Refreshed(status string) { m.refreshes.WithLabelValues(status).Inc() }

// HSARead counts a reading of the HSA files; err is why the tree from before
// serves, nil if it does not.
func (m *Metrics) HSARead(err error) {
	m.hsa.count(err)
	m.hsaTried.SetToCurrentTime()
}

// Reloaded counts a reload; err is why the running configuration stays, nil if
// it was replaced.
func (m *Metrics) Reloaded(err error) {
	m.reloads.count(err)
	if err == nil {
		m.reloaded.SetToCurrentTime()
	}
}

// SpansExported counts spans that the OTLP endpoint took, or with an error did
// not.
func (m *Metrics) SpansExported(spans int, err error) {
	m.spans.WithLabelValues(resultOf(err)).Add(float64(spans))
}

// Handler serves what g gathers in the formats Prometheus reads. A family that
// cannot be gathered is left out, the others are served.
func Handler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4,
		Timeout:             10 * time.Second,
	})
}

const (
	resultOK     = "ok"
	resultFailed = "failed"
)

func resultOf(err error) string {
	if err != nil {
		return resultFailed
	}
	return resultOK
}

// outcomeMetrics count something that succeeds or fails, and tell how it went
// last.
type outcomeMetrics struct {
	total *prometheus.CounterVec
	last  prometheus.Gauge
}

func newOutcomeMetrics(total, last family) outcomeMetrics {
	m := outcomeMetrics{total.counterVec(), last.gauge()}
	m.total.WithLabelValues(resultOK)
	m.total.WithLabelValues(resultFailed)
	m.last.Set(1) // what a start could not read stopped it
	return m
}

func (m outcomeMetrics) count(err error) {
	m.total.WithLabelValues(resultOf(err)).Inc()
	m.last.Set(truth(err == nil))
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
