package config_test

import (
	"slices"
	"strings"
	"testing"
)

func TestNeedsRestart(t *testing.T) {
	const before = `
instance: {id: a}
listeners:
  - {name: a, address: ":1", tls: {certificate: a, key: b, client_ca: [c]}}
  - {name: b, address: ":2"}
tak: {file: f}
`
	cases := []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"reloadable", "client_ca: [c]", "client_ca: [d], min_version: \"1.3\"", nil},
		{"another catalogue", "tak: {file: f}", "tak: {file: g}", nil},
		{"address", "\":2\"", "\":3\"", []string{"listeners[1].address"}},
		{"timeouts", "\":2\"", "\":2\", timeouts: {body: 1s}, keep_alive: {enabled: false}", nil},
		{"idle time", "\":2\"", "\":2\", keep_alive: {idle: 1s}", nil},
		{"TLS removed", ", tls: {certificate: a, key: b, client_ca: [c]}", "", []string{"listeners[0].tls"}},
		{"listener removed", "  - {name: b, address: \":2\"}\n", "", []string{"listeners"}},
		{"several", "tak:", "admin: {address: \"\"}\nlimits: {connections: 1, in_flight: 1}\naudit: {file: a}\ntak:", []string{"admin.address", "audit"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			after := strings.Replace(before, c.old, c.new, 1)
			if got := parse(t, before).NeedsRestart(parse(t, after)); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
