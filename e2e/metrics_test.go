package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
	"rivgate/record"
)

// withAdmin is the base configuration with an operators' listener.
var withAdmin = strings.Replace(baseConfig, `admin: {address: ""}`, `admin: {address: "127.0.0.1:0"}`, 1)

// metricsWorld is a world whose gateway can be asked for /metrics.
func metricsWorld(t *testing.T, extra string) *world {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, withAdmin+extra)
	return w
}

// metrics is the text of the running gateway's /metrics once all calls have
// been counted, which is after their answers have been sent.
func (g *gateway) metrics(t *testing.T) string {
	t.Helper()
	var text string
	eventually(t, "the end of all calls", func() bool {
		text = g.scrape(t)
		return sample(t, text, "rivgate_calls_in_flight") == 0
	})
	return text
}

func (g *gateway) scrape(t *testing.T) string {
	t.Helper()
	return g.admin(t, "/metrics")
}

// admin is what the operators' listener answers.
func (g *gateway) admin(t *testing.T, path string) string {
	t.Helper()
	answer, err := lab.Client(nil).Get("http://" + g.app.AdminAddr().String() + path)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d", path, answer.StatusCode)
	}
	return read(t, answer.Body)
}

// sample is the sum of the samples whose name is given and that have all the
// labels given, as they are written; -1 if there is none.
func sample(t *testing.T, text, name string, labels ...string) float64 {
	t.Helper()
	sum, found := 0.0, false
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		if slices.ContainsFunc(labels, func(label string) bool { return !strings.Contains(rest, label) }) {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		must(t, err)
		sum, found = sum+value, true
	}
	if !found {
		return -1
	}
	return sum
}

// traffic makes one call of each kind.
func (w *world) traffic(t *testing.T) {
	t.Helper()
	for range 2 {
		if reply := w.call(t, "HTTPS21"); reply.Status != 200 {
			t.Fatalf("HTTP %d %+v", reply.Status, reply.Fault)
		}
	}
	wantFault(t, w.call(t, "NOWHERE"), "VP004 ")
	wantFault(t, w.call(t, "NOPERM"), "VP007 ")
	wantFault(t, w.call(t, "DEAD"), "VP009 ")
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	shouted, err := lab.Call(t.Context(), client, w.url(), envelope(strings.ToUpper(getThing), "HTTP21"), nil)
	must(t, err)
	if shouted.Fault == nil && shouted.Status != 200 {
		t.Fatalf("HTTP %d", shouted.Status)
	}
	answer, err := client.Get("https://" + w.gate.https + "/elsewhere")
	must(t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Fatalf("HTTP %d for an unknown path", answer.StatusCode)
	}
	if _, err := w.overTLS(nil).Send(t.Context(), []byte("POST /vp HTTP/1.1\r\n")); err == nil {
		t.Fatal("a caller without certificate got an answer")
	}
	eventually(t, "the count of the failed handshake", func() bool {
		return sample(t, w.gate.metrics(t), "rivgate_handshake_failures_total", `reason="no_certificate"`) == 1
	})
}

func TestMetricsTellOfTraffic(t *testing.T) {
	w := metricsWorld(t, "limits: {in_flight: 50}\n")
	w.traffic(t)
	text := w.gate.metrics(t)
	contract, https := `contract="`+getThing+`"`, `listener="https"`
	secure := `target="` + w.secure.Address() + `"`
	for _, test := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"rivgate_calls_total", []string{https, contract, `outcome="fault"`, `code="VP004"`}, 1},
		{"rivgate_calls_total", []string{https, contract, `outcome="fault"`, `code="VP007"`}, 1},
		{"rivgate_calls_total", []string{https, contract, `outcome="fault"`, `code="VP009"`}, 1},
		{"rivgate_calls_total", []string{https, contract}, 6}, // the shouted one too
		{"rivgate_calls_total", []string{https, `contract="other"`, `outcome="refused"`}, 1},
		{"rivgate_call_seconds_count", []string{https, contract, `outcome="fault"`, `part="whole"`}, 3},
		{"rivgate_call_seconds_count", []string{https, contract, `outcome="fault"`, `part="producer"`}, 1},
		{"rivgate_call_seconds_bucket", []string{https, contract, `outcome="ok"`, `part="own"`, `le="60"`}, 3},
		{"rivgate_refused_total", []string{https, `status="404"`}, 1},
		{"rivgate_calls_in_flight_limit", nil, 50},
		{"rivgate_producer_dials_total", []string{secure}, 1},
		{"rivgate_producer_handshakes_total", []string{secure}, 1},
		{"rivgate_producer_reuses_total", []string{secure}, 1},
		{"rivgate_producer_connections_idle", []string{secure}, 1},
		{"rivgate_producer_dial_errors_total", []string{`target="127.0.0.1:1"`}, 2},
		{"rivgate_producer_retries_total", []string{`target="127.0.0.1:1"`}, 1},
		{"rivgate_catalogue_in_force", nil, 1},
		{"rivgate_catalogue_routes", nil, float64(len(w.catalogue().Routes))},
		{"rivgate_catalogue_refreshes_total", []string{`status="REFRESH_OK"`}, 1},
		{"rivgate_catalogue_refresh_status", []string{`status="REFRESH_OK"`}, 1},
		{"rivgate_hsa_units", nil, float64(len(tree))},
		{"rivgate_ready", nil, 1},
		{"rivgate_build_info", []string{`version="test"`}, 1},
		{
			"rivgate_certificate_expiry_timestamp_seconds",
			[]string{`use="listener https"`, `subject="` + w.gateway.Cert.Subject.String() + `"`},
			float64(w.gateway.Cert.NotAfter.Unix()),
		},
	} {
		if got := sample(t, text, test.name, test.labels...); got != test.want {
			t.Errorf("%s%v is %v, want %v", test.name, test.labels, got, test.want)
		}
	}
	if requests, answers := sample(t, text, "rivgate_request_bytes_total", contract), sample(t, text, "rivgate_answer_bytes_total", contract); requests < 1000 || answers < 1000 {
		t.Errorf("%v bytes of requests, %v of answers", requests, answers)
	}
}

// Callers choose the text of a contract, and make no series by it.
func TestInventedContractsAreCountedAsOther(t *testing.T) {
	w := metricsWorld(t, "")
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	const flood = 200
	for i := range flood {
		reply, err := lab.Call(t.Context(), client, w.url(), envelope(fmt.Sprintf("urn:riv:test:Invented%dResponder:1", i), "HTTP21"), nil)
		must(t, err)
		wantFault(t, reply, "VP004 ")
	}
	text := w.gate.metrics(t)
	if got := sample(t, text, "rivgate_calls_total", `contract="other"`, `code="VP004"`); got != flood {
		t.Errorf("%v calls of other contracts, want %d", got, flood)
	}
	if strings.Contains(text, "urn:riv:test:Invented") {
		t.Error("an invented contract is a label")
	}
}

// A contract that only the configuration names is told apart.
func TestConfiguredContractIsKnown(t *testing.T) {
	const configured = "urn:riv:test:OnlyConfiguredResponder:1"
	w := metricsWorld(t, "")
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, strings.Replace(withAdmin, "  overrides:\n",
		"  overrides:\n    - {contract: \""+configured+"\", receiver: SOMEWHERE, timeout: 1s}\n", 1))
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, w.url(), envelope(configured, "HTTP21"), nil)
	must(t, err)
	wantFault(t, reply, "VP004 ")
	if got := sample(t, w.gate.metrics(t), "rivgate_calls_total", `contract="`+configured+`"`); got != 1 {
		t.Errorf("%v calls, want 1", got)
	}
}

func TestMetricsTellOfReloads(t *testing.T) {
	w := metricsWorld(t, "")
	if err := w.gate.configure(t, strings.Replace(withAdmin, "name: GATE}", "nme: GATE}", 1)); err == nil {
		t.Fatal("a reload with an unknown key succeeded")
	}
	text := w.gate.metrics(t)
	if sample(t, text, "rivgate_reload_total", `result="failed"`) != 1 || sample(t, text, "rivgate_reload_successful") != 0 {
		t.Error("a failed reload is not told")
	}
	w.call(t, "HTTP21")
	target := `target="` + w.plain.Address() + `"`
	if got := sample(t, w.gate.metrics(t), "rivgate_producer_dials_total", target); got != 1 {
		t.Errorf("%v dials", got)
	}
	// Another client for producers, another catalogue without the old target.
	catalogue := &lab.Catalogue{}
	catalogue.Route(getThing, "RIVTABP21", w.secure.URL("/ok"), "HTTPS21")
	catalogue.Permit(consumerID, getThing, "HTTPS21")
	must(t, catalogue.WriteLocalCopy(w.gate.dir+"/other.xml"))
	must(t, w.gate.configure(t, strings.Replace(withAdmin, "tak.xml", "other.xml", 1)))
	text = w.gate.metrics(t)
	if sample(t, text, "rivgate_reload_total", `result="ok"`) != 1 || sample(t, text, "rivgate_reload_successful") != 1 {
		t.Error("a successful reload is not told")
	}
	if known, other := sample(t, text, "rivgate_producer_dials_total", target), sample(t, text, "rivgate_producer_dials_total", `target="other"`); known != -1 || other != 1 {
		t.Errorf("%v dials of a target that no route leads to, %v of others", known, other)
	}
	must(t, w.gate.configure(t, strings.Replace(withAdmin, "attempts: 1", "attempts: 2", 1)))
	w.call(t, "HTTP21")
	if got := sample(t, w.gate.metrics(t), "rivgate_producer_dials_total", target); got != 1 {
		t.Errorf("%v dials by the new client, want 1", got)
	}
}

func TestMetricsTellOfResets(t *testing.T) {
	w := metricsWorld(t, "")
	must(t, lab.WriteHSAFile(w.gate.dir+"/hsa.xml", lab.Unit{ID: "SE0000000001-1234", DN: "o=C,c=SE", Name: "one"}))
	if reset := w.gate.app.ResetHSA(t.Context()); reset.Err != nil {
		t.Fatal(reset.Err)
	}
	text := w.gate.metrics(t)
	if sample(t, text, "rivgate_hsa_units") != 1 || sample(t, text, "rivgate_hsa_read_successful") != 1 {
		t.Error("the new tree is not told")
	}
}

// The library of promtool check metrics finds nothing.
func TestMetricsPassPromlint(t *testing.T) {
	w := metricsWorld(t, "")
	w.traffic(t)
	text := w.gate.metrics(t)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	must(t, err)
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	if n := strings.Count(text, "# TYPE rivgate_"); n < 30 {
		t.Errorf("%d families of ours; the check would be blind", n)
	}
}

// What a running gateway shows is what the table of families says.
func TestMetricsAreTheTable(t *testing.T) {
	w := metricsWorld(t, "audit: {file: audit.log}\n")
	w.traffic(t)
	text := w.gate.metrics(t)
	shown := make(map[string]string)
	for _, match := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`).FindAllStringSubmatch(text, -1) {
		shown[match[1]] = match[2]
	}
	for _, family := range record.Families() {
		kind, ok := shown[family.Name]
		delete(shown, family.Name)
		switch {
		case ok && kind != family.Type:
			t.Errorf("%s is a %s, want a %s", family.Name, kind, family.Type)
		case !ok && family.Name != "rivgate_crl_next_update_timestamp_seconds": // there is no list here
			t.Errorf("%s is not shown", family.Name)
		}
	}
	runtime := 0
	for name := range shown {
		if strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			runtime++
		} else {
			t.Errorf("%s is not in the table", name)
		}
	}
	if runtime < 20 {
		t.Errorf("%d families of runtime and process", runtime)
	}
}

// Scrapes and calls do not wait for each other, and reloads go on meanwhile.
func TestScrapesUnderLoad(t *testing.T) {
	w := metricsWorld(t, "")
	address := "http://" + w.gate.app.AdminAddr().String() + "/metrics"
	done := make(chan error, 2)
	for range 2 {
		go func() {
			client := lab.Client(nil)
			defer client.CloseIdleConnections()
			for range 20 {
				answer, err := client.Get(address)
				if err != nil {
					done <- err
					return
				}
				_, err = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if err != nil || answer.StatusCode != 200 {
					done <- fmt.Errorf("HTTP %d, %w", answer.StatusCode, err)
					return
				}
			}
			done <- nil
		}()
	}
	for i := range 10 {
		w.call(t, "HTTP21")
		if i%3 == 0 {
			must(t, w.gate.configure(t, withAdmin))
		}
	}
	must(t, <-done)
	must(t, <-done)
}

func TestRejectedConnectionsAreCounted(t *testing.T) {
	w := metricsWorld(t, "limits: {connections: 1}\n")
	held := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID, CN: "holder"})
	holder := lab.Client(lab.ClientTLS(held, w.ca))
	defer holder.CloseIdleConnections()
	_, err := lab.Call(t.Context(), holder, w.url(), envelope(getThing, "HTTP21"), nil)
	must(t, err)
	if _, err := w.overTLS(w.consumer).Send(t.Context(), bytes.Repeat([]byte("x"), 10)); err == nil {
		t.Fatal("a second connection was served")
	}
	text := w.gate.metrics(t)
	if got := sample(t, text, "rivgate_connections_rejected_total", `limit="connections"`, `listener="https"`); got != 1 {
		t.Errorf("%v rejected connections, want 1", got)
	}
	if got := sample(t, text, "rivgate_connections_open", `listener="https"`); got != 1 {
		t.Errorf("%v open connections, want 1", got)
	}
}
