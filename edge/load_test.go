package edge_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"rivgate/edge"
)

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pemOf(certificates ...*x509.Certificate) []byte {
	var all []byte
	for _, certificate := range certificates {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return all
}

func keyPEM(t *testing.T, certificate tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// wantError checks that err names the file and holds no secret.
func wantError(t *testing.T, err error, file, secret string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if !strings.Contains(err.Error(), file) {
		t.Errorf("error does not name %s: %v", file, err)
	}
	if secret != "" && strings.Contains(err.Error(), secret) {
		t.Errorf("error shows the secret: %v", err)
	}
}

func TestLoadCertificate(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	own, other := ca.issue(t, "SE0000000000-UNIT1", nil), ca.issue(t, "SE0000000000-UNIT2", nil)
	certificate := writeFile(t, "gateway.crt", pemOf(own.Leaf, ca.certificate))
	key := writeFile(t, "gateway.key", keyPEM(t, own))

	loaded, err := edge.LoadCertificate(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Certificate) != 2 || !loaded.Leaf.Equal(own.Leaf) {
		t.Errorf("loaded %d certificates, leaf %v", len(loaded.Certificate), loaded.Leaf)
	}
	_, err = edge.LoadCertificate(certificate, writeFile(t, "other.key", keyPEM(t, other)))
	wantError(t, err, "other.key", "")
	_, err = edge.LoadCertificate("missing.crt", key)
	wantError(t, err, "missing.crt", "")
	_, err = edge.LoadCertificate(writeFile(t, "empty.crt", nil), key)
	wantError(t, err, "empty.crt", "")
}

func TestLoadPKCS12(t *testing.T) {
	const password = "not-a-real-password"
	ca := newAuthority(t, "Test CA")
	own, other := ca.issue(t, "SE0000000000-UNIT1", nil), ca.issue(t, "SE0000000000-UNIT2", nil)
	chain := []*x509.Certificate{ca.certificate}
	for name, encoder := range map[string]*pkcs12.Encoder{"modern": pkcs12.Modern, "legacy": pkcs12.LegacyDES} {
		t.Run(name, func(t *testing.T) {
			data, err := encoder.WithRand(rand.Reader).Encode(own.PrivateKey, own.Leaf, chain, password)
			if err != nil {
				t.Fatal(err)
			}
			store := writeFile(t, "store.p12", data)
			loaded, err := edge.LoadPKCS12(store, password)
			if err != nil {
				t.Fatal(err)
			}
			want := [][]byte{own.Leaf.Raw, ca.certificate.Raw}
			if !slices.EqualFunc(loaded.Certificate, want, bytes.Equal) || !loaded.Leaf.Equal(own.Leaf) {
				t.Errorf("loaded another chain of %d", len(loaded.Certificate))
			}
			_, err = edge.LoadPKCS12(store, password+"x")
			wantError(t, err, "store.p12", password)
		})
	}
	mixed, err := pkcs12.Modern.Encode(other.PrivateKey, own.Leaf, chain, password)
	if err != nil {
		t.Fatal(err)
	}
	_, err = edge.LoadPKCS12(writeFile(t, "mixed.p12", mixed), password)
	wantError(t, err, "mixed.p12", password)
	_, err = edge.LoadPKCS12(writeFile(t, "garbage.p12", []byte("garbage")), password)
	wantError(t, err, "garbage.p12", password)
	_, err = edge.LoadPKCS12("missing.p12", password)
	wantError(t, err, "missing.p12", password)
}

// TestLoadPool: trust is what the files say, or an error; it never becomes
// empty or smaller unseen.
func TestLoadPool(t *testing.T) {
	one, two := newAuthority(t, "CA One"), newAuthority(t, "CA Two")
	oneFile := writeFile(t, "one.pem", append([]byte("# a comment\n"), pemOf(one.certificate)...))
	twoFile := writeFile(t, "two.pem", pemOf(two.certificate, one.certificate))

	pool, err := edge.LoadPool(oneFile, twoFile)
	if err != nil {
		t.Fatal(err)
	}
	want := one.pool()
	want.AddCert(two.certificate)
	if !pool.Equal(want) {
		t.Error("pool holds other certificates")
	}

	damaged := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: two.certificate.Raw[:50]})
	bad := map[string][]byte{
		"empty.pem":   nil,
		"text.pem":    []byte("no certificate here\n"),
		"key.pem":     keyPEM(t, one.issue(t, "SE0000000000-UNIT1", nil)),
		"damaged.pem": append(pemOf(one.certificate), damaged...),
		"cut.pem":     append(pemOf(one.certificate), pemOf(two.certificate)[:200]...),
		"spoilt.pem":  append(bytes.Replace(pemOf(two.certificate), []byte("M"), []byte("!"), 1), pemOf(one.certificate)...),
	}
	for name, data := range bad {
		t.Run(name, func(t *testing.T) {
			_, err := edge.LoadPool(oneFile, writeFile(t, name, data))
			wantError(t, err, name, "")
		})
	}
	_, err = edge.LoadPool(oneFile, "missing.pem")
	wantError(t, err, "missing.pem", "")
	if _, err := edge.LoadPool(); err == nil {
		t.Error("no files: no error")
	}
}

func TestParseVersion(t *testing.T) {
	want := map[string]uint16{"1.0": 0x0301, "1.1": 0x0302, "1.2": 0x0303, "1.3": 0x0304}
	for name, version := range want {
		if got, err := edge.ParseVersion(name); err != nil || got != version {
			t.Errorf("ParseVersion(%q) = %#x, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "1", "1.4", "TLSv1.2", "3.3"} {
		if got, err := edge.ParseVersion(name); err == nil {
			t.Errorf("ParseVersion(%q) = %#x, want an error", name, got)
		}
	}
}

func TestCipherSuites(t *testing.T) {
	tests := []struct {
		name    string
		names   []string
		ids     []uint16
		unknown []string
		fails   bool
	}{
		{"none", nil, nil, nil, false},
		{"known", []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"}, []uint16{0xc02f, 0x1301}, nil, false},
		{"insecure", []string{"TLS_RSA_WITH_AES_128_CBC_SHA"}, []uint16{0x002f}, nil, false},
		{
			"partly",
			[]string{"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
			[]uint16{0xc02f},
			[]string{"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
			false,
		},
		{"nothing left", []string{"TLS_DHE_DSS_WITH_AES_128_CBC_SHA"}, nil, []string{"TLS_DHE_DSS_WITH_AES_128_CBC_SHA"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ids, unknown, err := edge.CipherSuites(test.names)
			if !slices.Equal(ids, test.ids) || !slices.Equal(unknown, test.unknown) || (err != nil) != test.fails {
				t.Errorf("got %#x, %q, %v", ids, unknown, err)
			}
		})
	}
}
