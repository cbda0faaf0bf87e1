package edge

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

// LoadCertificate reads a PEM certificate chain, leaf first, and its key,
// which must not be encrypted. Leaf is set.
func LoadCertificate(certFile, keyFile string) (tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate %s, key %s: %w", certFile, keyFile, err)
	}
	return certificate, nil
}

// LoadPKCS12 reads the one certificate that has a key, its key and the chain
// beside it from a PKCS#12 store. Leaf is set.
func LoadPKCS12(file, password string) (tls.Certificate, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("PKCS#12 store: %w", err)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("PKCS#12 store %s: %w", file, err)
	}
	if !matches(key, leaf) {
		return tls.Certificate{}, fmt.Errorf("PKCS#12 store %s: key and certificate do not belong together", file)
	}
	certificate := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	for _, issuer := range chain {
		certificate.Certificate = append(certificate.Certificate, issuer.Raw)
	}
	return certificate, nil
}

func matches(key any, leaf *x509.Certificate) bool {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(leaf.PublicKey)
}

// LoadAuthorities reads PEM certificates to trust. No file, a file without a
// certificate and a damaged certificate are errors: trust must neither open nor
// shrink unseen.
func LoadAuthorities(files ...string) ([]*x509.Certificate, error) {
	if len(files) == 0 {
		return nil, errors.New("no CA files")
	}
	var all []*x509.Certificate
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("CA file: %w", err)
		}
		found, err := parseCertificates(data)
		if err != nil {
			return nil, fmt.Errorf("CA file %s: %w", file, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// LoadPool is LoadAuthorities as a pool.
func LoadPool(files ...string) (*x509.CertPool, error) {
	authorities, err := LoadAuthorities(files...)
	if err != nil {
		return nil, err
	}
	return PoolOf(authorities), nil
}

// PoolOf trusts the authorities.
func PoolOf(authorities []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, authority := range authorities {
		pool.AddCert(authority)
	}
	return pool
}

func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	blocks, err := pemBlocks(data, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	if len(blocks) == 0 {
		return nil, errors.New("no certificate in it")
	}
	all := make([]*x509.Certificate, len(blocks))
	for i, der := range blocks {
		if all[i], err = x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i+1, err)
		}
	}
	return all, nil
}

// pemBlocks gives the blocks of one type. encoding/pem passes over a block that
// it cannot read; here it is an error, because something is then missing.
func pemBlocks(data []byte, kind string) (found [][]byte, err error) {
	begun := bytes.Count(data, []byte("-----BEGIN "+kind+"-----"))
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == kind {
			found = append(found, block.Bytes)
		}
	}
	if len(found) != begun {
		return nil, fmt.Errorf("only %d of %d PEM blocks %q can be read", len(found), begun, kind)
	}
	return found, nil
}

// ParseVersion reads "1.0", "1.1", "1.2" or "1.3".
func ParseVersion(version string) (uint16, error) {
	switch version {
	case "1.0":
		return tls.VersionTLS10, nil
	case "1.1":
		return tls.VersionTLS11, nil
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	}
	return 0, fmt.Errorf("unknown TLS version %q, want 1.0, 1.1, 1.2 or 1.3", version)
}

// CipherSuites translates IANA names, insecure ones included, and returns those
// that Go does not know in unknown. Operators carry over lists that name many
// such, so it is an error only when names are given and none is known. TLS 1.3
// suites are known, but Go does not let them be chosen singly.
func CipherSuites(names []string) (ids []uint16, unknown []string, err error) {
	known := make(map[string]uint16)
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[suite.Name] = suite.ID
	}
	for _, name := range names {
		if id, ok := known[name]; ok {
			ids = append(ids, id)
		} else {
			unknown = append(unknown, name)
		}
	}
	if len(names) > 0 && len(ids) == 0 {
		return nil, unknown, fmt.Errorf("none of the %d cipher suites is known", len(names))
	}
	return ids, unknown, nil
}
