package e2e

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"rivgate/record"
)

// docs/metrics.md lists every family with its type and labels, and no others.
func TestMetricsPageIsTheTable(t *testing.T) {
	content, err := os.ReadFile("../docs/metrics.md")
	must(t, err)
	type row struct{ kind, labels string }
	page := make(map[string]row)
	for _, match := range regexp.MustCompile("(?m)^\\| `(rivgate_\\w+)` \\| (\\w+) \\| ([^|]+) \\| [^|]+ \\|$").FindAllStringSubmatch(string(content), -1) {
		page[match[1]] = row{match[2], strings.ReplaceAll(match[3], "`", "")}
	}
	for _, family := range record.Families() {
		labels := strings.Join(family.Labels, ", ")
		if labels == "" {
			labels = "–"
		}
		if got, want := page[family.Name], (row{family.Type, labels}); got != want {
			t.Errorf("%s: the page says %+v, the table %+v", family.Name, got, want)
		}
		delete(page, family.Name)
	}
	for name := range page {
		t.Errorf("%s is on the page only", name)
	}
	for _, reason := range record.HandshakeReasons() {
		if !strings.Contains(string(content), "`"+reason+"`") {
			t.Errorf("the page does not name the reason %s", reason)
		}
	}
}

// The dashboard and the alert rules use families that exist, with labels they
// have.
func TestDashboardAndAlertsUseKnownMetrics(t *testing.T) {
	dashboard := dashboardExpressions(t)
	alerts := alertExpressions(t)
	if len(dashboard) < 40 || len(alerts) < 20 {
		t.Fatalf("%d and %d expressions; the check would be blind", len(dashboard), len(alerts))
	}
	for _, expression := range append(dashboard, alerts...) {
		for _, problem := range checkExpression(expression) {
			t.Errorf("%s: %s", problem, expression)
		}
	}
}

// The check sees what it is there for.
func TestExpressionCheck(t *testing.T) {
	right := []string{
		`sum by (contract) (rate(rivgate_calls_total{code="VP009"}[5m]))`,
		`histogram_quantile(0.9, sum by (le) (rate(rivgate_call_seconds_bucket{part="own"}[5m])))`,
		`rivgate_ready{instance=~"$instance"} == 0`,
	}
	wrong := []string{
		`rate(rivgate_calls[5m])`,
		`rate(rivgate_calls_total{reason="x"}[5m])`,
		`rate(rivgate_calls_total{code="a", reasons!~"x,y"}[5m])`,
		`sum by (reason) (rate(rivgate_calls_total[5m]))`,
		`rivgate_calls_total_bucket`,
		`rate(rivgate_call_seconds[5m])`,
		`rate(rivgate_calls_total{code="a"}[5m]`,
	}
	for _, expression := range right {
		if problems := checkExpression(expression); len(problems) > 0 {
			t.Errorf("%s: %v", expression, problems)
		}
	}
	for _, expression := range wrong {
		if len(checkExpression(expression)) == 0 {
			t.Errorf("nothing is wrong with %s", expression)
		}
	}
}

var (
	selector = regexp.MustCompile(`\b((?:rivgate|go|process)_\w+)(\{[^}]*\})?`)
	matcher  = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"`)
	grouping = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
)

// checkExpression is what is wrong with a PromQL expression as far as names go.
func checkExpression(expression string) (problems []string) {
	families := make(map[string]record.Family)
	for _, family := range record.Families() {
		families[family.Name] = family
	}
	known := []string{"instance", "job", "le"}
	names := 0
	for _, match := range selector.FindAllStringSubmatch(expression, -1) {
		names++
		name, matchers := match[1], match[2]
		if !strings.HasPrefix(name, "rivgate_") {
			continue // Go's own, of which the library's names are relied on
		}
		family, ok := families[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, cut := strings.CutSuffix(name, suffix); cut && families[base].Type == "histogram" {
				family, ok = families[base], true
			}
		}
		if !ok || family.Type == "histogram" && name == family.Name {
			problems = append(problems, "there is no "+name)
			continue
		}
		known = append(known, family.Labels...)
		for _, label := range matcher.FindAllStringSubmatch(matchers, -1) {
			if label[1] != "instance" && label[1] != "job" && !slices.Contains(family.Labels, label[1]) {
				problems = append(problems, name+" has no label "+label[1])
			}
		}
	}
	for _, group := range grouping.FindAllStringSubmatch(expression, -1) {
		for label := range strings.SplitSeq(group[1], ",") {
			if label = strings.TrimSpace(label); !slices.Contains(known, label) {
				problems = append(problems, "nothing here has a label "+label)
			}
		}
	}
	if names == 0 {
		problems = append(problems, "no metric in it")
	}
	for _, pair := range []string{"()", "{}", "[]"} {
		if strings.Count(expression, pair[:1]) != strings.Count(expression, pair[1:]) {
			problems = append(problems, "unbalanced "+pair)
		}
	}
	return problems
}

// dashboardExpressions are the expressions of the dashboard's panels.
func dashboardExpressions(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../deploy/grafana/rivgate.json")
	must(t, err)
	var dashboard struct {
		UID, Title  string
		Annotations struct {
			List []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Type, Definition string }
		}
		Panels []struct {
			ID          int
			Type, Title string
			Targets     []struct{ Expr string }
			GridPos     struct{ X, Y, W, H int }
			Datasource  struct{ UID string }
		}
	}
	must(t, json.Unmarshal(content, &dashboard))
	if dashboard.UID != "rivgate" || dashboard.Title == "" {
		t.Error("the dashboard has no uid or title")
	}
	var all []string
	ids := make(map[int]bool)
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] || panel.Title == "" || panel.GridPos.X+panel.GridPos.W > 24 {
			t.Errorf("panel %d %q: its id is taken, its title is missing or it is too wide", panel.ID, panel.Title)
		}
		ids[panel.ID] = true
		if panel.Type != "row" && (len(panel.Targets) == 0 || panel.Datasource.UID != "${datasource}") {
			t.Errorf("panel %q asks nothing, or not the chosen data source", panel.Title)
		}
		for _, target := range panel.Targets {
			all = append(all, target.Expr)
		}
	}
	for _, variable := range dashboard.Templating.List {
		if variable.Type == "query" {
			all = append(all, variable.Definition)
		}
	}
	for _, annotation := range dashboard.Annotations.List {
		if annotation.Expr != "" {
			all = append(all, annotation.Expr)
		}
	}
	return all
}

// alertExpressions are the expressions of the alert rules.
func alertExpressions(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../deploy/prometheus/alerts.yaml")
	must(t, err)
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr         string
				For                 string
				Labels, Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	decoder.KnownFields(true)
	must(t, decoder.Decode(&file))
	var all []string
	names := make(map[string]bool)
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if names[rule.Alert] || !strings.HasPrefix(rule.Alert, "Rivgate") {
				t.Errorf("%q is no name of its own", rule.Alert)
			}
			names[rule.Alert] = true
			if !slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) || rule.Annotations["summary"] == "" {
				t.Errorf("%s has no severity or no summary", rule.Alert)
			}
			all = append(all, rule.Expr)
		}
	}
	return all
}
