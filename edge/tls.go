package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
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

	Revocation *Revocation // nil: nobody is asked
}

// Validate says what is wrong with o, before a listener is given it.
func (o *TLSOptions) Validate() error {
	_, err := o.settings()
	return err
}

// tlsSettings are what handshakes go by; they are never changed.
type tlsSettings struct {
	config *tls.Config
	trust  trust
}

func (o *TLSOptions) settings() (*tlsSettings, error) {
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
	if err := o.suitesLeft(least); err != nil {
		return nil, err
	}
	return &tlsSettings{config, trust{newChains(o.ClientCAs), o.Revocation}}, nil
}

// suitesLeft refuses a choice of cipher suites with which no handshake could
// succeed. Those of TLS 1.3 cannot be chosen, and are on whenever it is.
func (o *TLSOptions) suitesLeft(least uint16) error {
	if len(o.CipherSuites) == 0 || o.MaxVersion == 0 || o.MaxVersion >= tls.VersionTLS13 {
		return nil
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if slices.Contains(o.CipherSuites, suite.ID) && slices.ContainsFunc(suite.SupportedVersions, func(version uint16) bool {
			return least <= version && version <= o.MaxVersion
		}) {
			return nil
		}
	}
	return fmt.Errorf("none of the cipher suites is for TLS %s to %s", tls.VersionName(least), tls.VersionName(o.MaxVersion))
}

// outerConfig takes the current settings at every handshake. crypto/tls gives
// each the outer config's ticket keys, so sessions survive a swap; trust sees to
// it that they survive only as far as they should.
func outerConfig(current *atomic.Pointer[tlsSettings]) *tls.Config {
	return &tls.Config{
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			shaking := hello.Conn.(*shaking)
			now := current.Load()
			config := now.config.Clone()
			config.VerifyConnection = func(state tls.ConnectionState) error { return shaking.verify(&now.trust, state) }
			return config, nil
		},
	}
}

// shaking is the socket under a TLS connection. It remembers how the peer's
// certificate came to be accepted in the handshake.
type shaking struct {
	net.Conn
	end      time.Time // of the time for the handshake; zero: none
	accepted standing
}

// verify has the last word in every handshake. On resumption crypto/tls only
// asks whether one of the chains that the session was once verified with still
// ends in a trusted root, and reports the old chains, which say nothing here.
func (s *shaking) verify(now *trust, state tls.ConnectionState) (err error) {
	ctx := context.Background()
	if !s.end.IsZero() {
		bounded, cancel := context.WithDeadline(ctx, s.end)
		defer cancel()
		ctx = bounded
	}
	chains := state.VerifiedChains
	if state.DidResume {
		chains = nil
	}
	s.accepted, err = now.verify(ctx, state, chains)
	return err
}
