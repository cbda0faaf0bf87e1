package main

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"github.com/rogpeppe/go-internal/testscript"
	"software.sslmate.com/src/go-pkcs12"

	"rivgate/internal/lab"
)

// mintStores writes VP's stores into a folder of the script's: tp.jks with the
// server's identity, client.p12 with the client's, and truststore.jks.
func mintStores(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mint-stores FOLDER STORE-PASSWORD KEY-PASSWORD")
	}
	check := func(err error) {
		if err != nil {
			ts.Fatalf("mint-stores: %v", err)
		}
	}
	dir, storePassword, keyPassword := ts.MkAbs(args[0]), args[1], args[2]
	check(os.MkdirAll(dir, 0o755))
	write := func(name string, content []byte) { check(os.WriteFile(filepath.Join(dir, name), content, 0o600)) }
	writeJKS := func(name string, store keystore.KeyStore) {
		var out bytes.Buffer
		check(store.Store(&out, []byte(storePassword)))
		write(name, out.Bytes())
	}

	ca, err := lab.NewCA("CA")
	check(err)
	id, err := ca.Issue(lab.Subject{SerialNumber: "SE0000000000-VP01"}, lab.Hosts("localhost"))
	check(err)
	key, err := x509.MarshalPKCS8PrivateKey(id.Key)
	check(err)
	certificate := func(c *x509.Certificate) keystore.Certificate {
		return keystore.Certificate{Type: "X.509", Content: c.Raw}
	}
	server, trust := keystore.New(), keystore.New()
	check(server.SetPrivateKeyEntry("vp", keystore.PrivateKeyEntry{
		CreationTime: time.Unix(0, 0), PrivateKey: key, CertificateChain: []keystore.Certificate{certificate(id.Cert), certificate(ca.Cert)},
	}, []byte(keyPassword)))
	check(trust.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{CreationTime: time.Unix(0, 0), Certificate: certificate(ca.Cert)}))
	writeJKS("tp.jks", server)
	writeJKS("truststore.jks", trust)
	client, err := pkcs12.Modern.Encode(id.Key, id.Cert, []*x509.Certificate{ca.Cert}, storePassword)
	check(err)
	write("client.p12", client)
}
