package upstream_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/proxy/upstream"
)

// closedPort is an address nobody listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestRefusedConnect(t *testing.T) {
	addr := closedPort(t)
	client := newClient(t, upstream.Options{Retries: 2, RetryDelay: time.Millisecond})
	_, _, err := call(t.Context(), client, plain.request(addr))
	wantCause[*upstream.DialError](t, err, "Cannot connect to "+addr)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v does not tell why", err)
	}
	if stats := client.Stats(); stats.DialErrors != 3 || stats.Retries != 2 || stats.Dials != 0 {
		t.Errorf("stats %+v, want three attempts", stats)
	}
}

func TestUnknownHost(t *testing.T) {
	client := newClient(t, upstream.Options{Retries: 2})
	_, _, err := call(t.Context(), client, plain.request("producer.invalid:80"))
	wantCause[*upstream.DialError](t, err, "Cannot connect to producer.invalid:80")
	if retries := client.Stats().Retries; retries != 0 {
		t.Errorf("%d retries, want none", retries)
	}
}

// TestRetries: only what cannot have reached the producer, and may be better
// in a moment, is tried again.
func TestRetries(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	timeout := &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	tests := []struct {
		name     string
		failures []error
		retries  int
		attempts int
		took     time.Duration
		ok       bool
	}{
		{"refused once", []error{refused}, 1, 2, 2 * time.Second, true},
		{"timed out once", []error{timeout}, 1, 2, 2 * time.Second, true},
		{"refused twice", []error{refused, timeout}, 1, 2, 2 * time.Second, false},
		{"refused twice, two retries", []error{refused, refused}, 2, 3, 4 * time.Second, true},
		{"refused, no retries", []error{refused}, 0, 1, 0, false},
		{"unknown host", []error{&net.DNSError{Err: "no such host", IsNotFound: true}}, 1, 1, 0, false},
		{"name service too slow", []error{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "timeout", IsTimeout: true}}}, 1, 1, 0, false},
		{"no network", []error{&net.OpError{Op: "dial", Err: syscall.ENETUNREACH}}, 1, 1, 0, false},
		{"reset", []error{&net.OpError{Op: "dial", Err: syscall.ECONNRESET}}, 1, 1, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := pipes(t, func(c net.Conn) { answerAll(c, okAnswer) })
				attempts := 0
				client := newClient(t, upstream.Options{
					Retries: test.retries, RetryDelay: 2 * time.Second,
					Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
						attempts++
						if attempts <= len(test.failures) {
							return nil, test.failures[attempts-1]
						}
						return dial(ctx, network, addr)
					},
				})
				start := time.Now()
				_, _, err := call(t.Context(), client, plain.request("a:80"))
				if (err == nil) != test.ok {
					t.Errorf("error %v", err)
				}
				if attempts != test.attempts || time.Since(start) != test.took {
					t.Errorf("%d attempts in %v, want %d in %v", attempts, time.Since(start), test.attempts, test.took)
				}
			})
		})
	}
}

func TestAllow(t *testing.T) {
	addr := listen(t, func(_ int, c net.Conn) { answerAll(c, okAnswer) })
	errDenied := errors.New("not to this network")
	var asked []netip.AddrPort
	allow := func(target netip.AddrPort) error {
		asked = append(asked, target)
		return errDenied
	}
	client := newClient(t, upstream.Options{Allow: allow, Retries: 3})
	_, _, err := call(t.Context(), client, plain.request(addr))
	wantCause[*upstream.DialError](t, err, "Cannot connect to "+addr)
	if !errors.Is(err, errDenied) {
		t.Errorf("%v does not tell of the refusal", err)
	}
	if len(asked) != 1 || asked[0] != netip.MustParseAddrPort(addr) {
		t.Errorf("asked about %v, want %s once", asked, addr)
	}
	// The names are resolved first, or the check would be one of spelling.
	_, port, _ := net.SplitHostPort(addr)
	asked = nil
	if _, _, err := call(t.Context(), client, plain.request("localhost:"+port)); !errors.Is(err, errDenied) {
		t.Errorf("localhost: %v", err)
	}
	for _, target := range asked {
		if !target.Addr().IsLoopback() || target.Addr().Is4In6() {
			t.Errorf("asked about %v", target)
		}
	}
	permissive := newClient(t, upstream.Options{Allow: func(netip.AddrPort) error { return nil }})
	mustCall(t, permissive, plain.request(addr))
}

// TestTLSFailures: every reason has its words, and none is tried again.
func TestTLSFailures(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	good := ca.issue(t, leaf{})
	tests := []struct {
		name       string
		server     *tls.Config // nil: plain HTTP
		client     *tls.Config
		lenient    bool // without host verification
		cause      string
		handshakes uint64
	}{
		{
			name: "unknown authority", server: &tls.Config{Certificates: []tls.Certificate{other.issue(t, leaf{})}},
			cause: "TLS handshake failed: the producer's certificate is not trusted",
		},
		{
			name: "unknown authority, lenient", server: &tls.Config{Certificates: []tls.Certificate{other.issue(t, leaf{})}}, lenient: true,
			cause: "TLS handshake failed: the producer's certificate is not trusted",
		},
		{
			name: "expired", server: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{expired: true})}},
			cause: "TLS handshake failed: the producer's certificate has expired or is not yet valid",
		},
		{
			name: "expired, lenient", server: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{expired: true})}}, lenient: true,
			cause: "TLS handshake failed: the producer's certificate has expired or is not yet valid",
		},
		{
			name: "other host", server: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{host: "other.example"})}},
			cause: "TLS handshake failed: the producer's certificate is for another host",
		},
		{
			name: "no common version", server: &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, client: &tls.Config{MinVersion: tls.VersionTLS13},
			cause: "TLS handshake failed: refused by the producer: protocol version not supported",
		},
		{
			name: "certificate asked for, TLS 1.2", server: &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert},
			cause: "TLS handshake failed: refused by the producer: handshake failure",
		},
		// TLS 1.3 refuses behind the handshake, in place of the answer.
		{
			name: "certificate asked for, TLS 1.3", server: &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert},
			cause: "TLS handshake failed: refused by the producer: certificate required", handshakes: 1,
		},
		{
			name: "certificate refused, TLS 1.3", server: &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool},
			client: &tls.Config{Certificates: []tls.Certificate{other.issue(t, leaf{})}, GetClientCertificate: offer(other.issue(t, leaf{}))},
			cause:  "TLS handshake failed: refused by the producer: unknown certificate authority", handshakes: 1,
		},
		{
			name:  "no TLS",
			cause: "TLS handshake failed: the producer does not speak TLS",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			addr := listen(t, func(_ int, c net.Conn) {
				if test.server == nil {
					io.WriteString(c, okAnswer)
					io.Copy(io.Discard, c)
					return
				}
				secure := tls.Server(c, test.server)
				secure.Handshake()
				// What the client still sends is read, so that the alert is
				// not lost to a reset.
				io.Copy(io.Discard, c)
			})
			config := test.client
			if config == nil {
				config = &tls.Config{}
			}
			config.RootCAs = ca.pool
			tr := transport{server: &tls.Config{}, client: upstream.NewTLSProfile(config, !test.lenient)}
			client := newClient(t, upstream.Options{Retries: 2})
			_, _, err := call(t.Context(), client, tr.request(addr))
			wantCause[*upstream.TLSError](t, err, test.cause)
			if stats := client.Stats(); stats.Dials != 1 || stats.Handshakes != test.handshakes || stats.Open != 0 {
				t.Errorf("stats %+v, want one dial and %d handshakes", stats, test.handshakes)
			}
		})
	}
}

func offer(certificate tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
}

// TestWithoutHostVerification: the chain is verified, new and resumed, the name
// is not, and the producer still learns which name was meant.
func TestWithoutHostVerification(t *testing.T) {
	ca := newAuthority(t)
	names := make(chan string, 4)
	server := &tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, leaf{host: "other.example"})},
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			names <- hello.ServerName
			return nil, nil
		},
	}
	addr := listen(t, func(_ int, c net.Conn) { answerAll(tls.Server(c, server), okAnswer) })
	errUnwanted := errors.New("revoked meanwhile")
	var verified int
	var refuse bool
	profile := upstream.NewTLSProfile(&tls.Config{
		RootCAs: ca.pool,
		VerifyConnection: func(state tls.ConnectionState) error {
			verified++
			if len(state.VerifiedChains) == 0 {
				t.Error("no chain has been verified")
			}
			if refuse {
				return errUnwanted
			}
			return nil
		},
	}, false)
	tr := transport{server: server, client: profile}
	client := newClient(t, upstream.Options{})
	for range 2 {
		r := tr.request(addr)
		r.KeepAlive, r.ServerName = false, "producer.example"
		mustCall(t, client, r)
	}
	if stats := client.Stats(); stats.Handshakes != 2 || stats.Resumptions != 1 || verified != 2 {
		t.Errorf("stats %+v, %d verifications; want two handshakes, one resumed, both verified", stats, verified)
	}
	refuse = true
	r := tr.request(addr)
	r.KeepAlive, r.ServerName = false, "producer.example"
	if _, _, err := call(t.Context(), client, r); !errors.Is(err, errUnwanted) {
		t.Errorf("error %v, want the profile's own", err)
	}
	for range 3 {
		if name := receive(t, names, "a handshake"); name != "producer.example" {
			t.Errorf("the producer was asked for %q", name)
		}
	}
}

// TestClientCertificate: the profile's identity is what the producer sees.
func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	seen := make(chan string, 1)
	server := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{})}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool}
	addr := listen(t, func(_ int, c net.Conn) {
		secure := tls.Server(c, server)
		if secure.Handshake() == nil {
			seen <- secure.ConnectionState().PeerCertificates[0].Subject.SerialNumber
		}
		answerAll(secure, okAnswer)
	})
	profile := upstream.NewTLSProfile(&tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{ca.issue(t, leaf{})}}, true)
	mustCall(t, newClient(t, upstream.Options{}), transport{server: server, client: profile}.request(addr))
	if got := receive(t, seen, "the handshake"); got != "SE0000000000-PROD1" {
		t.Errorf("the producer saw %q", got)
	}
}
