package config_test

import (
	"reflect"
	"testing"

	"rivgate/config"
)

func TestProducerTLSFor(t *testing.T) {
	tls := parse(t, minimal+`
producers:
  tls:
    default: {certificate: /a.crt, key: /a.key, ca: [/ca.crt], cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}
    overrides:
      - {match: {suffix: .Example.org, port: 8443}, min_version: "1.3"}
      - {match: {host: Legacy.example.org}, verify_host: false, cipher_suites: []}
      - {match: {suffix: .example.org}, pkcs12: /b.p12, password_file: /b}
      - {match: {host: anonymous.example.com}, certificate: ""}
      - {match: {port: 9000}, ca: []}
`).Producers.TLS
	suites := []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}
	ca := []config.Path{"/ca.crt"}
	cases := []struct {
		name  string
		host  string
		port  int
		index int
		want  config.ClientTLS
	}{
		{"none", "example.org", 443, -1, config.ClientTLS{Certificate: "/a.crt", Key: "/a.key", CA: ca, MinVersion: "1.2", MaxVersion: "1.3", CipherSuites: suites, VerifyHost: true}},
		{"suffix and port, first match wins", "LEGACY.example.org", 8443, 0, config.ClientTLS{Certificate: "/a.crt", Key: "/a.key", CA: ca, MinVersion: "1.3", MaxVersion: "1.3", CipherSuites: suites, VerifyHost: true}},
		{"host without case", "LEGACY.example.org", 443, 1, config.ClientTLS{Certificate: "/a.crt", Key: "/a.key", CA: ca, MinVersion: "1.2", MaxVersion: "1.3", CipherSuites: []string{}, VerifyHost: false}},
		{"identity replaced whole", "other.example.org", 443, 2, config.ClientTLS{PKCS12: "/b.p12", PasswordFile: "/b", CA: ca, MinVersion: "1.2", MaxVersion: "1.3", CipherSuites: suites, VerifyHost: true}},
		{"identity removed", "anonymous.example.com", 443, 3, config.ClientTLS{CA: ca, MinVersion: "1.2", MaxVersion: "1.3", CipherSuites: suites, VerifyHost: true}},
		{"port alone", "10.0.0.1", 9000, 4, config.ClientTLS{Certificate: "/a.crt", Key: "/a.key", CA: []config.Path{}, MinVersion: "1.2", MaxVersion: "1.3", CipherSuites: suites, VerifyHost: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, index := tls.For(c.host, c.port)
			if index != c.index || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %d %+v\nwant %d %+v", index, got, c.index, c.want)
			}
		})
	}
	if (config.TLSMatch{}).Matches("example.org", 443) {
		t.Error("a match that names nothing matches")
	}
}
