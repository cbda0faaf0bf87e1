package migrate_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
	"rivgate/internal/migrate"
)

// The passwords of every store minted here; none may ever be printed.
const (
	storePassword = "hemligt-lager"
	keyPassword   = "hemlig-nyckel"
)

// pki is an authority and the two identities of a VP.
type pki struct {
	ca             *lab.CA
	server, client *lab.Identity
}

func newPKI(t *testing.T) pki {
	ca := labtest.CA(t, "CA")
	return pki{
		ca,
		labtest.Issue(t, ca, lab.Subject{SerialNumber: "SE0000000000-VP01"}, lab.Hosts("localhost")),
		labtest.Issue(t, ca, lab.Subject{SerialNumber: "SE0000000000-VP02"}, lab.WithRSA()),
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func jks(t *testing.T, fill func(keystore.KeyStore)) string {
	t.Helper()
	store := keystore.New()
	fill(store)
	var out bytes.Buffer
	if err := store.Store(&out, []byte(storePassword)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func jksIdentity(t *testing.T, id *lab.Identity, ca *lab.CA) string {
	t.Helper()
	key := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(id.Key))
	return jks(t, func(store keystore.KeyStore) { addEntry(t, store, "vp", key, id.Cert.Raw, ca.Cert.Raw) })
}

func addEntry(t *testing.T, store keystore.KeyStore, alias string, key []byte, chain ...[]byte) {
	t.Helper()
	entry := keystore.PrivateKeyEntry{CreationTime: time.Unix(0, 0), PrivateKey: key}
	for _, der := range chain {
		entry.CertificateChain = append(entry.CertificateChain, keystore.Certificate{Type: "X.509", Content: der})
	}
	if err := store.SetPrivateKeyEntry(alias, entry, []byte(keyPassword)); err != nil {
		t.Fatal(err)
	}
}

func jksTrust(t *testing.T, ca *lab.CA) string {
	t.Helper()
	return jks(t, func(store keystore.KeyStore) {
		err := store.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{
			CreationTime: time.Unix(0, 0), Certificate: keystore.Certificate{Type: "X.509", Content: ca.Cert.Raw},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func p12With(t *testing.T, id *lab.Identity, password string) string {
	t.Helper()
	return string(must[[]byte](t)(pkcs12.Modern.Encode(id.Key, id.Cert, nil, password)))
}

func p12Identity(t *testing.T, id *lab.Identity, ca *lab.CA) string {
	t.Helper()
	return string(must[[]byte](t)(pkcs12.Modern.Encode(id.Key, id.Cert, []*x509.Certificate{ca.Cert}, storePassword)))
}

func p12Trust(t *testing.T, ca *lab.CA) string {
	t.Helper()
	return string(must[[]byte](t)(pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca.Cert}, storePassword)))
}

const oldStores = `
tp.tls.store.location=.
tp.tls.store.truststore.file=truststore.jks
tp.tls.store.truststore.password=` + storePassword + `
tp.tls.store.producer.file=tp.jks
tp.tls.store.producer.password=` + storePassword + `
tp.tls.store.producer.keyPassword=` + keyPassword + `
tp.tls.store.consumer.file=client.jks
tp.tls.store.consumer.password=` + storePassword + `
tp.tls.store.consumer.keyPassword=` + keyPassword + `
`

// Both kinds of store carry over, whatever their files are called.
func TestStores(t *testing.T) {
	p := newPKI(t)
	for name, files := range map[string][3]string{
		"JKS":     {jksIdentity(t, p.server, p.ca), jksIdentity(t, p.client, p.ca), jksTrust(t, p.ca)},
		"PKCS#12": {p12Identity(t, p.server, p.ca), p12Identity(t, p.client, p.ca), p12Trust(t, p.ca)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.write("tp.jks", files[0])
			w.write("client.jks", files[1])
			w.write("truststore.jks", files[2])
			result := w.properties(oldStores)
			cfg := w.load(result)
			w.check(result)
			if len(cfg.Listeners) != 2 || cfg.Listeners[1].TLS == nil {
				t.Fatalf("no https listener:\n%s", printed(t, result))
			}
			wantPair(t, string(cfg.Listeners[1].TLS.Certificate), string(cfg.Listeners[1].TLS.Key), p.server, p.ca)
			wantPair(t, string(cfg.Producers.TLS.Default.Certificate), string(cfg.Producers.TLS.Default.Key), p.client, p.ca)
			wantAuthority(t, string(cfg.Listeners[1].TLS.ClientCA[0]), p.ca)
			wantAuthority(t, string(cfg.Producers.TLS.Default.CA[0]), p.ca)
			wantNoSecrets(t, result)
			wantOwnerOnly(t, w.dir, "rivgate-server.key", "rivgate-client.key", "rivgate-server.crt", "rivgate-trust.ca")
		})
	}
}

func wantPair(t *testing.T, certificate, key string, id *lab.Identity, ca *lab.CA) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	if len(pair.Certificate) != 2 || !bytes.Equal(pair.Certificate[0], id.Cert.Raw) || !bytes.Equal(pair.Certificate[1], ca.Cert.Raw) {
		t.Errorf("%s: %d certificates, not the leaf and its issuer", certificate, len(pair.Certificate))
	}
}

func wantAuthority(t *testing.T, file string, ca *lab.CA) {
	t.Helper()
	if got := string(must[[]byte](t)(os.ReadFile(file))); got != string(ca.PEM()) {
		t.Errorf("%s holds %s", file, got)
	}
}

func wantOwnerOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

// Passwords are in no file and no line; keys are in the key files alone.
func wantNoSecrets(t *testing.T, result *migrate.Result) {
	t.Helper()
	texts := map[string]string{"report": printed(t, result)}
	for _, file := range result.Files {
		texts[file.Path] = string(file.Content)
	}
	for name, text := range texts {
		if strings.Contains(text, storePassword) || strings.Contains(text, keyPassword) || strings.Contains(text, "hemlig") {
			t.Errorf("%s holds a password:\n%s", name, text)
		}
		if strings.Contains(text, "PRIVATE KEY") && !strings.HasSuffix(name, ".key") {
			t.Errorf("%s holds a key", name)
		}
	}
}

// A key entry of a trust store is believed too, as Java does.
func TestKeyEntryInTruststore(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	w.write("tp.jks", jksIdentity(t, p.server, p.ca))
	w.write("client.jks", jksIdentity(t, p.client, p.ca))
	w.write("truststore.jks", jksIdentity(t, p.client, p.ca))
	w.load(w.properties(oldStores))
	got := must[[]byte](t)(os.ReadFile(w.path("rivgate-trust.ca")))
	if string(got) != string(p.client.CertPEM()) {
		t.Errorf("trusted: %s", got)
	}
}

func TestStoresThatCannotBeRead(t *testing.T) {
	p := newPKI(t)
	good := jksIdentity(t, p.server, p.ca)
	for name, test := range map[string]struct {
		store, keyPassword string
		outcome            migrate.Outcome
		reason             string
	}{
		"wrong password":     {p12With(t, p.server, "another"), keyPassword, migrate.Unread, "tp.jks"},
		"damaged":            {good[:len(good)-1] + string([]byte{good[len(good)-1] ^ 1}), keyPassword, migrate.Unread, "tp.jks"},
		"no store":           {"nothing", keyPassword, migrate.Unread, "tp.jks"},
		"empty":              {"", keyPassword, migrate.Unread, "tp.jks"},
		"trust store":        {jksTrust(t, p.ca), keyPassword, migrate.Unread, "no private key"},
		"JCEKS":              {"\xce\xce\xce\xce rest", keyPassword, migrate.Unread, "JCEKS"},
		"wrong key password": {good, "no", migrate.Unread, "tp.jks"},
		"key of another":     {jks(t, func(s keystore.KeyStore) { addEntry(t, s, "vp", keyOf(t, p.client), p.server.Cert.Raw) }), keyPassword, migrate.Unread, "belong together"},
		"DSA":                {jks(t, func(s keystore.KeyStore) { addEntry(t, s, "vp", dsaKey(t), p.server.Cert.Raw) }), keyPassword, migrate.Changed, "DSA"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.write("tp.jks", test.store)
			result := w.properties(strings.ReplaceAll(oldStores, "producer.keyPassword="+keyPassword, "producer.keyPassword="+test.keyPassword))
			w.wantItem(result, "tp.tls.store.producer.file", test.outcome, test.reason)
			wantNoSecrets(t, result)
			if cfg := w.load(result); len(cfg.Listeners) != 1 {
				t.Error("a listener without a certificate was written")
			}
			if !strings.Contains(string(result.Files[0].Content), "# The https listener on localhost:443") {
				t.Errorf("the lost listener is not told of:\n%s", result.Files[0].Content)
			}
		})
	}
}

func keyOf(t *testing.T, id *lab.Identity) []byte {
	t.Helper()
	return must[[]byte](t)(x509.MarshalPKCS8PrivateKey(id.Key))
}

// dsaKey is a PKCS #8 structure whose algorithm is DSA (RFC 3279 section 2.3.2).
func dsaKey(t *testing.T) []byte {
	t.Helper()
	return must[[]byte](t)(asn1.Marshal(struct {
		Version   int
		Algorithm struct{ OID asn1.ObjectIdentifier }
		Key       []byte
	}{0, struct{ OID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}}, []byte{2, 1, 1}}))
}

// A store may hold a DSA key beside a usable one.
func TestUsableKeyBesideDSA(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	w.write("tp.jks", jks(t, func(s keystore.KeyStore) {
		addEntry(t, s, "a-dsa", dsaKey(t), p.server.Cert.Raw)
		addEntry(t, s, "b-ec", keyOf(t, p.server), p.server.Cert.Raw, p.ca.Cert.Raw)
	}))
	w.write("client.jks", jksIdentity(t, p.client, p.ca))
	w.write("truststore.jks", jksTrust(t, p.ca))
	cfg := w.load(w.properties(oldStores))
	wantPair(t, string(cfg.Listeners[1].TLS.Certificate), string(cfg.Listeners[1].TLS.Key), p.server, p.ca)
}

func TestBundles(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	w.write("ca.crt", string(p.ca.PEM()))
	w.write("client.crt", string(p.client.CertPEM()))
	w.write("client.key", string(must[[]byte](t)(p.client.KeyPEM())))
	w.write("legacy.p12", p12Identity(t, p.server, p.ca))
	w.write("legacy-trust.jks", jksTrust(t, p.ca))
	result := w.properties(`
vp.tls.default-config.name=main
vp.tls.default-config.bundle=client-cert
vp.tls.default-config.protocols-exclude=TLSv1.3
spring.ssl.bundle.pem.client-cert.keystore.certificate=file:client.crt
spring.ssl.bundle.pem.client-cert.keystore.private-key=file:client.key
spring.ssl.bundle.pem.client-cert.truststore.certificate=ca.crt
vp.tls.overrides[0].name=legacy
vp.tls.overrides[0].bundle=legacy
vp.tls.overrides[0].match.domain-name=legacy.example.se
vp.tls.overrides[0].match.domain-suffix=.example.se
vp.tls.overrides[1].name=strict
vp.tls.overrides[1].bundle=client-cert
vp.tls.overrides[1].match.domain-suffix=.example.org
vp.tls.overrides[1].match.port=8443
vp.tls.overrides[1].protocols-include[0]=TLSv1.3
vp.tls.overrides[1].cipher-suites-include=TLS_AES_128_GCM_SHA256
vp.tls.overrides[2].name=port-only
vp.tls.overrides[2].bundle=client-cert
vp.tls.overrides[2].match.port=8443
vp.tls.overrides[3].bundle=client-cert
vp.tls.overrides[3].match.domain-name=nameless.example.se
spring.ssl.bundle.jks.legacy.keystore.location=legacy.p12
spring.ssl.bundle.jks.legacy.keystore.password=` + storePassword + `
spring.ssl.bundle.jks.legacy.truststore.location=legacy-trust.jks
spring.ssl.bundle.jks.legacy.truststore.password=` + storePassword + `
`)
	cfg := w.load(result)
	w.check(result)
	wantNoSecrets(t, result)
	settings := cfg.Producers.TLS
	equal(t, "certificate", string(settings.Default.Certificate), w.path("client.crt"))
	equal(t, "key", string(settings.Default.Key), w.path("client.key"))
	equal(t, "ca", string(settings.Default.CA[0]), w.path("ca.crt"))
	equal(t, "max_version", settings.Default.MaxVersion, "1.2")
	equal(t, "verify_host", settings.Default.VerifyHost, false)
	if len(settings.Overrides) != 2 {
		t.Fatalf("%d overrides, want 2:\n%s", len(settings.Overrides), result.Files[0].Content)
	}
	legacy, index := settings.For("legacy.example.se", 443)
	equal(t, "override of legacy", index, 0)
	wantPair(t, string(legacy.Certificate), string(legacy.Key), p.server, p.ca)
	wantAuthority(t, string(legacy.CA[0]), p.ca)
	equal(t, "max_version of legacy, Java's own", legacy.MaxVersion, "1.3")
	strict, index := settings.For("a.example.org", 8443)
	equal(t, "override of strict", index, 1)
	equal(t, "min_version of strict", strict.MinVersion, "1.3")
	equal(t, "certificate of strict", string(strict.Certificate), w.path("client.crt"))
	for _, other := range []string{"other.example.se", "nameless.example.se", "a.example.org"} {
		_, index := settings.For(other, 443)
		equal(t, "override of "+other, index, -1)
	}
	w.wantItem(result, "vp.tls.overrides[2].match.port", migrate.Dropped, "never matches")
	w.wantItem(result, "vp.tls.overrides[3].bundle", migrate.Dropped, "ignores")
	w.wantItem(result, "vp.tls.overrides[0].match.domain-suffix", migrate.Dropped, "beside domain-name")
}

// VP takes the consumer's bundle for its listener too.
func TestConsumerBundleIsTheListenersToo(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	w.write("ca.crt", string(p.ca.PEM()))
	w.write("client.crt", string(p.client.CertPEM()))
	w.write("client.key", string(must[[]byte](t)(p.client.KeyPEM())))
	result := w.properties(`
tp.tls.store.consumer.bundle=one
tp.tls.allowedIncomingProtocols=TLSv1,TLSv1.1,TLSv1.2
spring.ssl.bundle.pem.one.keystore.certificate=client.crt
spring.ssl.bundle.pem.one.keystore.private-key=client.key
spring.ssl.bundle.pem.one.truststore.certificate=ca.crt
`)
	cfg := w.load(result)
	w.check(result)
	listener := cfg.Listeners[1].TLS
	equal(t, "certificate", string(listener.Certificate), w.path("client.crt"))
	equal(t, "versions", listener.MinVersion+" to "+listener.MaxVersion, "1.2 to 1.2")
	equal(t, "certificate towards producers", string(cfg.Producers.TLS.Default.Certificate), w.path("client.crt"))
	w.wantItem(result, "tp.tls.store.consumer.bundle", migrate.Changed, "because VP does so")
}

// PEM that is in the setting itself, as in an environment, becomes files.
func TestInlinePEM(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	env := w.write("vp.env", "VP_TLS_DEFAULTCONFIG_NAME=main\nVP_TLS_DEFAULTCONFIG_BUNDLE=x\n"+
		"SPRING_SSL_BUNDLE_PEM_X_KEYSTORE_CERTIFICATE="+string(p.client.CertPEM())+
		"SPRING_SSL_BUNDLE_PEM_X_KEYSTORE_PRIVATEKEY="+string(must[[]byte](t)(p.client.KeyPEM())))
	result := w.run(env)
	cfg := w.load(result)
	w.check(result)
	wantNoSecrets(t, result)
	pair := must[tls.Certificate](t)(tls.LoadX509KeyPair(string(cfg.Producers.TLS.Default.Certificate), string(cfg.Producers.TLS.Default.Key)))
	if !bytes.Equal(pair.Certificate[0], p.client.Cert.Raw) {
		t.Error("another certificate")
	}
}

// A key that needs a password is written without one. openssl made it:
// openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -passout pass:hemlig-nyckel.
func TestEncryptedKey(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	w.write("client.crt", string(p.client.CertPEM()))
	w.write("client.key", encryptedKey)
	settings := `
vp.tls.default-config.name=main
vp.tls.default-config.bundle=x
spring.ssl.bundle.pem.x.keystore.certificate=client.crt
spring.ssl.bundle.pem.x.keystore.private-key=client.key
spring.ssl.bundle.pem.x.keystore.private-key-password=`
	result := w.properties(settings + keyPassword + "\n")
	w.load(result)
	wantNoSecrets(t, result)
	block, _ := pem.Decode(must[[]byte](t)(os.ReadFile(w.path("rivgate-bundle-x.key"))))
	if block == nil || block.Type != "PRIVATE KEY" {
		t.Fatal("no key in it")
	}
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
		t.Error(err)
	}
	wantOwnerOnly(t, w.dir, "rivgate-bundle-x.key")

	wrong := newWorld(t)
	wrong.write("client.crt", string(p.client.CertPEM()))
	wrong.write("client.key", encryptedKey)
	wrong.wantItem(wrong.properties(settings+"no\n"), "spring.ssl.bundle.pem.x.keystore.private-key", migrate.Unread, "password")
}

const encryptedKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjh7vw/soWVlgICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELd0ul/5crOY+TThi8xYPiwEgZBx
1ygDmb2shHT0/wh2/q49UnyIBNFHDg+5xeqgBcEQzxwSi1MA5RWhQEZ+Scw9OEcT
fhG8lCzcKWc3sVAQSpvzixesQMAZPmnSnh76Djbc1nzuHQr2+EC2Z9yN0dxMTv/f
pbsGmSuf9KFGUziFcjezPsabK1XuJZ+jWKBpFKSue1TqYDFRrCtNpvBjY8EKqww=
-----END ENCRYPTED PRIVATE KEY-----
`
