package auth

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

var (
	errNoSender  = errors.New("subject does not hold the sender attribute exactly once")
	errMalformed = errors.New("malformed certificate")
	errValue     = errors.New("sender attribute is not usable text")
)

// String types that cryptobyte has no names for.
const (
	numericString = asn1.Tag(18)
	bmpString     = asn1.Tag(30)
)

// attribute is one attribute of a subject, its value still undecoded.
type attribute struct {
	oid   []byte // DER content octets
	tag   asn1.Tag
	value []byte
	index int  // within its relative distinguished name
	alone bool // nothing else stands in its relative distinguished name
}

// subjectOf finds the subject in a certificate, DER in both. Nothing else of
// the certificate is read: a proxy that is trusted has verified it, and keys
// and extensions are where parsing is slow and strict. Data after the
// certificate is an error.
func subjectOf(der []byte) ([]byte, error) {
	input := cryptobyte.String(der)
	var certificate, tbs, subject cryptobyte.String
	wellFormed := input.ReadASN1(&certificate, asn1.SEQUENCE) && input.Empty() &&
		certificate.ReadASN1(&tbs, asn1.SEQUENCE) &&
		certificate.SkipASN1(asn1.SEQUENCE) && // signature algorithm
		certificate.SkipASN1(asn1.BIT_STRING) && certificate.Empty() &&
		tbs.SkipOptionalASN1(asn1.Tag(0).Constructed().ContextSpecific()) && // version
		tbs.SkipASN1(asn1.INTEGER) && // serial number
		tbs.SkipASN1(asn1.SEQUENCE) && // signature algorithm
		tbs.SkipASN1(asn1.SEQUENCE) && // issuer
		tbs.SkipASN1(asn1.SEQUENCE) && // validity
		tbs.ReadASN1Element(&subject, asn1.SEQUENCE) &&
		tbs.SkipASN1(asn1.SEQUENCE) // public key
	if !wellFormed {
		return nil, errMalformed
	}
	return subject, nil
}

// attributes yields a DER subject's attributes in its own order; an error ends
// it.
func attributes(subject []byte) iter.Seq2[attribute, error] {
	return func(yield func(attribute, error) bool) {
		input := cryptobyte.String(subject)
		var names cryptobyte.String
		if !input.ReadASN1(&names, asn1.SEQUENCE) || !input.Empty() {
			yield(attribute{}, errMalformed)
			return
		}
		for !names.Empty() {
			var set cryptobyte.String
			if !names.ReadASN1(&set, asn1.SET) || set.Empty() {
				yield(attribute{}, errMalformed)
				return
			}
			for index := 0; !set.Empty(); index++ {
				a, ok := readAttribute(&set)
				if !ok {
					yield(attribute{}, errMalformed)
					return
				}
				a.index, a.alone = index, index == 0 && set.Empty()
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

func readAttribute(set *cryptobyte.String) (a attribute, ok bool) {
	var pair, oid, value cryptobyte.String
	ok = set.ReadASN1(&pair, asn1.SEQUENCE) &&
		pair.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) &&
		pair.ReadAnyASN1(&value, &a.tag) && pair.Empty()
	a.oid, a.value = oid, value
	return a, ok
}

// senderID reads the sender id from a DER subject: the value of the attribute
// that has the object identifier oid, verbatim. There must be exactly one in
// the whole subject, and it must stand alone: any choice between two would be
// made differently by someone else. errNoSender tells that there is not.
func senderID(subject, oid []byte) (string, error) {
	var found attribute
	count := 0
	for a, err := range attributes(subject) {
		if err != nil {
			return "", err
		}
		if bytes.Equal(a.oid, oid) {
			found = a
			count++
		}
	}
	if count != 1 || !found.alone || len(found.value) == 0 {
		return "", errNoSender
	}
	id, ok := found.text()
	if !ok || !usableID(id) {
		return "", errValue
	}
	return id, nil
}

// usableID refuses what could not travel in a header as it is: control
// characters, and outer space, which the next hop would trim into another id.
func usableID(id string) bool {
	return id != "" && !hasControl(id) && strings.TrimSpace(id) == id
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// text decodes the value's string type (X.680 §41). Of T61String only the part
// that is ASCII is taken, the rest means different things to different issuers.
func (a attribute) text() (string, bool) {
	switch a.tag {
	case asn1.UTF8String:
		return string(a.value), utf8.Valid(a.value)
	case asn1.PrintableString, asn1.IA5String, asn1.T61String, numericString:
		return string(a.value), isASCII(a.value)
	case bmpString:
		return decodeBMP(a.value)
	}
	return "", false
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeBMP decodes UCS-2 big-endian, which has no surrogates.
func decodeBMP(b []byte) (string, bool) {
	if len(b)%2 != 0 {
		return "", false
	}
	text := make([]byte, 0, len(b))
	for i := 0; i < len(b); i += 2 {
		r := rune(b[i])<<8 | rune(b[i+1])
		if !utf8.ValidRune(r) {
			return "", false
		}
		text = utf8.AppendRune(text, r)
	}
	return string(text), true
}
