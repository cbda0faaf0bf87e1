package edge_test

import (
	"crypto/x509"
	"errors"
	"math/big"
	"net/http"
	"testing"
	"time"

	"rivgate/edge"
)

const another = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"

// keptSite is a listener whose handler answers 200, or 403 with the reason for
// which the connection's certificate is accepted no more.
func keptSite(t *testing.T, adjust func(*x509.Certificate)) (*site, *authority) {
	t.Helper()
	s, ca := serveTLS(t, edge.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var distrusted *edge.DistrustError
		if err := edge.VerifyPeer(r.Context(), r); errors.As(err, &distrusted) {
			http.Error(w, distrusted.Reason, http.StatusForbidden)
		} else if err != nil {
			t.Errorf("VerifyPeer: %v", err)
		}
	})})
	s.client = clientConfig(ca, ca.issue(t, "SE0000000000-UNIT1", adjust))
	return s, ca
}

func (c *client) ask(t *testing.T) (status int, body string) {
	t.Helper()
	c.send(t, another)
	status, _, body = c.answer(t)
	return status, body
}

func (s *site) trust(t *testing.T, ca *authority, pool *x509.CertPool, revocation *edge.Revocation) {
	t.Helper()
	o := &edge.TLSOptions{Certificate: ca.issue(t, "SE0000000000-GATEWAY", nil), ClientCAs: pool, Revocation: revocation}
	if err := s.SetTLS(o); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyPeer: a kept connection is worth what its certificate is worth now.
func TestVerifyPeer(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(t *testing.T, s *site, ca *authority)
		status int
		body   string
	}{
		{"nothing changes", func(*testing.T, *site, *authority) {}, 200, ""},
		{"settings are read anew", func(t *testing.T, s *site, ca *authority) { s.trust(t, ca, ca.pool(), nil) }, 200, ""},
		{"revoked", func(t *testing.T, s *site, ca *authority) {
			s.trust(t, ca, ca.pool(), &edge.Revocation{Lists: ca.lists(t, ca.list(t, nil, big.NewInt(0xABC)))})
		}, 403, "it is revoked\n"},
		{"not to be found out", func(t *testing.T, s *site, ca *authority) {
			s.trust(t, ca, ca.pool(), &edge.Revocation{Strict: true})
		}, 403, "whether it is revoked cannot be found out\n"},
		{"its authority taken away", func(t *testing.T, s *site, ca *authority) {
			s.trust(t, ca, newAuthority(t, "Other CA").pool(), nil)
		}, 403, "its authority is not trusted\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, ca := keptSite(t, nil)
			c := s.dial(t)
			if status, body := c.ask(t); status != 200 {
				t.Fatalf("before: %d %q", status, body)
			}
			test.change(t, s, ca)
			for range 2 { // it stays so
				if status, body := c.ask(t); status != test.status || body != test.body {
					t.Errorf("%d %q, want %d %q", status, body, test.status, test.body)
				}
			}
		})
	}
}

// TestVerifyPeerAsTimePasses: certificates and lists end while a connection is
// kept. Both have ends in whole seconds.
func TestVerifyPeerAsTimePasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		adjust func(*x509.Certificate, time.Time)
		list   func(*x509.RevocationList, time.Time)
		body   string
	}{
		{"the certificate expires", func(c *x509.Certificate, end time.Time) { c.NotAfter = end }, func(*x509.RevocationList, time.Time) {}, "it has expired\n"},
		{"the list ends", func(*x509.Certificate, time.Time) {}, func(l *x509.RevocationList, end time.Time) { l.NextUpdate = end }, "whether it is revoked cannot be found out\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			soon := time.Now().Add(4 * time.Second)
			s, ca := keptSite(t, func(c *x509.Certificate) { test.adjust(c, soon) })
			list := ca.list(t, func(l *x509.RevocationList) { test.list(l, soon) })
			s.trust(t, ca, ca.pool(), &edge.Revocation{Strict: true, Lists: ca.lists(t, list)})
			c := s.dial(t)
			status, body := c.ask(t)
			for end := soon.Add(patience); status == 200 && time.Now().Before(end); {
				time.Sleep(20 * time.Millisecond) // as a caller with little to do
				status, body = c.ask(t)
			}
			if status != 403 || body != test.body {
				t.Errorf("%d %q, want 403 %q", status, body, test.body)
			}
		})
	}
}

// TestVerifyPeerIsCheap: while nothing changes a call costs no memory.
func TestVerifyPeerIsCheap(t *testing.T) {
	allocations := -1.0
	s, ca := serveTLS(t, edge.Options{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		allocations = testing.AllocsPerRun(100, func() {
			if err := edge.VerifyPeer(r.Context(), r); err != nil {
				t.Error(err)
			}
		})
	})})
	s.trust(t, ca, ca.pool(), &edge.Revocation{Strict: true, Lists: ca.lists(t, ca.list(t, nil))})
	if _, err := s.shake(t, s.client); err != nil {
		t.Fatal(err)
	}
	if allocations != 0 {
		t.Errorf("%v allocations a call", allocations)
	}
}
