package auth_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"rivgate/auth"
	"rivgate/fault"
)

// oneLine is how a proxy folds PEM into a header.
func oneLine(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\n", " ")) }

func replaceAll(s string, oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(s) }

func TestCertificateHeader(t *testing.T) {
	der := certificate(subject(commonName("Unit"), serialNumber(unitID)))
	other := certificate(subject(serialNumber("SE-OTHER")))
	text, bare := asPEM(der), base64.StdEncoding.EncodeToString(der)
	padded := base64.StdEncoding.EncodeToString(certificate(subject(serialNumber(unitID), commonName("XYZ"))))
	if !strings.HasSuffix(padded, "=") || !strings.HasPrefix(bare, "MII") || !strings.Contains(bare, "+") {
		t.Fatalf("the certificates do not test what they should:\n%s\n%s", bare, padded)
	}
	const (
		unknown    = "Exception, unkown certificate type found in httpheader x-vp-auth-cert"
		unreadable = "Exception occured parsing certificate in httpheader x-vp-auth-cert"
		noSender   = "No senderId found in Certificate"
	)
	tests := []struct {
		name, value, detail string
	}{
		{"PEM with line feeds", text, ""},
		{"PEM with CRLF", strings.ReplaceAll(text, "\n", "\r\n"), ""},
		{"PEM with spaces", oneLine(text), ""},
		{"PEM with tabs", strings.ReplaceAll(text, "\n", "\t"), ""},
		{"PEM without line breaks", strings.ReplaceAll(text, "\n", ""), ""},
		{"PEM with text around it", "subject=/CN=Unit " + oneLine(text) + " end", ""},
		{"PEM chain", oneLine(text + asPEM(other)), ""},
		{"PEM in quotes", `"` + oneLine(text) + `"`, ""},
		{"PEM path-escaped", url.PathEscape(text), ""},
		{"PEM query-escaped", url.QueryEscape(text), ""},
		{"PEM with only line feeds escaped", strings.ReplaceAll(text, "\n", "%0A"), ""},
		{"PEM escaped but for plus", replaceAll(text, "\n", "%0A", " ", "%20"), ""},
		{"bare", bare, ""},
		{"bare in quotes", `"` + bare + `"`, ""},
		{"bare chain", bare + "," + base64.StdEncoding.EncodeToString(other), ""},
		{"bare chain of garbage", bare + ",hello", ""},
		{"bare with white space", bare[:40] + " " + bare[40:80] + "\t" + bare[80:], ""},
		{"bare without padding", strings.TrimRight(padded, "="), ""},
		{"bare with padding", padded, ""},
		{"bare escaped", url.QueryEscape(bare), ""},
		{"byte sequence", ":" + bare + ":", ""},

		{"empty", "", unknown},
		{"garbage", "hello", unknown},
		{"PEM without end", strings.ReplaceAll(oneLine(text), "-----END CERTIFICATE-----", ""), unknown},
		{"PEM without begin", strings.ReplaceAll(oneLine(text), "-----BEGIN CERTIFICATE-----", ""), unknown},
		{"end before begin", "-----END CERTIFICATE----- -----BEGIN CERTIFICATE-----", unknown},
		{"key", strings.ReplaceAll(oneLine(text), "CERTIFICATE", "PRIVATE KEY"), unknown},
		{"escaped twice", url.PathEscape(url.PathEscape(text)), unknown},
		{"broken escape", oneLine(text) + "%zz", unknown},
		{"colon alone", ":", unknown},

		{"nothing in PEM", "-----BEGIN CERTIFICATE----------END CERTIFICATE-----", unreadable},
		{"not base64", "MII*", unreadable},
		{"cut", bare[:len(bare)/8*4], unreadable},
		{"trailing base64", bare + "AAAA", unreadable},
		{"a second certificate behind it", base64.StdEncoding.EncodeToString(append(bytes.Clone(der), other...)), unreadable},
		{"trailing text", bare + "!", unreadable},
		{"base64 of something else", ":aGVsbG8=:", unreadable},
		{"too long", "MII" + strings.Repeat("A", 64<<10), unreadable},
		{"subject that is no name", ":" + base64.StdEncoding.EncodeToString(certificate([]byte{0x30, 2, 5, 0})) + ":", unreadable},
		{"sender that is no text", base64.StdEncoding.EncodeToString(certificate(subject(attribute{"2.5.4.5", octetString, "x"}))), unreadable},

		{"no serial number", base64.StdEncoding.EncodeToString(certificate(subject(commonName(unitID)))), noSender},
		{"two serial numbers", base64.StdEncoding.EncodeToString(
			certificate(subject(serialNumber(unitID), serialNumber(unitID)))), noSender},
	}
	policy := newPolicy(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := plain(proxy)
			in.Header["X-Vp-Auth-Cert"] = []string{tt.value}
			got, err := policy.Identify(in)
			if tt.detail != "" {
				wantFault(t, err, fault.VP002, tt.detail)
			} else if err != nil || got.ID != unitID {
				t.Errorf("got %q, %v; want %q", got.ID, err, unitID)
			}
		})
	}
}

// A certificate made by crypto/x509 is read alike from a handshake and from a
// header, expired or not.
func TestRealCertificate(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{Country: []string{"SE"}, CommonName: "Unit", SerialNumber: unitID},
		NotBefore:    time.Unix(0, 0), NotAfter: time.Unix(1, 0),
		DNSNames: []string{strings.Repeat("x", 60) + ".example", strings.Repeat("y", 60) + ".example"},
	}
	der, err := x509.CreateCertificate(nil, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	policy := newPolicy(t, nil)
	tls := overTLS(nil)
	tls.Certificate = parsed
	bare := base64.StdEncoding.EncodeToString(der)
	if !strings.HasPrefix(bare, "MII") {
		t.Fatalf("too short a certificate: %s", bare)
	}
	for name, in := range map[string]auth.Evidence{
		"tls":    tls,
		"pem":    plain(proxy, "x-vp-auth-cert", oneLine(asPEM(der))),
		"base64": plain(proxy, "x-vp-auth-cert", bare),
	} {
		if got := identify(t, policy, in); got != unitID {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
