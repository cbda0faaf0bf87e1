package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rivgate/fault"
	"rivgate/record"
)

// lastRecord is a sink that hands over what it is told.
type lastRecord chan *record.Call

func (told lastRecord) Finished(c *record.Call) { told <- c }

// brokenCall makes a call to a gateway with a bug in a stage.
func brokenCall(t *testing.T, stage func(context.Context, *Call) error) (status int, body string, entry *record.Call, err error) {
	t.Helper()
	told := make(lastRecord, 1)
	g := New(Options{View: benchView(t), Edge: benchEdge{}, Record: told})
	g.order = []Stage{{"sender", stage}}
	server := httptest.NewServer(g)
	defer server.Close()
	answer, err := http.Post(server.URL+"/vp", "text/xml", strings.NewReader(benchRequest()))
	if err != nil {
		return 0, "", <-told, err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(read), <-told, err
}

// TestPanicBeforeTheAnswer: a bug in one call is that call's alone, its caller
// is told, and nobody takes it for a caller that left.
func TestPanicBeforeTheAnswer(t *testing.T) {
	status, body, entry, err := brokenCall(t, func(context.Context, *Call) error { panic("a bug") })
	if status != http.StatusInternalServerError || !strings.Contains(body, "VP009") || strings.Contains(body, "a bug") || err != nil {
		t.Errorf("HTTP %d, %q, %v", status, body, err)
	}
	if entry.Outcome != record.Fault || entry.Code != fault.VP009 || !strings.Contains(entry.Cause.Error(), "a bug") {
		t.Errorf("recorded as %q %s: %v", entry.Outcome, entry.Code, entry.Cause)
	}
}

// TestPanicInTheAnswer: half an answer never ends cleanly.
func TestPanicInTheAnswer(t *testing.T) {
	_, body, entry, err := brokenCall(t, func(_ context.Context, c *Call) error {
		c.writer.WriteHeader(http.StatusOK)
		_ = c.writer.send([]byte("half an"), true) // the caller reads on
		panic("a bug")
	})
	if body != "half an" || err == nil {
		t.Errorf("%q, %v", body, err)
	}
	if entry.Outcome != record.Aborted || !strings.Contains(entry.Cause.Error(), "a bug") {
		t.Errorf("recorded as %q: %v", entry.Outcome, entry.Cause)
	}
}
