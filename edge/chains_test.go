package edge

import (
	"crypto/x509"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// What was built once is used again for the same certificates, while all of them
// are valid, and for the same authorities.
func TestChainsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca, other := labtest.CA(t, "CA"), labtest.CA(t, "another CA")
		leaf := labtest.Issue(t, ca, lab.Subject{CN: "caller"}).Cert
		trusted := newChains(pool(ca))
		first, err := trusted.of([]*x509.Certificate{leaf})
		if err != nil {
			t.Fatal(err)
		}
		again, err := trusted.of([]*x509.Certificate{leaf})
		if err != nil || &first[0][0] != &again[0][0] {
			t.Errorf("the chains were built anew: %v", err)
		}
		with, err := trusted.of([]*x509.Certificate{leaf, other.Cert})
		if err != nil || &with[0][0] == &first[0][0] {
			t.Errorf("another list of certificates is taken for the same: %v", err)
		}
		if _, err := newChains(pool(other)).of([]*x509.Certificate{leaf}); err == nil {
			t.Error("other authorities trust it")
		}
		time.Sleep(time.Until(leaf.NotAfter) + time.Second)
		if _, err := trusted.of([]*x509.Certificate{leaf}); err == nil {
			t.Error("what was remembered outlives its certificate")
		}
	})
}

func pool(ca *lab.CA) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(ca.Cert)
	return p
}

// A resumption costs no signature check.
func BenchmarkChains(b *testing.B) {
	ca, err := lab.NewCA("CA")
	if err != nil {
		b.Fatal(err)
	}
	leaf, err := ca.Issue(lab.Subject{CN: "caller"})
	if err != nil {
		b.Fatal(err)
	}
	trusted, shown := newChains(pool(ca)), []*x509.Certificate{leaf.Cert}
	for b.Loop() {
		if _, err := trusted.of(shown); err != nil {
			b.Fatal(err)
		}
	}
}
