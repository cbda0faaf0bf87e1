package config_test

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"rivgate/config"
)

const minimal = `
instance: {id: SE0000000000-VP01}
listeners: [{name: http, address: "127.0.0.1:0"}]
tak: {address: "http://127.0.0.1:9100/tak"}
`

// TestDefaults states every default once more: changing one is changing what
// running gateways do.
func TestDefaults(t *testing.T) {
	c := parse(t, minimal)
	tls := config.ClientTLS{MinVersion: "1.2", MaxVersion: "1.3", VerifyHost: true}
	sections := []struct{ got, want any }{
		{c.Instance, config.Instance{ID: "SE0000000000-VP01", Name: "SE0000000000-VP01"}},
		{c.Listeners, []config.Listener{{
			Name: "http", Address: "127.0.0.1:0", Path: "/vp", KeepAlive: config.KeepAlive{Enabled: true, Idle: time.Minute},
			Timeouts: config.ListenerTimeouts{Handshake: 10 * time.Second, Header: 10 * time.Second, Body: 30 * time.Second, Write: 30 * time.Second},
		}}},
		{c.Admin, config.Admin{Address: "127.0.0.1:8081"}},
		{c.Trust, config.Trust{
			Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, ClientIPHeader: "X-Forwarded-For",
			CertificateHeader: "x-vp-auth-cert", SenderAttribute: "serialNumber", RoutingHistory: true,
		}},
		{c.TAK, config.TAK{
			Address: "http://127.0.0.1:9100/tak", LocalCopy: "/etc/rivgate/data/tak-cache.xml",
			Refresh: config.TAKRefresh{Retry: 10 * time.Second, MaxShrink: 50}, Timeout: 30 * time.Second, TLS: tls,
		}},
		{c.HSA, config.HSA{Routes: config.Climbing{Enabled: true}, Permissions: config.Climbing{Enabled: true}}},
		{c.VGVE, config.VGVE{Delimiter: "#"}},
		{c.Routing, config.Routing{Cache: 10000}},
		{c.Virtualisations, config.Virtualisations{
			Default:            config.Virtualisation{Timeout: 29 * time.Second, KeepAlive: true, KeepAliveIdle: time.Minute},
			TimeoutDefaultName: "default_timeouts",
		}},
		{c.Producers, config.Producers{
			ConnectTimeout: 2 * time.Second, Retry: config.Retry{Attempts: 1, Delay: 2 * time.Second}, MaxIdlePerHost: 512,
			PropagateCorrelationID: config.PropagateCorrelationID{HTTP: true}, Allow: config.Allow{Schemes: []string{"http", "https"}},
			TLS: config.ProducerTLS{Default: tls},
		}},
		{c.Headers, config.Headers{Forwarded: config.Forwarded{Host: "X-VP-Forwarded-Host", Port: "X-VP-Forwarded-Port", Proto: "X-VP-Forwarded-Proto"}}},
		{c.Limits, config.Limits{
			MaxBody: 256 << 20, EnvelopeHead: 256 << 10, AnswerHead: 32 << 10, HeaderBytes: 64 << 10, Headers: 200, Depth: 200,
			Attributes: 200, CorrelationID: 128,
		}},
		{c.WSDL, config.WSDL{}},
		{c.Faults, config.Faults{Detail: config.DetailFull}},
		{c.Log, config.Log{Format: "ecs", Level: "info", Output: "stdout", Events: "call", CompatTypes: "json", Payload: "off", PayloadMax: 16 << 10}},
		{c.Tracing, config.Tracing{SampleRatio: 1}},
		{c.Audit, config.Audit{Rotate: 100 << 20, Checkpoint: 1000, OnFull: config.OnFullContinue}},
		{c.Reload, config.Reload{Watch: true}},
		{c.Drain, config.Drain{Timeout: 30 * time.Second}},
	}
	if got, want := len(sections), reflect.VisibleFields(reflect.TypeFor[config.Config]()); got != len(want)-2 {
		t.Errorf("%d sections of %d", got, len(want)-2)
	}
	for _, s := range sections {
		if !reflect.DeepEqual(s.got, s.want) {
			t.Errorf("got  %+v\nwant %+v", s.got, s.want)
		}
	}
}

func TestDefaultsOfItems(t *testing.T) {
	c := parse(t, `
instance: {id: a}
listeners:
  - name: a
    address: ":1"
    timeouts: {body: 5s}
    tls: {certificate: a, key: b, client_ca: [c], revocation: {crl: [d]}}
  - {name: b, address: ":2"}
tak: {file: f}
admin: {also: [{address: ":3", serve: [status]}]}
virtualisations: {overrides: [{contract: c, keep_alive: false}]}
producers: {allow: {schemes: [https]}}
`)
	first, second := c.Listeners[0], c.Listeners[1]
	if first.Timeouts != (config.ListenerTimeouts{Handshake: 10 * time.Second, Header: 10 * time.Second, Body: 5 * time.Second, Write: 30 * time.Second}) {
		t.Errorf("timeouts of the first listener: %+v", first.Timeouts)
	}
	if second.Timeouts.Body != 30*time.Second || second.Path != "/vp" || second.TLS != nil {
		t.Errorf("second listener: %+v", second)
	}
	wantTLS := &config.ListenerTLS{
		Certificate: "/etc/rivgate/a", Key: "/etc/rivgate/b", ClientCA: []config.Path{"/etc/rivgate/c"}, MinVersion: "1.2", MaxVersion: "1.3",
		Revocation: config.Revocation{Mode: config.RevocationOff, CRL: []config.Path{"/etc/rivgate/d"}, OCSPTimeout: 2 * time.Second},
	}
	if !reflect.DeepEqual(first.TLS, wantTLS) {
		t.Errorf("got  %+v\nwant %+v", first.TLS, wantTLS)
	}
	override := c.Virtualisations.Overrides[0]
	if override.Timeout != nil || override.KeepAliveIdle != nil || override.KeepAlive == nil || *override.KeepAlive {
		t.Errorf("override names more or less than keep_alive: %+v", override)
	}
	if got := c.Producers.Allow.Schemes; !reflect.DeepEqual(got, []string{"https"}) {
		t.Errorf("a list of the file is added to the default: %v", got)
	}
}

func TestEnvironmentReferences(t *testing.T) {
	cases := []struct{ name, value, want string }{
		{"whole value", "${ID}", "SE0000000000-VP01"},
		{"within text", `"a${NUMBER}b${NUMBER}"`, "a42b42"},
		{"not looked at again", "${NESTED}", "${ID}"},
		{"escaped", "$${ID}", "${ID}"},
		{"escaped, then a reference", `"$${${NUMBER}"`, "${42"},
		{"a dollar alone", "$ID", "$ID"},
		{"structure stays text", "${MAPPING}", "{file: tak.xml}"},
		{"a number as text", "${NUMBER}", "42"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parse(t, minimal+"vg_ve: {delimiter: "+quoted(c.value)+"}\n").VGVE.Delimiter
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := parse(t, minimal+"routing: {cache: \"${NUMBER}\"}").Routing.Cache; got != 42 {
		t.Errorf("a number from the environment is %d, want 42", got)
	}
	c, err := config.Parse("a", []byte(minimal+"vg_ve: {delimiter: \"${ID}\"}"), "", nil)
	if err != nil || c.VGVE.Delimiter != "${ID}" {
		t.Errorf("without an environment: %v", err)
	}
}

func quoted(value string) string {
	if value[0] == '"' {
		return value
	}
	return `"` + value + `"`
}

func TestPosition(t *testing.T) {
	c := parse(t, "instance:\n  id: a\nlisteners:\n  - name: a\n    address: :1\n    tls:\n      key: k\n      certificate: c\n      client_ca:\n        - x\n        - y\ntak: {file: f}\n")
	lines := map[string]int{
		"":                                   1,
		"instance.name":                      1,
		"listeners":                          3,
		"listeners[0]":                       4,
		"listeners[0].tls.certificate":       8,
		"listeners[0].tls.client_ca[1]":      11,
		"listeners[0].tls.client_ca[7]":      9,
		"listeners[0].tls.revocation.crl[0]": 6,
		"listeners[9].name":                  3,
		"hsa.files[0]":                       1,
	}
	for key, want := range lines {
		if got := c.Position(key); got != want {
			t.Errorf("%s is on line %d, want %d", key, got, want)
		}
	}
	if got, want := c.Problem("tak.file", "unreadable").String(), "gateway.yaml:12: tak.file: unreadable"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
