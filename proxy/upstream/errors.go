package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Failure is what every error of Client.Do and Response.Body is, except the
// cause of a cancelled context, which is handed back as it was given.
type Failure interface {
	error

	// Cause is a short English sentence for the caller of the gateway. Of the
	// producer it tells no more than the address that was called, and it
	// never quotes what the producer sent.
	Cause() string
}

// AddressError is a route address that cannot be called. ParseTarget alone
// returns it.
type AddressError struct{ What string }

func (e *AddressError) Error() string { return "upstream: unusable address: " + e.What }

// RequestError is a request that cannot be put on the wire as it is given.
// Nothing was dialled.
type RequestError struct{ What string }

func (e *RequestError) Error() string { return "upstream: unusable request: " + e.What }

// Cause names what is wrong.
func (e *RequestError) Cause() string { return "Unusable request: " + e.What }

// DialError is a connection that could not be made, after all attempts: the
// name did not resolve, the address is not allowed, nobody listened, or nobody
// answered in time. No byte of the request has left.
type DialError struct {
	Addr string // host:port
	Err  error
}

func (e *DialError) Error() string { return "upstream: dial " + e.Addr + ": " + e.Err.Error() }

// Unwrap gives the dialer's error, or that of Options.Allow.
func (e *DialError) Unwrap() error { return e.Err }

// Cause is VP's text for every failed connect.
func (e *DialError) Cause() string { return "Cannot connect to " + e.Addr }

// TLSError is a handshake that failed, or an alert by which the producer
// refused the connection in place of its first answer: TLS 1.3 tells of a
// refused client certificate only then.
type TLSError struct{ Err error }

func (e *TLSError) Error() string { return "upstream: TLS: " + e.Err.Error() }

// Unwrap gives the error of crypto/tls.
func (e *TLSError) Unwrap() error { return e.Err }

// Cause names the reason in a few words.
func (e *TLSError) Cause() string { return "TLS handshake failed: " + tlsReason(e.Err) }

// TimeoutError is a producer that was silent for longer than Request.Timeout
// allows, or did not answer within it.
type TimeoutError struct{ Err error }

func (e *TimeoutError) Error() string { return "upstream: timeout: " + e.Err.Error() }

// Unwrap gives the error of the connection.
func (e *TimeoutError) Unwrap() error { return e.Err }

// Timeout is true, as net.Error asks.
func (e *TimeoutError) Timeout() bool { return true }

// Cause is VP's text.
func (e *TimeoutError) Cause() string { return "Timeout when waiting on response from producer." }

// BodyError is a request whose body could not be read, or was not as long as
// announced: the fault of whoever sends the request, not of the producer. The
// producer's connection has been reset.
type BodyError struct{ Err error }

func (e *BodyError) Error() string { return "upstream: request body: " + e.Err.Error() }

// Unwrap gives what Request.Body returned.
func (e *BodyError) Unwrap() error { return e.Err }

// Cause is fixed.
func (e *BodyError) Cause() string { return "Request could not be read to its end" }

// WriteError is a connection that broke while the request was being sent, and
// on which no answer was found. The request may have been carried out.
type WriteError struct{ Err error }

func (e *WriteError) Error() string { return "upstream: write: " + e.Err.Error() }

// Unwrap gives the error of the connection.
func (e *WriteError) Unwrap() error { return e.Err }

// Cause tells a reset from other breaks.
func (e *WriteError) Cause() string { return breakCause(e.Err) }

// ReadError is a connection that broke while the answer was awaited or read.
// The request may have been carried out.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "upstream: read: " + e.Err.Error() }

// Unwrap gives the error of the connection.
func (e *ReadError) Unwrap() error { return e.Err }

// Cause tells a reset from other breaks.
func (e *ReadError) Cause() string { return breakCause(e.Err) }

// NoAnswerError is a connection the producer closed without a byte of the
// final answer. The request may have been carried out.
type NoAnswerError struct{ Addr string } // host:port

func (e *NoAnswerError) Error() string { return "upstream: no answer from " + e.Addr }

// Cause is VP's text.
func (e *NoAnswerError) Cause() string {
	return "No response received from remote server: " + e.Addr
}

// TruncatedError is an answer the producer ended, by closing, before it was
// complete. errors.Is finds io.ErrUnexpectedEOF in it.
type TruncatedError struct{}

func (e *TruncatedError) Error() string { return "upstream: answer cut short" }

// Unwrap gives io.ErrUnexpectedEOF.
func (e *TruncatedError) Unwrap() error { return io.ErrUnexpectedEOF }

// Cause is fixed.
func (e *TruncatedError) Cause() string { return "Connection closed before the answer was complete" }

// MalformedError is an answer that is not HTTP/1.1 as this package accepts it.
type MalformedError struct{ What string }

func (e *MalformedError) Error() string { return "upstream: malformed answer: " + e.What }

// Cause names what is wrong.
func (e *MalformedError) Cause() string { return "Malformed answer: " + e.What }

func breakCause(err error) string {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return "Connection reset"
	}
	return "Connection broken"
}

// tlsReason words a failed handshake without the prefixes and type names of
// crypto/tls and crypto/x509.
func tlsReason(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "the producer's certificate is not trusted"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the producer's certificate has expired or is not yet valid"
	case errors.As(err, &invalid):
		return "the producer's certificate is not acceptable"
	case errors.As(err, &host):
		return "the producer's certificate is for another host"
	case errors.As(err, &record):
		return "the producer does not speak TLS"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	if text, ok := alertText(err); ok {
		return "refused by the producer: " + text
	}
	return "no agreement with the producer"
}

// alertText is the name of the alert the producer sent. crypto/tls has no
// exported type for it and marks it by the operation alone.
func alertText(err error) (string, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return "", false
	}
	return strings.TrimPrefix(op.Err.Error(), "tls: "), true
}

// connectionFailure types an error of the connection other than its end.
func connectionFailure(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &TimeoutError{err}
	}
	return &ReadError{err}
}
