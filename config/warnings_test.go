package config_test

import (
	"slices"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	const base = "instance: {id: a}\ntak: {file: f}\n"
	const plain = base + "listeners: [{name: a, address: \"127.0.0.1:0\"}]\n"
	secure := func(tls string) string {
		return base + "listeners: [{name: a, address: \":0\", tls: {certificate: a, key: b, client_ca: [c]" + tls + "}}]\n"
	}
	cases := []struct {
		name, text string
		want       []string
	}{
		{"safe", plain, nil},
		{"safe TLS", secure(""), nil},
		{"open proxies on loopback", plain + "trust: {proxies: [0.0.0.0/0]}", nil},
		{
			"open proxies", base + "listeners: [{name: a, address: \":0\"}]\ntrust: {proxies: [10.0.0.0/8, \"::/0\"]}",
			[]string{"3: listeners[0].address: anyone in ::/0 may use this plain listener and say who calls"},
		},
		{"wide, own network", base + "listeners: [{name: a, address: \":0\"}]\ntrust: {proxies: [10.0.0.0/8, \"fc00::/8\"]}", nil},
		{"no proxies", plain + "trust: {proxies: []}", []string{"3: listeners[0]: nobody may use this plain listener: trust.proxies is empty"}},
		{"old TLS", secure(`, min_version: "1.1"`), []string{"3: listeners[0].tls.min_version: TLS 1.1 is broken and not to be used (RFC 8996)"}},
		{"cipher suites", secure(`, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, ECDHE-RSA-AES128-SHA, TLS_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_RC4_128_SHA]`), []string{
			"3: listeners[0].tls.cipher_suites[1]: TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 is not supported and is left out",
			"3: listeners[0].tls.cipher_suites[2]: ECDHE-RSA-AES128-SHA is not the IANA name of a cipher suite and is left out",
			"3: listeners[0].tls.cipher_suites[3]: TLS_AES_256_GCM_SHA384 cannot be chosen: the suites of TLS 1.3 are all on whenever TLS 1.3 is",
			"3: listeners[0].tls.cipher_suites[4]: TLS_ECDHE_RSA_WITH_RC4_128_SHA is weak",
		}},
		{"revocation unused", secure(", revocation: {crl: [x]}"), []string{"3: listeners[0].tls.revocation.mode: off: crl and ocsp are not used"}},
		{"admin reachable", plain + "admin: {address: \":8081\", pprof: true}", []string{
			"4: admin.address: whoever reaches :8081 may reload and reset: no token_file is set",
			"4: admin.pprof: whoever reaches :8081 may read the gateway's memory",
		}},
		{"admin reachable with token", plain + "admin: {address: \":8081\", token_file: t}", nil},
		{"admin on loopback", plain + "admin: {address: \"[::1]:8081\", pprof: true}", nil},
		{"no admin", plain + "admin: {address: \"\", pprof: true}", nil},
		{"payload", plain + "log: {payload: request}", []string{"4: log.payload: request: messages, which may hold patient data, are written to the log"}},
		{"audit log", plain + "audit: {file: a}", nil},
		{"audit log without heads", plain + "audit: {file: a}\nlog: {level: warn}", []string{
			"4: audit.file: log.level warn keeps the heads of the chain out of the log: nothing else can show that the file's end was cut off",
		}},
		{
			"enforce nothing", plain + "trust: {original_consumer: {enforce: true}}",
			[]string{"4: trust.original_consumer.enforce: has no effect: every sender is allowed while allowed_senders is empty"},
		},
		{"tak over http", "instance: {id: a}\nlisteners: [{name: a, address: \"127.0.0.1:0\"}]\ntak: {address: \"HTTP://tak.example.org\",\n  tls: {verify_host: false}}", []string{
			"4: tak.tls: not used: the address is not https",
			"4: tak.tls.verify_host: false: any server with a certificate of the same authorities can pose as this one",
		}},
		{"overrides tell what they name", plain + "producers:\n  tls:\n    default: {verify_host: false, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}\n    overrides:\n" +
			"      - {match: {port: 1}, verify_host: true}\n      - {match: {port: 2}, min_version: \"1.0\"}\n", []string{
			"6: producers.tls.default.cipher_suites[0]: TLS_RSA_WITH_RC4_128_SHA is weak",
			"6: producers.tls.default.verify_host: false: any server with a certificate of the same authorities can pose as this one",
			"9: producers.tls.overrides[1].min_version: TLS 1.0 is broken and not to be used (RFC 8996)",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, problem := range parse(t, c.text).Warnings() {
				got = append(got, strings.TrimPrefix(problem.String(), "gateway.yaml:"))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
