package edge_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/edge"
)

// list is a DER revocation list of a with the numbers revoked, in force now
// unless adjust changes it.
func (a *authority) list(t testing.TB, adjust func(*x509.RevocationList), revoked ...*big.Int) []byte {
	t.Helper()
	template := &x509.RevocationList{
		Number:     big.NewInt(1),
		ThisUpdate: time.Now().Add(-2 * time.Hour),
		NextUpdate: time.Now().Add(time.Hour),
	}
	for _, number := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: number, RevocationTime: time.Now().Add(-time.Hour)})
	}
	if adjust != nil {
		adjust(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, a.certificate, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// lists reads DER lists as those of a configuration in which a is trusted.
func (a *authority) lists(t testing.TB, ders ...[]byte) (all []*edge.RevocationList) {
	t.Helper()
	for _, der := range ders {
		lists, err := edge.ParseRevocationLists(der, []*x509.Certificate{a.certificate})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lists...)
	}
	return all
}

// below makes an authority that a has certified.
func (a *authority) below(t testing.TB, name string, number int64) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	key := newKey(t)
	return &authority{certificate: sign(t, template, a.certificate, key, a.key), key: key}
}

// judged shows certificates to a listener that trusts authorities.
func judged(t testing.TB, trusted []*authority, revocation *edge.Revocation, shown ...*x509.Certificate) error {
	t.Helper()
	pool := x509.NewCertPool()
	for _, authority := range trusted {
		pool.AddCert(authority.certificate)
	}
	o := &edge.TLSOptions{
		Certificate: trusted[0].issue(t, "SE0000000000-GATEWAY", nil),
		ClientCAs:   pool,
		Revocation:  revocation,
	}
	return o.VerifyConnection(tls.ConnectionState{PeerCertificates: shown})
}

// verdict names what became of a certificate.
func verdict(err error) string {
	var revoked *edge.RevokedError
	var unknown *edge.UnknownRevocationError
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &revoked):
		return "revoked"
	case errors.As(err, &unknown):
		return "unknown"
	}
	return err.Error()
}

func TestRevocationByLists(t *testing.T) {
	ca, other := newAuthority(t, "Test CA"), newAuthority(t, "Other CA")
	leaf := ca.issue(t, "SE0000000000-UNIT1", nil).Leaf
	outdated := func(l *x509.RevocationList) { l.NextUpdate = time.Now().Add(-time.Minute) }
	future := func(l *x509.RevocationList) {
		l.ThisUpdate, l.NextUpdate = time.Now().Add(30*time.Minute), time.Now().Add(time.Hour)
	}
	own, neighbour := leaf.SerialNumber, big.NewInt(0xABD)
	for _, test := range []struct {
		name         string
		lists        []*edge.RevocationList
		soft, strict string
	}{
		{"no list", nil, "accepted", "unknown"},
		{"not on the list", ca.lists(t, ca.list(t, nil, neighbour)), "accepted", "accepted"},
		{"an empty list", ca.lists(t, ca.list(t, nil)), "accepted", "accepted"},
		{"on the list", ca.lists(t, ca.list(t, nil, neighbour, own)), "revoked", "revoked"},
		{"not on an old list", ca.lists(t, ca.list(t, outdated)), "accepted", "unknown"},
		{"on an old list", ca.lists(t, ca.list(t, outdated, own)), "revoked", "revoked"},
		{"on an old list, not on a new one", ca.lists(t, ca.list(t, outdated, own), ca.list(t, nil)), "revoked", "revoked"},
		{"an old and a new list", ca.lists(t, ca.list(t, outdated), ca.list(t, nil)), "accepted", "accepted"},
		{"not on a list to come", ca.lists(t, ca.list(t, future)), "accepted", "unknown"},
		{"on another authority's list", other.lists(t, other.list(t, nil, own)), "accepted", "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, strict := range []bool{false, true} {
				want := test.soft
				if strict {
					want = test.strict
				}
				err := judged(t, []*authority{ca}, &edge.Revocation{Strict: strict, Lists: test.lists}, leaf)
				if got := verdict(err); got != want {
					t.Errorf("strict %t: %s, want %s", strict, got, want)
				}
				if err != nil && !strings.Contains(err.Error(), "(serial ABC)") {
					t.Errorf("strict %t: %v does not name the certificate", strict, err)
				}
			}
		})
	}
}

// TestRevokedAuthority: every certificate of the chain counts, be its authority
// in the settings or only in the chain, or be it itself what is trusted.
func TestRevokedAuthority(t *testing.T) {
	root := newAuthority(t, "Root CA")
	middle := root.below(t, "Issuing CA", 77)
	impostor := newAuthority(t, "Issuing CA")
	leaf := middle.issue(t, "SE0000000000-UNIT1", nil).Leaf
	shown := []*x509.Certificate{leaf, middle.certificate}
	number := func(n *big.Int) []*big.Int { return []*big.Int{n} }
	good, bad := root.list(t, nil), root.list(t, nil, big.NewInt(77))
	both := func(of *authority, revoked []*big.Int) []*edge.RevocationList {
		// The issuing authority is not in the settings: only the chain shows its key.
		return slices.Concat(root.lists(t, good), root.lists(t, of.list(t, nil, revoked...)))
	}
	for _, test := range []struct {
		name    string
		trusted []*authority
		lists   []*edge.RevocationList
		want    string
	}{
		{"all is well", []*authority{root}, both(middle, nil), "accepted"},
		{"no list of the issuing authority", []*authority{root}, root.lists(t, good), "unknown"},
		{"no list of the root", []*authority{root}, middle.lists(t, middle.list(t, nil)), "unknown"},
		{"the leaf is revoked", []*authority{root}, both(middle, number(leaf.SerialNumber)), "revoked"},
		{"the issuing authority is revoked", []*authority{root}, slices.Concat(root.lists(t, bad), middle.lists(t, middle.list(t, nil))), "revoked"},
		{"a list by another key", []*authority{root}, both(impostor, nil), "unknown"},
		{"a revocation by another key", []*authority{root}, both(impostor, number(leaf.SerialNumber)), "unknown"},
		{"the issuing authority is trusted as such", []*authority{middle}, middle.lists(t, middle.list(t, nil)), "accepted"},
		{"and revoked", []*authority{middle}, slices.Concat(root.lists(t, bad), middle.lists(t, middle.list(t, nil))), "revoked"},
		{"and revoked, with its root", []*authority{middle, root}, slices.Concat(root.lists(t, bad), middle.lists(t, middle.list(t, nil))), "revoked"},
	} {
		err := judged(t, test.trusted, &edge.Revocation{Strict: true, Lists: test.lists}, shown...)
		if got := verdict(err); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func extension(number int, critical bool) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{
			Id: asn1.ObjectIdentifier{2, 5, 29, number}, Critical: critical, Value: []byte{0x30, 0x00},
		})
	}
}

func inPEM(ders ...[]byte) (all []byte) {
	for _, der := range ders {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	return all
}

func TestLoadRevocationLists(t *testing.T) {
	ca, other := newAuthority(t, "Test CA"), newAuthority(t, "Other CA")
	namesake := newAuthority(t, "Test CA")
	authorities := []*x509.Certificate{ca.certificate, other.certificate}
	plain, second := ca.list(t, nil), other.list(t, nil)
	strangeEntry := func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = []x509.RevocationListEntry{{
			SerialNumber: big.NewInt(5), RevocationTime: time.Now(),
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{0x30, 0x00}}},
		}}
	}
	for _, test := range []struct {
		name  string
		data  []byte
		lists int
		want  string // in the error
	}{
		{"der", plain, 1, ""},
		{"pem", inPEM(plain), 1, ""},
		{"both", append([]byte("# a comment\n"), inPEM(plain, second)...), 2, ""},
		{"beside a certificate", append(pemOf(ca.certificate), inPEM(plain)...), 1, ""},
		{"an extension that need not be understood", ca.list(t, extension(99, false)), 1, ""},
		{"empty", nil, 0, "malformed"},
		{"text", []byte("no list here\n"), 0, "malformed"},
		{"a certificate", pemOf(ca.certificate), 0, "no revocation list in it"},
		{"cut", plain[:len(plain)-10], 0, "malformed"},
		{"cut PEM", inPEM(plain)[:100], 0, "only 0 of 1"},
		{"the second cut", append(inPEM(plain), inPEM(second)[:100]...), 0, "only 1 of 2"},
		{"more behind it", append(slices.Clone(plain), 0), 0, "data after the list"},
		{"signed by a namesake", namesake.list(t, nil), 0, "not signed by the authority of that name"},
		{"delta", ca.list(t, extension(27, true)), 0, "delta"},
		{"delta that does not insist", ca.list(t, extension(27, false)), 0, "delta"},
		{"an empty issuing distribution point", ca.list(t, extension(28, true)), 0, "malformed"},
		{"unknown extension", ca.list(t, extension(99, true)), 0, "2.5.29.99 is not understood"},
		{"unknown extension of an entry", ca.list(t, strangeEntry), 0, "2.5.29.29, which is not understood"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := writeFile(t, "ca.crl", test.data)
			lists, err := edge.LoadRevocationLists(file, authorities)
			if len(lists) != test.lists || (err == nil) != (test.want == "") {
				t.Fatalf("%d lists, %v", len(lists), err)
			}
			if err != nil {
				wantError(t, err, "ca.crl", "")
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v does not say %q", err, test.want)
				}
			}
			for _, list := range lists {
				if !list.Verified() || !strings.HasSuffix(list.Issuer(), " CA") || !list.NextUpdate().After(time.Now()) {
					t.Errorf("list of %q, verified %t, until %s", list.Issuer(), list.Verified(), list.NextUpdate())
				}
			}
		})
	}
	if _, err := edge.LoadRevocationLists("missing.crl", authorities); err == nil {
		t.Error("missing file: no error")
	}
	unknown, err := edge.ParseRevocationLists(plain, []*x509.Certificate{other.certificate})
	if err != nil || unknown[0].Verified() {
		t.Errorf("a list by an unknown authority: %v", err)
	}
}

// FuzzRevocationList: whatever a file holds, reading it ends with lists that are
// in force for somebody or with an error.
func FuzzRevocationList(f *testing.F) {
	ca := newAuthority(f, "Test CA")
	plain := ca.list(f, nil, big.NewInt(1), big.NewInt(0x7fff))
	f.Add(plain)
	f.Add(inPEM(plain, plain))
	f.Add(append(pemOf(ca.certificate), inPEM(plain)...))
	f.Add(inPEM(plain)[:120])
	f.Add(ca.list(f, extension(28, true)))
	f.Add(ca.list(f, scoped(points(uri("http://crl.example/1.crl")), usersOnly())))
	f.Add([]byte("-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lists, err := edge.ParseRevocationLists(data, []*x509.Certificate{ca.certificate})
		if (err == nil) != (len(lists) > 0) {
			t.Fatalf("%d lists and %v", len(lists), err)
		}
		for _, list := range lists {
			if list.NextUpdate().IsZero() {
				t.Error("a list without an end")
			}
		}
	})
}
