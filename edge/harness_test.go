package edge_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"rivgate/edge"
)

// patience bounds every wait of a test; reaching it is a failure.
const patience = 20 * time.Second

// authority is a certificate authority made for one test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	key := newKey(t)
	return &authority{certificate: sign(t, template, template, key, key), key: key}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// issue makes a certificate for both ends, changed by adjust if that is set.
func (a *authority) issue(t testing.TB, id string, adjust func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0xABC),
		Subject:      pkix.Name{CommonName: "gateway.example", SerialNumber: id},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
	}
	if adjust != nil {
		adjust(template)
	}
	key := newKey(t)
	leaf := sign(t, template, a.certificate, key, a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// site is a running listener and what its handler saw.
type site struct {
	*edge.Listener
	address string
	client  *tls.Config // nil: plain

	mu   sync.Mutex
	seen []string
}

// serve runs a listener until the test ends. A nil handler is answer.
func serve(t testing.TB, o edge.Options) *site {
	t.Helper()
	s := &site{}
	if o.Handler == nil {
		o.Handler = http.HandlerFunc(s.answer)
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	o.KeepAlive = true
	l, err := edge.Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Listener, s.address = l, l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- l.Serve() }()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// serveTLS is serve with certificates on both sides from one authority.
func serveTLS(t testing.TB, o edge.Options) (*site, *authority) {
	t.Helper()
	ca := newAuthority(t, "Test CA")
	o.TLS = &edge.TLSOptions{
		Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil),
		ClientCAs:   ca.pool(),
	}
	s := serve(t, o)
	s.client = clientConfig(ca, ca.issue(t, "SE0000000000-UNIT1", nil))
	return s, ca
}

func clientConfig(ca *authority, certificate tls.Certificate) *tls.Config {
	return &tls.Config{
		RootCAs:      ca.pool(),
		ServerName:   "localhost",
		Certificates: []tls.Certificate{certificate},
	}
}

// answer writes down what it was given and answers 200, or the refusal's
// status, or 400 for broken framing.
func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	if refusal := edge.RefusalOf(r); refusal != nil {
		s.note("refused %d: %s %q %q", refusal.Status, refusal.Reason, refusal.Method, refusal.Target)
		http.Error(w, refusal.Reason, refusal.Status)
		return
	}
	body, err := io.ReadAll(r.Body)
	switch broken := edge.FramingErrorOf(r); {
	case broken != nil:
		s.note("broken: %s", broken.Reason)
		http.Error(w, broken.Reason, http.StatusBadRequest)
	case err != nil:
		s.note("cut: %v", err)
	default:
		s.note("%s %s %q", r.Method, r.URL.Path, body)
		_, _ = io.WriteString(w, "fine")
	}
}

func (s *site) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf(format, args...))
}

// take gives what was noted since the last take.
func (s *site) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

// dial connects, with TLS where the site has it.
func (s *site) dial(t testing.TB) *client {
	t.Helper()
	socket, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c := &client{Conn: socket, socket: socket.(*net.TCPConn)}
	if s.client != nil {
		secure := tls.Client(socket, s.client)
		if err := secure.Handshake(); err != nil {
			t.Fatal(err)
		}
		c.Conn = secure
	}
	c.in = bufio.NewReader(c.Conn)
	return c
}

type client struct {
	net.Conn
	socket *net.TCPConn
	in     *bufio.Reader
}

func (c *client) send(t testing.TB, raw string) {
	t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// answer reads one answer whole.
func (c *client) answer(t testing.TB) (status int, header http.Header, body string) {
	t.Helper()
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("answer body: %v", err)
	}
	if response.Close { // where ReadResponse keeps it
		response.Header.Set("Connection", "close")
	}
	return response.StatusCode, response.Header, string(data)
}

// statuses reads answers until the connection ends cleanly.
func (c *client) statuses(t testing.TB) (all []int) {
	t.Helper()
	for {
		if _, err := c.in.Peek(1); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("connection did not end cleanly after %v: %v", all, err)
		}
		status, _, _ := c.answer(t)
		all = append(all, status)
	}
}

// wait receives, or fails the test.
func wait[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
