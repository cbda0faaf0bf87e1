package lab

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Dates of validity that hold for as long as anything here will run. They
// carry a zone, so they are exact.
const (
	validFrom = "2013-08-09T13:25:24.260+02:00"
	validTo   = "2123-08-09T14:25:24.260+02:00"
)

// Route is one row of a catalogue: calls of Contract to Receiver go to
// Address, which speaks Profile (RIVTABP20 or RIVTABP21). From and To are XML
// Schema dateTimes, written as they are; empty: always valid.
type Route struct {
	Receiver, Contract, Profile, Address string
	From, To                             string
}

// Permission is one row of a catalogue: Sender may call Contract at Receiver.
type Permission struct {
	Sender, Receiver, Contract string
	From, To                   string
}

// Catalogue is what a service-addressing catalogue (TAK) would hold. Rows keep
// their order and are numbered from 1.
type Catalogue struct {
	Routes      []Route
	Permissions []Permission
}

// Route adds a row that is always valid.
func (c *Catalogue) Route(contract, profile, address string, receivers ...string) {
	for _, receiver := range receivers {
		c.Routes = append(c.Routes, Route{Receiver: receiver, Contract: contract, Profile: profile, Address: address})
	}
}

// Permit lets sender call contract at the receivers, always.
func (c *Catalogue) Permit(sender, contract string, receivers ...string) {
	for _, receiver := range receivers {
		c.Permissions = append(c.Permissions, Permission{Sender: sender, Receiver: receiver, Contract: contract})
	}
}

// LocalCopy is the catalogue as the file VP keeps beside TAK: one line of
// XML, byte for byte in VP's form.
func (c *Catalogue) LocalCopy() []byte {
	var file strings.Builder
	file.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
		`<persistentCache xmlns:ns2="urn:skl:tp:vagvalsinfo:v2">`)
	c.writeRoutes(&file, "", "ns2:")
	c.writePermissions(&file, "", "ns2:")
	file.WriteString(`</persistentCache>`)
	return []byte(file.String())
}

// WriteLocalCopy writes LocalCopy to a file.
func (c *Catalogue) WriteLocalCopy(path string) error {
	return os.WriteFile(path, c.LocalCopy(), 0o644)
}

// RoutesAnswer is TAK's answer to hamtaAllaVirtualiseringar.
func (c *Catalogue) RoutesAnswer() []byte {
	return catalogueAnswer(AllRoutes, func(w io.StringWriter) { c.writeRoutes(w, "", "") })
}

// PermissionsAnswer is TAK's answer to hamtaAllaAnropsBehorigheter.
func (c *Catalogue) PermissionsAnswer() []byte {
	return catalogueAnswer(AllPermissions, func(w io.StringWriter) { c.writePermissions(w, "", "") })
}

func catalogueAnswer(operation Operation, rows func(io.StringWriter)) []byte {
	var answer strings.Builder
	response := string(operation) + "Response"
	fmt.Fprintf(&answer, `<soap:Envelope xmlns:soap="%s"><soap:Body><%s xmlns="%s">`, soap11, response, catalogueNamespace)
	rows(&answer)
	fmt.Fprintf(&answer, `</%s></soap:Body></soap:Envelope>`, response)
	return []byte(answer.String())
}

// writeRoutes writes rows whose elements have the prefix outer and whose
// fields have the prefix inner.
func (c *Catalogue) writeRoutes(w io.StringWriter, outer, inner string) {
	for i, r := range c.Routes {
		writeRow(w, outer+"virtualiseringsInfo", inner, [][2]string{
			{"virtualiseringsInfoId", strconv.Itoa(i + 1)},
			{"receiverId", r.Receiver},
			{"rivProfil", r.Profile},
			{"tjansteKontrakt", r.Contract},
			{"fromTidpunkt", orElse(r.From, validFrom)},
			{"tomTidpunkt", orElse(r.To, validTo)},
			{"adress", r.Address},
		})
	}
}

func (c *Catalogue) writePermissions(w io.StringWriter, outer, inner string) {
	for i, p := range c.Permissions {
		writeRow(w, outer+"anropsBehorighetsInfo", inner, [][2]string{
			{"anropsBehorighetsInfoId", strconv.Itoa(i + 1)},
			{"receiverId", p.Receiver},
			{"senderId", p.Sender},
			{"tjansteKontrakt", p.Contract},
			{"fromTidpunkt", orElse(p.From, validFrom)},
			{"tomTidpunkt", orElse(p.To, validTo)},
		})
	}
}

// writeRow and the builders behind it cannot fail: strings.Builder takes everything.
func writeRow(w io.StringWriter, element, prefix string, fields [][2]string) {
	_, _ = w.WriteString("<" + element + ">")
	for _, field := range fields {
		name := prefix + field[0]
		_, _ = w.WriteString("<" + name + ">" + escape.Replace(field[1]) + "</" + name + ">")
	}
	_, _ = w.WriteString("</" + element + ">")
}

// escape writes character data as JAXB does, which wrote the files we read.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
