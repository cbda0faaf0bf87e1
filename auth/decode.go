package auth

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// maxCertificate bounds a certificate header, chain included, in bytes.
const maxCertificate = 64 << 10

const (
	pemBegin = "-----BEGIN CERTIFICATE-----"
	pemEnd   = "-----END CERTIFICATE-----"
	derStart = "MII" // base64 of a DER sequence of 256 bytes to 64 KiB
)

var (
	errUnknownForm = errors.New("neither PEM nor base64")
	errTooLong     = errors.New("certificate header is too long")
)

// decodeCertificate gives the DER of the one certificate that a proxy's header
// carries, the first of a chain. Its forms: PEM with any white space, or none,
// for its line breaks; PEM or base64 percent-encoded once; bare base64, of
// several separated by commas the first; and the byte sequence of RFC 9440.
// Quotes around the whole value are dropped. A value in no such form is
// errUnknownForm.
func decodeCertificate(value string) ([]byte, error) {
	if len(value) > maxCertificate {
		return nil, errTooLong
	}
	value, err := unescape(unquote(value))
	if err != nil {
		return nil, err
	}
	text, err := armoured(value)
	if err != nil {
		return nil, err
	}
	return decodeBase64(text)
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// unescape undoes percent-encoding, which is certain when there is a percent
// sign: base64 has none. A plus sign is a space in the two PEM lines, where
// form encoding put it, and base64 everywhere else.
func unescape(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	plain, err := url.PathUnescape(s)
	if err != nil {
		return "", errUnknownForm
	}
	plain = strings.Replace(plain, "-----BEGIN+CERTIFICATE-----", pemBegin, 1)
	plain = strings.Replace(plain, "-----END+CERTIFICATE-----", pemEnd, 1)
	return plain, nil
}

// armoured finds the base64 text in the value.
func armoured(value string) (string, error) {
	if strings.HasPrefix(value, derStart) {
		first, _, _ := strings.Cut(value, ",")
		return first, nil
	}
	if inner, ok := byteSequence(value); ok {
		return inner, nil
	}
	_, afterBegin, begun := strings.Cut(value, pemBegin)
	text, _, ended := strings.Cut(afterBegin, pemEnd)
	if !begun || !ended {
		return "", errUnknownForm
	}
	return text, nil
}

// byteSequence is what stands between the colons of an RFC 9440 value.
func byteSequence(s string) (string, bool) {
	if len(s) < 2 || s[0] != ':' || s[len(s)-1] != ':' {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// decodeBase64 decodes text with white space anywhere and with or without
// padding.
func decodeBase64(text string) ([]byte, error) {
	compact := make([]byte, 0, len(text))
	for i := range len(text) {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n', '\v', '\f':
		default:
			compact = append(compact, c)
		}
	}
	encoding := base64.RawStdEncoding
	if n := len(compact); n > 0 && compact[n-1] == '=' {
		encoding = base64.StdEncoding
	}
	n, err := encoding.Decode(compact, compact)
	return compact[:n], err
}
