package e2e

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rivgate/config"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// Who may speak for others, and whom a header that speaks for another names:
// one peer, one certificate, one sender, or none.
func TestAttackTrustedProxies(t *testing.T) {
	a := newAttacks(t, "Peers that are no trusted proxy, client addresses that hide one, forged and broken certificate headers, and headers that contradict the TLS certificate")
	w := &trustWorld{world: newWorld(t, "")}
	w.peers(t, a)
	w.clientAddresses(t, a)
	w.certificateHeaders(t, a)
	w.besideTLS(t, a)
}

type trustWorld struct{ *world }

// call makes a call with header lines, and checks how it ends: with a fault of
// the code, an HTTP status, or, where neither is given, served for the consumer.
func (w *trustWorld) call(t *testing.T, a *attacks, on *line, attempt, lines string, status int, code string) {
	t.Helper()
	body := attacked(t, "HTTP21", "")
	got := on.ask(t, requestHead(lines+"Content-Length: "+strconv.Itoa(len(body))+"\r\n")+body)
	seen := w.plain.Take()
	if got.status != status || got.vpCode() != code {
		t.Errorf("%s: HTTP %d %s, want %d %s", attempt, got.status, got.body, status, code)
	}
	if status != http.StatusOK {
		if len(seen) != 0 {
			t.Errorf("%s: a producer was called", attempt)
		}
		a.count(attempt, refused)
		return
	}
	if len(seen) != 1 || seen[0].Header.Get("X-Vp-Sender-Id") != consumerID || seen[0].Header.Get("X-Rivta-Original-Serviceconsumer-Hsaid") != consumerID {
		t.Errorf("%s: %d calls, %v", attempt, len(seen), seen)
	}
	a.count(attempt, harmless)
}

func (w *trustWorld) refused(t *testing.T, a *attacks, on *line, attempt, lines, code string) {
	t.Helper()
	w.call(t, a, on, attempt, lines, http.StatusInternalServerError, code)
}

func (w *trustWorld) served(t *testing.T, a *attacks, on *line, attempt, lines string) {
	t.Helper()
	w.call(t, a, on, attempt, lines, http.StatusOK, "")
}

const platformLines = "x-vp-sender-id: " + consumerID + "\r\nx-vp-instance-id: " + instanceID + "\r\n"

func (w *trustWorld) certificateLine() string {
	return "x-vp-auth-cert: " + w.consumer.HeaderValue(lab.OneLinePEM) + "\r\n"
}

// peers come from addresses that look like a trusted one.
func (w *trustWorld) peers(t *testing.T, a *attacks) {
	t.Helper()
	for _, test := range []struct {
		proxies   string
		trusted   string // empty: nobody
		strangers []string
	}{
		{"[127.0.0.1/32]", "127.0.0.1", []string{"127.0.0.2", "127.0.0.10", "127.0.0.11", "127.0.0.100", "127.0.0.127", "127.0.1.1", "127.1.0.1", "127.255.255.254"}},
		{"[127.0.0.0/30]", "127.0.0.3", []string{"127.0.0.4", "127.0.0.30", "127.0.0.255"}},
		{"[127.0.1.0/24]", "127.0.1.1", []string{"127.0.0.1", "127.0.10.1", "127.0.100.1", "127.0.11.1"}},
		{`["::1/128", "::/0"]`, "", []string{"127.0.0.1", "127.0.0.2"}},
		{"[192.0.2.0/24]", "", []string{"127.0.0.1"}},
		{"[]", "", []string{"127.0.0.1", "127.0.0.2"}},
	} {
		w.gate.stop()
		w.gate = startConfigured(t, w.gate.dir, baseConfig+"trust: {proxies: "+test.proxies+"}\n")
		for _, address := range test.strangers {
			on := w.lineFrom(t, address)
			for name, lines := range map[string]string{
				"platform headers":   platformLines,
				"certificate header": w.certificateLine(),
				"everything": platformLines + w.certificateLine() + "X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n" +
					"X-Client-IP: 127.0.0.1\r\nTrue-Client-IP: 127.0.0.1\r\nX-Forwarded-Tls-Client-Cert: " + w.consumer.HeaderValue(lab.BareBase64) + "\r\n",
				"nothing": "",
			} {
				w.refused(t, a, on, test.proxies+", from "+address+" with "+name, lines, "VP011")
			}
			on.drop()
		}
		if test.trusted != "" {
			w.served(t, a, w.lineFrom(t, test.trusted), test.proxies+", from "+test.trusted, platformLines)
		}
	}
	for _, network := range []string{"127.0.0.1", "127.0.0", "127.0.0.*", "127.0.0.1/33", "127.0.1.7/24", "::ffff:127.0.0.1/128", "localhost", "127.0.0.1-127.0.0.9", "*", ""} {
		path := w.gate.dir + "/wrong.yaml"
		must(t, os.WriteFile(path, []byte(baseConfig+"trust: {proxies: ["+strconv.Quote(network)+"]}\n"), 0o600))
		if _, err := config.Load(path); err == nil {
			t.Errorf("the trusted network %q starts a gateway", network)
		}
		a.count("trusted network "+strconv.Quote(network), refused)
	}
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, baseConfig)
}

// clientAddresses are what a trusted proxy passes on of where an internal call
// came from: every one must be a trusted proxy's.
func (w *trustWorld) clientAddresses(t *testing.T, a *attacks) {
	t.Helper()
	on := w.lineFrom(t, "127.0.0.1")
	header := func(values ...string) string {
		return platformLines + "X-Forwarded-For: " + strings.Join(values, "\r\nX-Forwarded-For: ") + "\r\n"
	}
	for _, values := range [][]string{
		{"192.0.2.9"},
		{"127.0.0.1, 192.0.2.9"},
		{"192.0.2.9, 127.0.0.1"},
		{"127.0.0.1, 192.0.2.9, 127.0.0.1"},
		{"127.0.0.1", "192.0.2.9"},
		{"192.0.2.9", "127.0.0.1"},
		{""},
		{"127.0.0.1,"},
		{",127.0.0.1"},
		{"127.0.0.1,,127.0.0.1"},
		{"127.0.0.1", ""},
		{"unknown"},
		{"localhost"},
		{"127.0.0.1 192.0.2.9"},
		{"127.0.0.1;192.0.2.9"},
		{"127.0.0.10"},
		{"127.0.0.1.evil.example"},
		{"127.1"},
		{"2130706433"},
		{"0x7f.0.0.1"},
		{"127.0.0.01"},
		{"127.0.0.1/32"},
		{"127.0.0.1:99999"},
		{"127.0.0.1:"},
		{"127.0.0.1%lo"},
		{"::ffff:192.0.2.9"},
		{"::1"},
		{"::127.0.0.1"},
		{"for=127.0.0.1"},
		{`"127.0.0.1"`},
		{"[127.0.0.1"},
		{"127.0.0.1\xa0"},
		{"１２７.0.0.1"},
		{"127.0.0.1\r\n , 192.0.2.9"},
	} {
		w.refused(t, a, on, "client address "+strconv.Quote(strings.Join(values, " and ")), header(values...), "VP011")
	}
	for _, values := range [][]string{
		{"127.0.0.1"},
		{"127.0.0.1,127.0.0.1"},
		{" 127.0.0.1 ,\t127.0.0.1 "},
		{"127.0.0.1", "127.0.0.1"},
		{"127.0.0.1:80"},
		{"::ffff:127.0.0.1"},
		{"[::ffff:127.0.0.1]:80"},
		{"127.0.0.1\r\n , 127.0.0.1"},
		{strings.TrimSuffix(strings.Repeat("127.0.0.1,", 1000), ",")},
	} {
		w.served(t, a, on, "client address "+strconv.Quote(strings.Join(values, " and ")), header(values...))
	}
}

// certificateHeaders come from a trusted proxy, with what an attacker can make
// of them: more than one certificate, none, or parts.
func (w *trustWorld) certificateHeaders(t *testing.T, a *attacks) {
	t.Helper()
	evil := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: evilID})
	pem, bare := w.consumer.HeaderValue(lab.OneLinePEM), w.consumer.HeaderValue(lab.BareBase64)
	evilPEM, evilBare := evil.HeaderValue(lab.OneLinePEM), evil.HeaderValue(lab.BareBase64)
	subject := func(s lab.Subject) string { return labtest.Issue(t, w.ca, s).HeaderValue(lab.OneLinePEM) }
	der := w.consumer.Cert.Raw
	key, err := w.consumer.KeyPEM()
	must(t, err)
	const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
	on := w.lineFrom(t, "127.0.0.1")
	line := func(value string) string { return "x-vp-auth-cert: " + value + "\r\n" }
	for name, lines := range map[string]string{
		"none": "", "empty": line(""), "twice": line(pem) + line(pem), "twice, the second another": line(pem) + line(evilPEM), "twice, the first empty": line("") + line(pem),
		"twice in two cases": line(pem) + "X-VP-AUTH-CERT: " + evilPEM + "\r\n",
		"text":               line("certificate"), "null": line("(null)"), "three letters": line("MII"), "begin alone": line(begin), "end alone": line(end), "end before begin": line(end + " " + bare + " " + begin),
		"no text between": line(begin + end), "no base64 between": line(begin + " !!! " + end), "private key": line(strings.ReplaceAll(strings.TrimSpace(string(key)), "\n", " ")),
		"cut DER": line(base64.StdEncoding.EncodeToString(der[:len(der)/2])), "one byte less": line(base64.StdEncoding.EncodeToString(der[:len(der)-1])),
		"a byte behind the DER":        line(base64.StdEncoding.EncodeToString(append(slices.Clone(der), 0))),
		"another certificate appended": line(base64.StdEncoding.EncodeToString(append(slices.Clone(der), evil.Cert.Raw...))),
		"base64 of text":               line(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("SERIALNUMBER="+consumerID, 20)))),
		"percent-encoded twice":        line(url.PathEscape(url.PathEscape(pem))), "percent sign alone": line("%" + pem), "cut escape": line(url.PathEscape(pem) + "%2"),
		"NUL, encoded": line(url.PathEscape(begin) + "%00" + url.PathEscape(bare) + url.PathEscape(end)), "RFC 9440, empty": line("::"), "RFC 9440, no end": line(":" + bare),
		"RFC 9440, two": line(":" + bare + ":, :" + evilBare + ":"), "X-Forwarded-Client-Cert": line(`Hash=1;Subject="SERIALNUMBER=` + consumerID + `"`), "quote alone": line(`"`),
		"white space in place of base64": line(begin + strings.Repeat(" ", 3000) + end), "60,000 bytes of base64": line("MII" + strings.Repeat("A", 59_997)),
		"no sender id": line(subject(lab.Subject{CN: consumerID})), "two sender ids": line(subject(lab.Subject{SerialNumber: consumerID, MoreSerialNumbers: []string{evilID}})),
		"the same sender id twice":         line(subject(lab.Subject{SerialNumber: consumerID, MoreSerialNumbers: []string{consumerID}})),
		"sender id in the common name":     line(subject(lab.Subject{CN: "x,SERIALNUMBER=" + consumerID})),
		"sender id with a line end behind": line(subject(lab.Subject{SerialNumber: consumerID + "\n"})),
		"sender id with a space behind":    line(subject(lab.Subject{SerialNumber: consumerID + " "})),
		"sender id with a line injected":   line(subject(lab.Subject{SerialNumber: consumerID + "\r\nx-vp-instance-id: x"})),
	} {
		w.refused(t, a, on, "certificate header, "+name, lines, "VP002")
	}
	w.refused(t, a, on, "certificate header, two spellings", line(pem)+"x_vp_auth_cert: "+evilPEM+"\r\n", "VP011")
	w.refused(t, a, on, "certificate header, the attacker's", line(evilPEM), "VP007")
	for name, lines := range map[string]string{
		"a line behind a raw line end": line("x\r\nx-vp-auth-cert: " + pem + "\n" + strings.TrimSuffix(platformLines, "\r\n")), "a control character": line(pem + "\x00"),
		"not folded": line(strings.ReplaceAll(string(w.consumer.CertPEM()), "\n", "\r\n")),
	} {
		w.call(t, a, on, "certificate header, "+name, lines, http.StatusBadRequest, "")
	}
	w.call(t, a, on, "certificate header, 1 MB", line("MII"+strings.Repeat("A", 1<<20)), http.StatusRequestHeaderFieldsTooLarge, "")
	for name, lines := range map[string]string{
		"a second certificate behind": line(pem + " " + evilPEM), "base64 chain": line(bare + "," + evilBare), "text in front": line("subject=/serialNumber=" + evilID + " " + pem),
		"a line injected by escapes": line(url.PathEscape(pem) + "%0D%0Ax-vp-sender-id:%20" + evilID), "in another case": "X-Vp-AUTH-cert: " + pem + "\r\n",
		"beside a sender id without instance": line(pem) + "x-vp-sender-id: " + evilID + "\r\n", "beside another's instance": line(pem) + "x-vp-sender-id: " + evilID + "\r\nx-vp-instance-id: SE0000000000-OTHER\r\n",
		"beside another proxy's header": line(pem) + "X-Forwarded-Tls-Client-Cert: " + evilBare + "\r\nSsl-Client-Cert: " + evilBare + "\r\nX-Client-Cert: " + evilBare + "\r\nClient-Cert: :" + evilBare + ":\r\n",
	} {
		w.served(t, a, on, "certificate header, "+name, lines)
	}
}

// besideTLS: whoever calls over TLS is who its certificate says, whatever the
// headers.
func (w *trustWorld) besideTLS(t *testing.T, a *attacks) {
	t.Helper()
	evil := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: evilID})
	nobody := labtest.Issue(t, w.ca, lab.Subject{CN: consumerID})
	asConsumer, asEvil := "x-vp-auth-cert: "+w.consumer.HeaderValue(lab.OneLinePEM)+"\r\n", "x-vp-auth-cert: "+evil.HeaderValue(lab.OneLinePEM)+"\r\n"
	evilLine, nobodyLine, consumerLine := w.lineOverTLS(t, evil), w.lineOverTLS(t, nobody), w.lineOverTLS(t, w.consumer)
	for name, lines := range map[string]string{
		"certificate header": asConsumer, "platform headers": platformLines, "both": platformLines + asConsumer, "underscores": strings.ReplaceAll(platformLines, "-id:", "_id:"),
		"a client address": platformLines + "X-Forwarded-For: 127.0.0.1\r\n", "the certificate as Traefik passes it": "X-Forwarded-Tls-Client-Cert: " + w.consumer.HeaderValue(lab.BareBase64) + "\r\n",
	} {
		w.refused(t, a, evilLine, "another sender over TLS with the consumer's "+name, lines, "VP007")
		w.refused(t, a, nobodyLine, "nobody over TLS with the consumer's "+name, lines, "VP002")
	}
	for name, lines := range map[string]string{
		"another's certificate header": asEvil, "another's certificate header twice": asEvil + asEvil, "a broken certificate header": "x-vp-auth-cert: x\r\n",
		"another's platform headers": "x-vp-sender-id: " + evilID + "\r\nx-vp-instance-id: " + instanceID + "\r\nx-vp-hops: 99\r\n", "a foreign client address": "X-Forwarded-For: 192.0.2.9\r\n",
	} {
		w.served(t, a, consumerLine, "the consumer over TLS with "+name, lines)
	}
}
