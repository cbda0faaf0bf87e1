package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Paths and queries that lead out of where they should end, and requests that
// make an operator's browser change the gateway: nothing is served or changed.
func TestAttackPaths(t *testing.T) {
	a := newAttacks(t, "Paths and queries that reach for files, other descriptions and operators' endpoints; operators' endpoints asked across sites, by wrong methods, names and tokens")
	w := &pathsWorld{world: describedWorld(t)}
	w.descriptions(t, a)
	w.paths(t, a)
	w.calls(t, a)
	o := newOperated(t, oneAdmin, "")
	o.acrossSites(t, a)
	o.adminPaths(t, a)
	guarded(t).tokens(t, a)
}

type pathsWorld struct{ *world }

// refuses asks both listeners, which must say one of the statuses and nothing
// of any file.
func (w *pathsWorld) refuses(t *testing.T, a *attacks, attempt, request string, statuses ...int) {
	t.Helper()
	for name, on := range map[string]*line{"TLS": w.lineOverTLS(t, w.consumer), "plain": w.lineFrom(t, "127.0.0.1")} {
		got := on.ask(t, request)
		on.drop()
		if !slices.Contains(statuses, got.status) {
			t.Errorf("%s: %s: HTTP %d %.100q, want %v", name, attempt, got.status, got.body, statuses)
		}
		for _, secret := range []string{"PRIVATE KEY", "root:", "<definitions", "xs:schema", "instance:", "<soap:address", "LogicalAddress"} {
			if strings.Contains(got.body, secret) {
				t.Errorf("%s: %s: the answer holds %q", name, attempt, secret)
			}
		}
		a.count(name+", "+attempt, refused)
	}
	if n := len(w.plain.Take()) + len(w.secure.Take()); n != 0 {
		t.Errorf("%s: %d calls of producers", attempt, n)
	}
}

// descriptions are asked for by names that lead elsewhere.
func (w *pathsWorld) descriptions(t *testing.T, a *attacks) {
	t.Helper()
	names := []string{
		"../gateway.key", "..%2fgateway.key", "..%252fgateway.key", "%2e%2e/gateway.key", "%2e%2e%2fgateway.key", "....//gateway.key", `..\gateway.key`, "..%5cgateway.key", "sub/../../gateway.key",
		"sub/..%2f..%2fgateway.key", "../rivgate.yaml", "../tak.xml", "../hsa.xml", "../../../../../../../../etc/passwd", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "file:///etc/passwd",
		"file:%2f%2f%2fetc%2fpasswd", "http://127.0.0.1:1/x.xsd", "//127.0.0.1:1/x.xsd", "sub/unrelated.xsd", "unrelated.xsd", "sub", "sub/", ".", "..", "", "%00", "sub/types_1.0.xsd%00", "types_1.0.xsd%00.txt",
		"types_1.0.xsd/", "types_1.0.xsd;x", "types_1.0.xsd%20", "TYPES_1.0.XSD", "./types_1.0.xsd", "sub//types_1.0.xsd", "*", "types*", "%c0%ae%c0%ae/gateway.key", "%uff0e%uff0e/gateway.key", "${HOME}", "~/x",
		"/proc/self/environ", "\u2025/gateway.key", strings.Repeat("../", 1000) + "etc/passwd",
	}
	for _, name := range names {
		for _, query := range []string{"xsd=" + name, "wsdl&xsd=" + name, "XSD=" + name} {
			if strings.Contains(name, "\u2025") {
				query = strings.ReplaceAll(query, "\u2025", "%E2%80%A5")
			}
			w.refuses(t, a, fmt.Sprintf("?%.80s", query), "GET "+thingPath+"?"+query+" HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)
		}
	}
	for _, path := range []string{
		"/vp/../gateway.key", "/vp/..%2fgateway.key", "/vp/GetThing.wsdl", "/vp/wsdl/GetThing.wsdl", thingPath + "/../../../../gateway.key", thingPath + "/", thingPath + "/x", thingPath + ";x", thingPath + "%00",
		thingPath + "%2f..", "/vp//test/domain/GetThing/1/rivtabp21", "/vp/./test/domain/GetThing/1/rivtabp21",
		"/vp/test/../test/domain/GetThing/1/rivtabp21", "/vp/test%2fdomain/GetThing/1/rivtabp20", `/vp/%22%3e%3cscript%3e`, "/vp/" + strings.Repeat("a/", 4000),
	} {
		w.refuses(t, a, fmt.Sprintf("%.80s?wsdl", path), "GET "+path+"?wsdl HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)
	}
	for _, query := range []string{"%77sdl", "wsd%6c", ";wsdl", "x=wsdl", "x&amp;wsdl", "wsdl%00", "+wsdl", "%20wsdl", "wsdl;xsd=x", ""} {
		w.refuses(t, a, "?"+query, "GET "+thingPath+"?"+query+" HTTP/1.1\r\nHost: localhost\r\nwsdl: \r\nxsd: ../gateway.key\r\n\r\n", 405)
	}
}

// paths lead out of the listener's own.
func (w *pathsWorld) paths(t *testing.T, a *attacks) {
	t.Helper()
	for _, path := range []string{
		"/", "/status", "/resetcache", "/resethsacache", "/reload", "/metrics", "/healthz", "/readyz", "/api/tak", "/api/explain", "/debug/pprof/", "/actuator/health", "/loglevel",
		"/VP", "/Vp", "/vpx", "/vp;a", "/vp;/", "/vp%2f", "/vp%00", "/%76p", "/v%70/", "//vp", "/./vp", "/x/../vp", "/vp%20", "/vp.", `/vp\..`, "/vp%5c", "/.well-known/x", "/admin/../vp",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			body := attacked(t, "HTTP21", "")
			w.refuses(t, a, method+" "+path, method+" "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"+platformLines+"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body, 404)
		}
	}
	for _, host := range []string{"evil.example/", "a\"b", "<x>", "x y", "a,b", "a@b", "[::1", "x:y", "x:99999", "é", "%41", "x\\y", "a;b", "x?y", "x#y", ""} {
		w.refuses(t, a, "Host: "+host, "GET "+thingPath+"?wsdl HTTP/1.1\r\nHost: "+host+"\r\n\r\n", 400)
	}
}

// calls whose path or query means something elsewhere are ordinary calls.
func (w *pathsWorld) calls(t *testing.T, a *attacks) {
	t.Helper()
	on := w.lineOverTLS(t, w.consumer)
	body := attacked(t, "HTTP21", "")
	for _, target := range []string{
		"/vp/..%2fadmin", "/vp/../status", "/vp/%2e%2e/reload", "/vp/;jsessionid=x", "/vp//x", "/vp/%00", "/vp?wsdl", "/vp?xsd=../gateway.key", "/vp?x-vp-sender-id=" + evilID, "/vp?a;b", "/vp?%zz",
		"/vp?" + strings.Repeat("a=b&", 5000), "/vp/x?CamelHttpUri=http://127.0.0.1:1/", "/vp?throwExceptionOnFailure=false", "/vp?y=2&x=evil",
	} {
		got := on.ask(t, strings.Replace(requestHead("Content-Length: "+strconv.Itoa(len(body))+"\r\n"), "/vp", target, 1)+body)
		if seen := w.plain.Take(); got.status != 200 || len(seen) != 1 || seen[0].URI != "/ok?x=1&y=2" {
			t.Errorf("%s: HTTP %d, %d calls", target, got.status, len(seen))
		}
		a.count(fmt.Sprintf("call of %.60s", target), harmless)
	}
}

// adminLine is a line to an operators' listener.
func adminLine(t *testing.T, address string) *line {
	var dialer net.Dialer
	return newLine(t, func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", address) })
}

// refusesAt asks an operators' listener, which must not do it.
func refusesAt(t *testing.T, a *attacks, address, attempt, start, lines string, statuses ...int) {
	t.Helper()
	on := adminLine(t, address)
	defer on.drop()
	host := "Host: " + address + "\r\n"
	if strings.HasPrefix(lines, "Host:") {
		host = ""
	}
	got := on.ask(t, start+" HTTP/1.1\r\n"+host+lines+"Content-Length: 4\r\nConnection: close\r\n\r\ninfo")
	if !slices.Contains(statuses, got.status) {
		t.Errorf("%s: HTTP %d %.100q, want %v", attempt, got.status, got.body, statuses)
	}
	a.count(attempt, refused)
}

// acrossSites are requests that another site's page makes a browser send.
func (o *operated) acrossSites(t *testing.T, a *attacks) {
	t.Helper()
	_, port, err := net.SplitHostPort(o.admin[0])
	must(t, err)
	rebound := "Host: evil.example:" + port + "\r\n"
	for _, request := range changing {
		start := request[0] + " " + request[1]
		for name, lines := range map[string]string{
			"cross-site": "Sec-Fetch-Site: cross-site\r\n", "same-site": "Sec-Fetch-Site: same-site\r\n", "same-origin and cross-site": "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n",
			"upper case": "Sec-Fetch-Site: SAME-ORIGIN\r\n", "empty Sec-Fetch-Site": "Sec-Fetch-Site:\r\n", "Origin": "Origin: https://evil.example\r\n", "null": "Origin: null\r\n", "empty Origin": "Origin:\r\n",
			"Origin on another port": "Origin: http://127.0.0.1:1\r\n", "Origin that begins so": "Origin: http://" + o.admin[0] + ".evil.example\r\n", "Origin with a user": "Origin: http://" + o.admin[0] + "@evil.example\r\n",
			"two Origins": "Origin: http://" + o.admin[0] + "\r\nOrigin: https://evil.example\r\n", "Origin of an extension": "Origin: chrome-extension://" + o.admin[0] + "\r\n",
			"Referer": "Referer: https://evil.example/" + o.admin[0] + "\r\n", "cross-site with good Origin": "Sec-Fetch-Site: cross-site\r\nOrigin: http://" + o.admin[0] + "\r\n",
			"rebound name": rebound + "Sec-Fetch-Site: same-origin\r\n", "rebound name, Origin": rebound + "Origin: http://evil.example:" + port + "\r\n",
			"rebound name, everything":       rebound + "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example:" + port + "\r\nReferer: http://evil.example:" + port + "/\r\n",
			"name that begins like loopback": "Host: 127.0.0.1.evil.example:" + port + "\r\nSec-Fetch-Site: none\r\n", "localhost under a domain": "Host: localhost.evil.example:" + port + "\r\nSec-Fetch-Site: none\r\n",
		} {
			refusesAt(t, a, o.admin[0], start+", "+name, start, lines, 403)
		}
		for _, method := range []string{"TRACE", "OPTIONS", "DELETE", "PATCH", "PROPFIND", "post", "get", "GET\t"} {
			refusesAt(t, a, o.admin[0], request[0]+" "+request[1]+", by "+method, method+" "+request[1], "", 400, 405)
		}
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		refusesAt(t, a, o.admin[0], "reload by "+method, method+" /reload", "", 405)
	}
	refusesAt(t, a, o.admin[0], "override of the method", "GET /reload?_method=POST", "X-HTTP-Method-Override: POST\r\nX-Method-Override: POST\r\n", 405)
}

// adminPaths are asked where they are not served.
func (o *operated) adminPaths(t *testing.T, a *attacks) {
	t.Helper()
	for _, target := range []string{
		"//reload", "/./reload", "/x/../reload", "/RELOAD", "/reload%00", "/reload;x", "/reload/x", "/status/../reload", "/metrics/reload", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline",
		"/debug/vars", "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/api/", "/api/../reload", "/vp", "/actuator/env", "/actuator/heapdump", "/actuator/shutdown", "/actuator", "/config", "/rivgate.yaml",
	} {
		refusesAt(t, a, o.admin[0], "POST "+target, "POST "+target, "", 301, 307, 400, 404, 405)
	}
}

// tokens that are not the one, and the listeners that need none asked for more.
func (o *operated) tokens(t *testing.T, a *attacks) {
	t.Helper()
	const token = "a-token-for-tests"
	for _, request := range changing {
		start := request[0] + " " + request[1]
		for name, lines := range map[string]string{
			"none": "", "empty": "Authorization:\r\n", "scheme alone": "Authorization: Bearer\r\n", "empty token": "Authorization: Bearer \r\n", "no scheme": "Authorization: " + token + "\r\n",
			"beginning": "Authorization: Bearer a-token\r\n", "more": "Authorization: Bearer " + token + "x\r\n", "other case": "Authorization: Bearer A-TOKEN-FOR-TESTS\r\n", "with line end": "Authorization: Bearer " + token + "%0a\r\n",
			"Basic": "Authorization: Basic OmEtdG9rZW4tZm9yLXRlc3Rz\r\n", "twice": "Authorization: Bearer " + token + "\r\nAuthorization: Bearer x\r\n", "list": "Authorization: Bearer x, Bearer " + token + "\r\n",
			"quoted": "Authorization: Bearer \"" + token + "\"\r\n", "cookie": "Cookie: Authorization=Bearer " + token + "; token=" + token + "\r\n", "other header": "X-Authorization: Bearer " + token + "\r\nProxy-Authorization: Bearer " + token + "\r\n",
			"underscore": "Authorization_: Bearer " + token + "\r\n", "forwarded user": "X-Forwarded-User: admin\r\nX-Forwarded-For: 127.0.0.1\r\n",
		} {
			refusesAt(t, a, o.admin[0], "token for "+start+", "+name, start, lines, 401)
		}
		refusesAt(t, a, o.admin[0], "token for "+start+" in the query", start+"?token="+token+"&access_token="+token, "", 401)
		refusesAt(t, a, o.admin[0], "token for "+start+" with a slash behind", start+"/", "", 401)
	}
	for i, address := range o.admin[1:] {
		for _, target := range []string{"/reload", "/loglevel", "/resetcache/../reload", "/resetcache/%2e%2e/reload", "/resetcache%2f..%2freload", "/status/../loglevel", "//reload", "/api/tak", "/api/explain"} {
			for _, method := range []string{"POST", "PUT", "GET"} {
				refusesAt(t, a, address, fmt.Sprintf("single-purpose listener %d, %s %s", i, method, target), method+" "+target, "", 301, 307, 400, 404, 405)
			}
		}
	}
}
