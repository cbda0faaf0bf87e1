package wsdl_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rivgate/wsdl"
)

// serviceOf is the scheme and authority that s writes for a request.
func serviceOf(t testing.TB, s *wsdl.Store, host string, o wsdl.Origin, headers ...string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, thing21+"?wsdl", nil)
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Answer(w, r, o)
	all := locationsOf(w.Body.String())
	if len(all) != 3 {
		t.Fatalf("%d locations", len(all))
	}
	service, ok := strings.CutSuffix(all[2], thing21)
	if !ok {
		t.Fatalf("%q", all[2])
	}
	return service
}

func TestUnderWhatAddress(t *testing.T) {
	const host, port, proto = "X-VP-Forwarded-Host", "X-VP-Forwarded-Port", "X-VP-Forwarded-Proto"
	s := contracts(t)
	trusted := wsdl.Origin{Trusted: true}
	for _, test := range []struct {
		name    string
		host    string
		origin  wsdl.Origin
		headers []string
		want    string
	}{
		{"Host", "gw:8080", wsdl.Origin{}, nil, "http://gw:8080"},
		{"Host over TLS", "gw", wsdl.Origin{TLS: true}, nil, "https://gw"},
		{"Host with IPv6", "[2001:db8::1]:8443", wsdl.Origin{TLS: true}, nil, "https://[2001:db8::1]:8443"},
		{"not trusted", "gw", wsdl.Origin{}, []string{host, "evil.example", port, "1", proto, "https"}, "http://gw"},
		{"all forwarded", "gw:8080", trusted, []string{host, "p.example", port, "443", proto, "https"}, "https://p.example:443"},
		{"default port is written", "gw", trusted, []string{port, "80"}, "http://gw:80"},
		{"protocol alone", "gw:8080", trusted, []string{proto, "https"}, "https://gw:8080"},
		{"protocol in upper case", "gw", trusted, []string{proto, "HTTPS"}, "https://gw"},
		{"port alone", "gw:8080", trusted, []string{port, "8443"}, "http://gw:8443"},
		{"host alone drops our port", "gw:8080", trusted, []string{host, "p.example"}, "http://p.example"},
		{"host with port", "gw:8080", trusted, []string{host, "p.example:444"}, "http://p.example:444"},
		{"port goes before the host's", "gw", trusted, []string{host, "p.example:444", port, "445"}, "http://p.example:445"},
		{"forwarded IPv6", "gw", trusted, []string{host, "2001:db8::2", port, "443"}, "http://[2001:db8::2]:443"},
		{"port is no number", "gw:1", trusted, []string{port, "abc"}, "http://gw:1"},
		{"port is too large", "gw:1", trusted, []string{port, "65536"}, "http://gw:1"},
		{"port is zero", "gw:1", trusted, []string{port, "0"}, "http://gw:1"},
		{"port has a sign", "gw:1", trusted, []string{port, "+443"}, "http://gw:1"},
		{"unknown protocol", "gw", trusted, []string{proto, "foo"}, "http://gw"},
		{"script as protocol", "gw", trusted, []string{proto, "javascript"}, "http://gw"},
		{"host with markup", "gw", trusted, []string{host, `"/><evil x="`}, "http://gw"},
		{"host with path", "gw", trusted, []string{host, "evil.example/x"}, "http://gw"},
		{"host with user", "gw", trusted, []string{host, "a@evil.example"}, "http://gw"},
		{"several hosts", "gw", trusted, []string{host, "a.example, b.example"}, "http://gw"},
		{"host given twice", "gw", trusted, []string{host, "a.example", host, "b.example"}, "http://gw"},
		{"empty host", "gw", trusted, []string{host, ""}, "http://gw"},
		{"unusable Host", "gw/x", wsdl.Origin{}, nil, "http://localhost"},
		{"Host with markup", `a"b`, wsdl.Origin{}, nil, "http://localhost"},
		{"no Host", "", wsdl.Origin{}, nil, "http://localhost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := serviceOf(t, s, test.host, test.origin, test.headers...); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Without a usable Host header the connection tells.
func TestWithoutHost(t *testing.T) {
	s := contracts(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = ""
		s.Answer(w, r, plain)
	}))
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/vp/x?wsdl")
	must(t, err)
	defer response.Body.Close()
	body := new(strings.Builder)
	must(t, response.Write(body))
	contains(t, body.String(), "\n"+server.URL+thing21+"?wsdl")
}

func TestHeaderNamesAreConfigured(t *testing.T) {
	named := load(t, wsdl.Options{Directory: "testdata/rivta", Forwarded: wsdl.Forwarded{Host: "x-forwarded-host"}})
	headers := []string{"X-Forwarded-Host", "p.example", "X-VP-Forwarded-Host", "other.example", "", "443"}
	if got := serviceOf(t, named, "gw", wsdl.Origin{Trusted: true}, headers...); got != "http://p.example" {
		t.Error(got)
	}
}

func originSeeds() []string {
	return []string{"gw", "gw:8080", "[::1]", "[::1]:1", "::1", "a:b:c", "[::1", "::1]", "[fe80::1%25eth0]", "", ":", ":80", "a:", `"`, "å", "a..b", "%41"}
}

func TestOriginSeeds(t *testing.T) {
	if len(originSeeds()) < 15 {
		t.Error("seeds are missing")
	}
}

// FuzzOrigin: whatever the headers say, the address is one, of this service.
func FuzzOrigin(f *testing.F) {
	for _, seed := range originSeeds() {
		f.Add(seed, seed, seed, seed)
	}
	s := contracts(f)
	f.Fuzz(func(t *testing.T, host, forwardedHost, port, proto string) {
		service := serviceOf(t, s, host, wsdl.Origin{Trusted: true},
			vpHeaders.Host, forwardedHost, vpHeaders.Port, port, vpHeaders.Proto, proto)
		u, err := url.Parse(service)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" {
			t.Fatalf("%q: %v", service, err)
		}
	})
}
