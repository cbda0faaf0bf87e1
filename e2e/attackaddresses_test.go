package e2e

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// The gateway connects to where the catalogue says, and only where its
// configuration lets the catalogue lead: to nothing that a producer's answer, a
// message or an odd spelling of an address names.
func TestAttackProducerAddresses(t *testing.T) {
	a := newAttacks(t, "Places the gateway must not connect to: spelt oddly in the catalogue, behind names, in redirects, in WS-Addressing and other headers; and false producers")
	w := &addressesWorld{world: newWorld(t, ""), forbidden: forbid(t)}
	w.unusable(t, a)
	w.denied(t, a)
	w.redirects(t, a)
	w.named(t, a)
	w.identities(t, a)
}

// addressesWorld is a world with a server that must not be called.
type addressesWorld struct {
	*world
	forbidden *forbiddenServer
}

// forbiddenServer is a port at which every connection is one too many.
type forbiddenServer struct {
	port  string
	calls atomic.Int64
}

func forbid(t *testing.T) *forbiddenServer {
	t.Helper()
	listener := listen(t)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	w := &forbiddenServer{port: port}
	listeners := []net.Listener{listener}
	if six, err := net.Listen("tcp", "[::1]:"+port); err == nil { // where there is IPv6
		listeners = append(listeners, six)
	}
	var accepting sync.WaitGroup
	t.Cleanup(func() {
		for _, l := range listeners {
			_ = l.Close()
		}
		accepting.Wait()
	})
	for _, l := range listeners {
		accepting.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				w.calls.Add(1)
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n<evil/>"))
				_ = conn.Close()
			}
		})
	}
	return w
}

// at is an address at the forbidden server, {P} being its port.
func (w *forbiddenServer) at(address string) string {
	return strings.ReplaceAll(address, "{P}", w.port)
}

// serve runs the gateway with a receiver for each address.
func (w *addressesWorld) serve(t *testing.T, yaml string, addresses []string) *line {
	t.Helper()
	catalogue := w.catalogue()
	for i, address := range addresses {
		catalogue.Route(getThing, "RIVTABP21", w.forbidden.at(address), receiverOf(i))
		catalogue.Permit(consumerID, getThing, receiverOf(i))
	}
	w.gate.stop()
	must(t, catalogue.WriteLocalCopy(filepath.Join(w.gate.dir, "tak.xml")))
	w.gate = startConfigured(t, w.gate.dir, yaml)
	return w.lineOverTLS(t, w.consumer)
}

// ruled is the configuration with a rule for producers.
func ruled(rule string) string {
	return strings.Replace(baseConfig, "producers:\n", "producers:\n"+rule, 1)
}

func receiverOf(i int) string { return "ADDRESS-" + strconv.Itoa(i) }

// refusedAt calls a receiver, which must not lead anywhere.
func (w *addressesWorld) refusedAt(t *testing.T, a *attacks, on *line, attempt, receiver string, codes ...string) {
	t.Helper()
	got := on.ask(t, answersRequest(t, receiver, ""))
	if !slices.Contains(codes, got.vpCode()) {
		t.Errorf("%s: HTTP %d %s, want %v", attempt, got.status, got.body, codes)
	}
	w.untouched(t, attempt)
	a.count(attempt, refused)
}

func (w *addressesWorld) untouched(t *testing.T, attempt string) {
	t.Helper()
	if n := w.forbidden.calls.Swap(0); n != 0 {
		t.Errorf("%s: the forbidden server was connected to", attempt)
	}
}

// unusable are addresses that are none, or several, depending on the reader.
func (w *addressesWorld) unusable(t *testing.T, a *attacks) {
	t.Helper()
	addresses := []string{
		"ftp://127.0.0.1:{P}/", "file:///etc/passwd", "gopher://127.0.0.1:{P}/", "ldap://127.0.0.1:{P}/", "jar:http://127.0.0.1:{P}/!/", "unix:///run/x.sock",
		"javascript:alert(1)", "http+unix://127.0.0.1:{P}/", "//127.0.0.1:{P}/", "127.0.0.1:{P}", "127.0.0.1:{P}/x", "http:127.0.0.1:{P}/", "http:/127.0.0.1:{P}/", "http:///127.0.0.1:{P}/",
		`http:\\127.0.0.1:{P}/`, `http://producer.example\@127.0.0.1:{P}/`, "http://user@127.0.0.1:{P}/", "http://user:pass@127.0.0.1:{P}/", "http://producer.example@127.0.0.1:{P}/",
		"http://@127.0.0.1:{P}/", "http://127.0.0.1:{P}#@producer.example/", "http://127.0.0.1:{P}/#x", "http://127.0.0.1:{P} /", "http://127.0.0.1 :{P}/", "http://127.0.0.1:{P}/a b",
		"http://127.0.0.1:{P}/\u00a0", "http://127.0.0.1:{P}/\u2028", "http://127.0.0.1:{P}/\u0085", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:-{P}/", "http://127.0.0.1:+{P}/",
		"http://127.0.0.1:0x50/", "http://127.0.0.1:{P}:{P}/", "http://127.0.0.1:{P}a/", "http://[127.0.0.1]:{P}/", "http://[::1:{P}/", "http://::1:{P}/", "http://[::1%25lo]:{P}/", "http://[::1%lo]:{P}/",
		"http://[::1]x:{P}/", "http://[]:{P}/", "http://:{P}/", "http://./", "http://%31%32%37.0.0.1:{P}/", "http://127.0.0.1%00.example:{P}/", "http://１２７.0.0.1:{P}/", "http://127。0。0。1:{P}/",
		"http://①②⑦.0.0.1:{P}/", "http://ｌocalhost:{P}/", "http://localhost,producer.example:{P}/", "http://*:{P}/", "http://{P}:80:x/",
		"http://127.1:{P}/", "http://2130706433:{P}/", "http://0x7f000001:{P}/", "http://0x7f.0.0.1:{P}/", "http://0177.0.0.1:{P}/", "http://127.0.0.01:{P}/", "http://127.0.0.1.:{P}/", "http://0:{P}/",
		"http://127.0.0.1.1:{P}/", "http://127.000.000.001:{P}/", "http://017700000001:{P}/", "http://0X7F000001:{P}/", "http://256.0.0.1:{P}/",
	}
	on := w.serve(t, baseConfig, addresses)
	for i, address := range addresses {
		w.refusedAt(t, a, on, "address "+address, receiverOf(i), "VP010")
	}
}

// loopbacks are spellings of this host, all usable.
var loopbacks = []string{
	"http://127.0.0.1:{P}/", "HTTP://127.0.0.1:{P}/", "https://127.0.0.1:{P}/", "http://127.0.0.2:{P}/", "http://127.255.255.254:{P}/", "http://localhost:{P}/", "http://LOCALHOST:{P}/",
	"https://localhost:{P}/", "http://[::1]:{P}/", "http://[0:0:0:0:0:0:0:1]:{P}/", "http://[::ffff:127.0.0.1]:{P}/", "http://[::ffff:7f00:1]:{P}/", "http://[0:0:0:0:0:FFFF:127.0.0.1]:{P}/",
	"http://0.0.0.0:{P}/", "http://[::]:{P}/", "http://[::ffff:0.0.0.0]:{P}/", "http://127.0.0.1:{P}/x?a=http://producer.example/", "http://127.0.0.1:{P}?x",
}

// denied are usable addresses that the configuration keeps the gateway from.
// Names are judged by what they resolve to, where the connection is made.
func (w *addressesWorld) denied(t *testing.T, a *attacks) {
	t.Helper()
	for _, rule := range []struct{ name, yaml, code string }{
		{"denied networks", "  deny: {networks: [127.0.0.0/8, \"::1/128\"]}\n", "VP009"},
		{"other networks allowed", "  allow: {networks: [192.0.2.0/24, \"2001:db8::/32\"]}\n", "VP009"},
		{"denied within allowed networks", "  allow: {networks: [0.0.0.0/0, \"::/0\"]}\n  deny: {networks: [127.0.0.0/8, \"::1/128\"]}\n", "VP009"},
		{"denied port", w.forbidden.at("  deny: {ports: [{P}]}\n"), "VP010"},
		{"other ports allowed", "  allow: {ports: [80, 443]}\n", "VP010"},
	} {
		on := w.serve(t, ruled(rule.yaml), loopbacks)
		for i, address := range loopbacks {
			w.refusedAt(t, a, on, rule.name+", "+address, receiverOf(i), rule.code)
		}
	}
	plain := slices.DeleteFunc(slices.Clone(loopbacks), func(address string) bool { return strings.HasPrefix(address, "https") })
	on := w.serve(t, ruled("  allow: {schemes: [https]}\n"), plain)
	for i, address := range plain {
		w.refusedAt(t, a, on, "https allowed alone, "+address, receiverOf(i), "VP010")
	}
}

// redirects are answers that name another place.
func (w *addressesWorld) redirects(t *testing.T, a *attacks) {
	t.Helper()
	on := w.serve(t, baseConfig, nil)
	for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
		for _, to := range []string{"http://127.0.0.1:{P}/", "//127.0.0.1:{P}/", "https://127.0.0.1:{P}/", "HTTP://localhost:{P}/evil", "http://[::1]:{P}/", "/elsewhere"} {
			w.plain.Script("/ok", lab.Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 %d %s\r\nLocation: %s\r\nContent-Length: 7\r\n\r\n<evil/>",
				status, http.StatusText(status), w.forbidden.at(to))}})
			w.refusedAt(t, a, on, fmt.Sprintf("redirect %d to %s", status, to), "HTTP21", "VP009")
			if seen := w.plain.Take(); len(seen) != 1 {
				t.Errorf("redirect %d to %s: %d calls", status, to, len(seen))
			}
		}
	}
	for _, header := range []string{"Location", "Refresh", "Content-Location", "Link", "Alt-Svc", "Proxy", "Report-To", "X-Accel-Redirect", "Upgrade"} {
		w.plain.Script("/ok", lab.Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 200 OK\r\n%s: %s\r\nContent-Length: 4\r\n\r\n<a/>", header, w.forbidden.at("http://127.0.0.1:{P}/"))}})
		w.harmlessly(t, a, on, "answer with "+header, answersRequest(t, "HTTP21", ""))
	}
}

// harmlessly makes an ordinary call that names the forbidden server somewhere.
func (w *addressesWorld) harmlessly(t *testing.T, a *attacks, on *line, attempt, request string) {
	t.Helper()
	got := on.ask(t, request)
	if seen := w.plain.Take(); got.status != http.StatusOK || len(seen) != 1 {
		t.Errorf("%s: HTTP %d %s, %d calls", attempt, got.status, got.body, len(seen))
	}
	w.untouched(t, attempt)
	a.count(attempt, harmless)
}

// named are requests that name the forbidden server where some reader would go.
func (w *addressesWorld) named(t *testing.T, a *attacks) {
	t.Helper()
	w.plain.Script("/ok", lab.Script{Pieces: []string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"}})
	on := w.serve(t, baseConfig, nil)
	evil := w.forbidden.at("http://127.0.0.1:{P}/")
	body := attacked(t, "HTTP21", "")
	send := func(body string) string {
		return requestHead("Content-Length: "+strconv.Itoa(len(body))+"\r\n") + body
	}
	for _, namespace := range []string{"http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"} {
		for _, element := range []string{"ReplyTo", "FaultTo", "From", "To"} {
			for form, text := range map[string]string{"endpoint": "<a:Address>" + evil + "</a:Address>", "text": evil} {
				header := fmt.Sprintf(`<a:%s xmlns:a="%s">%s</a:%[1]s></soapenv:Header>`, element, namespace, text)
				attempt := fmt.Sprintf("WS-Addressing %s as %s, %s", element, form, namespace)
				if element == "To" && form == "endpoint" && strings.Contains(namespace, "2005") {
					w.notEvenScanned(t, a, on, attempt, send(strings.Replace(body, "</soapenv:Header>", header, 1)))
					continue
				}
				w.harmlessly(t, a, on, attempt, send(strings.Replace(body, "</soapenv:Header>", header, 1)))
			}
		}
	}
	for _, header := range []string{"Host", "X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Skipper-Proxy", "CamelHttpUri", "CamelHttpPath", "SOAPAction", "Destination", "Proxy", "Via", "Referer", "X-VP-Forwarded-Host"} {
		request := strings.Replace(send(body), "Content-Length", header+": "+evil+"\r\nContent-Length", 1)
		if header == "Host" {
			request = strings.Replace(send(body), "Host: localhost", w.forbidden.at("Host: 127.0.0.1:{P}"), 1)
		}
		w.harmlessly(t, a, on, "request with "+header, request)
	}
	w.harmlessly(t, a, on, "absolute form", strings.Replace(send(body), "POST /vp", "POST "+evil+"vp", 1))
	w.harmlessly(t, a, on, "schema location", send(strings.Replace(body, "<u:GetThing>", `<u:GetThing xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:x `+evil+`">`, 1)))
	w.harmlessly(t, a, on, "XInclude", send(strings.Replace(body, "<u:GetThing>", `<u:GetThing><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="`+evil+`"/>`, 1)))
	for _, subset := range []string{`SYSTEM "` + evil + `"`, `PUBLIC "x" "` + evil + `"`, `[<!ENTITY e SYSTEM "` + evil + `">]`, `[<!ENTITY % e SYSTEM "` + evil + `"> %e;]`} {
		w.notEvenScanned(t, a, on, "DOCTYPE "+strings.ReplaceAll(subset, evil, "{evil}"), send(strings.Replace(body, "?>", "?><!DOCTYPE x "+subset+">", 1)))
	}
	for _, receiver := range []string{evil, w.forbidden.at("127.0.0.1:{P}"), "HTTP21@" + w.forbidden.at("127.0.0.1:{P}")} {
		attempt := "logical address " + strings.ReplaceAll(receiver, w.forbidden.port, "{P}")
		w.refusedAt(t, a, on, attempt, receiver, "VP004")
	}
}

func (w *addressesWorld) notEvenScanned(t *testing.T, a *attacks, on *line, attempt, request string) {
	t.Helper()
	got := on.ask(t, request)
	if seen := w.plain.Take(); got.vpCode() != "VP015" || len(seen) != 0 {
		t.Errorf("%s: HTTP %d %s, %d calls", attempt, got.status, got.body, len(seen))
	}
	w.untouched(t, attempt)
	a.count(attempt, refused)
}

// identities: which certificate a producer is shown goes by the name it is
// called by, and what a producer shows must name it.
func (w *addressesWorld) identities(t *testing.T, a *attacks) {
	t.Helper()
	other := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: "SE0000000000-GATE2", CN: "other"})
	_, _, err := other.WriteFiles(w.gate.dir, "other")
	must(t, err)
	elsewhere := labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(labtest.Issue(t, w.ca, lab.Subject{CN: "127.0.0.1"}, lab.Hosts("producer.example")), w.ca)})
	_, port, err := net.SplitHostPort(w.secure.Address())
	must(t, err)
	addresses := []string{
		"https://127.0.0.1:" + port + "/echo", "https://localhost:" + port + "/echo", "https://LOCALHOST:" + port + "/echo",
		elsewhere.URL("/ok"), w.stranger.URL("/ok"), "https://" + w.noTLS + "/ok",
	}
	yaml := strings.Replace(baseConfig, "ca: [ca.crt]}}\nadmin", "ca: [ca.crt]}, overrides: [{match: {host: localhost}, certificate: other.crt, key: other.key}]}\nadmin", 1)
	on := w.serve(t, yaml, addresses)
	for round := range 3 {
		for i, shown := range []*lab.Identity{w.gateway, other, other} {
			attempt := fmt.Sprintf("certificate shown to %s, round %d", strings.ReplaceAll(addresses[i], port, "{P}"), round)
			got := on.ask(t, answersRequest(t, receiverOf(i), ""))
			if seen := w.secure.Take(); got.status != http.StatusOK || len(seen) != 1 || !seen[0].Peer.Equal(shown.Cert) {
				t.Errorf("%s: HTTP %d %s", attempt, got.status, got.body)
			}
			a.count(attempt, harmless)
		}
	}
	for i, name := range []string{"certificate for another host, this one in its CN", "certificate of a stranger", "no TLS"} {
		w.refusedAt(t, a, on, name, receiverOf(3+i), "VP009")
	}
	if n := len(elsewhere.Take()) + len(w.stranger.Take()); n != 0 {
		t.Errorf("%d requests reached producers that are not who they should be", n)
	}
}
