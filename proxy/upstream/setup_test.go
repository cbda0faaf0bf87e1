package upstream_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"rivgate/proxy/upstream"
)

// patience ends a test that would hang; no test depends on its length.
const patience = 10 * time.Second

// listen serves every connection with its own goroutine and number, counted
// from 1, and closes what is open when the test ends.
func listen(t testing.TB, serve func(number int, c net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	ended := false
	group.Go(func() {
		for number := 1; ; number++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			if ended {
				c.Close()
			}
			mu.Unlock()
			group.Go(func() {
				defer c.Close()
				serve(number, c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		ended = true
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return l.Addr().String()
}

// transport is a way to reach a producer.
type transport struct {
	name   string
	server *tls.Config // nil for plain HTTP
	client *upstream.TLSProfile
}

// transports are plain HTTP and the two versions of TLS, which differ in what
// a connection may bring while it idles.
func transports(t testing.TB) []transport {
	ca := newAuthority(t)
	list := []transport{{name: "plain"}}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		list = append(list, transport{
			name:   strings.ReplaceAll(tls.VersionName(version), " ", ""),
			server: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, leaf{})}},
			client: upstream.NewTLSProfile(&tls.Config{RootCAs: ca.pool, MinVersion: version, MaxVersion: version}, true),
		})
	}
	return list
}

// listen is the function of that name, behind the transport's TLS.
func (tr transport) listen(t testing.TB, serve func(number int, c net.Conn)) (addr string) {
	return listen(t, func(number int, c net.Conn) {
		c = tr.over(c)
		defer c.Close()
		serve(number, c)
	})
}

// over is the producer's side of the transport.
func (tr transport) over(c net.Conn) net.Conn {
	if tr.server == nil {
		return c
	}
	return tls.Server(c, tr.server)
}

// request is a call to addr that nothing is special about.
func (tr transport) request(addr string) *upstream.Request {
	r := &upstream.Request{
		Target:    upstream.Target{Scheme: "http", Host: addr, Addr: addr, ServerName: "127.0.0.1", Path: "/service"},
		TLS:       tr.client,
		Method:    "POST",
		Header:    http.Header{"Content-Type": {"text/xml;charset=UTF-8"}},
		Body:      strings.NewReader("<question/>"),
		Length:    int64(len("<question/>")),
		KeepAlive: true,
		Timeout:   patience,
	}
	if tr.server != nil {
		r.Scheme = "https"
	}
	return r
}

var plain = transport{name: "plain"}

// newClient makes a client that ends with the test.
func newClient(t testing.TB, options upstream.Options) *upstream.Client {
	client := upstream.New(options)
	t.Cleanup(client.CloseIdle)
	return client
}

// call makes one call and reads its answer.
func call(ctx context.Context, client *upstream.Client, r *upstream.Request) (status int, body string, err error) {
	response, err := client.Do(ctx, r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return response.Status, string(read), err
}

// mustCall is call where an error ends the test.
func mustCall(t testing.TB, client *upstream.Client, r *upstream.Request) (body string) {
	t.Helper()
	_, body, err := call(t.Context(), client, r)
	if err != nil {
		t.Fatalf("call: %v", err)
	}
	return body
}

// skipRequest reads one request whole.
func skipRequest(reader *bufio.Reader) error {
	r, err := http.ReadRequest(reader)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// answerAll answers every request on c with the same bytes.
func answerAll(c net.Conn, answer string) {
	reader := bufio.NewReader(c)
	for skipRequest(reader) == nil {
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

// wantCause checks an error's type and the text its caller is shown.
func wantCause[E upstream.Failure](t testing.TB, err error, cause string) {
	t.Helper()
	failure, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error is %T (%v), want %T", err, err, failure)
	}
	if got := failure.Cause(); got != cause {
		t.Errorf("cause is %q, want %q", got, cause)
	}
}

// receive waits for a value, but not for ever.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}

// authority issues certificates to the tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pool        *x509.CertPool
}

// leaf says what is special about a certificate.
type leaf struct {
	host    string // instead of 127.0.0.1
	expired bool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Test CA"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	certificate := sign(t, template, template, key, key)
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return &authority{certificate, key, pool}
}

func (a *authority) issue(t testing.TB, l leaf) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "producer", SerialNumber: "SE0000000000-PROD1"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if l.host != "" {
		template.IPAddresses, template.DNSNames = nil, []string{l.host}
	}
	if l.expired {
		template.NotAfter = time.Now().Add(-time.Minute)
	}
	certificate := sign(t, template, a.certificate, key, a.key)
	return tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}
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
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}
