package lab_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"os"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func TestIssuedCertificatesVerify(t *testing.T) {
	ca, other := labtest.CA(t, "CA"), labtest.CA(t, "Other CA")
	subject := lab.Subject{SerialNumber: "SE0000000000-UNIT1", CN: "unit"}
	cases := []struct {
		name    string
		signer  *lab.CA
		options []lab.IssueOption
		host    string
		usage   x509.ExtKeyUsage
		good    bool
	}{
		{"client by default", ca, nil, "", x509.ExtKeyUsageClientAuth, true},
		{"server by default, for its hosts", ca, []lab.IssueOption{lab.Hosts("gateway.example.org")}, "gateway.example.org", x509.ExtKeyUsageServerAuth, true},
		{"server for an address", ca, []lab.IssueOption{lab.ForServer("127.0.0.1")}, "127.0.0.1", x509.ExtKeyUsageServerAuth, true},
		{"RSA", ca, []lab.IssueOption{lab.WithRSA()}, "", x509.ExtKeyUsageClientAuth, true},
		{"server for another host", ca, []lab.IssueOption{lab.ForServer("localhost")}, "example.org", x509.ExtKeyUsageServerAuth, false},
		{"server as client", ca, []lab.IssueOption{lab.ForServer("localhost")}, "", x509.ExtKeyUsageClientAuth, false},
		{"client as server", ca, []lab.IssueOption{lab.ForClient(), lab.Hosts("localhost")}, "localhost", x509.ExtKeyUsageServerAuth, false},
		{"expired", ca, []lab.IssueOption{lab.Expired()}, "", x509.ExtKeyUsageClientAuth, false},
		{"not yet valid", ca, []lab.IssueOption{lab.NotYetValid()}, "", x509.ExtKeyUsageClientAuth, false},
		{"another CA", other, nil, "", x509.ExtKeyUsageClientAuth, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id := labtest.Issue(t, c.signer, subject, c.options...)
			_, err := id.Cert.Verify(x509.VerifyOptions{Roots: ca.Pool(), DNSName: c.host, KeyUsages: []x509.ExtKeyUsage{c.usage}})
			if (err == nil) != c.good {
				t.Errorf("verifying: %v", err)
			}
			if id.Cert.Subject.SerialNumber != subject.SerialNumber {
				t.Errorf("subject is %s", id.Cert.Subject)
			}
		})
	}
	if _, isRSA := labtest.Issue(t, ca, subject, lab.WithRSA()).Key.(*rsa.PrivateKey); !isRSA {
		t.Error("WithRSA made another kind of key")
	}
}

func TestSeveralSerialNumbers(t *testing.T) {
	id := labtest.Issue(t, labtest.CA(t, "CA"), lab.Subject{SerialNumber: "A", CN: "unit", MoreSerialNumbers: []string{"B", "C"}})
	var subject pkix.RDNSequence
	if _, err := asn1.Unmarshal(id.Cert.RawSubject, &subject); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, rdn := range subject {
		for _, attribute := range rdn {
			if attribute.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 5}) {
				values = append(values, attribute.Value.(string))
			}
		}
	}
	if got := strings.Join(values, " "); got != "A B C" {
		t.Errorf("serialNumber attributes: %q", got)
	}
}

func TestRawSubject(t *testing.T) {
	der, err := asn1.Marshal(pkix.Name{CommonName: "raw"}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	id := labtest.Issue(t, labtest.CA(t, "CA"), lab.Subject{CN: "ignored"}, lab.RawSubject(der))
	if !bytes.Equal(id.Cert.RawSubject, der) {
		t.Errorf("subject is %x, want %x", id.Cert.RawSubject, der)
	}
}

func TestWrittenFiles(t *testing.T) {
	ca := labtest.CA(t, "CA")
	id := labtest.Issue(t, ca, lab.Subject{CN: "unit"})
	certFile, keyFile, err := id.WriteFiles(t.TempDir(), "unit")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pair.Certificate[0], id.Cert.Raw) {
		t.Error("the file holds another certificate")
	}
	info, err := os.Stat(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %o", info.Mode().Perm())
	}
}

func TestHeaderValues(t *testing.T) {
	id := labtest.Issue(t, labtest.CA(t, "CA"), lab.Subject{CN: "unit"})
	decoders := map[lab.HeaderForm]func(string) string{
		lab.OneLinePEM:   func(v string) string { return armoured(t, strings.ReplaceAll(v, " ", "\n")) },
		lab.FoldedPEM:    func(v string) string { return armoured(t, strings.ReplaceAll(v, "\r\n\t", "\n")) },
		lab.EscapedPEM:   func(v string) string { return armoured(t, unescaped(t, v)) },
		lab.BareBase64:   func(v string) string { return v },
		lab.Base64Chain:  func(v string) string { leaf, _, _ := strings.Cut(v, ","); return leaf },
		lab.ByteSequence: func(v string) string { return strings.Trim(v, ":") },
	}
	for _, form := range lab.HeaderForms() {
		t.Run(form.String(), func(t *testing.T) {
			der, err := base64.StdEncoding.DecodeString(decoders[form](id.HeaderValue(form)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(der, id.Cert.Raw) {
				t.Error("another certificate came out")
			}
		})
	}
	if escaped := id.HeaderValue(lab.EscapedPEM); strings.ContainsAny(escaped, "+/= \n") {
		t.Errorf("not all characters are escaped: %s", escaped)
	}
	if chain := id.HeaderValue(lab.Base64Chain); strings.Count(chain, ",") != 1 || strings.HasSuffix(chain, ",") {
		t.Errorf("the chain is not leaf and issuer: %s", chain)
	}
}

// armoured gives the base64 inside PEM, whose armour lost its spaces to the
// line ends.
func armoured(t *testing.T, text string) string {
	t.Helper()
	text = strings.NewReplacer("BEGIN\nCERT", "BEGIN CERT", "END\nCERT", "END CERT").Replace(text)
	block, rest := pem.Decode([]byte(text + "\n"))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		t.Fatalf("no PEM, or more than it: %s", text)
	}
	return base64.StdEncoding.EncodeToString(block.Bytes)
}

func unescaped(t *testing.T, text string) string {
	t.Helper()
	plain, err := url.PathUnescape(text)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestCRL(t *testing.T) {
	ca := labtest.CA(t, "CA")
	revoked, good := labtest.Issue(t, ca, lab.Subject{CN: "a"}), labtest.Issue(t, ca, lab.Subject{CN: "b"})
	der, err := ca.CRL(revoked)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(ca.Cert); err != nil {
		t.Error(err)
	}
	if entries := list.RevokedCertificateEntries; len(entries) != 1 ||
		entries[0].SerialNumber.Cmp(revoked.Cert.SerialNumber) != 0 || entries[0].SerialNumber.Cmp(good.Cert.SerialNumber) == 0 {
		t.Errorf("the list names %v", entries)
	}
}
