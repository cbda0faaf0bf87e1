package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Subject names who a certificate is for. Empty fields are left out.
type Subject struct {
	SerialNumber string // the attribute 2.5.4.5, where RIV-TA keeps the HSA id
	CN, OU, O, C string

	// MoreSerialNumbers are further serialNumber attributes, each in an RDN of
	// its own: a subject a careful reader must refuse.
	MoreSerialNumbers []string
}

// Identity is a certificate with its private key and its issuer.
type Identity struct {
	Cert *x509.Certificate
	Key  crypto.Signer

	issuer *x509.Certificate
}

// Issue signs a certificate for subject: ECDSA P-256, good for both ends of
// TLS, valid from an hour ago for a year, unless the options say otherwise.
func (ca *CA) Issue(subject Subject, options ...IssueOption) (*Identity, error) {
	request, err := newRequest(subject, options)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", subject.CN, err)
	}
	key, err := request.key()
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", subject.CN, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &request.template, ca.Cert, key.Public(), ca.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", subject.CN, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", subject.CN, err)
	}
	return &Identity{Cert: cert, Key: key, issuer: ca.Cert}, nil
}

// IssueOption changes a certificate before it is signed.
type IssueOption func(*request)

// ForClient makes a certificate that is no good for servers.
func ForClient() IssueOption {
	return func(r *request) { r.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
}

// ForServer makes a certificate for the hosts given, names or IP addresses,
// that is no good for clients.
func ForServer(hosts ...string) IssueOption {
	return func(r *request) {
		r.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		Hosts(hosts...)(r)
	}
}

// Hosts adds subject alternative names: IP addresses as such, the rest as DNS
// names.
func Hosts(hosts ...string) IssueOption {
	return func(r *request) {
		for _, host := range hosts {
			if ip := net.ParseIP(host); ip != nil {
				r.template.IPAddresses = append(r.template.IPAddresses, ip)
			} else {
				r.template.DNSNames = append(r.template.DNSNames, host)
			}
		}
	}
}

// Expired makes a certificate whose time ended yesterday.
func Expired() IssueOption {
	return Valid(time.Now().AddDate(0, 0, -2), time.Now().AddDate(0, 0, -1))
}

// NotYetValid makes a certificate whose time begins tomorrow.
func NotYetValid() IssueOption {
	return Valid(time.Now().AddDate(0, 0, 1), time.Now().AddDate(0, 0, 2))
}

// Valid sets when a certificate's time begins and ends.
func Valid(from, to time.Time) IssueOption {
	return func(r *request) { r.template.NotBefore, r.template.NotAfter = from, to }
}

// RawSubject replaces the subject by DER, well-formed or not as far as the
// signer lets it through.
func RawSubject(der []byte) IssueOption {
	return func(r *request) { r.template.RawSubject = der }
}

// NamesResponder makes a certificate that names OCSP responders.
func NamesResponder(urls ...string) IssueOption {
	return func(r *request) { r.template.OCSPServer = urls }
}

// WithRSA makes a 2048-bit RSA key, which takes some tenths of a second.
func WithRSA() IssueOption {
	return func(r *request) { r.rsa = true }
}

// WithKey makes a certificate for a key there is, or that only says it is one.
func WithKey(key crypto.Signer) IssueOption {
	return func(r *request) { r.given = key }
}

// request is a certificate about to be signed.
type request struct {
	template x509.Certificate
	rsa      bool
	given    crypto.Signer
}

func newRequest(subject Subject, options []IssueOption) (*request, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	r := &request{template: x509.Certificate{
		SerialNumber: serial,
		Subject:      subject.name(),
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}}
	for _, option := range options {
		option(r)
	}
	return r, nil
}

func (r *request) key() (crypto.Signer, error) {
	if r.given != nil {
		return r.given, nil
	}
	if r.rsa {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

var serialNumberOID = asn1.ObjectIdentifier{2, 5, 4, 5}

func (s Subject) name() pkix.Name {
	name := pkix.Name{SerialNumber: s.SerialNumber, CommonName: s.CN}
	for _, part := range []struct {
		value string
		field *[]string
	}{{s.C, &name.Country}, {s.O, &name.Organization}, {s.OU, &name.OrganizationalUnit}} {
		if part.value != "" {
			*part.field = []string{part.value}
		}
	}
	if len(s.MoreSerialNumbers) == 0 {
		return name
	}
	// pkix leaves out a named field that ExtraNames mentions, so all of them go there.
	for _, more := range append([]string{s.SerialNumber}, s.MoreSerialNumbers...) {
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: serialNumberOID, Value: more})
	}
	return name
}

// Authority takes the identity for an authority, which it is not: what it issues
// nobody may trust.
func (id *Identity) Authority() *CA { return &CA{Cert: id.Cert, key: id.Key} }

// TLS is the identity for either end of a TLS connection, with its issuer in
// the chain.
func (id *Identity) TLS() tls.Certificate {
	return tls.Certificate{
		Certificate: [][]byte{id.Cert.Raw, id.issuer.Raw},
		PrivateKey:  id.Key,
		Leaf:        id.Cert,
	}
}

// CertPEM is the certificate alone, without its issuer.
func (id *Identity) CertPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Cert.Raw})
}

// KeyPEM is the private key in PKCS #8 form.
func (id *Identity) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", id.Cert.Subject, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// WriteFiles writes NAME.crt and NAME.key into dir and returns their paths.
// The key can be read by its owner alone.
func (id *Identity) WriteFiles(dir, name string) (certFile, keyFile string, err error) {
	key, err := id.KeyPEM()
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	if err := os.WriteFile(certFile, id.CertPEM(), 0o644); err != nil {
		return "", "", err
	}
	if err := os.WriteFile(keyFile, key, 0o600); err != nil {
		return "", "", err
	}
	return certFile, keyFile, nil
}
