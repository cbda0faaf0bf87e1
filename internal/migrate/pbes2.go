package migrate

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" // what openssl wrote for years
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

// The structures of an encrypted PKCS #8 key under PBES2 (RFC 5958 section 3,
// RFC 8018 appendix A).
type (
	encryptedKey struct {
		Algorithm struct {
			OID    asn1.ObjectIdentifier
			Params pbes2
		}
		Data []byte
	}
	pbes2 struct {
		KDF struct {
			OID    asn1.ObjectIdentifier
			Params pbkdf2Params
		}
		Cipher struct {
			OID asn1.ObjectIdentifier
			IV  []byte
		}
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

var (
	prfs = map[string]func() hash.Hash{
		"":                    sha1.New, // the default
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.11": sha512.New,
	}
	keyLengths = map[string]int{ // of AES in CBC mode
		"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32,
	}
)

// maxIterations bounds what a file can make us compute.
const maxIterations = 10_000_000

var errEncryption = errors.New("encrypted in a form that cannot be read: write it without a password with openssl pkcs8")

// decryptPKCS8 is the key in an encrypted PKCS #8 structure, both DER. PBES2
// with PBKDF2 and AES-CBC is read, which openssl and keytool write.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var encrypted encryptedKey
	if rest, err := asn1.Unmarshal(der, &encrypted); err != nil || len(rest) > 0 {
		return nil, errEncryption
	}
	scheme := encrypted.Algorithm.Params
	prf, knownPRF := prfs[scheme.KDF.Params.PRF.Algorithm.String()]
	length, knownCipher := keyLengths[scheme.Cipher.OID.String()]
	iterations := scheme.KDF.Params.Iterations
	data := encrypted.Data
	if !knownPRF || !knownCipher || len(scheme.Cipher.IV) != aes.BlockSize || iterations < 1 || iterations > maxIterations ||
		len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errEncryption
	}
	key, err := pbkdf2.Key(prf, password, scheme.KDF.Params.Salt, iterations, length)
	if err != nil {
		return nil, errEncryption
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errEncryption
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, scheme.Cipher.IV).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, errors.New("its password does not open it")
	}
	plain = plain[:len(plain)-padding]
	if _, err := x509.ParsePKCS8PrivateKey(plain); err != nil {
		return nil, errors.New("its password does not open it, or its kind of key is not known")
	}
	return plain, nil
}
