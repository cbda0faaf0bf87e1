package edge_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"rivgate/edge"
)

// shake connects with the given settings and asks one thing. TLS 1.3 clients
// learn only from the answer that their certificate was refused.
func (s *site) shake(t *testing.T, config *tls.Config) (state tls.ConnectionState, err error) {
	t.Helper()
	socket, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c := tls.Client(socket, config)
	if _, err := io.WriteString(c, last); err != nil {
		return state, err
	}
	answer, err := io.ReadAll(c)
	if err == nil && !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
		t.Errorf("answer %q", answer)
	}
	return c.ConnectionState(), err
}

func TestClientCertificates(t *testing.T) {
	failures := make(chan edge.HandshakeError, 1)
	s, ca := serveTLS(t, edge.Options{
		Name:             "https",
		OnHandshakeError: func(e edge.HandshakeError) { failures <- e },
	})
	stranger := newAuthority(t, "Other CA")
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	future := func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) }
	serverOnly := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
	tests := []struct {
		name         string
		certificates []tls.Certificate
		issuer       string // of the certificate that the callback must show; none: no certificate
	}{
		{"none", nil, ""},
		{"of another CA", []tls.Certificate{stranger.issue(t, "SE0000000000-UNIT2", nil)}, "CN=Other CA"},
		{"expired", []tls.Certificate{ca.issue(t, "SE0000000000-UNIT2", expired)}, "CN=Test CA"},
		{"not yet valid", []tls.Certificate{ca.issue(t, "SE0000000000-UNIT2", future)}, "CN=Test CA"},
		{"not for clients", []tls.Certificate{ca.issue(t, "SE0000000000-UNIT2", serverOnly)}, "CN=Test CA"},
	}
	for _, test := range tests {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(test.name+"/"+tls.VersionName(version), func(t *testing.T) {
				config := s.client.Clone()
				config.MaxVersion = version
				config.Certificates = nil
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if len(test.certificates) == 0 {
						return &tls.Certificate{}, nil
					}
					return &test.certificates[0], nil
				}
				if _, err := s.shake(t, config); err == nil {
					t.Fatal("let in")
				} else if !strings.Contains(err.Error(), "remote error: tls:") {
					t.Errorf("client was not told why: %v", err)
				}
				got := wait(t, failures, "callback")
				if got.Err == nil || got.Listener != "https" || !got.Remote.IsValid() {
					t.Errorf("callback got %+v", got)
				}
				if got.Issuer != test.issuer {
					t.Errorf("issuer %q, want %q", got.Issuer, test.issuer)
				}
				if test.issuer != "" && (got.Serial != "ABC" || !strings.Contains(got.Subject, "SE0000000000-UNIT2")) {
					t.Errorf("certificate shown as %q, serial %q", got.Subject, got.Serial)
				}
			})
		}
	}
	if seen := s.take(); len(seen) != 0 {
		t.Errorf("handler saw %q", seen)
	}
	if _, err := s.shake(t, s.client); err != nil {
		t.Errorf("good certificate: %v", err)
	}
}

func TestHandshakeIsBounded(t *testing.T) {
	for name, begin := range map[string]string{"silent": "", "cut hello": "\x16\x03\x01\x02\x00"} {
		t.Run(name, func(t *testing.T) {
			failures := make(chan edge.HandshakeError, 1)
			s, _ := serveTLS(t, edge.Options{
				Handshake:        50 * time.Millisecond,
				OnHandshakeError: func(e edge.HandshakeError) { failures <- e },
			})
			s.client = nil
			c := s.dial(t)
			c.send(t, begin)
			if got := c.statuses(t); len(got) != 0 {
				t.Errorf("answers %v", got)
			}
			var timeout net.Error
			if err := wait(t, failures, "callback"); !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("callback got %v", err)
			}
		})
	}
}

// TestPeerThatLeaves: a health check that only connects is told apart.
func TestPeerThatLeaves(t *testing.T) {
	failures := make(chan edge.HandshakeError, 1)
	s, _ := serveTLS(t, edge.Options{OnHandshakeError: func(e edge.HandshakeError) { failures <- e }})
	s.client = nil
	_ = s.dial(t).Close()
	if err := wait(t, failures, "callback"); !errors.Is(err, io.EOF) {
		t.Errorf("callback got %v", err)
	}
}

func TestPlainHTTPOnTLSListener(t *testing.T) {
	failures := make(chan edge.HandshakeError, 1)
	s, _ := serveTLS(t, edge.Options{OnHandshakeError: func(e edge.HandshakeError) { failures <- e }})
	s.client = nil
	c := s.dial(t)
	c.send(t, last)
	wait(t, failures, "callback")
	_, _ = io.ReadAll(c.in)
	if seen := s.take(); len(seen) != 0 {
		t.Errorf("handler saw %q", seen)
	}
}

// TestNoSuiteLeft: suites that no version allowed has are refused before anybody
// is, and those of TLS 1.3 need no choice.
func TestNoSuiteLeft(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	for _, test := range []struct {
		least, highest, suite uint16
		ok                    bool
	}{
		{tls.VersionTLS12, tls.VersionTLS12, tls.TLS_AES_128_GCM_SHA256, false},
		{tls.VersionTLS12, tls.VersionTLS13, tls.TLS_AES_128_GCM_SHA256, true},
		{tls.VersionTLS10, tls.VersionTLS11, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, false},
		{tls.VersionTLS10, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true},
		{tls.VersionTLS10, tls.VersionTLS11, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, true},
	} {
		o := edge.TLSOptions{
			Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil), ClientCAs: ca.pool(),
			MinVersion: test.least, MaxVersion: test.highest, CipherSuites: []uint16{test.suite},
		}
		if err := o.Validate(); (err == nil) != test.ok {
			t.Errorf("%s to %s with %s: %v", tls.VersionName(test.least), tls.VersionName(test.highest), tls.CipherSuiteName(test.suite), err)
		}
	}
}

func TestVersionsAndProtocols(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	s := serve(t, edge.Options{TLS: &edge.TLSOptions{
		Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil),
		ClientCAs:   ca.pool(),
		MaxVersion:  tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		},
	}})
	client := clientConfig(ca, ca.issue(t, "SE0000000000-UNIT1", nil))
	tests := []struct {
		name   string
		adjust func(*tls.Config)
		ok     bool
	}{
		{"as configured", func(*tls.Config) {}, true},
		{"too new", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, false},
		{"too old", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, false},
		{"other suite", func(c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256} }, false},
		{"HTTP/2 or HTTP/1.1", func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} }, true},
		{"only HTTP/2", func(c *tls.Config) { c.NextProtos = []string{"h2"} }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := client.Clone()
			test.adjust(config)
			state, err := s.shake(t, config)
			if (err == nil) != test.ok {
				t.Fatalf("handshake: %v", err)
			}
			if err == nil && (state.Version != tls.VersionTLS12 ||
				state.CipherSuite != tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 || state.NegotiatedProtocol == "h2") {
				t.Errorf("negotiated %s %s %q", tls.VersionName(state.Version),
					tls.CipherSuiteName(state.CipherSuite), state.NegotiatedProtocol)
			}
		})
	}
}

// TestResumptionAgainstCurrentSettings: a ticket is worth what its certificate
// is worth now.
func TestResumptionAgainstCurrentSettings(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			failures := make(chan edge.HandshakeError, 1)
			s, ca := serveTLS(t, edge.Options{OnHandshakeError: func(e edge.HandshakeError) { failures <- e }})
			config := s.client.Clone()
			config.MinVersion, config.MaxVersion = version, version
			config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			connect := func(resumed bool) {
				t.Helper()
				state, err := s.shake(t, config)
				if err != nil {
					t.Fatal(err)
				}
				if state.DidResume != resumed {
					t.Fatalf("resumed: %t, want %t", state.DidResume, resumed)
				}
			}
			set := func(cas *x509.CertPool, revocation *edge.Revocation) {
				t.Helper()
				err := s.SetTLS(&edge.TLSOptions{
					Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil),
					ClientCAs:   cas,
					Revocation:  revocation,
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			connect(false)
			connect(true)
			set(ca.pool(), nil)
			connect(true)

			set(ca.pool(), &edge.Revocation{Strict: true, Lists: ca.lists(t, ca.list(t, nil))})
			connect(true)

			set(ca.pool(), &edge.Revocation{Lists: ca.lists(t, ca.list(t, nil, big.NewInt(0xABC)))})
			if _, err := s.shake(t, config); err == nil {
				t.Error("resumed although its certificate is revoked")
			}
			var revoked *edge.RevokedError
			if err := wait(t, failures, "callback"); !errors.As(err, &revoked) {
				t.Errorf("callback got %v", err)
			} else if err.Serial != "ABC" {
				t.Errorf("callback shows serial %q", err.Serial)
			}

			set(newAuthority(t, "Other CA").pool(), nil)
			if _, err := s.shake(t, config); err == nil {
				t.Error("resumed although its CA is trusted no more")
			}
			wait(t, failures, "callback")
		})
	}
}

// TestVerificationOnResumption: the chains of a resumed session are built from
// what is trusted now, whatever the session says.
func TestVerificationOnResumption(t *testing.T) {
	past, present := newAuthority(t, "Past CA"), newAuthority(t, "Present CA")
	leaf := past.issue(t, "SE0000000000-UNIT1", nil).Leaf
	state := tls.ConnectionState{
		DidResume:        true,
		PeerCertificates: []*x509.Certificate{leaf},
		VerifiedChains:   [][]*x509.Certificate{{leaf, past.certificate}},
	}
	certificate := present.issue(t, "SE0000000000-GATEWAY", nil)
	then := &edge.TLSOptions{Certificate: certificate, ClientCAs: past.pool()}
	if err := then.VerifyConnection(state); err != nil {
		t.Errorf("trusted CA: %v", err)
	}
	now := &edge.TLSOptions{Certificate: certificate, ClientCAs: present.pool()}
	var unknown x509.UnknownAuthorityError
	if err := now.VerifyConnection(state); !errors.As(err, &unknown) {
		t.Errorf("removed CA: %v", err)
	}
	if err := now.VerifyConnection(tls.ConnectionState{}); err == nil {
		t.Error("no certificate: no error")
	}
}

// TestAlertSurvivesUnreadData: with TLS 1.3 a client sends before it can know
// that its certificate is refused, and must still learn it.
func TestAlertSurvivesUnreadData(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	halfClosed := make(chan struct{}, 1)
	s, _ := serveTLS(t, edge.Options{Listener: watchedListener{socket, halfClosed}})
	config := s.client.Clone()
	config.MinVersion = tls.VersionTLS13
	config.Certificates = []tls.Certificate{newAuthority(t, "Other CA").issue(t, "SE0000000000-UNIT2", nil)}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &config.Certificates[0], nil
	}
	s.client = config
	c := s.dial(t)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		trickle(c, strings.Repeat("x", 16<<20), 16<<10)
	}()
	if _, err := io.ReadAll(c.in); err == nil || !strings.Contains(err.Error(), "remote error: tls:") {
		t.Errorf("client was told %v", err)
	}
	wait(t, halfClosed, "half-close before the close")
	_ = c.socket.Close()
	wait(t, sent, "end of sending")
}

// watchedListener tells when a connection's writing side alone was closed. A
// reset that comes without it can be lost on the way to a test.
type watchedListener struct {
	net.Listener
	halfClosed chan<- struct{}
}

func (l watchedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return watchedConn{c.(*net.TCPConn), l.halfClosed}, nil
}

type watchedConn struct {
	*net.TCPConn
	halfClosed chan<- struct{}
}

func (c watchedConn) CloseWrite() error {
	c.halfClosed <- struct{}{}
	return c.TCPConn.CloseWrite()
}

// TestSetTLS: later handshakes show the new certificate, open connections
// stay, and what cannot be used changes nothing.
func TestSetTLS(t *testing.T) {
	s, ca := serveTLS(t, edge.Options{})
	open := s.dial(t)
	for name, unusable := range map[string]*edge.TLSOptions{
		"nil":            nil,
		"no certificate": {ClientCAs: ca.pool()},
		"no CAs":         {Certificate: ca.issue(t, "A", nil)},
	} {
		if err := s.SetTLS(unusable); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	renewed := ca.issue(t, "SE0000000000-RENEWED", nil)
	err := s.SetTLS(&edge.TLSOptions{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &renewed, nil },
		ClientCAs:      ca.pool(),
	})
	if err != nil {
		t.Fatal(err)
	}
	open.send(t, last)
	if status, _, _ := open.answer(t); status != 200 {
		t.Errorf("open connection: status %d", status)
	}
	state, err := s.shake(t, s.client)
	if err != nil {
		t.Fatal(err)
	}
	if id := state.PeerCertificates[0].Subject.SerialNumber; id != "SE0000000000-RENEWED" {
		t.Errorf("server showed %q", id)
	}
	plain := serve(t, edge.Options{})
	if err := plain.SetTLS(&edge.TLSOptions{Certificate: renewed, ClientCAs: ca.pool()}); err == nil {
		t.Error("a plain listener took TLS settings")
	}
}
