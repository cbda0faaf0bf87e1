package lab

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// HeaderForm is one way in which TLS-terminating proxies write a client's
// certificate into a request header.
type HeaderForm uint8

// The forms seen in the field.
const (
	OneLinePEM   HeaderForm = iota // line ends became spaces, as Apache httpd's RequestHeader does
	FoldedPEM                      // line ends became CR LF HTAB, header folding as nginx's $ssl_client_cert does
	EscapedPEM                     // percent-encoded, as nginx's $ssl_client_escaped_cert is
	BareBase64                     // the DER in base64, no armour
	Base64Chain                    // leaf and issuer in base64 with a comma between, as Traefik does
	ByteSequence                   // :base64:, RFC 9440 section 2.1
)

// HeaderForms lists the forms, for tests over all of them.
func HeaderForms() []HeaderForm {
	return []HeaderForm{OneLinePEM, FoldedPEM, EscapedPEM, BareBase64, Base64Chain, ByteSequence}
}

// String names the form.
func (f HeaderForm) String() string {
	switch f {
	case OneLinePEM:
		return "one-line PEM"
	case FoldedPEM:
		return "folded PEM"
	case EscapedPEM:
		return "percent-encoded PEM"
	case BareBase64:
		return "bare base64"
	case Base64Chain:
		return "base64 chain"
	case ByteSequence:
		return "RFC 9440 byte sequence"
	}
	return "unknown form"
}

// HeaderValue is the certificate as a header value in the form asked for. Only
// FoldedPEM contains line ends, and those fold.
func (id *Identity) HeaderValue(form HeaderForm) string {
	armoured := strings.TrimRight(string(id.CertPEM()), "\n")
	bare := base64.StdEncoding.EncodeToString(id.Cert.Raw)
	switch form {
	case OneLinePEM:
		return strings.ReplaceAll(armoured, "\n", " ")
	case FoldedPEM:
		return strings.ReplaceAll(armoured, "\n", "\r\n\t")
	case EscapedPEM:
		// nginx escapes everything but unreserved characters, so no "+" means a space.
		return strings.ReplaceAll(url.QueryEscape(armoured+"\n"), "+", "%20")
	case Base64Chain:
		return bare + "," + base64.StdEncoding.EncodeToString(id.issuer.Raw)
	case ByteSequence:
		return ":" + bare + ":"
	}
	return bare
}
