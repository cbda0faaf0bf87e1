package edge

import (
	"crypto/sha256"
	"crypto/x509"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// keptChains is how many peers' chains a trust remembers.
const keptChains = 1024

// chains builds and remembers verified chains. Callers resume sessions all the
// time, and a signature costs more than the rest of such a handshake. It belongs
// to one set of authorities, so that nothing outlives them.
type chains struct {
	cas   *x509.CertPool
	known *lru.Cache[[sha256.Size]byte, builtChains]
}

type builtChains struct {
	chains [][]*x509.Certificate
	until  time.Time // the first end of a certificate in them
}

func newChains(cas *x509.CertPool) *chains {
	known, _ := lru.New[[sha256.Size]byte, builtChains](keptChains) // fails for sizes below 1 only
	return &chains{cas, known}
}

// of is the chains from what a peer has shown, leaf first, to an authority. They
// are shared, and not to be changed.
func (c *chains) of(shown []*x509.Certificate) ([][]*x509.Certificate, error) {
	now, key := time.Now(), keyOf(shown)
	if built, ok := c.known.Get(key); ok && now.Before(built.until) {
		return built.chains, nil
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range shown[1:] {
		intermediates.AddCert(certificate)
	}
	all, err := shown[0].Verify(x509.VerifyOptions{
		Roots:         c.cas,
		Intermediates: intermediates,
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, err
	}
	c.known.Add(key, builtChains{all, firstEnd(all)})
	return all, nil
}

// keyOf is a digest of every byte that was shown.
func keyOf(shown []*x509.Certificate) [sha256.Size]byte {
	digest := sha256.New()
	for _, certificate := range shown {
		digest.Write(certificate.Raw) // DER says its own length: no two lists are one text
	}
	return [sha256.Size]byte(digest.Sum(nil))
}

func firstEnd(all [][]*x509.Certificate) (end time.Time) {
	for _, chain := range all {
		for _, certificate := range chain {
			end = sooner(end, certificate.NotAfter)
		}
	}
	return end
}
