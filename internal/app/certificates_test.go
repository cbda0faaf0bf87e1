package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"rivgate/config"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
	"rivgate/record"
)

// Everything that ends some day is found, under what it is used for.
func TestCertificatesOfAConfiguration(t *testing.T) {
	ca := labtest.CA(t, "CA")
	now := time.Now()
	until := func(days int) lab.IssueOption { return lab.Valid(now.Add(-time.Hour), now.AddDate(0, 0, days)) }
	gateway := labtest.Issue(t, ca, lab.Subject{CN: "gateway"}, until(10))
	old := labtest.Issue(t, ca, lab.Subject{CN: "authority"}, until(1))
	renewed := labtest.Issue(t, ca, lab.Subject{CN: "authority"}, until(100))
	outgoing := labtest.Issue(t, ca, lab.Subject{CN: "outgoing"}, until(20))
	dir := t.TempDir()
	write := func(name string, content []byte) config.Path {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return config.Path(path)
	}
	inPEM := func(kind string, ders ...[]byte) (content []byte) {
		for _, der := range ders {
			content = append(content, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		return content
	}
	store, err := pkcs12.Modern.Encode(outgoing.Key, outgoing.Cert, []*x509.Certificate{ca.Cert}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	nextUpdate := now.AddDate(0, 0, 2)
	list := revocationList(t, nextUpdate)
	chain := write("gateway.crt", inPEM("CERTIFICATE", gateway.Cert.Raw, ca.Cert.Raw))
	bundle := write("bundle.crt", inPEM("CERTIFICATE", renewed.Cert.Raw, old.Cert.Raw))
	outgoingStore, password := write("outgoing.p12", store), write("password", []byte("secret\n"))
	crlPEM, crlDER := write("crl.pem", inPEM("X509 CRL", list)), write("crl.der", list)
	override := config.TLSOverride{CA: &[]config.Path{bundle}}
	cfg := &config.Config{
		Listeners: []config.Listener{
			{Name: "http"},
			{Name: "https", TLS: &config.ListenerTLS{
				Certificate: chain, ClientCA: []config.Path{bundle, "nowhere.crt"},
				Revocation: config.Revocation{CRL: []config.Path{crlPEM, crlDER, chain}},
			}},
		},
	}
	cfg.Producers.TLS = config.ProducerTLS{
		Default:   config.ClientTLS{PKCS12: outgoingStore, PasswordFile: password},
		Overrides: []config.TLSOverride{override},
	}

	certificates, lists := certificatesOf(cfg)
	want := map[record.Certificate]time.Time{
		{Use: "listener https", File: string(chain), Subject: "CN=gateway"}:                gateway.Cert.NotAfter,
		{Use: "listener https", File: string(chain), Subject: ca.Cert.Subject.String()}:    ca.Cert.NotAfter,
		{Use: "listener https client_ca", File: string(bundle), Subject: "CN=authority"}:   renewed.Cert.NotAfter,
		{Use: "producers", File: string(outgoingStore), Subject: "CN=outgoing"}:            outgoing.Cert.NotAfter,
		{Use: "producers", File: string(outgoingStore), Subject: ca.Cert.Subject.String()}: ca.Cert.NotAfter,
		{Use: "producers override 1 ca", File: string(bundle), Subject: "CN=authority"}:    renewed.Cert.NotAfter,
	}
	if len(certificates) != len(want) {
		t.Errorf("%d certificates, want %d", len(certificates), len(want))
	}
	for _, certificate := range certificates {
		expires := certificate.Expires
		certificate.Expires = time.Time{}
		if !want[certificate].Equal(expires) {
			t.Errorf("%+v expires %v, want %v", certificate, expires, want[certificate])
		}
	}
	if len(lists) != 2 {
		t.Fatalf("%d revocation lists, want 2", len(lists))
	}
	for _, list := range lists {
		if list.Issuer != "CN=issuer" || !list.NextUpdate.Equal(nextUpdate.Truncate(time.Second)) {
			t.Errorf("%+v, want next update %v", list, nextUpdate)
		}
	}
}

// A list in parts ends with the part that ends first, and a part with the newest
// of its lists.
func TestRevocationListsInParts(t *testing.T) {
	users, authorities := []byte{0x30, 3, 0x81, 1, 0xff}, []byte{0x30, 3, 0x82, 1, 0xff}
	start := time.Now().Truncate(time.Second)
	end := func(days int) time.Time { return start.AddDate(0, 0, days) }
	var content []byte
	for _, list := range [][]byte{
		revocationList(t, end(1), users...), revocationList(t, end(3), users...),
		revocationList(t, end(9), authorities...),
	} {
		content = append(content, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list})...)
	}
	file := filepath.Join(t.TempDir(), "ca.crl")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, lists := certificatesOf(&config.Config{Listeners: []config.Listener{
		{TLS: &config.ListenerTLS{Revocation: config.Revocation{CRL: []config.Path{config.Path(file)}}}},
	}})
	if len(lists) != 1 || lists[0].Issuer != "CN=issuer" || !lists[0].NextUpdate.Equal(end(3)) {
		t.Errorf("%+v, want one until %v", lists, end(3))
	}
}

// revocationList is an empty list of CN=issuer, with an issuing distribution
// point if one is given.
func revocationList(t *testing.T, nextUpdate time.Time, scope ...byte) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := &x509.Certificate{
		Subject: pkix.Name{CommonName: "issuer"}, SubjectKeyId: []byte{1}, KeyUsage: x509.KeyUsageCRLSign,
	}
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: nextUpdate.AddDate(0, 0, -3), NextUpdate: nextUpdate}
	if len(scope) > 0 {
		template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: scope}}
	}
	list, err := x509.CreateRevocationList(rand.Reader, template, issuer, key)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
