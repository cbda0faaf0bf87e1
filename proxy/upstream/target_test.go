package upstream_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"rivgate/proxy/upstream"
)

func TestParseTarget(t *testing.T) {
	tests := []struct {
		name, address string
		want          upstream.Target
	}{
		{
			"plain", "http://producer.example/a/b",
			upstream.Target{Scheme: "http", Authority: "producer.example", Host: "producer.example", Addr: "producer.example:80", ServerName: "producer.example", Path: "/a/b"},
		},
		{
			"secure with port", "https://producer.example:8443/a",
			upstream.Target{Scheme: "https", Authority: "producer.example:8443", Host: "producer.example:8443", Addr: "producer.example:8443", ServerName: "producer.example", Path: "/a"},
		},
		{
			"explicit 443", "https://producer.example:443/",
			upstream.Target{Scheme: "https", Authority: "producer.example:443", Host: "producer.example", Addr: "producer.example:443", ServerName: "producer.example", Path: "/"},
		},
		{
			"https on 80 goes without it too", "https://producer.example:80/",
			upstream.Target{Scheme: "https", Authority: "producer.example:80", Host: "producer.example", Addr: "producer.example:80", ServerName: "producer.example", Path: "/"},
		},
		{
			"empty port", "http://producer.example:/",
			upstream.Target{Scheme: "http", Authority: "producer.example:", Host: "producer.example", Addr: "producer.example:80", ServerName: "producer.example", Path: "/"},
		},
		{
			"no path", "http://producer.example",
			upstream.Target{Scheme: "http", Authority: "producer.example", Host: "producer.example", Addr: "producer.example:80", ServerName: "producer.example", Path: "/"},
		},
		{
			"query without path", "http://producer.example?x=1",
			upstream.Target{Scheme: "http", Authority: "producer.example", Host: "producer.example", Addr: "producer.example:80", ServerName: "producer.example", Path: "/?x=1"},
		},
		{
			"upper case", "HTTPS://Producer.Example/A",
			upstream.Target{Scheme: "https", Authority: "Producer.Example", Host: "Producer.Example", Addr: "Producer.Example:443", ServerName: "Producer.Example", Path: "/A"},
		},
		{
			"encoded bytes stay", "http://h/a%2Fb//../c;d?x=%2B+&y=a/b?@|\"",
			upstream.Target{Scheme: "http", Authority: "h", Host: "h", Addr: "h:80", ServerName: "h", Path: "/a%2Fb//../c;d?x=%2B+&y=a/b?@|\""},
		},
		{
			"raw UTF-8", "http://h/tjänst?fråga=å",
			upstream.Target{Scheme: "http", Authority: "h", Host: "h", Addr: "h:80", ServerName: "h", Path: "/tjänst?fråga=å"},
		},
		{
			"underscore", "http://old_host:81/",
			upstream.Target{Scheme: "http", Authority: "old_host:81", Host: "old_host:81", Addr: "old_host:81", ServerName: "old_host", Path: "/"},
		},
		{
			"IPv4", "http://127.0.0.1:8080/x",
			upstream.Target{Scheme: "http", Authority: "127.0.0.1:8080", Host: "127.0.0.1:8080", Addr: "127.0.0.1:8080", ServerName: "127.0.0.1", Path: "/x"},
		},
		{
			"IPv6", "http://[::1]:8080/x",
			upstream.Target{Scheme: "http", Authority: "[::1]:8080", Host: "[::1]:8080", Addr: "[::1]:8080", ServerName: "::1", Path: "/x"},
		},
		{
			"IPv6 without port", "https://[2001:db8::1]/x",
			upstream.Target{Scheme: "https", Authority: "[2001:db8::1]", Host: "[2001:db8::1]", Addr: "[2001:db8::1]:443", ServerName: "2001:db8::1", Path: "/x"},
		},
		{
			"final dot", "https://producer.example./x",
			upstream.Target{Scheme: "https", Authority: "producer.example.", Host: "producer.example.", Addr: "producer.example.:443", ServerName: "producer.example", Path: "/x"},
		},
		{
			"digits in a name", "http://0b1.10x.a0x1:81/",
			upstream.Target{Scheme: "http", Authority: "0b1.10x.a0x1:81", Host: "0b1.10x.a0x1:81", Addr: "0b1.10x.a0x1:81", ServerName: "0b1.10x.a0x1", Path: "/"},
		},
		{
			"highest port", "http://h:65535/",
			upstream.Target{Scheme: "http", Authority: "h:65535", Host: "h:65535", Addr: "h:65535", ServerName: "h", Path: "/"},
		},
		{
			"at sign in the path", "http://h/a@b",
			upstream.Target{Scheme: "http", Authority: "h", Host: "h", Addr: "h:80", ServerName: "h", Path: "/a@b"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := upstream.ParseTarget(test.address)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

var unusableAddresses = map[string]string{
	"empty":             "",
	"no scheme":         "producer.example/a",
	"scheme only":       "http://",
	"other scheme":      "ftp://producer.example/a",
	"one slash":         "http:/producer.example/a",
	"short IPv4":        "http://127.1/a",
	"decimal IPv4":      "http://2130706433/a",
	"hexadecimal IPv4":  "http://0x7f000001/a",
	"hexadecimal parts": "http://0x7F.0x0.0x0.0x1/a",
	"octal IPv4":        "http://0177.0.0.1/a",
	"IPv4, final dot":   "http://127.0.0.1./a",
	"five parts":        "http://127.0.0.1.1/a",
	"number too large":  "http://256.0.0.1/a",
	"name with number":  "http://producer.1/a",
	"user-info":         "http://user:secret@producer.example/a",
	"empty user-info":   "http://@producer.example/a",
	"fragment":          "http://producer.example/a#b",
	"fragment at once":  "http://producer.example#b",
	"leading space":     " http://producer.example/a",
	"trailing space":    "http://producer.example/a ",
	"space in the path": "http://producer.example/a b",
	"no-break space":    "http://producer.example/a\u00a0b",
	"line end":          "http://producer.example/a\r\nX: y",
	"tab":               "http://producer.example/\ta",
	"NUL":               "http://producer.example/\x00",
	"DEL":               "http://producer.example/\x7f",
	"not UTF-8":         "http://producer.example/\xe5",
	"no host":           "http:///a",
	"no host but port":  "http://:80/a",
	"dots for a host":   "http://../a",
	"percent in host":   "http://producer%2eexample/a",
	"non-ASCII host":    "http://producér.example/a",
	"backslash in host": `http://producer.example\a`,
	"port 0":            "http://producer.example:0/",
	"port 65536":        "http://producer.example:65536/",
	"port with sign":    "http://producer.example:+80/",
	"port of letters":   "http://producer.example:http/",
	"two ports":         "http://producer.example:80:80/",
	"bare IPv6":         "http://::1/",
	"half a bracket":    "http://[::1/",
	"brackets, no IPv6": "http://[producer.example]/",
	"IPv4 in brackets":  "http://[127.0.0.1]/",
	"zone":              "http://[fe80::1%25eth0]/",
	"text after ]":      "http://[::1]x:80/",
}

func TestParseTargetRefuses(t *testing.T) {
	for name, address := range unusableAddresses {
		t.Run(name, func(t *testing.T) {
			target, err := upstream.ParseTarget(address)
			if _, ok := errors.AsType[*upstream.AddressError](err); !ok {
				t.Fatalf("got %+v, %v; want an AddressError", target, err)
			}
			if target != (upstream.Target{}) {
				t.Errorf("a target beside the error: %+v", target)
			}
		})
	}
}

var addressSeeds = []string{
	"http://producer.example/a/b?c=d", "HTTPS://h:8443", "http://[::1]:81/x", "http://h?x", "http://old_host/%2F",
	"http://a@b/", "http://h/#", "http://h:99999/", "http://tjänst/", "ftp://h/", "http://h:080/",
}

func TestAddressSeeds(t *testing.T) {
	if len(addressSeeds) == 0 {
		t.Fatal("no seeds")
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, seed := range addressSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		target, err := upstream.ParseTarget(address)
		if err != nil {
			return
		}
		if !strings.HasSuffix(address, target.Path) && !strings.HasSuffix(address, strings.TrimPrefix(target.Path, "/")) {
			t.Errorf("path %q is not the end of %q", target.Path, address)
		}
		if !strings.HasPrefix(target.Path, "/") || strings.ContainsAny(target.Path, " \r\n\t#\x00") {
			t.Errorf("path %q cannot stand in a request line", target.Path)
		}
		host, port, err := net.SplitHostPort(target.Addr)
		if err != nil {
			t.Fatalf("address %q: %v", target.Addr, err)
		}
		if number, err := strconv.Atoi(port); err != nil || number < 1 || number > 65535 {
			t.Errorf("port %q", port)
		}
		if strings.TrimSuffix(host, ".") != target.ServerName {
			t.Errorf("dials %q, verifies %q", host, target.ServerName)
		}
		if start := len(target.Scheme) + len("://"); !strings.HasPrefix(address[start:], strings.TrimSuffix(target.Host, ":"+port)) {
			t.Errorf("host %q is not the one of %q", target.Host, address)
		}
	})
}
