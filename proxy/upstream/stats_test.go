package upstream_test

import (
	"net"
	"testing"

	"rivgate/proxy/upstream"
)

// TestStatsByTarget: each target has its own figures, which add up.
func TestStatsByTarget(t *testing.T) {
	busy := listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
	quiet := listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
	dead := closedPort(t)
	client := newClient(t, upstream.Options{})
	for range 3 {
		mustCall(t, client, plain.request(busy))
	}
	mustCall(t, client, plain.request(quiet))
	if _, _, err := call(t.Context(), client, plain.request(dead)); err == nil {
		t.Fatal("a call to a closed port succeeded")
	}
	stats := client.Stats()
	for addr, want := range map[string]upstream.TargetStats{
		busy:  {Dials: 1, Reuses: 2, Open: 1},
		quiet: {Dials: 1, Open: 1},
		dead:  {DialErrors: 1},
	} {
		if got := stats.Targets[addr]; got != want {
			t.Errorf("%s: %+v, want %+v", addr, got, want)
		}
	}
	if want := (upstream.TargetStats{Dials: 2, DialErrors: 1, Reuses: 2, Open: 2}); stats.TargetStats != want || len(stats.Targets) != 3 {
		t.Errorf("%d targets with %+v together, want 3 with %+v", len(stats.Targets), stats.TargetStats, want)
	}
}
