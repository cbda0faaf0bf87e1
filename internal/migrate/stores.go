package migrate

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// identity is a certificate chain, leaf first, and its private key (PKCS #8), all DER.
type identity struct {
	chain [][]byte
	key   []byte
}

// errDSA tells of keys like the one in VP's own test store.
var errDSA = errors.New("its key is DSA, which cannot be used in TLS: have a certificate issued for an RSA or EC key")

const dsaOID = "1.2.840.10040.4.1"

// The first bytes of Java's own stores. What begins otherwise is PKCS#12,
// whatever its name: keytool writes that since Java 9.
var (
	magicJKS   = []byte{0xfe, 0xed, 0xfe, 0xed}
	magicJCEKS = []byte{0xce, 0xce, 0xce, 0xce}
)

var errJCEKS = errors.New("a JCEKS store: turn it into PKCS#12 with keytool -importkeystore")

// readIdentity reads the first usable key of a store. Errors do not hold passwords.
func readIdentity(file, password, keyPassword string) (identity, error) {
	data, err := os.ReadFile(file)
	switch {
	case err != nil:
		return identity{}, err
	case bytes.HasPrefix(data, magicJCEKS):
		return identity{}, errJCEKS
	case bytes.HasPrefix(data, magicJKS):
		return identityFromJKS(data, password, keyPassword)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return identity{}, storeError(err)
	}
	id := identity{chain: [][]byte{leaf.Raw}}
	for _, issuer := range chain {
		id.chain = append(id.chain, issuer.Raw)
	}
	id.key, err = x509.MarshalPKCS8PrivateKey(key)
	if err == nil {
		err = matches(key, leaf)
	}
	return id, err
}

func storeError(err error) error {
	if strings.Contains(err.Error(), dsaOID) {
		return errDSA
	}
	return err
}

func identityFromJKS(data []byte, password, keyPassword string) (identity, error) {
	store := keystore.New(keystore.WithOrderedAliases())
	if err := store.Load(bytes.NewReader(data), []byte(password)); err != nil {
		return identity{}, err
	}
	unusable := errors.New("no private key in it")
	for _, alias := range store.Aliases() {
		if !store.IsPrivateKeyEntry(alias) {
			continue
		}
		id, err := jksEntry(store, alias, password, keyPassword)
		if err == nil {
			return id, nil
		}
		unusable = err
	}
	return identity{}, unusable
}

// jksEntry takes the key's own password, or the store's where that is wrong.
func jksEntry(store keystore.KeyStore, alias, password, keyPassword string) (identity, error) {
	entry, err := store.GetPrivateKeyEntry(alias, []byte(keyPassword))
	if err != nil {
		entry, err = store.GetPrivateKeyEntry(alias, []byte(password))
	}
	if err != nil {
		return identity{}, err
	}
	key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
	if err != nil {
		return identity{}, storeError(err)
	}
	id := identity{key: entry.PrivateKey}
	for _, certificate := range entry.CertificateChain {
		id.chain = append(id.chain, certificate.Content)
	}
	if len(id.chain) == 0 {
		return identity{}, errors.New("its key has no certificate")
	}
	leaf, err := x509.ParseCertificate(id.chain[0])
	if err != nil {
		return identity{}, err
	}
	return id, matches(key, leaf)
}

func matches(key any, leaf *x509.Certificate) error {
	if signer, ok := key.(crypto.Signer); ok {
		if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); ok && public.Equal(leaf.PublicKey) {
			return nil
		}
	}
	return errors.New("its key and its certificate do not belong together")
}

// readTrust reads the certificates that a store makes Java believe: trusted
// ones, and those that have a key beside them.
func readTrust(file, password string) ([][]byte, error) {
	data, err := os.ReadFile(file)
	switch {
	case err != nil:
		return nil, err
	case bytes.HasPrefix(data, magicJCEKS):
		return nil, errJCEKS
	case bytes.HasPrefix(data, magicJKS):
		return trustFromJKS(data, password)
	}
	certificates, err := pkcs12.DecodeTrustStore(data, password)
	if err != nil {
		return nil, err
	}
	all := make([][]byte, len(certificates))
	for i, certificate := range certificates {
		all[i] = certificate.Raw
	}
	return nonempty(all)
}

func trustFromJKS(data []byte, password string) ([][]byte, error) {
	store := keystore.New(keystore.WithOrderedAliases())
	if err := store.Load(bytes.NewReader(data), []byte(password)); err != nil {
		return nil, err
	}
	var all [][]byte
	for _, alias := range store.Aliases() {
		if entry, err := store.GetTrustedCertificateEntry(alias); err == nil {
			all = append(all, entry.Certificate.Content)
		} else if chain, err := store.GetPrivateKeyEntryCertificateChain(alias); err == nil && len(chain) > 0 {
			all = append(all, chain[0].Content)
		}
	}
	for _, der := range all {
		if _, err := x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("a certificate in it: %w", err)
		}
	}
	return nonempty(all)
}

func nonempty(certificates [][]byte) ([][]byte, error) {
	if len(certificates) == 0 {
		return nil, errors.New("no trusted certificate in it")
	}
	return certificates, nil
}

func encodePEM(blockType string, ders ...[]byte) []byte {
	var out bytes.Buffer
	for _, der := range ders {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
	}
	return out.Bytes()
}
