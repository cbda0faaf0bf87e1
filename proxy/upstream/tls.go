package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// sessionCacheSize is the number of producers whose TLS session a profile
// remembers.
const sessionCacheSize = 1024

// TLSProfile is one TLS identity and setting towards producers. Connections
// and sessions are never shared between two profiles, whatever they hold.
type TLSProfile struct {
	config *tls.Config
}

// NewTLSProfile makes a profile from a copy of cfg. The session cache of cfg is
// replaced by one of the profile's own, and its ServerName and NextProtos are
// ignored: every connection names its target and speaks HTTP/1.1. Without
// verifyHost the producer's chain is still verified against cfg.RootCAs, on
// resumed sessions too; only the name in the certificate is not compared.
func NewTLSProfile(cfg *tls.Config, verifyHost bool) *TLSProfile {
	config := cfg.Clone()
	config.ClientSessionCache = tls.NewLRUClientSessionCache(sessionCacheSize)
	config.NextProtos = nil
	// A producer reads a request whole before it looks at it: small first
	// records would cost a system call each and bring nothing forward.
	config.DynamicRecordSizingDisabled = true
	config.InsecureSkipVerify = !verifyHost
	if !verifyHost {
		config.VerifyConnection = verifyChain(cfg)
	}
	return &TLSProfile{config: config}
}

// forHost is the profile's configuration for one connection.
func (p *TLSProfile) forHost(serverName string) *tls.Config {
	config := p.config.Clone()
	config.ServerName = serverName
	return config
}

// verifyChain does what crypto/tls does itself unless InsecureSkipVerify is
// set, but for the host name, and then what cfg asked for.
func verifyChain(cfg *tls.Config) func(tls.ConnectionState) error {
	roots, next, now := cfg.RootCAs, cfg.VerifyConnection, cfg.Time
	if now == nil {
		now = time.Now
	}
	return func(state tls.ConnectionState) error {
		certificates := state.PeerCertificates
		if len(certificates) == 0 {
			return errors.New("upstream: the producer sent no certificate")
		}
		options := x509.VerifyOptions{Roots: roots, CurrentTime: now(), Intermediates: x509.NewCertPool()}
		for _, intermediate := range certificates[1:] {
			options.Intermediates.AddCert(intermediate)
		}
		chains, err := certificates[0].Verify(options)
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: certificates, Err: err}
		}
		if next == nil {
			return nil
		}
		state.VerifiedChains = chains
		return next(state)
	}
}

// Config is a copy of the profile's configuration, for other clients that call
// under the same settings. They set ServerName themselves.
func (p *TLSProfile) Config() *tls.Config { return p.config.Clone() }
