package record

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Family is one metric family. docs/metrics.md, the dashboard and the alert
// rules are held against this table.
type Family struct {
	Name   string
	Type   string // counter, gauge or histogram
	Labels []string
	Help   string
}

// Families lists every family that Metrics exposes. Beside them stand those of
// client_golang's Go and process collectors, whose names begin with go_ and
// process_.
func Families() []Family { return slices.Clone(families[:]) }

// family is a place in the table of families.
type family uint8

const (
	callsTotal family = iota
	callSeconds
	requestBytesTotal
	answerBytesTotal
	refusedTotal
	callsInFlight
	callsInFlightLimit
	logLinesLost
	connectionsOpen
	connectionsRejectedTotal
	handshakeFailuresTotal
	revocationChecksTotal
	producerDialsTotal
	producerDialErrorsTotal
	producerRetriesTotal
	producerReusesTotal
	producerStaleTotal
	producerHandshakesTotal
	producerResumptionsTotal
	producerConnectionsOpen
	producerConnectionsIdle
	catalogueInForce
	catalogueInfo
	catalogueAge
	catalogueRoutes
	cataloguePermissions
	catalogueRefreshStatus
	catalogueRefreshTime
	catalogueRefreshDuration
	catalogueRefreshesTotal
	hsaUnits
	hsaCreated
	hsaReadSuccessful
	hsaReadTime
	hsaReadsTotal
	certificateExpiry
	crlNextUpdate
	auditState
	auditHeadSeq
	auditLostTotal
	reloadTotal
	reloadSuccessful
	reloadSuccessTime
	traceSpansTotal
	ready
	buildInfo
	familyCount
)

const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

var families = [familyCount]Family{
	callsTotal:         {"rivgate_calls_total", counter, []string{"listener", "contract", "outcome", "code"}, "Finished calls; code is the fault's where outcome is fault."},
	callSeconds:        {"rivgate_call_seconds", histogram, []string{"listener", "contract", "outcome", "part"}, "Duration of finished calls: whole, the producer's part, and the gateway's own, which is the difference."},
	requestBytesTotal:  {"rivgate_request_bytes_total", counter, []string{"listener", "contract"}, "Bytes read of callers' request bodies."},
	answerBytesTotal:   {"rivgate_answer_bytes_total", counter, []string{"listener", "contract"}, "Bytes written of answers' bodies, faults included."},
	refusedTotal:       {"rivgate_refused_total", counter, []string{"listener", "status"}, "Requests that were wrong below SOAP, by the HTTP status they got."},
	callsInFlight:      {"rivgate_calls_in_flight", gauge, nil, "Calls being served."},
	callsInFlightLimit: {"rivgate_calls_in_flight_limit", gauge, nil, "limits.in_flight; 0 for no limit."},
	logLinesLost:       {"rivgate_log_lines_lost_total", counter, nil, "Log lines that could not be written, or came while the output took none."},

	connectionsOpen:          {"rivgate_connections_open", gauge, []string{"listener"}, "Callers' open connections."},
	connectionsRejectedTotal: {"rivgate_connections_rejected_total", counter, []string{"listener", "limit"}, "Connections closed on arrival because of a limit."},
	handshakeFailuresTotal:   {"rivgate_handshake_failures_total", counter, []string{"listener", "reason"}, "Failed TLS handshakes with callers."},
	revocationChecksTotal:    {"rivgate_revocation_checks_total", counter, []string{"source", "result"}, "Certificates of callers' chains held against revocation lists (crl) and responders (ocsp)."},

	producerDialsTotal:       {"rivgate_producer_dials_total", counter, []string{"target"}, "TCP connections made to producers."},
	producerDialErrorsTotal:  {"rivgate_producer_dial_errors_total", counter, []string{"target"}, "Attempts to connect that failed, retried ones included."},
	producerRetriesTotal:     {"rivgate_producer_retries_total", counter, []string{"target"}, "Attempts to connect after the first of a call."},
	producerReusesTotal:      {"rivgate_producer_reuses_total", counter, []string{"target"}, "Calls on a connection that had served one before."},
	producerStaleTotal:       {"rivgate_producer_stale_total", counter, []string{"target"}, "Idle connections that were no longer fit for use when taken."},
	producerHandshakesTotal:  {"rivgate_producer_handshakes_total", counter, []string{"target"}, "TLS handshakes completed with producers, resumptions included."},
	producerResumptionsTotal: {"rivgate_producer_resumptions_total", counter, []string{"target"}, "TLS sessions with producers that were resumed."},
	producerConnectionsOpen:  {"rivgate_producer_connections_open", gauge, []string{"target"}, "Open connections to producers, idle ones included."},
	producerConnectionsIdle:  {"rivgate_producer_connections_idle", gauge, []string{"target"}, "Idle connections to producers."},

	catalogueInForce:         {"rivgate_catalogue_in_force", gauge, nil, "1 if there is a catalogue to decide calls by."},
	catalogueInfo:            {"rivgate_catalogue_info", gauge, []string{"revision", "origin"}, "The catalogue in force; always 1."},
	catalogueAge:             {"rivgate_catalogue_age_seconds", gauge, nil, "Time since the source last said what is in force, or, if it never did, since the local copy was read."},
	catalogueRoutes:          {"rivgate_catalogue_routes", gauge, nil, "Routes in force, whether or not they are valid now."},
	cataloguePermissions:     {"rivgate_catalogue_permissions", gauge, nil, "Permissions in force, whether or not they are valid now."},
	catalogueRefreshStatus:   {"rivgate_catalogue_refresh_status", gauge, []string{"status"}, "1 for the status the last refresh ended with, 0 for the others."},
	catalogueRefreshTime:     {"rivgate_catalogue_refresh_timestamp_seconds", gauge, nil, "When the last refresh began."},
	catalogueRefreshDuration: {"rivgate_catalogue_refresh_duration_seconds", gauge, nil, "How long the last refresh took."},
	catalogueRefreshesTotal:  {"rivgate_catalogue_refreshes_total", counter, []string{"status"}, "Refreshes by the status they ended with."},

	hsaUnits:          {"rivgate_hsa_units", gauge, nil, "Units in the HSA tree."},
	hsaCreated:        {"rivgate_hsa_created_timestamp_seconds", gauge, nil, "The creation date that the HSA files state."},
	hsaReadSuccessful: {"rivgate_hsa_read_successful", gauge, nil, "1 if the last reading of the HSA files succeeded; after a failure the tree from before serves."},
	hsaReadTime:       {"rivgate_hsa_read_timestamp_seconds", gauge, nil, "When the HSA files were last read, or tried to be."},
	hsaReadsTotal:     {"rivgate_hsa_reads_total", counter, []string{"result"}, "Readings of the HSA files after the start."},

	certificateExpiry: {"rivgate_certificate_expiry_timestamp_seconds", gauge, []string{"use", "file", "subject"}, "When a certificate in use expires; of several with one subject in one file, the one that lasts longest."},
	crlNextUpdate:     {"rivgate_crl_next_update_timestamp_seconds", gauge, []string{"file", "issuer"}, "When a revocation list must have been replaced."},

	auditState:     {"rivgate_audit_state", gauge, []string{"state"}, "1 for the audit log's state, writing or failing, 0 for the other; absent without one."},
	auditHeadSeq:   {"rivgate_audit_head_seq", gauge, nil, "Number of the audit log's last line."},
	auditLostTotal: {"rivgate_audit_lost_total", counter, nil, "Lines of the audit log that were lost since the start."},

	reloadTotal:       {"rivgate_reload_total", counter, []string{"result"}, "Reloads of the configuration and of the files it names."},
	reloadSuccessful:  {"rivgate_reload_successful", gauge, nil, "1 if the last reload succeeded, or there was none; after a failure the running configuration stays."},
	reloadSuccessTime: {"rivgate_reload_success_timestamp_seconds", gauge, nil, "When the running configuration was taken into use."},

	traceSpansTotal: {"rivgate_trace_spans_total", counter, []string{"result"}, "Spans handed to the OTLP endpoint, or lost because it did not take them."},
	ready:           {"rivgate_ready", gauge, nil, "1 if calls should come here: there is a catalogue, the gateway is not draining, and no missing audit log keeps it from serving."},
	buildInfo:       {"rivgate_build_info", gauge, []string{"version", "go_version"}, "What is running; always 1."},
}

func (f family) desc() *prometheus.Desc {
	return prometheus.NewDesc(families[f].Name, families[f].Help, families[f].Labels, nil)
}

func (f family) counterVec() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: families[f].Name, Help: families[f].Help}, families[f].Labels)
}

func (f family) gauge() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: families[f].Name, Help: families[f].Help})
}

func (f family) histogramVec(buckets []float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(
		prometheus.HistogramOpts{Name: families[f].Name, Help: families[f].Help, Buckets: buckets}, families[f].Labels)
}
