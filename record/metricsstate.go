package record

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is what the gateway is at the moment of a scrape. Whoever fills it
// bounds the keys of its maps, which become label values.
type State struct {
	Ready         bool
	InFlight      int            // calls
	InFlightLimit int            // 0: none
	LogLost       uint64         // log lines
	Connections   map[string]int // open, by listener
	Producers     map[string]ProducerState
	Catalogue     CatalogueState
	HSAUnits      int
	HSACreated    time.Time // zero: not stated

	Certificates    []Certificate
	RevocationLists []RevocationList
	Audit           *AuditState // nil: there is no audit log
}

// AuditState is the audit log.
type AuditState struct {
	Failing bool   // no line can be written
	Head    uint64 // the last line's seq
	Lost    uint64 // lines
}

// ProducerState are the connections to one target since the counting began. A
// reload may begin it anew.
type ProducerState struct {
	Dials, DialErrors, Retries, Reuses, Stale, Handshakes, Resumptions uint64

	Open, Idle int64
}

// CatalogueState is the catalogue in force and the last refresh.
type CatalogueState struct {
	InForce     bool
	Revision    string
	Origin      string
	Known       time.Time // when its source last said this
	Routes      int
	Permissions int

	Status string    // of the last refresh; "" before the first
	At     time.Time // when it began
	Took   time.Duration
}

// Certificate is a certificate in use. No two share Use, File and Subject.
type Certificate struct {
	Use     string // what it is for, in the configuration's words
	File    string
	Subject string
	Expires time.Time
}

// RevocationList is a certificate revocation list in use. No two share File
// and Issuer.
type RevocationList struct {
	File       string
	Issuer     string
	NextUpdate time.Time
}

// stateCollector tells State at every scrape.
type stateCollector struct {
	state    func() State
	version  string
	statuses []string
}

// stateFamilies are those that come from State.
var stateFamilies = []family{
	callsInFlight, callsInFlightLimit, logLinesLost, connectionsOpen,
	producerDialsTotal, producerDialErrorsTotal, producerRetriesTotal, producerReusesTotal, producerStaleTotal,
	producerHandshakesTotal, producerResumptionsTotal, producerConnectionsOpen, producerConnectionsIdle,
	catalogueInForce, catalogueInfo, catalogueAge, catalogueRoutes, cataloguePermissions,
	catalogueRefreshStatus, catalogueRefreshTime, catalogueRefreshDuration,
	hsaUnits, hsaCreated, certificateExpiry, crlNextUpdate, auditState, auditHeadSeq, auditLostTotal, ready, buildInfo,
}

// Describe implements prometheus.Collector.
func (s *stateCollector) Describe(out chan<- *prometheus.Desc) {
	for _, f := range stateFamilies {
		out <- f.desc()
	}
}

// Collect implements prometheus.Collector.
func (s *stateCollector) Collect(out chan<- prometheus.Metric) {
	state, tell := s.state(), telling(out)
	tell.value(ready, truth(state.Ready))
	tell.value(buildInfo, 1, s.version, runtime.Version())
	tell.value(callsInFlight, float64(state.InFlight))
	tell.value(callsInFlightLimit, float64(state.InFlightLimit))
	tell.value(logLinesLost, float64(state.LogLost))
	for listener, open := range state.Connections {
		tell.value(connectionsOpen, float64(open), listener)
	}
	for target, producer := range state.Producers {
		tell.producer(target, producer)
	}
	tell.catalogue(&state.Catalogue, s.statuses)
	tell.value(hsaUnits, float64(state.HSAUnits))
	tell.moment(hsaCreated, state.HSACreated)
	for _, certificate := range state.Certificates {
		tell.moment(certificateExpiry, certificate.Expires, certificate.Use, certificate.File, certificate.Subject)
	}
	for _, list := range state.RevocationLists {
		tell.moment(crlNextUpdate, list.NextUpdate, list.File, list.Issuer)
	}
	if state.Audit != nil {
		tell.audit(state.Audit)
	}
}

// telling is the way of one scrape's values to their reader.
type telling chan<- prometheus.Metric

func (t telling) value(f family, value float64, labels ...string) {
	kind := prometheus.GaugeValue
	if families[f].Type == counter {
		kind = prometheus.CounterValue
	}
	metric, err := prometheus.NewConstMetric(f.desc(), kind, value, labels...)
	if err != nil { // a label that is not UTF-8
		metric = prometheus.NewInvalidMetric(f.desc(), err)
	}
	t <- metric
}

// moment tells a time in Unix seconds; an unknown one is not told.
func (t telling) moment(f family, at time.Time, labels ...string) {
	if !at.IsZero() {
		t.value(f, float64(at.UnixMilli())/1000, labels...)
	}
}

func (t telling) producer(target string, p ProducerState) {
	t.value(producerDialsTotal, float64(p.Dials), target)
	t.value(producerDialErrorsTotal, float64(p.DialErrors), target)
	t.value(producerRetriesTotal, float64(p.Retries), target)
	t.value(producerReusesTotal, float64(p.Reuses), target)
	t.value(producerStaleTotal, float64(p.Stale), target)
	t.value(producerHandshakesTotal, float64(p.Handshakes), target)
	t.value(producerResumptionsTotal, float64(p.Resumptions), target)
	t.value(producerConnectionsOpen, float64(p.Open), target)
	t.value(producerConnectionsIdle, float64(p.Idle), target)
}

func (t telling) audit(a *AuditState) {
	t.value(auditState, truth(!a.Failing), "writing")
	t.value(auditState, truth(a.Failing), "failing")
	t.value(auditHeadSeq, float64(a.Head))
	t.value(auditLostTotal, float64(a.Lost))
}

func (t telling) catalogue(c *CatalogueState, statuses []string) {
	t.value(catalogueInForce, truth(c.InForce))
	if c.InForce {
		t.value(catalogueInfo, 1, c.Revision, c.Origin)
		t.value(catalogueAge, time.Since(c.Known).Seconds())
	}
	t.value(catalogueRoutes, float64(c.Routes))
	t.value(cataloguePermissions, float64(c.Permissions))
	for _, status := range statuses {
		t.value(catalogueRefreshStatus, truth(status == c.Status), status)
	}
	if c.Status != "" {
		t.moment(catalogueRefreshTime, c.At)
		t.value(catalogueRefreshDuration, c.Took.Seconds())
	}
}
