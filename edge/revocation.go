package edge

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"
)

// Revocation says how callers' certificates are held against what their
// authorities have revoked: those of the whole chain but for its root. It must
// not change once a listener has it.
type Revocation struct {
	// Strict refuses also certificates of which nobody says that they are good:
	// no list, a list out of date, a responder that cannot be reached or does
	// not know. Otherwise they pass, and OnCheck is told.
	Strict bool

	Lists      []*RevocationList
	Responders *Responders   // asked where the lists do not tell; nil: nobody is
	Timeout    time.Duration // of a question to a responder

	OnCheck func(RevocationCheck) // may be nil; called concurrently
}

// RevocationSource is where an answer was sought.
type RevocationSource string

// The sources, in the order in which they are asked.
const (
	FromList RevocationSource = "crl"
	FromOCSP RevocationSource = "ocsp"
)

// RevocationResult is what a source said.
type RevocationResult string

// What a source can say.
const (
	NotRevoked        RevocationResult = "good"
	Revoked           RevocationResult = "revoked"
	RevocationUnknown RevocationResult = "unknown" // the source does not tell
	RevocationFailed  RevocationResult = "error"   // the source could not be asked, or its answer not be believed
)

// RevocationCheck is one certificate held against one source.
type RevocationCheck struct {
	Source      RevocationSource
	Result      RevocationResult
	Certificate *x509.Certificate
	Reason      string // for logs, of every result but NotRevoked
}

// finding is what a source knows of a certificate.
type finding struct {
	result RevocationResult
	reason string
	until  time.Time // when to look again; zero: not before the source is another
}

// RevokedError is a certificate that its authority has revoked.
type RevokedError struct {
	Certificate *x509.Certificate
	Reason      string // when, and who says so
}

// Error is for logs.
func (e *RevokedError) Error() string { return "revoked: " + named(e.Certificate) + " " + e.Reason }

// UnknownRevocationError is a certificate of which nobody says that it is good.
type UnknownRevocationError struct {
	Certificate *x509.Certificate
	Reason      string
}

// Error is for logs.
func (e *UnknownRevocationError) Error() string {
	return "revocation not found out: " + named(e.Certificate) + " " + e.Reason
}

func named(c *x509.Certificate) string {
	return fmt.Sprintf("%s (serial %X)", c.Subject, c.SerialNumber)
}

// check says until when certificate stands, zero for no end, or why it does not.
func (r *Revocation) check(ctx context.Context, certificate, issuer *x509.Certificate, staple []byte) (until time.Time, err error) {
	found := listed(r.Lists, certificate, issuer, time.Now())
	if len(r.Lists) > 0 {
		r.tell(FromList, certificate, found)
	}
	if r.Responders != nil && found.result == RevocationUnknown {
		asked := r.Responders.ask(ctx, r.Timeout, certificate, issuer, staple)
		r.tell(FromOCSP, certificate, asked)
		if asked.result != NotRevoked && asked.result != Revoked && len(r.Lists) > 0 {
			asked.reason = found.reason + "; " + asked.reason
		}
		found = asked
	}
	switch {
	case found.result == Revoked:
		return time.Time{}, &RevokedError{certificate, found.reason}
	case found.result != NotRevoked && r.Strict:
		return time.Time{}, &UnknownRevocationError{certificate, found.reason}
	}
	return found.until, nil
}

// checkChain holds a verified chain, leaf first, against what was revoked.
func (r *Revocation) checkChain(ctx context.Context, chain []*x509.Certificate, staple []byte) (until time.Time, err error) {
	anchor := len(chain) - 1
	for i, certificate := range chain[:anchor] {
		end, err := r.check(ctx, certificate, chain[i+1], staple)
		if err != nil {
			return time.Time{}, err
		}
		until = sooner(until, end)
		staple = nil // it is the leaf's
	}
	// An authority below a root may be trusted as such. Nobody is asked whether
	// that is right, but a list that says it is not counts.
	if found := listed(r.Lists, chain[anchor], nil, time.Now()); found.result == Revoked {
		r.tell(FromList, chain[anchor], found)
		return time.Time{}, &RevokedError{chain[anchor], found.reason}
	}
	return until, nil
}

func (r *Revocation) tell(source RevocationSource, certificate *x509.Certificate, found finding) {
	if r.OnCheck != nil {
		r.OnCheck(RevocationCheck{source, found.result, certificate, found.reason})
	}
}

// sooner is the earlier of two ends; zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
