package edge_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/edge"
)

// tagged is a DER value with a context-specific tag.
func tagged(number int, compound bool, content ...[]byte) []byte {
	return value(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: number, IsCompound: compound, Bytes: slices.Concat(content...)})
}

func sequence(content ...[]byte) []byte {
	return value(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: slices.Concat(content...)})
}

func value(v asn1.RawValue) []byte {
	encoded, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encoded
}

func uri(address string) []byte         { return tagged(6, false, []byte(address)) }
func directory(name []byte) []byte      { return tagged(4, true, name) }
func points(names ...[]byte) []byte     { return tagged(0, true, tagged(0, true, names...)) }
func flag(number int, set byte) []byte  { return tagged(number, false, []byte{set}) }
func usersOnly() []byte                 { return flag(1, 0xff) }
func authoritiesOnly() []byte           { return flag(2, 0xff) }
func reasons(number int) []byte         { return tagged(number, false, []byte{1, 0x40}) }
func scoped(fields ...[]byte) adjusting { return rawScope(sequence(fields...)) }

type adjusting = func(*x509.RevocationList)

func rawScope(extension []byte) adjusting {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: extension})
	}
}

// listedAt gives a certificate the distribution points, each a list of fields.
func listedAt(each ...[][]byte) func(*x509.Certificate) {
	var all [][]byte
	for _, fields := range each {
		all = append(all, sequence(fields...))
	}
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 31}, Value: sequence(all...)})
	}
}

func point(fields ...[]byte) [][]byte { return fields }

// TestScopeOfLists: a list says that a certificate is good only if it tells of
// it (RFC 5280, 5.2.5 and 6.3.3), and several lists of one authority together
// tell of all.
func TestScopeOfLists(t *testing.T) {
	const one, two = "http://crl.example/1.crl", "http://crl.example/2.crl"
	ca := newAuthority(t, "Test CA")
	name := ca.certificate.RawSubject
	plain := ca.issue(t, "SE0000000000-UNIT1", nil).Leaf
	with := func(each ...[][]byte) *x509.Certificate {
		return ca.issue(t, "SE0000000000-UNIT1", listedAt(each...)).Leaf
	}
	at1, at2 := with(point(points(uri(one)))), with(point(points(uri(two))))
	own := plain.SerialNumber
	first := *plain
	first.Version = 1 // crypto/x509 makes none
	outdated := func(l *x509.RevocationList) { l.NextUpdate = time.Now().Add(-time.Minute) }
	all := func(adjust ...adjusting) adjusting {
		return func(l *x509.RevocationList) {
			for _, a := range adjust {
				a(l)
			}
		}
	}
	list := func(adjust adjusting, revoked ...*big.Int) []byte { return ca.list(t, adjust, revoked...) }
	for _, test := range []struct {
		name         string
		lists        [][]byte
		shown        *x509.Certificate
		soft, strict string
	}{
		{"users' list", [][]byte{list(scoped(usersOnly()))}, plain, "accepted", "accepted"},
		{"authorities' list", [][]byte{list(scoped(authoritiesOnly()))}, plain, "accepted", "unknown"},
		{"users' list, a certificate that cannot say whose it is", [][]byte{list(scoped(usersOnly()))}, &first, "accepted", "unknown"},
		{"authorities' list that says no users' in so many words", [][]byte{list(scoped(flag(1, 0), authoritiesOnly()))}, plain, "accepted", "unknown"},
		{"both", [][]byte{list(scoped(authoritiesOnly())), list(scoped(usersOnly()))}, plain, "accepted", "accepted"},
		{"revoked on the users' list", [][]byte{list(scoped(authoritiesOnly())), list(scoped(usersOnly()), own)}, plain, "revoked", "revoked"},
		{"revoked on a list that should not tell", [][]byte{list(scoped(authoritiesOnly()), own)}, plain, "revoked", "revoked"},

		{"its point", [][]byte{list(scoped(points(uri(one))))}, at1, "accepted", "accepted"},
		{"another point", [][]byte{list(scoped(points(uri(one))))}, at2, "accepted", "unknown"},
		{"another point in other case", [][]byte{list(scoped(points(uri(strings.ToUpper(one)))))}, at1, "accepted", "unknown"},
		{"no point in the certificate", [][]byte{list(scoped(points(uri(one))))}, plain, "accepted", "unknown"},
		{"a complete list", [][]byte{list(nil)}, at1, "accepted", "accepted"},
		{"all parts", [][]byte{list(scoped(points(uri(one)))), list(scoped(points(uri(two))))}, at2, "accepted", "accepted"},
		{"its part out of date", [][]byte{list(scoped(points(uri(one)))), list(all(scoped(points(uri(two))), outdated))}, at2, "accepted", "unknown"},
		{"its part in force, another out of date", [][]byte{list(all(scoped(points(uri(one))), outdated)), list(scoped(points(uri(two))))}, at2, "accepted", "accepted"},
		{"revoked on its part", [][]byte{list(scoped(points(uri(one)))), list(scoped(points(uri(two))), own)}, at2, "revoked", "revoked"},
		{"revoked on another part", [][]byte{list(scoped(points(uri(one))), own), list(scoped(points(uri(two))))}, at2, "revoked", "revoked"},
		{"one of the list's names", [][]byte{list(scoped(points(uri(two), uri(one))))}, at1, "accepted", "accepted"},
		{"one of the point's names", [][]byte{list(scoped(points(uri(one))))}, with(point(points(uri(two), uri(one)))), "accepted", "accepted"},
		{"one of its points", [][]byte{list(scoped(points(uri(one))))}, with(point(points(uri(two))), point(points(uri(one)))), "accepted", "accepted"},
		{"its point, authorities only", [][]byte{list(scoped(points(uri(one)), authoritiesOnly()))}, at1, "accepted", "unknown"},
		{"its point, users only", [][]byte{list(scoped(points(uri(one)), usersOnly()))}, at1, "accepted", "accepted"},
		{"its point for some reasons", [][]byte{list(scoped(points(uri(one))))}, with(point(points(uri(one)), reasons(1))), "accepted", "unknown"},
		{"its point for another's list", [][]byte{list(scoped(points(uri(one))))}, with(point(points(uri(one)), tagged(2, true, directory(name)))), "accepted", "unknown"},
		{"a name in a directory", [][]byte{list(scoped(points(directory(plain.RawSubject))))}, with(point(points(directory(plain.RawSubject)))), "accepted", "accepted"},
		{"the issuer's own name", [][]byte{list(scoped(points(directory(name))))}, plain, "accepted", "accepted"},
		{"another's name", [][]byte{list(scoped(points(directory(plain.RawSubject))))}, plain, "accepted", "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, strict := range []bool{false, true} {
				want := test.soft
				if strict {
					want = test.strict
				}
				for _, order := range [][][]byte{test.lists, reversed(test.lists)} {
					err := judged(t, []*authority{ca}, &edge.Revocation{Strict: strict, Lists: ca.lists(t, order...)}, test.shown)
					if got := verdict(err); got != want {
						t.Errorf("strict %t: %s, want %s (%v)", strict, got, want, err)
					}
				}
			}
		})
	}
}

func reversed(lists [][]byte) [][]byte {
	lists = slices.Clone(lists)
	slices.Reverse(lists)
	return lists
}

// TestScopeOfAuthorities: an issuing authority's certificate is told of by the
// list for authorities, and not by the one for users.
func TestScopeOfAuthorities(t *testing.T) {
	root := newAuthority(t, "Root CA")
	middle := root.below(t, "Issuing CA", 77)
	leaf := middle.issue(t, "SE0000000000-UNIT1", nil).Leaf
	shown := []*x509.Certificate{leaf, middle.certificate}
	of := middle.lists(t, middle.list(t, nil))
	for _, test := range []struct {
		name string
		root []byte
		want string
	}{
		{"authorities", root.list(t, scoped(authoritiesOnly())), "accepted"},
		{"users", root.list(t, scoped(usersOnly())), "unknown"},
		{"revoked", root.list(t, scoped(authoritiesOnly()), big.NewInt(77)), "revoked"},
	} {
		lists := slices.Concat(root.lists(t, test.root), of)
		err := judged(t, []*authority{root}, &edge.Revocation{Strict: true, Lists: lists}, shown...)
		if got := verdict(err); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestUncoveredIsExplained: who reads the log must not take a list for another
// part for a list that is missing or too old.
func TestUncoveredIsExplained(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	leaf := ca.issue(t, "SE0000000000-UNIT1", nil).Leaf
	revocation := &edge.Revocation{Strict: true, Lists: ca.lists(t, ca.list(t, scoped(authoritiesOnly())))}
	err := judged(t, []*authority{ca}, revocation, leaf)
	if err == nil || !strings.Contains(err.Error(), "the lists of CN=Test CA are for other certificates") {
		t.Error(err)
	}
}

func TestScopesThatAreRefused(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	address := points(uri("http://crl.example/1.crl"))
	twice := func(l *x509.RevocationList) { scoped(usersOnly())(l); scoped(authoritiesOnly())(l) }
	for _, test := range []struct {
		name   string
		adjust adjusting
		want   string
	}{
		{"indirect", scoped(address, flag(4, 0xff)), "indirect"},
		{"some reasons", scoped(address, reasons(3)), "some reasons"},
		{"attribute certificates", scoped(flag(5, 0xff)), "attribute certificates"},
		{"a relative name", scoped(tagged(0, true, tagged(1, true))), "relative"},
		{"users and authorities", scoped(usersOnly(), authoritiesOnly()), "malformed"},
		{"fields in the wrong order", scoped(flag(4, 0), usersOnly()), "malformed"},
		{"a field twice", scoped(usersOnly(), usersOnly()), "malformed"},
		{"a field unheard of", scoped(usersOnly(), flag(6, 0xff)), "malformed"},
		{"a truth that is not DER", scoped(flag(1, 1)), "malformed"},
		{"an empty truth", scoped(tagged(1, false)), "malformed"},
		{"a truth of two bytes", scoped(tagged(1, false, []byte{0xff, 0xff})), "malformed"},
		{"a point without names", scoped(points()), "malformed"},
		{"an empty point", scoped(tagged(0, true)), "malformed"},
		{"a cut name", scoped(tagged(0, true, tagged(0, true, []byte{0x86, 9, 'h'}))), "malformed"},
		{"two names for the point", scoped(tagged(0, true, tagged(0, true, uri("a")), tagged(0, true, uri("b")))), "malformed"},
		{"nothing", scoped(), "malformed"},
		{"no sequence", rawScope(usersOnly()), "malformed"},
		{"more behind it", rawScope(append(sequence(usersOnly()), 0)), "malformed"},
		{"two of them", twice, "two issuing distribution points"},
	} {
		t.Run(test.name, func(t *testing.T) {
			lists, err := edge.ParseRevocationLists(ca.list(t, test.adjust), []*x509.Certificate{ca.certificate})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "CN=Test CA") {
				t.Errorf("%d lists, %v", len(lists), err)
			}
		})
	}
}
