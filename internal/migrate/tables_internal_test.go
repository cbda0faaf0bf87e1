package migrate

import (
	"slices"
	"strings"
	"testing"
)

// VP compares the beginning of the address as text; an address belongs to the
// network exactly if VP admitted it and its octets are whole.
func TestTranslatePrefix(t *testing.T) {
	for _, test := range []struct{ entry, network, note string }{
		{"10.", "10.0.0.0/8", ""},
		{"10.1.", "10.1.0.0/16", ""},
		{"10.1.2.", "10.1.2.0/24", ""},
		{"10.1.2.99", "10.1.2.99/32", ""}, // nothing begins so and is longer
		{"127.0.0.1", "127.0.0.1/32", "127.0.0.10 to 127.0.0.19 and 127.0.0.100 to 127.0.0.199"},
		{"10.1", "10.1.0.0/16", "10.10.*.* to 10.19.*.* and 10.100.*.* to 10.199.*.*"},
		{"10", "10.0.0.0/8", "100.*.*.* to 109.*.*.*"},
		{"192.168.25", "192.168.25.0/24", "192.168.250.* to 192.168.255.*"},
		{"192.168.0", "192.168.0.0/24", ""},
		{"192.168.26", "192.168.26.0/24", ""},
		{"1", "1.0.0.0/8", "10.*.*.* to 19.*.*.* and 100.*.*.* to 199.*.*.*"},
		{"2", "2.0.0.0/8", "20.*.*.* to 29.*.*.* and 200.*.*.* to 255.*.*.*"},
		{"", "invalid Prefix", "admitted everybody"},
		{"10.0.0.0/8", "invalid Prefix", "matched nothing"},
		{"256.", "invalid Prefix", "matched nothing"},
		{"010.", "invalid Prefix", "matched nothing"},
		{"10..", "invalid Prefix", "matched nothing"},
		{"1.2.3.4.", "invalid Prefix", "matched nothing"},
		{"1.2.3.4.5", "invalid Prefix", "matched nothing"},
		{"localhost", "invalid Prefix", "matched nothing"},
		{"0:0:0:0:0:0:0:1", "::1/128", "longer groups"},
		{"fe80:", "fe80::/16", ""},
		{"2001:db8:0:", "2001:db8::/48", ""},
		{"fe80:0:0:0:0:0:0:abcd%eth0", "fe80::abcd/128", ""},
		{"::1", "invalid Prefix", "in full"},
		{"2001:0db8:", "invalid Prefix", "in full"},
	} {
		t.Run(test.entry, func(t *testing.T) {
			network, note := translatePrefix(test.entry)
			if network.String() != test.network || (note == "") != (test.note == "") || !strings.Contains(note, test.note) {
				t.Errorf("got %s, %q; want %s, %q", network, note, test.network, test.note)
			}
		})
	}
}

func TestAttributeOf(t *testing.T) {
	for pattern, want := range map[string]string{
		`(?:2.5.4.5|SERIALNUMBER)=([^,]+)`:    "serialNumber",
		`(?:2\.5\.4\.5|serialNumber)=([^,]+)`: "serialNumber",
		`(?i)(?:SERIALNUMBER)=([^,]+)`:        "serialNumber",
		`2.5.4.5=([^,]+)`:                     "serialNumber",
		`OU=([^,]+)`:                          "OU",
		`CN=([^,]+)`:                          "CN",
		`O=([^,]+)`:                           "O",
		`(?:2.5.4.97|OID.2.5.4.97)=([^,]+)`:   "2.5.4.97",
		`(?:OU|CN)=([^,]+)`:                   "",
		`OU=([^, ]+)`:                         "",
		`OU=(SE[^,]+)`:                        "",
		`UID=([^,]+)`:                         "",
		``:                                    "",
	} {
		if got := attributeOf(pattern); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func TestAlternatives(t *testing.T) {
	for expression, want := range map[string][]string{
		`(?i)a|b.*|c`:  {"a", "b.*", "c"},
		`a(b|c)|[d|e]`: {"a(b|c)", "[d|e]"},
		`a\|b|c`:       {`a\|b`, "c"},
		`(?i)`:         nil,
		`a||b|`:        {"a", "b"},
		`a)|b`:         {"a)|b"},
	} {
		if got := alternatives(expression); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}

func TestHeaderName(t *testing.T) {
	for alternative, want := range map[string]string{
		"X-Local": "X-Local", "x-local.*": "x-local*", `http\.method`: "http.method", `x\-a.*`: "x-a*",
		"x.+": "", "x?": "", ".*": "", "[ab]": "", "a b": "", "(a)": "", `\w`: "", "x*": "",
	} {
		if got, ok := headerName(alternative); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", alternative, got, ok, want)
		}
	}
}

func TestRangeOf(t *testing.T) {
	for names, want := range map[string]tlsRange{
		"TLSv1.3":                     {"1.3", "1.3"},
		"TLSv1.2":                     {"1.2", "1.2"},
		"TLSv1.3 TLSv1.2":             {"1.2", "1.3"},
		"TLSv1 TLSv1.1 TLSv1.2":       {"1.2", "1.2"},
		"TLSv1":                       {"1.0", "1.0"},
		"TLSv1.1 TLSv1":               {"1.0", "1.1"},
		"SSLv3 tlsv1.2":               {"1.2", "1.2"},
		"SSLv3":                       {"1.2", "1.3"},
		"":                            {"1.2", "1.3"},
		"TLSv1.1 TLSv1.3 SSLv2Hello ": {"1.3", "1.3"},
	} {
		if got, _ := rangeOf(strings.Fields(names)); got != want {
			t.Errorf("%s: %v, want %v", names, got, want)
		}
	}
}

// What YAML or the configuration would take for something else is quoted.
func TestText(t *testing.T) {
	for value, want := range map[string]string{
		"vp": "vp", "/vp": "/vp", "urn:riv:a:1": "urn:riv:a:1", "": `""`, "#": `"#"`, "true": `"true"`, "No": `"No"`, "1.2": `"1.2"`,
		"a: b": `"a: b"`, "a:": `"a:"`, `a"b\c`: `"a\"b\\c"`, "${HOME}": `"$${HOME}"`, "a\nb\x00": `"a\u000ab\u0000"`, "åäö": `"åäö"`, "x-*": `"x-*"`,
	} {
		if got := text(value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	in := newSettings()
	for name, value := range map[string]string{
		"a": "1${b}3", "b": "${c}", "c": "2", "loop": "${loop}", "fallback": "${none:4}${none:${c}}", "missing": "${none}", "open": "${none", "own": "${vp.host}",
	} {
		in.set("f", property{name, value, 1}, false)
	}
	for name, want := range map[string]string{"a": "123", "fallback": "42", "open": "${none", "own": "localhost"} {
		if got, err := in.value(name); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"loop", "missing"} {
		if got, err := in.value(name); err == nil {
			t.Errorf("%s: %q, want an error", name, got)
		}
	}
}
