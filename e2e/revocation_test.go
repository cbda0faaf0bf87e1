package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// revoking is the world's configuration with a listener that checks revocation.
func revoking(revocation string) string {
	return strings.Replace(baseConfig, "client_ca: [ca.crt]}", "client_ca: [ca.crt], revocation: {"+revocation+"}}", 1) +
		"reload: {watch: false}\n"
}

// replace writes a file of the gateway's as a whole.
func (g *gateway) replace(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join(g.dir, name)
	must(t, os.WriteFile(path+".new", content, 0o600))
	must(t, os.Rename(path+".new", path))
}

// revoke replaces ca.crl by a list of the identities.
func (w *world) revoke(t *testing.T, revoked ...*lab.Identity) {
	t.Helper()
	list, err := w.ca.CRL(revoked...)
	must(t, err)
	w.gate.replace(t, "ca.crl", list)
}

// ordinary is a call that an accepted caller gets 200 for.
func ordinary(t *testing.T, extra ...[2]string) []byte {
	t.Helper()
	e := envelope(getThing, "HTTP21")
	body, err := e.Bytes()
	must(t, err)
	header := append([][2]string{{"Host", "localhost"}, {"Content-Type", e.ContentType()}}, extra...)
	return lab.RawRequest{Method: "POST", Target: "/vp", Header: header, Body: body}.Bytes()
}

// tried says what became of an ordinary call: refused without an answer, with
// which fault, or HTTP 200. Only then it may have reached the producer, and must.
func (w *world) tried(t *testing.T, caller lab.Caller) string {
	t.Helper()
	w.plain.Take()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answer, err := caller.Send(ctx, ordinary(t))
	seen := len(w.plain.Take())
	became := ""
	switch {
	case errors.Is(err, lab.ErrNoAnswer):
		became = "no answer"
	case err != nil:
		t.Fatal(err)
	case answer.Status != http.StatusOK:
		became, _, _ = strings.Cut(fmt.Sprintf("HTTP %d", answer.Status), "\n")
		if fault := lab.ParseFault(answer.Body); fault != nil {
			became, _, _ = strings.Cut(fault.String, " ")
		}
	default:
		became = "HTTP 200"
	}
	if (became == "HTTP 200") != (seen == 1) {
		t.Errorf("%s, and the producer saw %d calls", became, seen)
	}
	return became
}

// version makes a caller speak one version of TLS.
func version(caller lab.Caller, version uint16) lab.Caller {
	caller.TLS = caller.TLS.Clone()
	caller.TLS.MinVersion, caller.TLS.MaxVersion = version, version
	return caller
}

// kept is a connection on which a caller makes one call after the other.
type kept struct {
	*tls.Conn
	in *bufio.Reader
}

func (w *world) keep(t *testing.T, id *lab.Identity) *kept {
	t.Helper()
	dialer := &tls.Dialer{Config: lab.ClientTLS(id, w.ca)}
	conn, err := dialer.DialContext(t.Context(), "tcp", w.gate.https)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return &kept{conn.(*tls.Conn), bufio.NewReader(conn)}
}

func (k *kept) ask(t *testing.T, request []byte) (answer *http.Response, body string) {
	t.Helper()
	_, err := k.Write(request)
	must(t, err)
	answer, err = http.ReadResponse(k.in, nil)
	must(t, err)
	return answer, read(t, answer.Body)
}

// refusedKept makes a call on a kept connection that must end in VP002 for the
// reason given, and with the connection.
func (w *world) refusedKept(t *testing.T, k *kept, reason string) {
	t.Helper()
	w.plain.Take()
	answer, body := k.ask(t, ordinary(t))
	fault := lab.ParseFault([]byte(body))
	if fault == nil || !strings.HasPrefix(fault.String, "VP002 ") || fault.Detail != "Certificate no longer accepted: "+reason {
		t.Errorf("HTTP %d %+v", answer.StatusCode, fault)
	}
	if !answer.Close {
		t.Errorf("the connection is not said to close: %v", answer.Header)
	}
	if _, err := k.in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the connection goes on: %v", err)
	}
	if seen := w.plain.Take(); len(seen) > 0 {
		t.Errorf("the producer saw %d calls", len(seen))
	}
}

// responder is an OCSP responder that says what it is told of an identity.
func (w *world) responder(t *testing.T) (url string, say func(id *lab.Identity, status int)) {
	t.Helper()
	answers := make(chan []byte, 1)
	answers <- nil
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		answer := <-answers
		answers <- answer
		_, _ = out.Write(answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, func(id *lab.Identity, status int) {
		answer, err := w.ca.OCSPResponse(id, status)
		must(t, err)
		<-answers
		answers <- answer
	}
}

// noOne is an address where nobody listens.
func (w *world) noOne(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	must(t, listener.Close())
	return listener.Addr().String()
}

// What is watched is read by itself, also while a caller keeps its connection.
func TestReplacedRevocationListIsUsed(t *testing.T) {
	w := newWorld(t, "")
	w.gate.stop()
	w.revoke(t)
	w.gate = startConfigured(t, w.gate.dir, strings.Replace(revoking("mode: strict, crl: [ca.crl]"), "watch: false", "watch: true", 1))
	idle := w.keep(t, w.consumer)
	if got := w.tried(t, w.overTLS(w.consumer)); got != "HTTP 200" {
		t.Fatal(got)
	}
	w.revoke(t, w.consumer)
	eventually(t, "the refusal", func() bool { return w.tried(t, w.overTLS(w.consumer)) == "no answer" })
	w.refusedKept(t, idle, "it is revoked")
	eventually(t, "the refusal in the log", func() bool {
		logged := w.gate.log.lines(`VP002`)
		return len(logged) > 0 && strings.Contains(logged[0], "says the list of") && strings.Contains(logged[0], consumerID)
	})
}

// What soft mode lets pass is counted, and logged once.
func TestWhatIsNotFoundOutIsSaid(t *testing.T) {
	w := newWorld(t, "")
	w.gate.stop()
	w.revoke(t)
	yaml := strings.Replace(revoking("mode: soft, crl: [ca.crl], ocsp: true"), `address: ""`, "address: 127.0.0.1:0", 1)
	w.gate = startConfigured(t, w.gate.dir, yaml)
	lost := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID, CN: "lost"}, lab.NamesResponder("http://"+w.noOne(t)))
	if got := w.tried(t, w.overTLS(lost)); got != "HTTP 200" {
		t.Fatal(got)
	}
	old, err := w.ca.CRLUntil(time.Now().Add(-time.Hour))
	must(t, err)
	w.gate.replace(t, "ca.crl", old)
	must(t, w.gate.app.Reload(t.Context()))
	for range 3 {
		if got := w.tried(t, w.overTLS(lost)); got != "HTTP 200" {
			t.Fatal(got)
		}
	}
	text := w.gate.metrics(t)
	for _, count := range []struct {
		source, result string
		want           float64
	}{{"crl", "good", 1}, {"crl", "unknown", 3}, {"ocsp", "error", 3}, {"ocsp", "good", 0}, {"crl", "revoked", 0}} {
		got := sample(t, text, "rivgate_revocation_checks_total", `source="`+count.source+`"`, `result="`+count.result+`"`)
		if got != count.want {
			t.Errorf("%s %s: %v, want %v", count.source, count.result, got, count.want)
		}
	}
	for _, said := range []string{`is not in force`, `connection refused`} {
		eventually(t, "a line on "+said, func() bool { return len(w.gate.log.lines(said)) > 0 })
		if lines := w.gate.log.lines(said); len(lines) != 1 || !strings.Contains(lines[0], "CN=lost") {
			t.Errorf("log on %s: %q", said, lines)
		}
	}
}

// What does not concern producers leaves their connections alone.
func TestReplacedRevocationListKeepsProducersConnections(t *testing.T) {
	w := newWorld(t, "")
	w.gate.stop()
	w.revoke(t)
	w.gate = startConfigured(t, w.gate.dir, revoking("mode: strict, crl: [ca.crl]"))
	call := func() int {
		reply := w.call(t, "HTTPS21")
		if reply.Status != http.StatusOK {
			t.Fatalf("HTTP %d %+v", reply.Status, reply.Fault)
		}
		return w.secure.Connections()
	}
	before := call()
	w.revoke(t, labtest.Issue(t, w.ca, lab.Subject{CN: "somebody"}))
	must(t, w.gate.app.Reload(t.Context()))
	if after := call(); after != before {
		t.Errorf("%d connections to the producer, before the reload %d", after, before)
	}
}

// A start needs every authority and list; check and the log tell of lists that end.
func TestRevocationAtTheStart(t *testing.T) {
	w := newWorld(t, "")
	soon, err := w.ca.CRLUntil(time.Now().Add(time.Hour))
	must(t, err)
	past, err := w.ca.CRLUntil(time.Now().Add(-time.Hour))
	must(t, err)
	stranger, err := labtest.CA(t, "unknown CA").CRL()
	must(t, err)
	w.gate.replace(t, "soon.crl", soon)
	w.gate.replace(t, "past.crl", past)
	w.gate.replace(t, "stranger.crl", stranger)
	w.gate.replace(t, "empty.crl", nil)
	for _, test := range []struct{ crl, warning, problem string }{
		{"soon.crl", "must be replaced before", ""},
		{"past.crl", "is out of date since", ""},
		{"stranger.crl", "is not in client_ca", ""},
		{"empty.crl", "", "empty.crl"},
		{"missing.crl", "", "missing.crl"},
	} {
		path := filepath.Join(w.gate.dir, "rivgate.yaml")
		must(t, os.WriteFile(path, []byte(revoking("mode: strict, crl: ["+test.crl+"]")), 0o600))
		cfg, err := config.Load(path)
		must(t, err)
		said := app.Check(path, "test")
		found := false
		for _, finding := range said {
			text := finding.String()
			found = found || strings.Contains(text, "listeners[0].tls.revocation.crl[0]") &&
				strings.Contains(text, test.warning) && strings.Contains(text, test.problem) && finding.Warning == (test.problem == "")
		}
		if !found {
			t.Errorf("%s: check says %v", test.crl, said)
		}
		_, err = app.New(cfg, app.Options{Path: path, Version: "test", Stdout: io.Discard, Stderr: io.Discard})
		if (err == nil) != (test.problem == "") {
			t.Errorf("%s: start says %v", test.crl, err)
		}
	}
}

// Authorities that part their revocation lists publish one for users' and one
// for other authorities' certificates. Only the first says that a caller is good.
func TestRevocationListsInParts(t *testing.T) {
	const users, authorities = "\x30\x03\x81\x01\xff", "\x30\x03\x82\x01\xff" // onlyContainsUserCerts, onlyContainsCACerts
	w := newWorld(t, "")
	w.gate.stop()
	part := func(name, scope string, revoked ...*lab.Identity) {
		list, err := w.ca.CRLFor([]byte(scope), revoked...)
		must(t, err)
		w.gate.replace(t, name, list)
	}
	part("users.crl", users)
	part("authorities.crl", authorities)
	yaml := revoking("mode: strict, crl: [authorities.crl, users.crl]")
	w.gate = startConfigured(t, w.gate.dir, yaml)
	caller := w.overTLS(w.consumer)
	if got := w.tried(t, caller); got != "HTTP 200" {
		t.Errorf("with both parts: %s", got)
	}
	idle := w.keep(t, w.consumer)
	_, _ = idle.ask(t, ordinary(t))
	w.plain.Take()
	part("users.crl", authorities)
	must(t, w.gate.app.Reload(t.Context()))
	if got := w.tried(t, caller); got != "no answer" {
		t.Errorf("covered by no list: %s", got)
	}
	w.refusedKept(t, idle, "whether it is revoked cannot be found out")
	part("users.crl", users, w.consumer)
	must(t, w.gate.app.Reload(t.Context()))
	if got := w.tried(t, caller); got != "no answer" {
		t.Errorf("revoked: %s", got)
	}
	part("users.crl", "\x30\x03\x84\x01\xff") // indirectCRL
	if err := w.gate.app.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "indirect") {
		t.Errorf("an indirect list: %v", err)
	}
	if got := w.tried(t, caller); got != "no answer" {
		t.Errorf("after a reload that failed: %s", got)
	}
}
