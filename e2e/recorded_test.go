package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab/recorded"
)

// TestRecordedCalls sends every call that was recorded at a running VP, byte
// for byte, and compares caller and producer. Where rivgate differs on purpose,
// testdata/recorded/deviations.txt says by which row of docs/deviations.md, and
// what must come instead.
func TestRecordedCalls(t *testing.T) {
	calls, err := recorded.Load("testdata/recorded/calls.jsonl")
	must(t, err)
	deviations, err := recorded.LoadDeviations("testdata/recorded/deviations.txt")
	must(t, err)
	expectations, err := recorded.Expectations(calls, deviations)
	must(t, err)
	if len(calls) != 156 {
		t.Fatalf("%d recorded calls, want 156", len(calls))
	}
	rows := make(map[string][]int)
	for _, deviation := range deviations {
		rows[deviation.Case] = deviation.Rows
	}
	world, err := recorded.Build(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, world.Close()) })
	gateways := map[string]recorded.Gateway{}
	for _, name := range []string{"a", "b"} {
		g := startRecorded(t, world, recorded.SettingsOf(name))
		gateways[name] = recorded.Gateway{HTTP: g.http, HTTPS: g.https}
	}
	same, differing := 0, 0
	for i, expected := range expectations {
		t.Run(calls[i].Configuration+"/"+calls[i].Case.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			got, err := world.Play(ctx, gateways[calls[i].Configuration], calls[i])
			must(t, err)
			differences := expected.Compare(got)
			for _, difference := range differences {
				t.Errorf("%s", difference)
			}
			if len(differences) > 0 {
				return
			}
			if len(rows[calls[i].Case.Name]) == 0 {
				same++
			} else {
				differing++
			}
		})
	}
	t.Logf("%d calls recorded: %d as VP, %d different by a row of docs/deviations.md", len(calls), same, differing)
}

func startRecorded(t *testing.T, world *recorded.World, s recorded.Settings) *gateway {
	t.Helper()
	dir := t.TempDir()
	must(t, world.CA.WriteFile(dir+"/ca.crt"))
	_, _, err := world.Gateway.WriteFiles(dir, "gateway")
	must(t, err)
	var overrides strings.Builder
	for contract, timeout := range s.Timeouts {
		fmt.Fprintf(&overrides, "    - {contract: %q, timeout: %s}\n", contract, timeout)
	}
	return startConfigured(t, dir, fmt.Sprintf(`
instance: {id: %s, name: %s}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
  - name: http
    address: 127.0.0.1:0
trust:
  proxies: [%s]
  original_consumer: {allowed_senders: [%s], enforce: %t}
  routing_history: %t
tak: {file: %q}
hsa: {files: [%q], routes: {enabled: %t}, permissions: {enabled: %t}}
vg_ve: {delimiter: %q}
virtualisations:
  default: {timeout: %s}
  overrides:
%s
producers:
  user_agent: %s
  retry: {attempts: 1, delay: %s}
  propagate_correlation_id: {https: %t}
  tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt], verify_host: %t}}
limits: {max_body: %d}
admin: {address: ""}
`, recorded.InstanceID, recorded.GatewayName, strings.Join(s.TrustedProxies, ", "), strings.Join(s.AllowedSenders, ", "),
		s.EnforceOriginal, s.UseRoutingHistory, world.Catalogue, world.HSA, s.HSALookups, s.HSALookups, s.Delimiter,
		s.ProducerTimeout, overrides.String(), s.UserAgent, s.RetryDelay, s.CorrelationOnTLS, s.VerifyProducers, s.MaxBody))
}
