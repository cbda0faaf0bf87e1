package recorded_test

import (
	"slices"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/recorded"
)

const (
	callsFile      = "../../../e2e/testdata/recorded/calls.jsonl"
	deviationsFile = "../../../e2e/testdata/recorded/deviations.txt"
)

func load(t *testing.T) []recorded.Recorded {
	t.Helper()
	calls, err := recorded.Load(callsFile)
	if err != nil {
		t.Fatal(err)
	}
	return calls
}

// find is the recorded call of that name.
func find(t *testing.T, name string) recorded.Recorded {
	t.Helper()
	for _, call := range load(t) {
		if call.Case.Name == name {
			return call
		}
	}
	t.Fatalf("no call is named %q", name)
	return recorded.Recorded{}
}

func build(t *testing.T) *recorded.World {
	t.Helper()
	world, err := recorded.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return world
}

func TestLoad(t *testing.T) {
	calls := load(t)
	if len(calls) != 156 {
		t.Errorf("%d calls, not 156", len(calls))
	}
	names := make(map[string]bool)
	configurations := make(map[string]int)
	for _, call := range calls {
		if names[call.Case.Name] {
			t.Errorf("%q stands there twice", call.Case.Name)
		}
		names[call.Case.Name] = true
		configurations[call.Configuration]++
		if call.Case.Method == "POST" && len(call.Case.Body) == 0 {
			t.Errorf("%q has no body", call.Case.Name)
		}
		if (call.Err == recorded.NoAnswer) != (call.Status == 0) {
			t.Errorf("%q: err %q and status %d", call.Case.Name, call.Err, call.Status)
		}
	}
	if configurations["a"] != 145 || configurations["b"] != 11 {
		t.Errorf("configurations: %v", configurations)
	}
}

func TestLoadFails(t *testing.T) {
	if _, err := recorded.Load("nowhere.jsonl"); err == nil {
		t.Error("a file that is not there was read")
	}
	if _, err := recorded.Load(deviationsFile); err == nil || !strings.Contains(err.Error(), "deviations.txt:1:") {
		t.Errorf("what is no JSON was read: %v", err)
	}
}

// The body that was too large to store comes back as the producer saw it.
func TestRestoredBody(t *testing.T) {
	call := find(t, "one megabyte")
	if len(call.Case.Body) != 1048952 {
		t.Fatalf("%d bytes", len(call.Case.Body))
	}
	world := build(t)
	request := lab.RawRequest{Method: "POST", Target: "/ok", Header: [][2]string{{"Host", "h"}}, Body: call.Case.Body}
	gateway := recorded.Gateway{HTTP: world.Plain.Address(), HTTPS: world.Secure.Address()}
	got, err := world.Play(t.Context(), gateway, recorded.Recorded{Case: recorded.Case{
		Method: request.Method, Target: request.Target, Header: request.Header, Body: request.Body,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.ProducerSaw) != 1 || got.ProducerSaw[0].Body != call.ProducerSaw[0].Body {
		t.Errorf("%+v, want %s", got.ProducerSaw, call.ProducerSaw[0].Body)
	}
}

// What VP passed on unchanged must be what the producers here say when they
// are asked what VP asked.
func TestProducersSayWhatWasRecorded(t *testing.T) {
	world := build(t)
	asked := 0
	for _, call := range load(t) {
		if !passedOn(call) {
			continue
		}
		asked++
		t.Run(call.Case.Name, func(t *testing.T) {
			seen := call.ProducerSaw[0]
			caller := lab.Caller{Address: world.Plain.Address()}
			if len(seen.Header["X-Vp-Sender-Id"]) == 0 { // only http producers are told
				caller = lab.Caller{Address: world.Secure.Address(), TLS: lab.ClientTLS(world.Gateway, world.CA)}
			}
			request := lab.RawRequest{Method: seen.Method, Target: seen.URI, Header: [][2]string{{"Host", "h"}}, Body: []byte(seen.Body)}
			answer, err := caller.Send(t.Context(), request.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if answer.Status != call.Status || recorded.Text(answer.Body) != call.AnswerBody {
				t.Errorf("%d %s, want %d %s", answer.Status, recorded.Text(answer.Body), call.Status, call.AnswerBody)
			}
			for name, values := range call.AnswerHeader {
				if !replaced[name] && !slices.Equal(answer.Header[name], values) {
					t.Errorf("%s: %q, want %q", name, answer.Header[name], values)
				}
			}
		})
	}
	if asked < 70 {
		t.Errorf("only %d calls were passed on", asked)
	}
}

// replaced are the answer headers that VP makes itself.
var replaced = map[string]bool{"Content-Length": true, "Content-Type": true, "X-Skltp-Prt": true, "X-Skltp-Correlation-Id": true}

func passedOn(call recorded.Recorded) bool {
	return len(call.ProducerSaw) == 1 && len(call.AnswerHeader["X-Skltp-Prt"]) == 1 &&
		slices.Equal(call.AnswerHeader["Content-Type"], []string{"text/xml; charset=UTF-8"})
}

// Wherever a call was routed, the catalogue has a route.
func TestCatalogueLeadsWhereCallsWent(t *testing.T) {
	world := build(t)
	addresses := make(map[string]bool)
	for _, route := range routes(t, world.Catalogue) {
		addresses[route.Address] = true
	}
	queries := []string{"target /vp?foo=bar", "target /vp?x-vp-sender-id=EVIL"} // VP put the caller's query in the route's place
	for _, call := range load(t) {
		for _, seen := range call.ProducerSaw {
			if slices.Contains(queries, call.Case.Name) {
				continue
			}
			if !addresses[world.Plain.URL(seen.URI)] && !addresses[world.Secure.URL(seen.URI)] {
				t.Errorf("%s: no route leads to %s", call.Case.Name, seen.URI)
			}
		}
	}
}

func TestIdentities(t *testing.T) {
	world := build(t)
	names := []string{"consumer", "noserial", "expired", "stranger"}
	for _, name := range names {
		if world.Identities[name] == nil {
			t.Errorf("nobody is called %s", name)
		}
	}
	if got := world.Identities["consumer"].Cert.Subject.SerialNumber; got != "SE0000000000-CONS1" {
		t.Errorf("the consumer is %s", got)
	}
	if got := world.Identities["noserial"].Cert.Subject.SerialNumber; got != "" {
		t.Errorf("noserial is %s", got)
	}
	for _, call := range load(t) {
		if cert := call.Case.Cert; cert != "" && !slices.Contains(names, cert) {
			t.Errorf("%s: nobody is called %s", call.Case.Name, cert)
		}
	}
}

func TestSettings(t *testing.T) {
	a, b := recorded.SettingsOf("a"), recorded.SettingsOf("b")
	if a.Delimiter != "#" || !a.HSALookups || !a.UseRoutingHistory || a.EnforceOriginal || a.CorrelationOnTLS || len(a.AllowedSenders) != 0 {
		t.Errorf("a: %+v", a)
	}
	if b.Delimiter != "" || b.HSALookups || b.UseRoutingHistory || !b.EnforceOriginal || !b.CorrelationOnTLS || !slices.Equal(b.AllowedSenders, []string{"SE-OTHER"}) {
		t.Errorf("b: %+v", b)
	}
}
