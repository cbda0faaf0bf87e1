package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"time"
)

// trust is what callers' certificates are held against: in every handshake, be
// it a resumption, and before every call, see VerifyPeer. It never changes; a
// listener gets another one.
type trust struct {
	chains     *chains
	revocation *Revocation // nil: nobody is asked
}

// standing is a certificate's acceptance: by whom, and until when.
type standing struct {
	by    *trust
	until time.Time
}

func (s standing) holds(by *trust, now time.Time) bool { return s.by == by && now.Before(s.until) }

// verify holds what a peer has shown against t. chains are those that crypto/tls
// has verified with the same authorities; where it has not, as in a resumption,
// when it reports those of the first handshake, they are built here. A
// certificate with several chains needs one that stands.
func (t *trust) verify(ctx context.Context, state tls.ConnectionState, chains [][]*x509.Certificate) (standing, error) {
	shown := state.PeerCertificates
	if len(shown) == 0 {
		return standing{}, errors.New("no client certificate")
	}
	if len(chains) == 0 {
		var err error
		if chains, err = t.chains.of(shown); err != nil {
			return standing{}, &tls.CertificateVerificationError{UnverifiedCertificates: shown, Err: err}
		}
	}
	var refused error
	for _, chain := range chains {
		until, err := t.check(ctx, chain, state.OCSPResponse)
		if err == nil {
			return standing{t, until}, nil
		}
		if refused == nil {
			refused = err
		}
	}
	return standing{}, refused
}

// check says until when a verified chain stands.
func (t *trust) check(ctx context.Context, chain []*x509.Certificate, staple []byte) (until time.Time, err error) {
	if t.revocation != nil {
		if until, err = t.revocation.checkChain(ctx, chain, staple); err != nil {
			return time.Time{}, err
		}
	}
	for _, certificate := range chain {
		until = sooner(until, certificate.NotAfter)
	}
	return until, nil
}

// DistrustError is why the certificate of a kept connection is accepted no more.
type DistrustError struct {
	Reason string // one short line that may be shown to the peer
	Err    error  // for logs
}

// Error is for logs.
func (e *DistrustError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *DistrustError) Unwrap() error { return e.Err }

// VerifyPeer tells whether r's connection would still be accepted: authorities
// may have been taken away since its handshake, its certificate may have been
// revoked or have expired. While nothing has changed it compares a pointer and
// a time. The error is a *DistrustError. A plain connection is always accepted.
// It is for r's handler, on the handler's own goroutine.
func VerifyPeer(ctx context.Context, r *http.Request) error {
	c := connOf(r)
	if c == nil || c.leaf == nil {
		return nil
	}
	now := c.listener.tls.Load()
	if c.standing.holds(&now.trust, time.Now()) {
		return nil
	}
	accepted, err := now.trust.verify(ctx, c.Conn.(*tls.Conn).ConnectionState(), nil)
	if err != nil {
		return &DistrustError{Reason: distrust(err), Err: err}
	}
	c.standing = accepted
	return nil
}

func distrust(err error) string {
	var revoked *RevokedError
	var unknown *UnknownRevocationError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &revoked):
		return "it is revoked"
	case errors.As(err, &unknown):
		return "whether it is revoked cannot be found out"
	case errors.As(err, &authority):
		return "its authority is not trusted"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired"
	}
	return "it is not valid"
}
