package edge

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// believe reads an OCSP response and verifies that it is about certificate, by
// its issuer or a responder that the issuer has appointed, and for now (RFC 6960,
// 3.2). The library finds an answer by serial number alone, and does not ask
// what an embedded certificate is good for.
func believe(raw []byte, certificate, issuer *x509.Certificate, now time.Time) (*ocsp.Response, error) {
	response, err := ocsp.ParseResponseForCert(raw, certificate, nil)
	if err != nil {
		return nil, err
	}
	if err := authorised(response, issuer, now); err != nil {
		return nil, err
	}
	if !about(response, certificate, issuer) {
		return nil, errors.New("the answer is about another certificate")
	}
	if response.ThisUpdate.After(now.Add(clockDifference)) {
		return nil, fmt.Errorf("the answer is not valid before %s", response.ThisUpdate.UTC().Format(time.DateTime))
	}
	if !response.NextUpdate.IsZero() && !now.Before(response.NextUpdate) {
		return nil, fmt.Errorf("the answer was valid until %s", response.NextUpdate.UTC().Format(time.DateTime))
	}
	return response, nil
}

// authorised verifies the signature and that the signer may speak for issuer.
func authorised(response *ocsp.Response, issuer *x509.Certificate, now time.Time) error {
	signer := response.Certificate
	if signer == nil || bytes.Equal(signer.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo) {
		return response.CheckSignatureFrom(issuer)
	}
	// The library has verified that the response is signed by signer.
	if !bytes.Equal(signer.RawIssuer, issuer.RawSubject) {
		return errors.New("the answer's signer is not appointed by the issuer")
	}
	if err := signer.CheckSignatureFrom(issuer); err != nil {
		return fmt.Errorf("the certificate of the answer's signer: %w", err)
	}
	if !slices.Contains(signer.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return errors.New("the certificate of the answer's signer is not for OCSP")
	}
	if now.Before(signer.NotBefore) || now.After(signer.NotAfter) {
		return errors.New("the certificate of the answer's signer is not valid now")
	}
	return nil
}

// responseData is the beginning of each of its parts (RFC 6960, 4.2.1).
type responseData struct {
	Version     int `asn1:"optional,default:0,explicit,tag:0"`
	ResponderID asn1.RawValue
	ProducedAt  time.Time `asn1:"generalized"`
	Responses   []struct {
		ID struct {
			Algorithm    pkix.AlgorithmIdentifier
			Name, Key    []byte
			SerialNumber *big.Int
		}
	}
}

// about tells whether the part of response that the library chose, the first
// with the certificate's number, names the certificate's issuer too.
func about(response *ocsp.Response, certificate, issuer *x509.Certificate) bool {
	var data responseData
	if _, err := asn1.Unmarshal(response.TBSResponseData, &data); err != nil {
		return false
	}
	name, key, err := issuerHashes(issuer, response.IssuerHash)
	if err != nil {
		return false
	}
	for _, single := range data.Responses {
		if single.ID.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
			return bytes.Equal(single.ID.Name, name) && bytes.Equal(single.ID.Key, key)
		}
	}
	return false
}

func issuerHashes(issuer *x509.Certificate, hash crypto.Hash) (name, key []byte, err error) {
	var public struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &public); err != nil {
		return nil, nil, err
	}
	if !hash.Available() {
		return nil, nil, x509.ErrUnsupportedAlgorithm
	}
	digest := hash.New()
	digest.Write(issuer.RawSubject)
	name = digest.Sum(nil)
	digest.Reset()
	digest.Write(public.Key.RightAlign())
	return name, digest.Sum(nil), nil
}
