package edge_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"rivgate/edge"
)

// responder answers as it is told, and counts.
type responder struct {
	*httptest.Server
	asked  atomic.Int32
	answer atomic.Pointer[http.HandlerFunc]
}

func newResponder(t testing.TB) *responder {
	t.Helper()
	r := &responder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.asked.Add(1)
		(*r.answer.Load())(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *responder) says(answer http.HandlerFunc) { r.answer.Store(&answer) }

func (r *responder) saysBytes(raw []byte) {
	r.says(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if _, err := ocsp.ParseRequest(body); err != nil || q.Header.Get("Content-Type") != "application/ocsp-request" {
			http.Error(w, "no request", http.StatusBadRequest)
			return
		}
		_, _ = w.Write(raw)
	})
}

// statement is an OCSP response in the making, signed by the issuer unless it
// says otherwise.
type statement struct {
	ocsp.Response
	issuer *authority
	signer *x509.Certificate
	key    *ecdsa.PrivateKey
}

// response says status of a number, for the hour around now.
func (a *authority) response(t testing.TB, status int, number *big.Int, adjust func(*statement)) []byte {
	t.Helper()
	s := &statement{issuer: a, signer: a.certificate, key: a.key}
	s.Response = ocsp.Response{
		Status: status, SerialNumber: number,
		ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
	}
	if status == ocsp.Revoked {
		s.RevokedAt = time.Now().Add(-time.Hour)
	}
	if adjust != nil {
		adjust(s)
	}
	raw, err := ocsp.CreateResponse(s.issuer.certificate, s.signer, s.Response, s.key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// appoint makes a certificate by a that may or may not sign OCSP responses.
func (a *authority) appoint(t testing.TB, adjust func(*x509.Certificate)) func(*statement) {
	t.Helper()
	certificate := a.issue(t, "", func(c *x509.Certificate) {
		c.SerialNumber, c.ExtKeyUsage = big.NewInt(3), []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		if adjust != nil {
			adjust(c)
		}
	})
	return func(s *statement) {
		s.signer, s.Certificate, s.key = certificate.Leaf, certificate.Leaf, certificate.PrivateKey.(*ecdsa.PrivateKey)
	}
}

// as is an authority of another name with a's key.
func (a *authority) as(t testing.TB, name string) *authority {
	t.Helper()
	template := *a.certificate
	template.Subject = pkix.Name{CommonName: name}
	template.RawSubject = nil
	return &authority{certificate: sign(t, &template, &template, a.key, a.key), key: a.key}
}

func asking(addresses ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.OCSPServer = addresses }
}

func TestRevocationByOCSP(t *testing.T) {
	ca, other := newAuthority(t, "Test CA"), newAuthority(t, "Other CA")
	alias := ca.as(t, "Other CA")
	r := newResponder(t)
	leaf := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)).Leaf
	own := leaf.SerialNumber
	raw := func(status int, adjust func(*statement)) func() {
		return func() { r.saysBytes(ca.response(t, status, own, adjust)) }
	}
	serverOnly := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	status := func(code int) func() {
		return func() { r.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }) }
	}
	for _, test := range []struct {
		name         string
		answer       func()
		soft, strict string
	}{
		{"good", raw(ocsp.Good, nil), "accepted", "accepted"},
		{"revoked", raw(ocsp.Revoked, nil), "revoked", "revoked"},
		{"unknown", raw(ocsp.Unknown, nil), "accepted", "unknown"},
		{"good, says one who is appointed", raw(ocsp.Good, ca.appoint(t, nil)), "accepted", "accepted"},
		{"revoked, says one who is appointed", raw(ocsp.Revoked, ca.appoint(t, nil)), "revoked", "revoked"},
		{"signed with a certificate for servers", raw(ocsp.Good, ca.appoint(t, serverOnly)), "accepted", "unknown"},
		{"signed by one who was appointed once", raw(ocsp.Good, ca.appoint(t, expired)), "accepted", "unknown"},
		{"signed by one whom another appointed", raw(ocsp.Good, other.appoint(t, nil)), "accepted", "unknown"},
		{"signed by one whom a namesake appointed", raw(ocsp.Good, newAuthority(t, "Test CA").appoint(t, nil)), "accepted", "unknown"},
		{"signed by one whom its key appointed under another name", raw(ocsp.Good, alias.appoint(t, nil)), "accepted", "unknown"},
		{"signed by another authority", raw(ocsp.Good, func(s *statement) { s.signer, s.key = other.certificate, other.key }), "accepted", "unknown"},
		{"about another authority's certificate", raw(ocsp.Good, func(s *statement) { s.issuer = other }), "accepted", "unknown"},
		{"about another certificate", raw(ocsp.Good, func(s *statement) { s.SerialNumber = big.NewInt(9) }), "accepted", "unknown"},
		{"of yesterday", raw(ocsp.Good, func(s *statement) { s.NextUpdate = time.Now().Add(-time.Minute) }), "accepted", "unknown"},
		{"of tomorrow", raw(ocsp.Good, func(s *statement) { s.ThisUpdate = time.Now().Add(30 * time.Minute) }), "accepted", "unknown"},
		{"without an end", raw(ocsp.Good, func(s *statement) { s.NextUpdate = time.Time{} }), "accepted", "accepted"},
		{"try later", func() { r.saysBytes(ocsp.TryLaterErrorResponse) }, "accepted", "unknown"},
		{"garbage", func() { r.saysBytes([]byte("garbage")) }, "accepted", "unknown"},
		{"HTTP 500", status(http.StatusInternalServerError), "accepted", "unknown"},
		{"elsewhere", func() {
			good := newResponder(t)
			good.saysBytes(ca.response(t, ocsp.Good, own, nil))
			r.says(func(w http.ResponseWriter, q *http.Request) {
				http.Redirect(w, q, good.URL, http.StatusTemporaryRedirect)
			})
		}, "accepted", "unknown"},
		{"too much", func() { r.saysBytes(append(ca.response(t, ocsp.Good, own, nil), make([]byte, 64<<10)...)) }, "accepted", "unknown"},
		{"silence", func() {
			r.says(func(_ http.ResponseWriter, q *http.Request) {
				_, _ = io.Copy(io.Discard, q.Body) // or its end is not noticed
				<-q.Context().Done()
			})
		}, "accepted", "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.answer()
			timeout := patience
			if test.name == "silence" {
				timeout = 50 * time.Millisecond
			}
			for _, strict := range []bool{false, true} {
				want := test.soft
				if strict {
					want = test.strict
				}
				responders := edge.NewResponders()
				defer responders.Close()
				revocation := &edge.Revocation{Strict: strict, Responders: responders, Timeout: timeout}
				if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != want {
					t.Errorf("strict %t: %s, want %s", strict, got, want)
				}
			}
		})
	}
}

// TestRespondersThatCannotBeAsked: nothing listens there, or it is no address
// that is asked; the next one is, up to the third.
func TestRespondersThatCannotBeAsked(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	r.saysBytes(ca.response(t, ocsp.Good, big.NewInt(0xABC), nil))
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, test := range []struct {
		name      string
		addresses []string
		want      string
	}{
		{"none", nil, "unknown"},
		{"nobody there", []string{gone.URL}, "unknown"},
		{"https, ldap, file, nothing", []string{"https://" + r.Listener.Addr().String(), "ldap://127.0.0.1/cn=CA", "file:///etc/passwd", ""}, "unknown"},
		{"the second", []string{gone.URL, r.URL}, "accepted"},
		{"the third that can be asked", []string{"ldap://127.0.0.1/", gone.URL, gone.URL, r.URL}, "accepted"},
		{"the fourth", []string{gone.URL, gone.URL, gone.URL, r.URL}, "unknown"},
	} {
		responders := edge.NewResponders()
		defer responders.Close()
		revocation := &edge.Revocation{Strict: true, Responders: responders, Timeout: patience}
		leaf := ca.issue(t, "SE0000000000-UNIT1", asking(test.addresses...)).Leaf
		if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestListsBeforeResponders: a responder is asked where the lists do not tell.
func TestListsBeforeResponders(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	leaf := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)).Leaf
	outdated := func(l *x509.RevocationList) { l.NextUpdate = time.Now().Add(-time.Minute) }
	for _, test := range []struct {
		name  string
		list  []byte
		says  int
		want  string
		asked int32
	}{
		{"the list says good", ca.list(t, nil), ocsp.Revoked, "accepted", 0},
		{"the list says revoked", ca.list(t, nil, leaf.SerialNumber), ocsp.Good, "revoked", 0},
		{"the list is old", ca.list(t, outdated), ocsp.Good, "accepted", 1},
		{"the list is old, and it is revoked since", ca.list(t, outdated), ocsp.Revoked, "revoked", 1},
	} {
		r.saysBytes(ca.response(t, test.says, leaf.SerialNumber, nil))
		r.asked.Store(0)
		responders := edge.NewResponders()
		defer responders.Close()
		var checks []string
		revocation := &edge.Revocation{
			Lists: ca.lists(t, test.list), Responders: responders, Timeout: patience,
			OnCheck: func(c edge.RevocationCheck) { checks = append(checks, string(c.Source)+" "+string(c.Result)) },
		}
		if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != test.want || r.asked.Load() != test.asked {
			t.Errorf("%s: %s, asked %d times; want %s, %d", test.name, got, r.asked.Load(), test.want, test.asked)
		}
		if len(checks) != 1+int(test.asked) {
			t.Errorf("%s: told of %q", test.name, checks)
		}
	}
}

// TestAnswersAreShared: those who ask at a time ask once, and for as long as the
// answer stands nobody asks again.
func TestAnswersAreShared(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	leaf := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)).Leaf
	good := ca.response(t, ocsp.Good, leaf.SerialNumber, nil)
	release := make(chan struct{})
	r.says(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write(good)
	})
	responders := edge.NewResponders()
	defer responders.Close()
	revocation := &edge.Revocation{Strict: true, Responders: responders, Timeout: patience}
	var asking sync.WaitGroup
	var refused atomic.Int32
	for range 20 {
		asking.Go(func() {
			if judged(t, []*authority{ca}, revocation, leaf) != nil {
				refused.Add(1)
			}
		})
	}
	for r.asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	asking.Wait()
	if err := judged(t, []*authority{ca}, revocation, leaf); err != nil || refused.Load() > 0 || r.asked.Load() != 1 {
		t.Errorf("%d of 20 refused, then %v, asked %d times", refused.Load(), err, r.asked.Load())
	}
}

// TestSilentResponderIsLeftAlone: its silence is waited for once in a while, not
// in every handshake, and is forgotten after that.
func TestSilentResponderIsLeftAlone(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	leaf := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)).Leaf
	r.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	responders := edge.NewResponders()
	defer responders.Close()
	revocation := &edge.Revocation{Strict: true, Responders: responders, Timeout: patience}
	for range 5 {
		if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != "unknown" {
			t.Fatal(got)
		}
	}
	if asked := r.asked.Load(); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	responders = edge.NewResponders()
	defer responders.Close()
	responders.SetFailed(0)
	revocation.Responders = responders
	_ = judged(t, []*authority{ca}, revocation, leaf)
	r.saysBytes(ca.response(t, ocsp.Good, leaf.SerialNumber, nil))
	if err := judged(t, []*authority{ca}, revocation, leaf); err != nil {
		t.Errorf("after it has come back: %v", err)
	}
}

// TestWhatWasSaidLast: where a responder is away once its answer is to be asked
// for again, revoked stays revoked, in either mode.
func TestWhatWasSaidLast(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	leaf := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)).Leaf
	for _, test := range []struct {
		status int
		want   string
	}{{ocsp.Revoked, "revoked"}, {ocsp.Good, "accepted"}} {
		short := func(s *statement) { s.NextUpdate = time.Now().Add(3 * time.Second) }
		r.saysBytes(ca.response(t, test.status, leaf.SerialNumber, short))
		responders := edge.NewResponders()
		defer responders.Close()
		revocation := &edge.Revocation{Responders: responders, Timeout: patience}
		if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
		r.asked.Store(0)
		r.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		for end := time.Now().Add(patience); r.asked.Load() == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		}
		if r.asked.Load() == 0 {
			t.Error("never asked again")
		}
		revocation.Strict = true
		strict := map[string]string{"revoked": "revoked", "accepted": "unknown"}[test.want]
		if got := verdict(judged(t, []*authority{ca}, revocation, leaf)); got != strict {
			t.Errorf("strict: %s, want %s", got, strict)
		}
	}
}

// TestNoTimeLeft: a question does not outlast the handshake it is asked in.
func TestNoTimeLeft(t *testing.T) {
	failures := make(chan edge.HandshakeError, 1)
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	release := make(chan struct{})
	r.says(func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	responders := edge.NewResponders()
	defer responders.Close()
	s := serve(t, edge.Options{
		Handshake:        time.Second,
		OnHandshakeError: func(e edge.HandshakeError) { failures <- e },
		TLS: &edge.TLSOptions{
			Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil), ClientCAs: ca.pool(),
			Revocation: &edge.Revocation{Strict: true, Responders: responders, Timeout: 10 * patience},
		},
	})
	s.client = clientConfig(ca, ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)))
	c := s.dial(t) // with TLS 1.3 the caller's part ends before it is judged
	c.send(t, last)
	if answer, _ := io.ReadAll(c.in); len(answer) > 0 {
		t.Errorf("let in: %q", answer)
	}
	if got := verdict(wait(t, failures, "callback").Err); got != "unknown" {
		t.Error(got)
	}
}

// TestStapledAnswers: with TLS 1.3 a caller may bring the answer with it.
func TestStapledAnswers(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	certificate := ca.issue(t, "SE0000000000-UNIT1", nil) // there is nobody to ask
	own := certificate.Leaf.SerialNumber
	for _, test := range []struct {
		name    string
		version uint16
		staple  []byte
		ok      bool
	}{
		{"none", tls.VersionTLS13, nil, false},
		{"good", tls.VersionTLS13, ca.response(t, ocsp.Good, own, nil), true},
		{"good, TLS 1.2", tls.VersionTLS12, ca.response(t, ocsp.Good, own, nil), false},
		{"revoked", tls.VersionTLS13, ca.response(t, ocsp.Revoked, own, nil), false},
		{"unknown", tls.VersionTLS13, ca.response(t, ocsp.Unknown, own, nil), false},
		{"of yesterday", tls.VersionTLS13, ca.response(t, ocsp.Good, own, func(s *statement) { s.NextUpdate = time.Now().Add(-time.Minute) }), false},
		{"without an end", tls.VersionTLS13, ca.response(t, ocsp.Good, own, func(s *statement) { s.NextUpdate = time.Time{} }), false},
		{"somebody else's", tls.VersionTLS13, ca.response(t, ocsp.Good, big.NewInt(9), nil), false},
		{"garbage", tls.VersionTLS13, []byte("garbage"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			responders := edge.NewResponders()
			defer responders.Close()
			s := serve(t, edge.Options{TLS: &edge.TLSOptions{
				Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil), ClientCAs: ca.pool(),
				Revocation: &edge.Revocation{Strict: true, Responders: responders, Timeout: patience},
			}})
			own := certificate
			own.OCSPStaple = test.staple
			config := clientConfig(ca, own)
			config.MaxVersion = test.version
			if _, err := s.shake(t, config); (err == nil) != test.ok {
				t.Errorf("handshake: %v", err)
			}
		})
	}
}

// TestRevokedCannotBeStapledAway: an answer from before, however valid, does not
// count once the responder has said revoked, and counts where it is away.
func TestRevokedCannotBeStapledAway(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	r := newResponder(t)
	leaf := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL)).Leaf
	staple := ca.response(t, ocsp.Good, leaf.SerialNumber, nil)
	shown := tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, OCSPResponse: staple}
	r.saysBytes(ca.response(t, ocsp.Revoked, leaf.SerialNumber, nil))
	responders := edge.NewResponders()
	defer responders.Close()
	o := &edge.TLSOptions{
		Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil), ClientCAs: ca.pool(),
		Revocation: &edge.Revocation{Strict: true, Responders: responders, Timeout: patience},
	}
	if got := verdict(judged(t, []*authority{ca}, o.Revocation, leaf)); got != "revoked" {
		t.Error(got)
	}
	if got := verdict(o.VerifyConnection(shown)); got != "revoked" {
		t.Error(got)
	}
	away := edge.NewResponders()
	defer away.Close()
	o.Revocation.Responders = away
	r.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	if got := verdict(judged(t, []*authority{ca}, o.Revocation, leaf)); got != "unknown" {
		t.Error(got)
	}
	if got := verdict(o.VerifyConnection(shown)); got != "accepted" {
		t.Error(got)
	}
}

// TestKeptConnectionAsksAgain: where an answer ends, the next call asks.
func TestKeptConnectionAsksAgain(t *testing.T) {
	t.Parallel()
	s, ca := keptSite(t, nil)
	r := newResponder(t)
	certificate := ca.issue(t, "SE0000000000-UNIT1", asking(r.URL))
	s.client = clientConfig(ca, certificate)
	responders := edge.NewResponders()
	defer responders.Close()
	s.trust(t, ca, ca.pool(), &edge.Revocation{Responders: responders, Timeout: patience})
	r.saysBytes(ca.response(t, ocsp.Good, certificate.Leaf.SerialNumber, func(s *statement) { s.NextUpdate = time.Now().Add(3 * time.Second) }))
	c := s.dial(t)
	status, body := c.ask(t)
	r.saysBytes(ca.response(t, ocsp.Revoked, certificate.Leaf.SerialNumber, nil))
	for end := time.Now().Add(patience); status == 200 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
		status, body = c.ask(t)
	}
	if status != 403 || body != "it is revoked\n" || r.asked.Load() != 2 {
		t.Errorf("%d %q, asked %d times", status, body, r.asked.Load())
	}
}
