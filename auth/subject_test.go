package auth_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"rivgate/auth"
	"rivgate/fault"
)

// identify is the sender's id where it must be found.
func identify(t *testing.T, p *auth.Policy, in auth.Evidence) string {
	t.Helper()
	s, err := p.Identify(in)
	if err != nil {
		t.Fatalf("Identify: %v", err)
	}
	return s.ID
}

func TestSenderAttribute(t *testing.T) {
	country := attribute{"2.5.4.6", printableString, "SE"}
	full := subject(country, attribute{"2.5.4.10", utf8String, "Org"}, attribute{"2.5.4.11", utf8String, "Part"},
		commonName("Unit"), serialNumber(unitID), attribute{"2.5.4.97", utf8String, "VATSE-1"})
	for name, want := range map[string]string{
		"serialNumber": unitID, "SERIALNUMBER": unitID, "2.5.4.5": unitID,
		"CN": "Unit", "cn": "Unit", "O": "Org", "OU": "Part", "C": "SE",
		"organizationIdentifier": "VATSE-1", "2.5.4.97": "VATSE-1",
	} {
		t.Run(name, func(t *testing.T) {
			policy := newPolicy(t, func(o *auth.Options) { o.SenderAttribute = name })
			if got := identify(t, policy, overTLS(full)); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestSenderID(t *testing.T) {
	typed := func(tag uint8, value string) []byte { return subject(attribute{"2.5.4.5", tag, value}) }
	const missing = "No senderId found in Certificate: "
	tests := []struct {
		name    string
		subject []byte
		want    string // empty: refused
		detail  string // what follows the fixed text
	}{
		{name: "PrintableString", subject: typed(printableString, unitID), want: unitID},
		{name: "UTF8String", subject: typed(utf8String, "SE-Åäö"), want: "SE-Åäö"},
		{name: "IA5String", subject: typed(ia5String, unitID), want: unitID},
		{name: "NumericString", subject: typed(numericString, "1234"), want: "1234"},
		{name: "T61String in ASCII", subject: typed(t61String, unitID), want: unitID},
		{name: "BMPString", subject: typed(bmpString, "\x00S\x00E\x00-\x00\xc5"), want: "SE-Å"},
		{name: "comma", subject: typed(printableString, "SE,1"), want: "SE,1"},
		{name: "looks like another attribute", subject: subject(commonName("x, SERIALNUMBER=SE-EVIL"), serialNumber(unitID)), want: unitID},
		{name: "longer than a short length", subject: typed(utf8String, strings.Repeat("A", 300)), want: strings.Repeat("A", 300)},
		{name: "another name in several parts", want: unitID, subject: multiValuedSubject(
			[]attribute{commonName("Unit"), {"2.5.4.11", utf8String, "Part"}}, []attribute{serialNumber(unitID)})},

		{name: "missing", subject: subject(attribute{"2.5.4.6", printableString, "SE"}, commonName("Unit")), detail: "CN=Unit, C=SE"},
		{name: "only in a value", subject: subject(commonName("SERIALNUMBER=SE-EVIL")), detail: `CN="SERIALNUMBER=SE-EVIL"`},
		{name: "no subject", subject: subject(), detail: ""},
		{name: "twice", subject: subject(serialNumber("SE-A"), serialNumber("SE-B")), detail: "SERIALNUMBER=SE-B, SERIALNUMBER=SE-A"},
		{name: "twice the same", subject: subject(serialNumber("SE-A"), serialNumber("SE-A")), detail: "SERIALNUMBER=SE-A, SERIALNUMBER=SE-A"},
		{name: "in a name of several parts", detail: "SERIALNUMBER=SE-A + CN=Unit", subject: multiValuedSubject(
			[]attribute{serialNumber("SE-A"), commonName("Unit")})},
		{name: "second in a name of several parts", detail: "CN=Unit + SERIALNUMBER=SE-A", subject: multiValuedSubject(
			[]attribute{commonName("Unit"), serialNumber("SE-A")})},
		{name: "twice in one name", detail: "SERIALNUMBER=SE-A + SERIALNUMBER=SE-B", subject: multiValuedSubject(
			[]attribute{serialNumber("SE-A"), serialNumber("SE-B")})},
		{name: "empty", subject: typed(printableString, ""), detail: "SERIALNUMBER="},
		{name: "space", subject: typed(printableString, " "), detail: `SERIALNUMBER=" "`},
		{name: "outer space", subject: typed(printableString, "SE-A "), detail: `SERIALNUMBER="SE-A "`},
		{name: "control character", subject: typed(utf8String, "SE\x00A"), detail: "SERIALNUMBER=SE\x00A"},
		{name: "UTF8String that is not UTF-8", subject: typed(utf8String, "SE\xff"), detail: "SERIALNUMBER=#0c035345ff"},
		{name: "PrintableString that is not ASCII", subject: typed(printableString, "SE\xe5"), detail: "SERIALNUMBER=#13035345e5"},
		{name: "T61String that is not ASCII", subject: typed(t61String, "SE\xe5"), detail: "SERIALNUMBER=#14035345e5"},
		{name: "BMPString of odd length", subject: typed(bmpString, "\x00S\x00"), detail: "SERIALNUMBER=#1e03005300"},
		{name: "BMPString with a surrogate", subject: typed(bmpString, "\xd8\x00\xdc\x00"), detail: "SERIALNUMBER=#1e04d800dc00"},
		{name: "UniversalString", subject: typed(universalString, "\x00\x00\x00S"), detail: "SERIALNUMBER=#1c0400000053"},
		{name: "no string", subject: typed(octetString, "SE"), detail: "SERIALNUMBER=#04025345"},
		{name: "unnamed attribute", subject: subject(attribute{"1.2.3.4", utf8String, "x"}), detail: "OID.1.2.3.4=x"},
		{name: "not DER", subject: []byte("SERIALNUMBER=SE-A"), detail: "null"},
		{name: "data after the subject", subject: append(subject(serialNumber(unitID)), 0), detail: "null"},
		{name: "indefinite length", subject: append([]byte{0x30, 0x80}, subject(serialNumber(unitID))[2:]...), detail: "null"},
	}
	policy := newPolicy(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := policy.Identify(overTLS(tt.subject))
			if tt.want == "" {
				wantFault(t, err, fault.VP002, missing+tt.detail)
			} else if err != nil || got.ID != tt.want {
				t.Errorf("got %q, %v; want %q", got.ID, err, tt.want)
			}
		})
	}
}

func subjectSeeds() [][]byte {
	return [][]byte{
		subject(serialNumber(unitID)),
		subject(commonName("Unit"), serialNumber(unitID), attribute{"2.5.4.5", bmpString, "\x00S"}),
		subject(attribute{"2.5.4.5", bmpString, "\x00S\x00E"}),
		multiValuedSubject([]attribute{serialNumber("SE-A"), commonName("Unit")}),
		{0x30, 0},
		nil,
	}
}

// FuzzSubject: a sender id is text that stands in the subject, alone behind the
// attribute's object identifier, and fit to be sent in a header.
func FuzzSubject(f *testing.F) {
	for _, seed := range subjectSeeds() {
		f.Add(seed)
	}
	policy := newPolicy(f, nil)
	f.Fuzz(func(t *testing.T, name []byte) {
		got, err := policy.Identify(auth.Evidence{TLS: true, Certificate: &x509.Certificate{RawSubject: name}})
		if err != nil {
			if !errors.Is(err, fault.VP002) {
				t.Fatalf("unexpected error: %v", err)
			}
			return
		}
		if !bytes.Contains(name, []byte(got.ID)) && !bytes.Contains(name, bigEndian(got.ID)) {
			t.Fatalf("%q is not in % x", got.ID, name)
		}
		if bytes.Count(name, []byte{6, 3, 0x55, 4, 5}) < 1 {
			t.Fatalf("no serial number in % x", name)
		}
		if got.ID == "" || strings.ContainsAny(got.ID, "\r\n\x00") || strings.TrimSpace(got.ID) != got.ID {
			t.Fatalf("unfit id %q", got.ID)
		}
	})
}

func bigEndian(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit>>8), byte(unit))
	}
	return b
}

func TestSubjectSeeds(t *testing.T) {
	if len(subjectSeeds()) == 0 {
		t.Fatal("no seeds")
	}
}
