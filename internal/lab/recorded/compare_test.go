package recorded_test

import (
	"slices"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/recorded"
)

func TestNoDifferenceFromItself(t *testing.T) {
	for _, call := range load(t) {
		if found := recorded.Compare(call, call); len(found) > 0 {
			t.Errorf("%s: %v", call.Case.Name, found)
		}
	}
}

func TestEachFieldCounts(t *testing.T) {
	const name = "matrix tls HTTP21 from 21"
	cases := map[string]struct {
		field  string // empty: no difference
		change func(*recorded.Recorded)
	}{
		"no answer":       {"caller outcome", func(r *recorded.Recorded) { r.Err = recorded.NoAnswer }},
		"status":          {"caller status", func(r *recorded.Recorded) { r.Status = 201 }},
		"body":            {"caller body", func(r *recorded.Recorded) { r.AnswerBody += " " }},
		"lost header":     {"caller header X-Custom-Answer", func(r *recorded.Recorded) { delete(r.AnswerHeader, "X-Custom-Answer") }},
		"new header":      {"caller header Via", func(r *recorded.Recorded) { r.AnswerHeader["Via"] = []string{"x"} }},
		"connection":      {"", func(r *recorded.Recorded) { r.AnswerHeader["Connection"] = []string{"close"} }},
		"producer count":  {"producer count", func(r *recorded.Recorded) { r.ProducerSaw = nil }},
		"producer method": {"producer 1 method", func(r *recorded.Recorded) { r.ProducerSaw[0].Method = "PUT" }},
		"producer uri":    {"producer 1 uri", func(r *recorded.Recorded) { r.ProducerSaw[0].URI = "/" }},
		"producer header": {"producer 1 header User-Agent", func(r *recorded.Recorded) { r.ProducerSaw[0].Header["User-Agent"] = []string{"x"} }},
		"producer repeated": {"producer 1 header User-Agent", func(r *recorded.Recorded) {
			h := r.ProducerSaw[0].Header
			h["User-Agent"] = append(h["User-Agent"], h["User-Agent"]...)
		}},
		"producer framing": {"", func(r *recorded.Recorded) { delete(r.ProducerSaw[0].Header, "Content-Length") }},
		"producer body":    {"producer 1 body", func(r *recorded.Recorded) { r.ProducerSaw[0].Body += " " }},
	}
	want := find(t, name)
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			got := find(t, name)
			c.change(&got)
			var fields []string
			for _, difference := range recorded.Compare(want, got) {
				fields = append(fields, difference.Field)
			}
			if strings.Join(fields, ",") != c.field {
				t.Errorf("differences in %q, want %q", fields, c.field)
			}
		})
	}
}

// A producer of the lab, with TLS, stands in for the gateway.
func standIn(t *testing.T, world *recorded.World) recorded.Gateway {
	t.Helper()
	var addresses []string
	for _, options := range []lab.ProducerOptions{{}, {TLS: lab.ServerTLS(world.Gateway, world.CA)}} {
		producer, err := lab.StartProducer(options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { producer.Close() })
		addresses = append(addresses, producer.Address())
		producer.Answer("/vp/nothing", 200, "text/plain", "see http://"+producer.Address()+"/vp, http://"+world.Plain.Address()+
			" and https://localhost:"+port(world.Secure.Address())+" for 0000AAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee")
	}
	return recorded.Gateway{HTTP: addresses[0], HTTPS: addresses[1]}
}

func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

func TestPlay(t *testing.T) {
	world := build(t)
	gateway := standIn(t, world)
	for _, name := range []string{"tls certificate of another CA", "tls without certificate"} {
		call := find(t, name)
		got, err := world.Play(t.Context(), gateway, call)
		if err != nil {
			t.Fatal(err)
		}
		if found := recorded.Compare(call, got); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	call := find(t, "matrix tls HTTP21 from 21")
	got, err := world.Play(t.Context(), gateway, call)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, difference := range recorded.Compare(call, got) {
		fields = append(fields, difference.Field)
	}
	// The stand-in answers as the producer does and calls nobody.
	want := []string{
		"caller header Content-Type", "caller header Date", "caller header Soapaction",
		"caller header X-Skltp-Correlation-Id", "caller header X-Skltp-Prt", "producer count",
	}
	if !slices.Equal(fields, want) {
		t.Errorf("differences in %q, want %q", fields, want)
	}
}

func TestPlayPutsPlaceholders(t *testing.T) {
	world := build(t)
	gateway := standIn(t, world)
	call := find(t, "target /vp/nothing?wsdl")
	got, err := world.Play(t.Context(), gateway, call)
	if err != nil {
		t.Fatal(err)
	}
	if want := "see http://{https}/vp, http://{plain} and https://{secure} for {uuid}"; got.AnswerBody != want {
		t.Errorf("%s, want %s", got.AnswerBody, want)
	}
	if want := "{n}"; got.AnswerHeader["Content-Length"][0] != want {
		t.Errorf("%v", got.AnswerHeader)
	}
}

func TestPlayNeedsAGateway(t *testing.T) {
	world := build(t)
	call := find(t, "no identity")
	if _, err := world.Play(t.Context(), recorded.Gateway{HTTP: "127.0.0.1:1"}, call); err == nil {
		t.Error("nobody listens, and it was a result")
	}
	call.Case.TLS, call.Case.Cert = true, "nobody"
	if _, err := world.Play(t.Context(), recorded.Gateway{}, call); err == nil {
		t.Error("a certificate that is not there was used")
	}
}
