package e2e

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// A revoked certificate is refused whatever says that it is revoked and whatever
// its holder holds on to.
func TestAttackRevokedCertificates(t *testing.T) {
	a := newAttacks(t, "Calls with certificates that lists or OCSP say are revoked, or about which strict mode finds out nothing: anew, with a session ticket, on a kept connection")
	w := newWorld(t, "")
	responder, say := w.responder(t)
	revoked := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID, CN: "revoked"})
	asks := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID, CN: "asks"}, lab.NamesResponder(responder))
	lost := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID, CN: "lost"}, lab.NamesResponder("http://"+w.noOne(t)))
	hung := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID, CN: "hung"}, lab.NamesResponder("http://"+w.mute))
	list, err := w.ca.CRL(revoked, asks, lost, hung)
	must(t, err)
	old, err := w.ca.CRLUntil(time.Now().Add(-time.Hour), revoked)
	must(t, err)
	other, err := labtest.CA(t, "CA of others").CRL()
	must(t, err)
	w.gate.replace(t, "der.crl", list)
	w.gate.replace(t, "pem.crl", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list}))
	w.gate.replace(t, "old.crl", old)
	w.gate.replace(t, "other.crl", other)
	const no = "no answer"
	for _, test := range []struct {
		name         string
		id           *lab.Identity
		settings     string
		status       int // that the responder says
		soft, strict string
	}{
		{"list in DER", revoked, "crl: [der.crl]", 0, no, no},
		{"list in PEM", revoked, "crl: [pem.crl]", 0, no, no},
		{"second list", revoked, "crl: [other.crl, pem.crl]", 0, no, no},
		{"list that is out of date", revoked, "crl: [old.crl]", 0, no, no},
		{"list out of date, and OCSP says good", revoked, "crl: [old.crl], ocsp: true", ocsp.Good, no, no},
		{"list, and OCSP says good", asks, "crl: [der.crl], ocsp: true", ocsp.Good, no, no},
		{"OCSP", asks, "ocsp: true", ocsp.Revoked, no, no},
		{"OCSP where the list is out of date", asks, "crl: [old.crl], ocsp: true", ocsp.Revoked, no, no},
		{"not on a list out of date", asks, "crl: [old.crl]", 0, "HTTP 200", no},
		{"no list of its authority", revoked, "crl: [other.crl]", 0, "HTTP 200", no},
		{"OCSP that does not know", asks, "ocsp: true", ocsp.Unknown, "HTTP 200", no},
		{"OCSP that is not there", lost, "ocsp: true", 0, "HTTP 200", no},
		{"OCSP that is silent", hung, "ocsp: true, ocsp_timeout: 100ms", 0, "HTTP 200", no},
		{"no OCSP named", revoked, "ocsp: true", 0, "HTTP 200", no},
	} {
		for mode, want := range map[string]string{"soft": test.soft, "strict": test.strict} {
			// A start anew, because answers are remembered longer than settings.
			w.gate.stop()
			w.gate = startConfigured(t, w.gate.dir, revoking("mode: "+mode+", "+test.settings))
			say(test.id, test.status)
			for _, protocol := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				name := fmt.Sprintf("%s, %s, %s", test.name, mode, tls.VersionName(protocol))
				if got := w.tried(t, version(w.overTLS(test.id), protocol)); got != want {
					t.Errorf("%s: %s, want %s", name, got, want)
				} else if want == no {
					a.count(name, refused)
				}
			}
			if want == no {
				for _, said := range []string{test.id.Cert.Subject.String(), w.ca.Cert.Subject.String(), fmt.Sprintf("%X", test.id.Cert.SerialNumber), `revo`} {
					eventually(t, "the refusal in the log with "+said, func() bool {
						return strings.Contains(strings.Join(w.gate.log.lines(`"handshake"`), "\n"), said)
					})
				}
			}
		}
	}

	w.gate.stop()
	w.revoke(t)
	w.gate = startConfigured(t, w.gate.dir, revoking("mode: soft, crl: [ca.crl]"))
	w.heldOn(t, a, "revoked", "it is revoked", func(t *testing.T) {
		w.revoke(t, w.consumer)
		must(t, w.gate.app.Reload(t.Context()))
	}, func(t *testing.T) {
		w.revoke(t)
		must(t, w.gate.app.Reload(t.Context()))
	})
	ca := w.ca.PEM()
	w.heldOn(t, a, "authority removed", "its authority is not trusted", func(t *testing.T) {
		w.gate.replace(t, "ca.crt", labtest.CA(t, "another CA").PEM())
		w.gate.replace(t, "ca.crl", other)
		must(t, w.gate.app.Reload(t.Context()))
	}, func(t *testing.T) {
		w.gate.replace(t, "ca.crt", ca)
		w.revoke(t)
		must(t, w.gate.app.Reload(t.Context()))
	})

	w.revoke(t, w.consumer)
	must(t, w.gate.app.Reload(t.Context()))
	forged, err := labtest.CA(t, "CA").CRL()
	must(t, err)
	for name, content := range map[string][]byte{
		"emptied": nil, "garbage": []byte("garbage"), "cut": list[:100], "forged": forged, "a certificate": ca,
	} {
		w.gate.replace(t, "ca.crl", content)
		if err := w.gate.app.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "listeners[0].tls.revocation.crl[0]") {
			t.Errorf("list %s: reload says %v", name, err)
		}
		if got := w.tried(t, w.overTLS(w.consumer)); got != no {
			t.Errorf("list %s: %s", name, got)
			continue
		}
		a.count("the list "+name, refused)
	}
}

// heldOn tries with tickets and kept connections from before a change.
func (w *world) heldOn(t *testing.T, a *attacks, name, reason string, change, undo func(t *testing.T)) {
	t.Helper()
	tickets := make(map[uint16]lab.Caller)
	for _, protocol := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		caller := version(w.overTLS(w.consumer), protocol)
		caller.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		resumed := false
		caller.TLS.VerifyConnection = func(state tls.ConnectionState) error {
			resumed = state.DidResume
			return nil
		}
		for range 2 {
			if got := w.tried(t, caller); got != "HTTP 200" {
				t.Fatalf("%s, before: %s", name, got)
			}
		}
		if !resumed {
			t.Fatal("no session was resumed: the test would be blind")
		}
		tickets[protocol] = caller
	}
	calls, idle, describes := w.keep(t, w.consumer), w.keep(t, w.consumer), w.keep(t, w.consumer)
	if answer, body := calls.ask(t, ordinary(t)); answer.StatusCode != http.StatusOK {
		t.Fatalf("%s, before: %s", name, body)
	}
	change(t)
	for protocol, caller := range tickets {
		attempt := fmt.Sprintf("%s, ticket, %s", name, tls.VersionName(protocol))
		if got := w.tried(t, caller); got != "no answer" {
			t.Errorf("%s: %s", attempt, got)
		}
		a.count(attempt, refused)
	}
	w.refusedKept(t, calls, reason)
	a.count(name+", kept connection", refused)
	w.refusedKept(t, idle, reason)
	a.count(name+", kept connection without a call", refused)
	answer, body := describes.ask(t, []byte("GET /vp?wsdl HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	if answer.StatusCode != http.StatusForbidden || !answer.Close || !strings.Contains(body, reason) {
		t.Errorf("description: HTTP %d %q", answer.StatusCode, body)
	}
	a.count(name+", description on a kept connection", refused)
	undo(t)
	for protocol, caller := range tickets {
		if got := w.tried(t, caller); got != "HTTP 200" {
			t.Errorf("%s, after, %s: %s", name, tls.VersionName(protocol), got)
		}
	}
}

// No way around the handshake: what is presented, how it is sent, and what is
// done to the authorities' files.
func TestAttackTLSBypass(t *testing.T) {
	a := newAttacks(t, "Ways around the TLS handshake: strange certificates, authorities' files that cannot be read, old versions, missing names, ClientHellos in pieces")
	w := newWorld(t, "")
	stranger := labtest.CA(t, "stranger")
	namesake := labtest.CA(t, "CA")
	subject := lab.Subject{SerialNumber: consumerID, CN: "consumer", C: "SE"}
	lookalike, err := labtest.CA(t, "consumer").Issue(subject)
	must(t, err)
	want := func(name string, caller lab.Caller, expected string, became outcome) {
		t.Helper()
		if got := w.tried(t, caller); got != expected {
			t.Errorf("%s: %s, want %s", name, got, expected)
			return
		}
		a.count(name, became)
	}
	for name, id := range map[string]*lab.Identity{
		"no certificate":                         nil,
		"of an unknown authority":                labtest.Issue(t, stranger, subject),
		"of an authority of the same name":       labtest.Issue(t, namesake, subject),
		"of one called as the consumer":          lookalike,
		"expired":                                labtest.Issue(t, w.ca, subject, lab.Expired()),
		"not yet valid":                          labtest.Issue(t, w.ca, subject, lab.NotYetValid()),
		"for servers":                            labtest.Issue(t, w.ca, subject, lab.ForServer("localhost")),
		"an authority of its own, in the middle": leafAsAuthority(t, w.consumer, subject),
	} {
		for _, protocol := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			want(name+", "+tls.VersionName(protocol), version(w.overTLS(id), protocol), "no answer", refused)
			pieces := version(w.overTLS(id), protocol)
			want(name+", in pieces, "+tls.VersionName(protocol), throughPieces(t, pieces), "no answer", refused)
		}
	}
	w.strangeNames(t, want)
	w.heavyCertificates(t, want)

	bare := w.overTLS(w.consumer)
	bare.TLS.ServerName, bare.TLS.InsecureSkipVerify = "", true
	want("the consumer without a server name", bare, "HTTP 200", harmless)
	named := w.overTLS(w.consumer)
	named.TLS.ServerName, named.TLS.InsecureSkipVerify = "admin.example", true
	want("the consumer with another server name", named, "HTTP 200", harmless)
	want("the consumer in pieces", throughPieces(t, w.overTLS(w.consumer)), "HTTP 200", harmless)
	for name, serverName := range map[string]string{"no server name": "", "another server name": "admin.example"} {
		caller := w.overTLS(nil)
		caller.TLS.ServerName, caller.TLS.InsecureSkipVerify = serverName, true
		want(name+", no certificate", caller, "no answer", refused)
	}
	for _, protocol := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		want("the consumer with "+tls.VersionName(protocol), version(w.overTLS(w.consumer), protocol), "no answer", refused)
	}
	http2 := w.overTLS(w.consumer)
	http2.TLS.NextProtos = []string{"h2"}
	want("the consumer with nothing but HTTP/2", http2, "no answer", refused)
	want("plain HTTP", lab.Caller{Address: w.gate.https}, "no answer", refused)
	forged := lab.Caller{Address: w.gate.http}
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, baseConfig+"trust: {proxies: []}\n")
	forged.Address = w.gate.http
	want("the plain listener", forged, "VP011", refused)

	w.spoiltAuthorities(t, want)
}

// strangeNames presents certificates of the right authority whose subject seems
// to hold the consumer's id and does not.
func (w *world) strangeNames(t *testing.T, want func(name string, caller lab.Caller, expected string, became outcome)) {
	t.Helper()
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	text := func(tag int, value string) asn1.RawValue { return asn1.RawValue{Tag: tag, Bytes: []byte(value)} }
	number, name := asn1.ObjectIdentifier{2, 5, 4, 5}, asn1.ObjectIdentifier{2, 5, 4, 3}
	const printable, utf8 = asn1.TagPrintableString, asn1.TagUTF8String
	for attempt, names := range map[string][]attribute{
		"an empty subject":                    {},
		"the id in a quoted common name":      {{name, text(utf8, `"x, SERIALNUMBER=`+consumerID+`"`)}},
		"the id after an escaped comma":       {{name, text(utf8, `x\,SERIALNUMBER=`+consumerID)}},
		"two ids":                             {{number, text(printable, consumerID)}, {number, text(printable, "SE0000000000-OTHER")}},
		"the id twice":                        {{number, text(printable, consumerID)}, {number, text(printable, consumerID)}},
		"an id with a line's end":             {{number, text(utf8, consumerID+"\r\nx-vp-sender-id: "+consumerID)}},
		"an empty id":                         {{number, text(utf8, "")}},
		"an id with white space":              {{number, text(utf8, " "+consumerID)}},
		"the id with an OID that looks alike": {{asn1.ObjectIdentifier{2, 5, 4, 55}, text(printable, consumerID)}},
	} {
		var rdns []byte
		for _, attribute := range names {
			rdn, err := asn1.Marshal(attribute)
			must(t, err)
			set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: rdn})
			must(t, err)
			rdns = append(rdns, set...)
		}
		der, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: rdns})
		must(t, err)
		id, err := w.ca.Issue(lab.Subject{CN: "x"}, lab.RawSubject(der))
		must(t, err)
		want(attempt, w.overTLS(id), "VP002", refused)
	}
}

// heavyCertificates presents certificates that cost much to look at.
func (w *world) heavyCertificates(t *testing.T, want func(name string, caller lab.Caller, expected string, became outcome)) {
	t.Helper()
	names := make([]string, 20_000)
	for i := range names {
		names[i] = fmt.Sprintf("host-%d.example", i)
	}
	crowded := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID}, lab.Hosts(names...))
	want("20,000 host names", w.overTLS(crowded), "no answer", refused)
	huge := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: consumerID}, lab.WithKey(hugeKey{}))
	want("an RSA key of 16,384 bits", w.overTLS(huge), "no answer", refused)
}

// hugeKey poses as an RSA key of 16,384 bits.
type hugeKey struct{}

func (hugeKey) Public() crypto.PublicKey {
	modulus := new(big.Int).Lsh(big.NewInt(1), 16383)
	return &rsa.PublicKey{N: modulus.SetBit(modulus, 0, 1), E: 65537}
}

func (hugeKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return make([]byte, 2048), nil
}

// spoiltAuthorities makes the authorities' file unreadable, in a running gateway
// and before a start.
func (w *world) spoiltAuthorities(t *testing.T, want func(name string, caller lab.Caller, expected string, became outcome)) {
	t.Helper()
	stranger := labtest.Issue(t, labtest.CA(t, "stranger"), lab.Subject{SerialNumber: consumerID})
	path := filepath.Join(w.gate.dir, "ca.crt")
	good, err := os.ReadFile(path)
	must(t, err)
	for name, spoil := range map[string]func(){
		"emptied":  func() { w.gate.replace(t, "ca.crt", nil) },
		"garbage":  func() { w.gate.replace(t, "ca.crt", []byte("garbage")) },
		"cut":      func() { w.gate.replace(t, "ca.crt", good[:len(good)/2]) },
		"gone":     func() { must(t, os.Remove(path)) },
		"a folder": func() { must(t, errors.Join(os.RemoveAll(path), os.Mkdir(path, 0o700))) },
	} {
		spoil()
		if err := w.gate.app.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "listeners[0].tls.client_ca") {
			t.Errorf("authorities %s: reload says %v", name, err)
		}
		want("authorities "+name+", a stranger", w.overTLS(stranger), "no answer", refused)
		want("authorities "+name+", no certificate", w.overTLS(nil), "no answer", refused)
		if got := w.tried(t, w.overTLS(w.consumer)); got != "HTTP 200" {
			t.Errorf("authorities %s: the consumer got %s", name, got)
		}
		cfg, err := config.Load(filepath.Join(w.gate.dir, "rivgate.yaml"))
		must(t, err)
		if _, err := app.New(cfg, app.Options{Version: "test", Stdout: io.Discard, Stderr: io.Discard}); err == nil {
			t.Errorf("authorities %s: a gateway starts", name)
		}
		must(t, os.RemoveAll(path))
		w.gate.replace(t, "ca.crt", good)
	}
}

// leafAsAuthority is a certificate that a leaf has signed, with the leaf as its
// issuer in the chain.
func leafAsAuthority(t *testing.T, leaf *lab.Identity, subject lab.Subject) *lab.Identity {
	t.Helper()
	id, err := leaf.Authority().Issue(subject)
	must(t, err)
	return id
}

// throughPieces is a caller behind a relay that passes the ClientHello on in TLS
// records of a few bytes, and every record byte by byte.
func throughPieces(t *testing.T, caller lab.Caller) lab.Caller {
	t.Helper()
	listener, target := listen(t), caller.Address
	caller.Address = listener.Addr().String()
	go func() {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		defer near.Close()
		far, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer far.Close()
		go func() {
			_, _ = io.Copy(near, far)
			_ = near.(*net.TCPConn).CloseWrite()
		}()
		header := make([]byte, 5)
		if _, err := io.ReadFull(near, header); err != nil {
			return
		}
		hello := make([]byte, int(header[3])<<8|int(header[4]))
		if _, err := io.ReadFull(near, hello); err != nil {
			return
		}
		for rest := hello; len(rest) > 0; {
			n := min(7, len(rest))
			for _, b := range append([]byte{header[0], header[1], header[2], 0, byte(n)}, rest[:n]...) {
				if _, err := far.Write([]byte{b}); err != nil {
					return
				}
			}
			rest = rest[n:]
		}
		_, _ = io.Copy(far, near)
	}()
	return caller
}
