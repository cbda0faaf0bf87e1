package auth_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/netip"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"rivgate/auth"
	"rivgate/fault"
)

const (
	ownID    = "SE0000000000-GATE1"
	unitID   = "SE0000000000-UNIT1"
	proxy    = "192.0.2.10"
	stranger = "198.51.100.7"
)

// String types by their ASN.1 tags.
const (
	utf8String      = 12
	numericString   = 18
	printableString = 19
	t61String       = 20
	ia5String       = 22
	universalString = 28
	bmpString       = 30
	octetString     = 4
)

type attribute struct {
	oid   string
	tag   uint8
	value string
}

func serialNumber(value string) attribute { return attribute{"2.5.4.5", printableString, value} }
func commonName(value string) attribute   { return attribute{"2.5.4.3", utf8String, value} }

// subject is a DER name of single-valued parts, in their order.
func subject(attributes ...attribute) []byte {
	parts := make([][]attribute, len(attributes))
	for i, a := range attributes {
		parts[i] = []attribute{a}
	}
	return multiValuedSubject(parts...)
}

func multiValuedSubject(parts ...[]attribute) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(name *cryptobyte.Builder) {
		for _, part := range parts {
			name.AddASN1(asn1.SET, func(set *cryptobyte.Builder) {
				for _, a := range part {
					addAttribute(set, a)
				}
			})
		}
	})
	return b.BytesOrPanic()
}

func addAttribute(set *cryptobyte.Builder, a attribute) {
	oid, err := x509.ParseOID(a.oid)
	if err != nil {
		set.SetError(err)
		return
	}
	content, err := oid.MarshalBinary()
	if err != nil {
		set.SetError(err)
		return
	}
	set.AddASN1(asn1.SEQUENCE, func(pair *cryptobyte.Builder) {
		pair.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(content) })
		pair.AddASN1(asn1.Tag(a.tag), func(b *cryptobyte.Builder) { b.AddBytes([]byte(a.value)) })
	})
}

// certificate is a DER certificate with that subject, its issuer another, and
// a key and signature that are nothing but the right shape.
func certificate(name []byte) []byte {
	empty := func(b *cryptobyte.Builder) { b.AddASN1(asn1.SEQUENCE, func(*cryptobyte.Builder) {}) }
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(certificate *cryptobyte.Builder) {
		certificate.AddASN1(asn1.SEQUENCE, func(tbs *cryptobyte.Builder) {
			tbs.AddASN1(asn1.Tag(0).Constructed().ContextSpecific(), func(v *cryptobyte.Builder) { v.AddASN1Int64(2) })
			tbs.AddASN1Int64(7)
			empty(tbs)
			tbs.AddBytes(subject(commonName("Issuer"), serialNumber("SE0000000000-ISSUER")))
			empty(tbs)
			tbs.AddBytes(name)
			tbs.AddASN1(asn1.SEQUENCE, func(key *cryptobyte.Builder) {
				key.AddASN1BitString(everyByte()) // base64 then begins as real ones do, and holds plus signs
			})
		})
		empty(certificate)
		certificate.AddASN1BitString(make([]byte, 64))
	})
	return b.BytesOrPanic()
}

func everyByte() []byte {
	b := make([]byte, 0, 256)
	for i := range 256 {
		b = append(b, byte(i))
	}
	return b
}

func asPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func options() auth.Options {
	return auth.Options{
		InstanceID:        ownID,
		Proxies:           []netip.Prefix{netip.MustParsePrefix(proxy + "/32"), netip.MustParsePrefix("10.0.0.0/8")},
		ClientIPHeader:    "X-Forwarded-For",
		CertificateHeader: "x-vp-auth-cert",
		SenderAttribute:   "serialNumber",
		RoutingHistory:    true,
	}
}

func newPolicy(t testing.TB, change func(*auth.Options)) *auth.Policy {
	t.Helper()
	o := options()
	if change != nil {
		change(&o)
	}
	p, err := auth.NewPolicy(o)
	if err != nil {
		t.Fatalf("NewPolicy: %v", err)
	}
	return p
}

// headers are lines of name and value, in order.
func headers(lines ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(lines); i += 2 {
		h.Add(lines[i], lines[i+1])
	}
	return h
}

func plain(remote string, lines ...string) auth.Evidence {
	return auth.Evidence{Remote: netip.MustParseAddr(remote), Header: headers(lines...)}
}

func overTLS(name []byte, lines ...string) auth.Evidence {
	return auth.Evidence{
		TLS:         true,
		Remote:      netip.MustParseAddr(stranger),
		Certificate: &x509.Certificate{RawSubject: name},
		Header:      headers(lines...),
	}
}

// wantFault fails the test unless err is that fault with that detail.
func wantFault(t testing.TB, err error, code fault.Code, detail string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got error %v, want %s", err, code)
	}
	if f.Code != code || f.Detail != detail {
		t.Fatalf("got %s %q, want %s %q", f.Code, f.Detail, code, detail)
	}
}

// checkFault is wantFault where a case may also want no error: then code is
// empty.
func checkFault(t testing.TB, err error, code fault.Code, detail string) {
	t.Helper()
	if code != "" {
		wantFault(t, err, code, detail)
	} else if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}
