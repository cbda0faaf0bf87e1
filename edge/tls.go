package edge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// TLSOptions are a listener's TLS settings. A client certificate that chains
// to ClientCAs is always required.
type TLSOptions struct {
	Certificate    tls.Certificate
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error) // when set, instead of Certificate
	ClientCAs      *x509.CertPool                                       // must not be nil, and must not change
	MinVersion     uint16                                               // 0: TLS 1.2
	MaxVersion     uint16                                               // 0: the newest
	CipherSuites   []uint16                                             // up to TLS 1.2; empty: Go's choice

	// Verify, when set, has the last word in every handshake, resumed ones
	// included, for instance on revocation. The chains are those that
	// ClientCAs vouches for now; there is at least one.
	Verify func(chains [][]*x509.Certificate, state tls.ConnectionState) error
}

// Validate says what is wrong with o, before a listener is given it.
func (o *TLSOptions) Validate() error {
	_, err := o.config()
	return err
}

// config is what handshakes use; it is never changed.
func (o *TLSOptions) config() (*tls.Config, error) {
	if o.ClientCAs == nil {
		return nil, errors.New("TLS without client CAs")
	}
	if len(o.Certificate.Certificate) == 0 && o.GetCertificate == nil {
		return nil, errors.New("TLS without a certificate")
	}
	least := o.MinVersion
	if least == 0 {
		least = tls.VersionTLS12
	}
	if o.MaxVersion != 0 && o.MaxVersion < least {
		return nil, fmt.Errorf("highest TLS version %s is below the lowest, %s",
			tls.VersionName(o.MaxVersion), tls.VersionName(least))
	}
	config := &tls.Config{
		GetCertificate: o.GetCertificate,
		ClientAuth:     tls.RequireAndVerifyClientCert,
		ClientCAs:      o.ClientCAs,
		MinVersion:     least,
		MaxVersion:     o.MaxVersion,
		CipherSuites:   o.CipherSuites,
		NextProtos:     []string{"http/1.1"},
	}
	if o.GetCertificate == nil {
		config.Certificates = []tls.Certificate{o.Certificate}
	}
	verifier := verifier{cas: o.ClientCAs, last: o.Verify}
	config.VerifyConnection = verifier.verify
	return config, nil
}

// outerConfig takes the current config at every handshake. crypto/tls gives
// each the outer config's ticket keys, so sessions survive a swap; verifier
// sees to it that they survive only as far as they should.
func outerConfig(current *atomic.Pointer[tls.Config]) *tls.Config {
	return &tls.Config{
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return current.Load(), nil },
	}
}

// verifier holds a finished handshake against the settings of now. On
// resumption crypto/tls only asks whether one of the chains that the session
// was once verified with still ends in a trusted root, and reports the old
// chains; here they are built anew.
type verifier struct {
	cas  *x509.CertPool
	last func([][]*x509.Certificate, tls.ConnectionState) error
}

func (v verifier) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("no client certificate")
	}
	chains := state.VerifiedChains
	if state.DidResume || len(chains) == 0 {
		var err error
		if chains, err = v.chains(state.PeerCertificates); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
	}
	if v.last == nil {
		return nil
	}
	return v.last(chains, state)
}

func (v verifier) chains(shown []*x509.Certificate) ([][]*x509.Certificate, error) {
	intermediates := x509.NewCertPool()
	for _, certificate := range shown[1:] {
		intermediates.AddCert(certificate)
	}
	return shown[0].Verify(x509.VerifyOptions{
		Roots:         v.cas,
		Intermediates: intermediates,
		CurrentTime:   time.Now(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}
