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
	demoFuture = "SE0000000000-FUTURE"
	demoBusy   = "SE0000000000-BUSY"
	demoEmpty  = "SE0000000000-EMPTY"
	demoCut    = "SE0000000000-CUT"
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
	c.Route(demoAppointments, "RIVTABP22", s.Secure.URL("/appointments"), demoFuture)
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/status503"), demoBusy)
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/empty"), demoEmpty)
	c.Route(demoAppointments, "RIVTABP21", s.Secure.URL("/truncmid"), demoCut)
	s.Slow = Route{Contract: demoAppointments, Receiver: demoSlow}

	c.Permit(demoConsumer, demoAppointments, demoClinic, demoOldClinic, demoRegion, demoTwice, demoNoURL, demoDead, demoSlow, demoFaulty,
		demoFuture, demoBusy, demoEmpty, demoCut)
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
