package config_test

import (
	"strings"
	"testing"

	"rivgate/config"
)

func TestParseSize(t *testing.T) {
	good := map[string]config.Size{
		"0": 0, "1": 1, "512B": 512, "64KiB": 65536, "10MiB": 10485760, "1GiB": 1073741824,
		"9223372036854775807": 9223372036854775807, "8589934591GiB": 9223372035781033984,
	}
	for text, want := range good {
		if got, err := config.ParseSize(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	bad := []string{
		"", "KiB", "-1", "+1", "1.5MiB", "10MB", "10mib", "10 MiB", "10MiBKiB", "10K", "0x10", "1_000",
		"9223372036854775808", "8589934592GiB", "18446744073709551616B",
	}
	for _, text := range bad {
		if got, err := config.ParseSize(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestSizeString(t *testing.T) {
	for size, want := range map[config.Size]string{0: "0", 1: "1", 1000: "1000", 1024: "1KiB", 1536: "1536", 10 << 20: "10MiB", 3 << 30: "3GiB"} {
		if got := size.String(); got != want {
			t.Errorf("%d prints %s, want %s", int64(size), got, want)
		}
	}
}

// TestTextRules reads one value after another: want is the problem's text,
// empty for none.
func TestTextRules(t *testing.T) {
	cases := []struct{ line, want string }{
		{`tracing: {otlp_endpoint: "http://[::1]:4318/v1"}`, ""},
		{`tracing: {otlp_endpoint: "http://:4318"}`, "http://:4318 has no host"},
		{`tracing: {otlp_endpoint: "http:collector"}`, "want an http or https URL, found http:collector"},
		{`tracing: {otlp_endpoint: collector}`, "want an http or https URL, found collector"},
		{`tracing: {otlp_endpoint: "http://collector/#a"}`, "http://collector/#a has a fragment"},
		{`tracing: {otlp_endpoint: "http://collector:0/"}`, "http://collector:0/: want a port from 1 to 65535"},
		{`tracing: {otlp_endpoint: "http://collector:65536/"}`, "http://collector:65536/: want a port from 1 to 65535"},
		{`tracing: {sample_ratio: 0.25}`, ""},
		{`tracing: {sample_ratio: -.inf}`, "want a number, found -.inf"},
		{`tracing: {sample_ratio: "${NUMBER}"}`, "42 is above 1"},
		{`producers: {accept_short_answers: [a.example.org, "::1", under_score]}`, ""},
		{`producers: {accept_short_answers: ["a.example.org:443"]}`, "a.example.org:443 is not a host name or address"},
		{`producers: {user_agent: "a\nb"}`, `"a\nb" has characters that do not print`},
		{`trust: {proxies: ["fd00::/8", 0.0.0.0/0]}`, ""},
		{`trust: {proxies: ["::ffff:10.0.0.0/104"]}`, "::ffff:10.0.0.0/104 is IPv4 within IPv6: write the IPv4 network"},
		{`trust: {proxies: ["fe80::1%eth0/64"]}`, "want a network such as 10.0.0.0/8, found fe80::1%eth0/64"},
		{`trust: {sender_attribute: 2.5.4.97}`, ""},
		{`trust: {sender_attribute: ""}`, "must not be empty"},
		{`trust: {routing_history: "${NUMBER}"}`, "want true or false, found 42"},
		{`trust: {original_consumer: {allowed_senders: [" a"]}}`, `" a" begins or ends with a space`},
		{`admin: {address: "[::1]:0"}`, ""},
		{`admin: {address: "[::1:0"}`, "[::1:0: want an IPv6 address between [ and ]"},
		{`admin: {address: "a b:80"}`, `"a b" is not a host name or address`},
		{`log: {output: stderr}`, ""},
		{`drain: {wait: 0}`, ""},
		{`drain: {wait: 1d}`, "want a duration such as 29s or 500ms, found 1d"},
		{`drain: {wait: "${EMPTY}"}`, `want a duration such as 29s or 500ms, found ""`},
		{`reload: {watch: !!binary dHJ1ZQ==}`, "wrong type: want true or false, found !!binary (dHJ1ZQ==)"},
	}
	for _, c := range cases {
		t.Run(c.line, func(t *testing.T) {
			_, err := config.Parse("a", []byte(minimal+c.line+"\n"), "/", lookup)
			got := ""
			if err != nil {
				_, got, _ = strings.Cut(err.Error(), ": ")
				_, got, _ = strings.Cut(got, ": ")
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOutputWordsAreNoPaths(t *testing.T) {
	for output, want := range map[string]config.Path{"stdout": "stdout", "stderr": "stderr", "stdout.log": "/etc/rivgate/stdout.log"} {
		if got := parse(t, minimal+"log: {output: "+output+"}").Log.Output; got != want {
			t.Errorf("%s is %s, want %s", output, got, want)
		}
	}
}
