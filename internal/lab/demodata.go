package lab

import (
	"os"
	"path/filepath"
)

// Who is who in the sandbox.
const (
	demoConsumer = "SE0000000000-CONSUMER"
	demoStranger = "SE0000000000-STRANGER"

	demoRegion    = "SE0000000000-REGION"
	demoHospital  = "SE0000000000-HOSPITAL"
	demoChildren  = "SE0000000000-CHILDREN"
	demoClinic    = "SE0000000000-CLINIC"
	demoOldClinic = "SE0000000000-OLDCLINIC"

	demoClosed = "SE0000000000-CLOSED"
	demoTwice  = "SE0000000000-TWICE"
	demoNoURL  = "SE0000000000-NOADDRESS"
	demoDead   = "SE0000000000-DEAD"
	demoSlow   = "SE0000000000-SLOW"
	demoFaulty = "SE0000000000-FAULTY"
)

// The contracts of the sandbox: one that is routed to units, one where a
// national index answers for everybody, one that is addressed by VG#VE.
const (
	demoAppointments = "urn:riv:demo:scheduling:GetAppointmentsResponder:1"
	demoIndex        = "urn:riv:demo:index:FindContentResponder:1"
	demoMessages     = "urn:riv:demo:messaging:SendMessageResponder:1"
)

// demoUnits is a small HSA tree: the children's ward lies under the hospital,
// which lies under the region, as the clinic does.
var demoUnits = []Unit{
	{"SE", "c=SE", "Sverige"},
	{demoRegion, "o=Region Exempel,l=Exempelstad,c=SE", "Region Exempel"},
	{demoHospital, "ou=Exempelsjukhuset,o=Region Exempel,l=Exempelstad,c=SE", "Exempelsjukhuset"},
	{demoChildren, "ou=Barnkliniken,ou=Exempelsjukhuset,o=Region Exempel,l=Exempelstad,c=SE", "Barnkliniken"},
	{demoClinic, "ou=Vårdcentralen Eken,o=Region Exempel,l=Exempelstad,c=SE", "Vårdcentralen Eken"},
	{demoOldClinic, "ou=Vårdcentralen Linden,o=Region Exempel,l=Exempelstad,c=SE", "Vårdcentralen Linden"},
}

// demoAnswers are what the producers say, by path.
var demoAnswers = map[string]string{
	"/appointments": demoAnswer(demoAppointments,
		`<u:appointment><u:start>2026-12-01T08:30:00</u:start><u:place>Vårdcentralen Eken</u:place></u:appointment>`),
	"/content": demoAnswer(demoIndex, `<u:content>appointments</u:content>`),
	"/message": demoAnswer(demoMessages, `<u:result>OK</u:result>`),
}

func demoAnswer(contract, payload string) string {
	element := "u:" + operationOf(contract) + "Response"
	return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="` + soap11 + `" xmlns:u="` + contract + `">` +
		`<soapenv:Body><` + element + `>` + payload + `</` + element + `></soapenv:Body></soapenv:Envelope>`
}

// fillCatalogue fills the catalogue, now that the producers' addresses are known,
// and writes it and the HSA file.
func (s *Sandbox) fillCatalogue(DemoOptions) error {
	c := &s.Catalogue
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/appointments"), demoClinic, demoHospital, demoClosed)
	c.Route(demoAppointments, "RIVTABP20", s.Plain.URL("/appointments"), demoOldClinic)
	c.Route(demoIndex, "RIVTABP21", s.Secure.URL("/content"), "*")
	c.Route(demoMessages, "RIVTABP21", s.Secure.URL("/message"), demoClinic)

	c.Route(demoAppointments, "RIVTABP20", s.Plain.URL("/appointments"), demoTwice)
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/appointments"), demoTwice)
	c.Route(demoAppointments, "RIVTABP21", "", demoNoURL)
	c.Route(demoAppointments, "RIVTABP21", "http://127.0.0.1:1/nobody", demoDead)
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/delay?ms=10000"), demoSlow)
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/fault500"), demoFaulty)
	s.Slow = Route{Contract: demoAppointments, Receiver: demoSlow}

	c.Permit(demoConsumer, demoAppointments, demoClinic, demoOldClinic, demoRegion, demoTwice, demoNoURL, demoDead, demoSlow, demoFaulty)
	c.Permit(demoConsumer, demoIndex, "*")
	c.Permit(demoConsumer, demoMessages, demoClinic)

	s.Files.HSA = filepath.Join(s.Dir, "hsacache.xml")
	s.Files.Catalogue = filepath.Join(s.Dir, "catalogue.xml")
	s.Files.LocalCopy = filepath.Join(s.Dir, "data", "tak-cache.xml")
	if err := os.MkdirAll(filepath.Dir(s.Files.LocalCopy), 0o755); err != nil {
		return err
	}
	if err := WriteHSAFile(s.Files.HSA, demoUnits...); err != nil {
		return err
	}
	return c.WriteLocalCopy(s.Files.Catalogue)
}

// demoExamples are one request for each thing the sandbox can show.
func demoExamples(consumer, stranger *Identity) []Example {
	appointments := func(receiver string, profile Profile) Envelope {
		return Envelope{Contract: demoAppointments, Receiver: receiver, Profile: profile, Payload: "<u:patient>191212121212</u:patient>"}
	}
	at := func(receiver string) Envelope { return appointments(receiver, Profile21) }
	latin1 := at(demoClinic)
	latin1.Charset, latin1.Payload = "ISO-8859-1", "<u:patient>Åsa Ödman</u:patient>"
	index := Envelope{Contract: demoIndex, Receiver: demoChildren, Payload: "<u:patient>191212121212</u:patient>"}
	message := Envelope{Contract: demoMessages, Receiver: demoRegion + "#" + demoClinic, Payload: "<u:text>Välkommen</u:text>"}

	return []Example{
		{
			Name: "appointments", Caller: consumer, Envelope: at(demoClinic), Status: 200,
			Shows: "a call that succeeds: profile 2.1 at both ends",
		},
		{
			Name: "old-producer", Caller: consumer, Envelope: at(demoOldClinic), Status: 200,
			Shows: "a 2.1 consumer and a 2.0 producer: the envelope is converted",
		},
		{
			Name: "old-consumer", Caller: consumer, Envelope: appointments(demoClinic, Profile20), Status: 200,
			Shows: "a 2.0 consumer and a 2.1 producer: the envelope is converted",
		},
		{
			Name: "climb", Caller: consumer, Envelope: at(demoChildren), Status: 200,
			Shows: "no route for the ward: the hospital's is used, and the region's permission",
		},
		{
			Name: "default-route", Caller: consumer, Envelope: index, Status: 200,
			Shows: "a contract with one route for everybody (*)",
		},
		{
			Name: "vg-ve", Caller: consumer, Envelope: message, Status: 200,
			Shows: "an address of the form VG#VE",
		},
		{
			Name: "latin1", Caller: consumer, Envelope: latin1, Status: 200,
			Shows: "a request in ISO-8859-1: the producer gets UTF-8, the consumer its own charset back",
		},
		{
			Name: "unknown-receiver", Caller: consumer, Envelope: at("SE0000000000-UNKNOWN"), Status: 500, Code: "VP004",
			Shows: "no route",
		},
		{
			Name: "two-routes", Caller: consumer, Envelope: at(demoTwice), Status: 500, Code: "VP006",
			Shows: "two routes at once",
		},
		{
			Name: "no-permission", Caller: stranger, Envelope: at(demoClinic), Status: 500, Code: "VP007",
			Shows: "a caller without permission",
		},
		{
			Name: "closed-receiver", Caller: consumer, Envelope: at(demoClosed), Status: 500, Code: "VP007",
			Shows: "a receiver that nobody may call",
		},
		{
			Name: "dead-producer", Caller: consumer, Envelope: at(demoDead), Status: 500, Code: "VP009",
			Shows: "nobody listens at the route's address",
		},
		{
			Name: "slow-producer", Caller: consumer, Envelope: at(demoSlow), Status: 500, Code: "VP009",
			Shows: "a producer that takes longer than it may",
		},
		{
			Name: "faulty-producer", Caller: consumer, Envelope: at(demoFaulty), Status: 500,
			Shows: "a producer's own SOAP fault, passed on",
		},
		{
			Name: "no-address", Caller: consumer, Envelope: at(demoNoURL), Status: 500, Code: "VP010",
			Shows: "a route without an address",
		},
	}
}
