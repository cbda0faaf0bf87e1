package record

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Why a handshake with a caller failed, as metrics tell it.
const (
	reasonNoCertificate = "no_certificate"
	reasonUntrusted     = "untrusted"       // no chain to client_ca
	reasonExpired       = "expired"         // or not yet valid
	reasonRevoked       = "revoked"         // or revocation not to be found out
	reasonUnacceptable  = "unacceptable"    // another fault of the certificate
	reasonVersion       = "version"         // no common TLS version
	reasonCipher        = "cipher"          // no common cipher suite
	reasonNotTLS        = "not_tls"         // plain HTTP, a port scanner
	reasonRefused       = "refused_by_peer" // an alert: the caller does not like our certificate
	reasonLeft          = "left"            // closed or reset, as health checks do
	reasonTimeout       = "timeout"
	reasonOther         = "other"
)

var handshakeReasons = []string{
	reasonNoCertificate, reasonUntrusted, reasonExpired, reasonRevoked, reasonUnacceptable, reasonVersion,
	reasonCipher, reasonNotTLS, reasonRefused, reasonLeft, reasonTimeout, reasonOther,
}

// HandshakeReasons lists the values of the label reason.
func HandshakeReasons() []string { return slices.Clone(handshakeReasons) }

// handshakeTexts are errors that crypto/tls has no type for.
var handshakeTexts = []struct{ text, reason string }{
	{"didn't provide a certificate", reasonNoCertificate},
	{"revoked", reasonRevoked},
	{"revocation", reasonRevoked},
	{"unsupported versions", reasonVersion},
	{"no supported versions", reasonVersion},
	{"no cipher suite supported", reasonCipher},
}

// handshakeReason sorts what ended a handshake into the reasons.
func handshakeReason(err error) string {
	if reason := connectionReason(err); reason != "" {
		return reason
	}
	var untrusted x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		return reasonUntrusted
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return reasonExpired
	}
	for _, known := range handshakeTexts {
		if strings.Contains(err.Error(), known.text) {
			return known.reason
		}
	}
	if errors.As(err, &invalid) || errors.As(err, &unverified) {
		return reasonUnacceptable
	}
	return reasonOther
}

// connectionReason knows what ended below the handshake, and alerts.
func connectionReason(err error) string {
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.As(err, &record):
		return reasonNotTLS
	case errors.Is(err, os.ErrDeadlineExceeded):
		return reasonTimeout
	case errors.As(err, &op) && op.Op == "remote error":
		return reasonRefused
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return reasonLeft
	}
	return ""
}
