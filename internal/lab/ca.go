package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"

	"golang.org/x/crypto/ocsp"
)

// CA is a throw-away certificate authority. It is safe for concurrent use.
type CA struct {
	// Cert is the self-signed certificate to trust.
	Cert *x509.Certificate

	key crypto.Signer
}

// NewCA mints an authority whose subject has the common name given. It is
// valid from a day ago for ten years.
func NewCA(name string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of CA %s: %w", name, err)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Country: []string{"SE"}, CommonName: name},
		NotBefore:             now.AddDate(0, 0, -1),
		NotAfter:              now.AddDate(10, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of CA %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of CA %s: %w", name, err)
	}
	return &CA{Cert: cert, key: key}, nil
}

// PEM is the authority's certificate.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Cert.Raw})
}

// Pool trusts this authority and nothing else.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Cert)
	return pool
}

// WriteFile writes the authority's certificate as PEM.
func (ca *CA) WriteFile(path string) error {
	return os.WriteFile(path, ca.PEM(), 0o644)
}

// CRL is a DER-encoded revocation list naming the identities given, valid from
// two days ago until a day from now (RFC 5280 section 5).
func (ca *CA) CRL(revoked ...*Identity) ([]byte, error) {
	return ca.CRLUntil(time.Now().AddDate(0, 0, 1), revoked...)
}

// CRLUntil is a CRL with an end of its own, which may have passed.
func (ca *CA) CRLUntil(nextUpdate time.Time, revoked ...*Identity) ([]byte, error) {
	return ca.crl(nextUpdate, nil, revoked)
}

// CRLFor is a CRL with an issuing distribution point, given in DER (RFC 5280
// section 5.2.5).
func (ca *CA) CRLFor(scope []byte, revoked ...*Identity) ([]byte, error) {
	extension := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: scope}
	return ca.crl(time.Now().AddDate(0, 0, 1), []pkix.Extension{extension}, revoked)
}

func (ca *CA) crl(nextUpdate time.Time, extensions []pkix.Extension, revoked []*Identity) ([]byte, error) {
	now := time.Now()
	list := &x509.RevocationList{
		Number:     big.NewInt(now.UnixNano()),
		ThisUpdate: now.AddDate(0, 0, -2),
		NextUpdate: nextUpdate,

		ExtraExtensions: extensions,
	}
	for _, id := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber:   id.Cert.SerialNumber,
			RevocationTime: now.Add(-time.Hour),
		})
	}
	return x509.CreateRevocationList(rand.Reader, list, ca.Cert, ca.key)
}

// OCSPResponse says what has become of an identity, signed by the authority
// itself and valid for an hour. status is ocsp.Good, ocsp.Revoked or
// ocsp.Unknown.
func (ca *CA) OCSPResponse(id *Identity, status int) ([]byte, error) {
	now := time.Now()
	return ocsp.CreateResponse(ca.Cert, ca.Cert, ocsp.Response{
		Status:       status,
		SerialNumber: id.Cert.SerialNumber,
		ThisUpdate:   now.Add(-time.Hour),
		NextUpdate:   now.Add(time.Hour),
		RevokedAt:    now.Add(-time.Hour),
	}, ca.key)
}

// serialNumber is a random certificate serial number of at most 127 bits, as
// RFC 5280 section 4.1.2.2 wants them unique and positive.
func serialNumber() (*big.Int, error) {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	return number, nil
}
