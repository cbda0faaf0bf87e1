package migrate

import (
	"slices"
	"strings"
	"testing"
)

// The rules are those of java.util.Properties.load.
func TestParseProperties(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []property
	}{
		{"separators", "a=1\nb:2\nc 3\nd\t=\t4\ne = : 5", []property{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}, {"d", "4", 4}, {"e", ": 5", 5}}},
		{"comments and empty lines", "# a=1\n ! b=2\n\n \t\na=#1", []property{{"a", "#1", 5}}},
		{"no value", "a\nb=\nc=", []property{{"a", "", 1}, {"b", "", 2}, {"c", "", 3}}},
		{"continuation", "a=1,\\\n   2,\\\r\n\t3\nb=4", []property{{"a", "1,2,3", 1}, {"b", "4", 4}}},
		{"continued into a comment sign", "a=1\\\n#2", []property{{"a", "1#2", 1}}},
		{"escaped backslash at the end", `a=c:\\` + "\nb=1", []property{{"a", `c:\`, 1}, {"b", "1", 2}}},
		{"continuation at the end", "a=1\\", []property{{"a", "1", 1}}},
		{"escapes", `a\=b\:c\ d=\t\n\r\f\x\"`, []property{{"a=b:c d", "\t\n\r\fx\"", 1}}},
		{"unicode", `a=\u00e5\u00C4`, []property{{"a", "åÄ", 1}}},
		{"surrogate pair", `a=\ud83d\ude00`, []property{{"a", "😀", 1}}},
		{"trailing space is value", "a=1 ", []property{{"a", "1 ", 1}}},
		{"ISO-8859-1", "a=\xe5", []property{{"a", "å", 1}}},
		{"UTF-8", "\ufeffa=å", []property{{"a", "å", 1}}},
		{"carriage returns", "a=1\rb=2", []property{{"a", "1", 1}, {"b", "2", 2}}},
		{"twice", "a=1\na=2", []property{{"a", "1", 1}, {"a", "2", 2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseProperties("vp", []byte(test.text))
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestBadUnicodeEscape(t *testing.T) {
	for _, text := range []string{`a=\u12`, `a=\uzzzz`, `\u=1`} {
		if got, err := parseProperties("vp", []byte("b=1\n"+text)); err == nil || !strings.HasPrefix(err.Error(), "vp:2:") {
			t.Errorf("%s: %+v, %v; want an error on line 2", text, got, err)
		}
	}
}

func propertySeeds() []string {
	return []string{
		"a=1\nb:2\nc 3", "a=1,\\\n 2", `a=\u00e5`, `a=\ud83d\ude00`, `a=\ud83d`, `a=\u12`, "a=1\\", `a=c:\\`, "#a\n!b", "\ufeffa=å", "\ufeff\ufeff", "a=\xe5\xff",
		"\\", "=", ":", " = ", "a\\=b=c", "a=1\rb=2", "a==b", "${a}=${b}",
	}
}

func TestPropertySeeds(t *testing.T) {
	if n := len(propertySeeds()); n < 19 {
		t.Errorf("only %d seeds", n)
	}
}

// FuzzProperties: what is read can be written in the simplest form of the
// format and reads the same again.
func FuzzProperties(f *testing.F) {
	for _, seed := range propertySeeds() {
		f.Add([]byte(seed))
	}
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\f", `\f`, " ", `\ `, "=", `\=`, ":", `\:`, "#", `\#`, "!", `\!`,
		"\ufeff", `\ufeff`) // one that begins a file is its byte order mark
	f.Fuzz(func(t *testing.T, data []byte) {
		properties, err := parseProperties("vp", data)
		if err != nil {
			return
		}
		line := 0
		for _, p := range properties {
			if p.line <= line {
				t.Fatalf("line %d after %d", p.line, line)
			}
			line = p.line
			again, err := parseProperties("vp", []byte(escape.Replace(p.name)+"="+escape.Replace(p.value)))
			if p.name == "" && p.value == "" {
				continue
			}
			if err != nil || len(again) != 1 || again[0].name != p.name || again[0].value != p.value {
				t.Fatalf("%+v reads as %+v, %v", p, again, err)
			}
		}
	})
}

func TestParseEnvironment(t *testing.T) {
	text := "PATH=/bin\nVP_INSTANCE_ID=SE=1\nCERT=-----BEGIN CERTIFICATE-----\nMIIB==\n-----END CERTIFICATE-----\nEMPTY=\n"
	if !isEnvironment(text) || isEnvironment("# env\nvp.instance.id=1\n") {
		t.Error("environment and properties are not told apart")
	}
	want := []property{
		{"PATH", "/bin", 1},
		{"VP_INSTANCE_ID", "SE=1", 2},
		{"CERT", "-----BEGIN CERTIFICATE-----\nMIIB==\n-----END CERTIFICATE-----", 3},
		{"EMPTY", "", 6},
	}
	if got := parseEnvironment(text); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The names that Spring takes for the same.
func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"vp.tls.overrides[0].match.domain-name", "VP_TLS_OVERRIDES_0_MATCH_DOMAINNAME", "vp.tls.overrides[0].match.domainName", "VP_TLS_OVERRIDES_0_MATCH_DOMAIN_NAME"},
		{"http.forwarded.header.auth_cert", "HTTP_FORWARDED_HEADER_AUTH_CERT"},
		{"vp.max.receive.length", "VP_MAX_RECEIVE_LENGTH"},
		{"spring.ssl.bundle.pem.x.keystore.private-key-password", "SPRING_SSL_BUNDLE_PEM_X_KEYSTORE_PRIVATEKEYPASSWORD"},
		{"timeout.json.file.default.tjanstekontrakt.name", "timeout.json.file.default.tjansteKontrakt.name"},
		{"vp.tls.default-config.protocols-include[1]", "VP_TLS_DEFAULTCONFIG_PROTOCOLSINCLUDE_1"},
	} {
		for _, name := range same {
			if fold(name) != fold(same[0]) {
				t.Errorf("%s is %s, %s is %s", name, fold(name), same[0], fold(same[0]))
			}
		}
	}
	if fold("vp.max.receive.length") == fold("vp.maxreceive.length") {
		t.Error("a dead key is taken for a live one")
	}
}
