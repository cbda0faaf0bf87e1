package edge

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// RevocationList is one list of revoked certificates (RFC 5280, 5). It is safe
// for concurrent use.
type RevocationList struct {
	issuer                 string // its name in DER
	name                   string
	scope                  scope
	thisUpdate, nextUpdate time.Time
	revoked                map[string]time.Time // when, by serial number

	signer string // the public key that was found to have signed it; "" while none was at hand

	// What is left to verify where signer is "", and who was tried: an authority
	// that is not among those at hand may stand in a caller's chain.
	unverified *x509.RevocationList
	mu         sync.Mutex
	tried      map[string]bool
}

// LoadRevocationLists reads the lists in a file: one in DER, or one or more in
// PEM. A file without a list, a damaged list, a delta or indirect one, one of
// some reasons or of attribute certificates only, one without an end, and one that
// bears the name of one of the authorities and is not signed by it are errors. One
// by an authority that is not there is held against each chain that shows it.
func LoadRevocationLists(file string, authorities []*x509.Certificate) ([]*RevocationList, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("revocation list: %w", err)
	}
	lists, err := parseRevocationLists(data, authorities)
	if err != nil {
		return nil, fmt.Errorf("revocation list %s: %w", file, err)
	}
	return lists, nil
}

func parseRevocationLists(data []byte, authorities []*x509.Certificate) ([]*RevocationList, error) {
	all := [][]byte{data}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		var err error
		if all, err = pemBlocks(data, "X509 CRL"); err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return nil, errors.New("no revocation list in it")
		}
	}
	lists := make([]*RevocationList, len(all))
	for i, der := range all {
		parsed, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, err
		}
		if len(parsed.Raw) != len(der) {
			return nil, errors.New("data after the list")
		}
		if lists[i], err = newRevocationList(parsed, authorities); err != nil {
			return nil, fmt.Errorf("list of %s: %w", parsed.Issuer, err)
		}
	}
	return lists, nil
}

func newRevocationList(parsed *x509.RevocationList, authorities []*x509.Certificate) (*RevocationList, error) {
	if parsed.NextUpdate.IsZero() {
		return nil, errors.New("it does not say when the next one comes")
	}
	scope, err := scopeOf(parsed)
	if err != nil {
		return nil, err
	}
	l := &RevocationList{
		issuer: string(parsed.RawIssuer), name: parsed.Issuer.String(), scope: scope,
		thisUpdate: parsed.ThisUpdate, nextUpdate: parsed.NextUpdate,
		revoked: make(map[string]time.Time, len(parsed.RevokedCertificateEntries)),
	}
	for i := range parsed.RevokedCertificateEntries {
		entry := &parsed.RevokedCertificateEntries[i]
		for _, extension := range entry.Extensions {
			if extension.Critical { // such as the name of another authority
				return nil, fmt.Errorf("entry %X has the extension %v, which is not understood", entry.SerialNumber, extension.Id)
			}
		}
		l.revoked[string(entry.SerialNumber.Bytes())] = entry.RevocationTime
	}
	var refused error
	for _, authority := range authorities {
		if !bytes.Equal(authority.RawSubject, parsed.RawIssuer) {
			continue
		}
		if refused = parsed.CheckSignatureFrom(authority); refused == nil {
			l.signer = string(authority.RawSubjectPublicKeyInfo)
			return l, nil
		}
	}
	if refused != nil {
		return nil, fmt.Errorf("not signed by the authority of that name: %w", refused)
	}
	l.unverified = &x509.RevocationList{
		RawTBSRevocationList: parsed.RawTBSRevocationList,
		Signature:            parsed.Signature,
		SignatureAlgorithm:   parsed.SignatureAlgorithm,
	}
	l.tried = make(map[string]bool)
	return l, nil
}

// Issuer names the authority.
func (l *RevocationList) Issuer() string { return l.name }

// NextUpdate is when a newer list must have taken this one's place.
func (l *RevocationList) NextUpdate() time.Time { return l.nextUpdate }

// Scope tells lists of one issuer apart that tell of different certificates of
// its. It is not for people.
func (l *RevocationList) Scope() string {
	return fmt.Sprintf("%t %t %q", l.scope.usersOnly, l.scope.authoritiesOnly, l.scope.points)
}

// Verified tells whether one of the authorities given to LoadRevocationLists
// has signed the list.
func (l *RevocationList) Verified() bool { return l.signer != "" }

// signedBy tells whether the list is issuer's, by name and key.
func (l *RevocationList) signedBy(issuer *x509.Certificate) bool {
	key := string(issuer.RawSubjectPublicKeyInfo)
	if l.signer != "" || l.issuer != string(issuer.RawSubject) {
		return l.signer == key && l.issuer == string(issuer.RawSubject)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	signed, known := l.tried[key]
	if !known {
		signed = l.unverified.CheckSignatureFrom(issuer) == nil
		l.tried[key] = signed
	}
	return signed
}

// clockDifference is how far an authority's clock may be ahead of ours.
const clockDifference = 5 * time.Minute

func (l *RevocationList) current(now time.Time) bool {
	return !l.thisUpdate.After(now.Add(clockDifference)) && now.Before(l.nextUpdate)
}

// listed finds out from lists what has become of certificate. Revoked is what
// any list by its issuer's name says, out of date or not, since nothing revoked
// becomes good, and whatever the list's scope, since no issuer gives a number
// twice; good is only what a current list by its issuer's key tells of and does
// not name. issuer is nil for a certificate that is trusted as such.
func listed(lists []*RevocationList, certificate, issuer *x509.Certificate, now time.Time) finding {
	none := "there is no list of " + certificate.Issuer.String()
	found := finding{result: RevocationUnknown, reason: none}
	serial, points := certificate.SerialNumber.Bytes(), pointsOf(certificate)
	for _, list := range lists {
		if list.issuer != string(certificate.RawIssuer) {
			continue
		}
		own := issuer != nil && list.signedBy(issuer)
		if !own && !list.Verified() {
			continue
		}
		if at, revoked := list.revoked[string(serial)]; revoked {
			return finding{result: Revoked, reason: fmt.Sprintf("on %s, says the list of %s", at.UTC().Format(time.DateTime), list.name)}
		}
		switch {
		case !own:
		case !list.scope.covers(certificate, points):
			if found.reason == none {
				found.reason = "the lists of " + list.name + " are for other certificates"
			}
		case list.current(now):
			found.result = NotRevoked
			found.until = laterOf(found.until, list.nextUpdate)
		case found.result == RevocationUnknown:
			found.reason = fmt.Sprintf("the list of %s is not in force: it is for %s to %s", list.name,
				list.thisUpdate.UTC().Format(time.DateTime), list.nextUpdate.UTC().Format(time.DateTime))
		}
	}
	return found
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
