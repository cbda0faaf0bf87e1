package neighbours

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const (
	alerts      = "../../deploy/prometheus/alerts.yaml"
	alertsTests = "../../deploy/prometheus/alerts_test.yaml"
)

// Every rule has a test of its own.
func TestEveryAlertIsTested(t *testing.T) {
	names := func(path, pattern string) (all []string) {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(content(t, path), -1) {
			all = append(all, match[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	rules, tested := names(alerts, `(?m)^ +- alert: (\w+)$`), names(alertsTests, `exp_samples: \[\{labels: '\{alertname="(\w+)"`)
	if len(rules) < 20 || !slices.Equal(rules, tested) {
		t.Errorf("rules:\n%v\ntested:\n%v", rules, tested)
	}
}

func promtool(t *testing.T, input string, args ...string) {
	t.Helper()
	run := exec.Command("promtool", args...)
	run.Stdin = strings.NewReader(input)
	out, err := run.CombinedOutput()
	if err != nil || strings.Contains(string(out), "FAILED") {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertRules(t *testing.T) {
	needs(t, "promtool")
	promtool(t, "", "check", "rules", alerts)
	promtool(t, "", "test", "rules", alertsTests)
}

// Prometheus scrapes a gateway that works, and evaluates the rules.
func TestPrometheus(t *testing.T) {
	needs(t, "prometheus")
	w := newFrontWorld(t, usualHeader)
	client := lab.Client(nil)
	defer client.CloseIdleConnections()
	for number, status := range map[int]int{1: http.StatusOK, 2: http.StatusOK, 3: http.StatusInternalServerError} {
		receiver := "ORDINARY"
		if status != http.StatusOK {
			receiver = "NOWHERE"
		}
		reply, err := lab.Call(t.Context(), client, "http://"+w.gate.Address("http")+"/vp", thing(receiver, number),
			http.Header{"X-Vp-Auth-Cert": {w.consumer.HeaderValue(lab.OneLinePEM)}})
		must(t, err)
		if reply.Status != status {
			t.Fatalf("HTTP %d: %s", reply.Status, told(reply))
		}
	}
	promtool(t, get(t, w.gate.admin("/metrics")), "check", "metrics")

	dir, address := t.TempDir(), free(t)
	rules, err := filepath.Abs(alerts)
	must(t, err)
	config := written(t, dir, "prometheus.yaml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - {job_name: rivgate, static_configs: [{targets: [%q]}]}
`, rules, w.gate.Address("admin")))
	p := labtest.Start(t, exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+dir, "--web.listen-address="+address))
	for query, want := range map[string]string{
		`up{job="rivgate"}`: "1",
		`sum(rivgate_calls_total{outcome="ok", code=""})`:                                     "2",
		`sum(rivgate_calls_total{outcome="fault", code="VP004"})`:                             "1",
		`sum(rivgate_call_seconds_count{part="producer"})`:                                    "2",
		`count(rivgate_catalogue_in_force == 1)`:                                              "1",
		`count(ALERTS{alertname="RivgateNotReady"}) or vector(0)`:                             "0",
		`histogram_quantile(1, sum by (le) (rivgate_call_seconds_bucket)) > bool 0`:           "1",
		`count(rivgate_build_info{version!="", go_version!=""})`:                              "1",
		`count({__name__=~"rivgate_.*", job="rivgate"}) > bool 50`:                            "1",
		`scrape_samples_post_metric_relabeling{job="rivgate"} > bool 50`:                      "1",
		`count(ALERTS{alertstate="firing", alertname!="RivgateCatalogueStale"}) or vector(0)`: "0",
	} {
		var got string
		p.Eventually(t, query+" is "+want, func() bool {
			got = queried(t, "http://"+address, query)
			return got == want
		})
	}
	groups := get(t, "http://"+address+"/api/v1/rules")
	if strings.Contains(groups, `"health":"err"`) || strings.Count(groups, `"name":"Rivgate`) < 20 {
		t.Errorf("rules: %.2000s", groups)
	}
}

// queried is the one value that a query gives now, empty for none.
func queried(t *testing.T, server, query string) string {
	t.Helper()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if json.Unmarshal([]byte(get(t, server+"/api/v1/query?query="+url.QueryEscape(query))), &answer) != nil || len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

// get is the body of an answer, empty for none.
func get(t *testing.T, url string) string {
	t.Helper()
	client := lab.Client(nil)
	defer client.CloseIdleConnections()
	answer, err := client.Get(url)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return string(body)
}
