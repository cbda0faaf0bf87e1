package edge

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// scope is which of its issuer's certificates a revocation list tells of, for
// authorities may part theirs (RFC 5280, 5.2.5). The zero scope is all of them.
type scope struct {
	usersOnly, authoritiesOnly bool

	// points are the names of the list's distribution point in DER, one of which
	// a certificate must bear; none: every certificate does.
	points []string
}

// Extensions that say which list tells of which certificate.
var (
	deltaIndicator      = asn1.ObjectIdentifier{2, 5, 29, 27}
	issuingDistribution = asn1.ObjectIdentifier{2, 5, 29, 28}
	distributionPoints  = asn1.ObjectIdentifier{2, 5, 29, 31}
)

// scopeOf reads a list's scope. A list that tells of its certificates only in
// part, or of other issuers' too, is an error: what it does not name would be
// taken for good.
func scopeOf(list *x509.RevocationList) (s scope, err error) {
	scoped := false
	for _, extension := range list.Extensions {
		switch {
		case extension.Id.Equal(deltaIndicator):
			return scope{}, errors.New("it is a delta list; the base list is needed")
		case extension.Id.Equal(issuingDistribution):
			if scoped {
				return scope{}, errors.New("it has two issuing distribution points")
			}
			scoped = true
			if s, err = parseScope(extension.Value); err != nil {
				return scope{}, fmt.Errorf("its issuing distribution point: %w", err)
			}
		case extension.Critical:
			return scope{}, fmt.Errorf("its extension %v is not understood", extension.Id)
		}
	}
	return s, nil
}

var errMalformed = errors.New("it is malformed")

// parseScope reads an IssuingDistributionPoint. Fields that are not where they
// belong are an error, since each of them makes the scope smaller.
func parseScope(extension cryptobyte.String) (s scope, err error) {
	var fields, point, reasons cryptobyte.String
	var named, someReasons, indirect, attributesOnly bool
	if !extension.ReadASN1(&fields, der.SEQUENCE) || !extension.Empty() || fields.Empty() ||
		!fields.ReadOptionalASN1(&point, &named, field(0).Constructed()) ||
		!readFlag(&fields, 1, &s.usersOnly) ||
		!readFlag(&fields, 2, &s.authoritiesOnly) ||
		!fields.ReadOptionalASN1(&reasons, &someReasons, field(3)) ||
		!readFlag(&fields, 4, &indirect) ||
		!readFlag(&fields, 5, &attributesOnly) ||
		!fields.Empty() || s.usersOnly && s.authoritiesOnly {
		return scope{}, errMalformed
	}
	switch {
	case indirect:
		return scope{}, errors.New("the list is indirect, and tells of other issuers' certificates")
	case someReasons:
		return scope{}, errors.New("the list tells of some reasons for revocation only; one of all reasons is needed")
	case attributesOnly:
		return scope{}, errors.New("the list tells of attribute certificates only")
	case named:
		if s.points, err = fullNames(point); err != nil {
			return scope{}, err
		}
	}
	return s, nil
}

// covers tells whether a list of this scope tells of a certificate, whose
// distribution points are given. Certificates before version 3 do not say
// whether they are an authority's.
func (s *scope) covers(certificate *x509.Certificate, points []string) bool {
	authority := certificate.BasicConstraintsValid && certificate.IsCA
	switch {
	case s.usersOnly && (authority || certificate.Version < 3), s.authoritiesOnly && !authority:
		return false
	case len(s.points) == 0:
		return true
	}
	return slices.ContainsFunc(s.points, func(name string) bool { return slices.Contains(points, name) })
}

// pointsOf are the names of the distribution points at which certificate's own
// issuer tells of it, whatever the reason, and the issuer's name, under which
// it may do so without the certificate's saying (RFC 5280, 6.3.3).
func pointsOf(certificate *x509.Certificate) (names []string) {
	for _, extension := range certificate.Extensions {
		if extension.Id.Equal(distributionPoints) {
			names = append(names, parsePoints(extension.Value)...)
		}
	}
	issuer := cryptobyte.NewBuilder(nil)
	issuer.AddASN1(field(directoryName).Constructed(), func(name *cryptobyte.Builder) { name.AddBytes(certificate.RawIssuer) })
	return append(names, string(issuer.BytesOrPanic()))
}

// directoryName is the number of that kind of GeneralName (RFC 5280, 4.2.1.6).
const directoryName = 4

// parsePoints reads CRLDistributionPoints as far as they are understood. A point
// that is for some reasons or for another issuer's list says nothing about a
// list of all reasons by the certificate's own.
func parsePoints(extension cryptobyte.String) (names []string) {
	var points cryptobyte.String
	if !extension.ReadASN1(&points, der.SEQUENCE) {
		return nil
	}
	for !points.Empty() {
		var fields, point cryptobyte.String
		var named bool
		if !points.ReadASN1(&fields, der.SEQUENCE) || !fields.ReadOptionalASN1(&point, &named, field(0).Constructed()) {
			return names
		}
		if named && fields.Empty() {
			found, _ := fullNames(point) // crypto/x509 has read the certificate: there is nothing to refuse
			names = append(names, found...)
		}
	}
	return names
}

// fullNames reads a DistributionPointName: GeneralNames in DER.
func fullNames(point cryptobyte.String) (names []string, err error) {
	var all cryptobyte.String
	if point.PeekASN1Tag(field(1).Constructed()) {
		return nil, errors.New("it is named relative to its issuer; a full name is needed")
	}
	if !point.ReadASN1(&all, field(0).Constructed()) || !point.Empty() || all.Empty() {
		return nil, errMalformed
	}
	for !all.Empty() {
		var name cryptobyte.String
		var kind der.Tag
		if !all.ReadAnyASN1Element(&name, &kind) {
			return nil, errMalformed
		}
		names = append(names, string(name))
	}
	return names, nil
}

// field is the tag of a field by its number.
func field(number uint8) der.Tag { return der.Tag(number).ContextSpecific() }

// readFlag reads an implicitly tagged BOOLEAN that is false where it is missing.
func readFlag(fields *cryptobyte.String, number uint8, flag *bool) bool {
	var content cryptobyte.String
	var present bool
	if !fields.ReadOptionalASN1(&content, &present, field(number)) {
		return false
	}
	if !present {
		return true
	}
	*flag = len(content) == 1 && content[0] == 0xff
	return len(content) == 1 && (content[0] == 0xff || content[0] == 0)
}
