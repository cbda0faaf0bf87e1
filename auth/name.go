package auth

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// keywords are the short names of subject attributes, in the spelling of VP's
// runtime where it has one.
func keywords() map[string]string {
	return map[string]string{
		"CN":                     "2.5.4.3",
		"SURNAME":                "2.5.4.4",
		"SERIALNUMBER":           "2.5.4.5",
		"C":                      "2.5.4.6",
		"L":                      "2.5.4.7",
		"ST":                     "2.5.4.8",
		"STREET":                 "2.5.4.9",
		"O":                      "2.5.4.10",
		"OU":                     "2.5.4.11",
		"T":                      "2.5.4.12",
		"GIVENNAME":              "2.5.4.42",
		"ORGANIZATIONIDENTIFIER": "2.5.4.97",
		"UID":                    "0.9.2342.19200300.100.1.1",
		"DC":                     "0.9.2342.19200300.100.1.25",
		"EMAILADDRESS":           "1.2.840.113549.1.9.1",
	}
}

// attributeOID turns a short name or a dotted object identifier into DER
// content octets.
func attributeOID(name string) ([]byte, error) {
	dotted, known := keywords()[strings.ToUpper(name)]
	if !known {
		dotted = name
	}
	oid, err := x509.ParseOID(dotted)
	if err != nil {
		return nil, fmt.Errorf("sender attribute %q is neither a known name nor an object identifier", name)
	}
	return oid.MarshalBinary()
}

// printSubject prints a DER subject as VP's runtime does: last name first,
// separated by comma and space. It is for fault texts only.
func printSubject(subject []byte) string {
	var names []string
	for a, err := range attributes(subject) {
		switch {
		case err != nil:
			return "null"
		case a.index > 0:
			names[len(names)-1] += " + " + a.print()
		default:
			names = append(names, a.print())
		}
	}
	slices.Reverse(names)
	return strings.Join(names, ", ")
}

func (a attribute) print() string { return a.keyword() + "=" + a.printValue() }

// keyword is the attribute's name in print. VP's runtime has no name for the
// organisation identifier.
func (a attribute) keyword() string {
	var oid x509.OID
	if err := oid.UnmarshalBinary(a.oid); err != nil {
		return "OID." + hex.EncodeToString(a.oid)
	}
	for keyword, dotted := range keywords() {
		if dotted == oid.String() && keyword != "ORGANIZATIONIDENTIFIER" {
			return keyword
		}
	}
	return "OID." + oid.String()
}

func (a attribute) printValue() string {
	text, ok := a.text()
	if !ok {
		return "#" + hex.EncodeToString(a.element())
	}
	if strings.ContainsAny(text, `,+=<>#;\"`) || strings.TrimSpace(text) != text {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	return text
}

// element is the value with its tag and length.
func (a attribute) element() []byte {
	var b cryptobyte.Builder
	b.AddASN1(a.tag, func(content *cryptobyte.Builder) { content.AddBytes(a.value) })
	element, err := b.Bytes()
	if err != nil {
		return a.value
	}
	return element
}
