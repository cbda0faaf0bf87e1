package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// Who is who in the SoapUI suite of VP's system tests.
const (
	suiteSender   = "TSTNMT2321000156-B02"
	suiteInstance = "SE0000000000-SOAPUI"
	suiteAgP      = "5565594230" // the aggregating platform; here a mock in its place
	suitePatient  = "196711222940"
	mock01        = "SKLTP-MOCK01"
	node10K3      = "TSTNMT2321000156-10K3" // above 10K4, which is above the other three
	node10K4      = "TSTNMT2321000156-10K4"
	node10K5      = "TSTNMT2321000156-10K5"
	node10K6      = "TSTNMT2321000156-10K6"
	node10K7      = "TSTNMT2321000156-10K7"
	nowhere       = "TSTNMT2321000156-9999" // not in the tree
)

// The contracts of the suite, by the names it calls them.
const (
	careDocumentation = "urn:riv:clinicalprocess:healthcond:description:GetCareDocumentationResponder:2"
	diagnosis         = "urn:riv:clinicalprocess:healthcond:description:GetDiagnosisResponder:2"
	consent           = "urn:riv:se.apotekensservice:or:KontrolleraSamtyckeResponder:1"
	prescriber        = "urn:riv:se.apotekensservice:or:KontrolleraForskrivarbehorighetResponder:1"
	requestExemption  = "urn:riv:financial:patientfees:exemption:RequestExemptionStatusesResponder:1" // RES
	processExemption  = "urn:riv:financial:patientfees:exemption:ProcessExemptionStatusesResponder:1" // PES
	processClaim      = "urn:riv:financial:billing:claim:ProcessClaimSpecificationResponder:1"        // PCS
	referralOutcome   = "urn:riv:clinicalprocess:healthcond:actoutcome:GetReferralOutcomeResponder:3" // GRO
	careContacts      = "urn:riv:clinicalprocess:logistics:logistics:GetCareContactsResponder:3"      // GCC
	observations      = "urn:riv:clinicalprocess:healthcond:basic:GetObservationsResponder:1"         // GO
	imagingOutcome    = "urn:riv:clinicalprocess:healthcond:actoutcome:GetImagingOutcomeResponder:1"  // GIO
	activities        = "urn:riv:clinicalprocess:activity:activity:GetActivitiesResponder:1"          // GA
	allQuestions      = "urn:riv:insuranceprocess:healthreporting:FindAllQuestionsResponder:1"
	question          = "urn:riv:insuranceprocess:healthreporting:ReceiveMedicalCertificateQuestionResponder:1"
	answerToQuestion  = "urn:riv:insuranceprocess:healthreporting:ReceiveMedicalCertificateAnswerResponder:1"
)

// described are the contracts whose WSDL the suite asks for.
var described = []string{
	careDocumentation, diagnosis, consent, prescriber, requestExemption, processExemption, processClaim,
	referralOutcome, careContacts, observations, imagingOutcome, activities, question, answerToQuestion,
}

// suite is a gateway in a process of its own with all that the cases need.
type suite struct {
	caller lab.Caller
	mocks  *lab.Producer
	gate   *process
}

func newSuite(t *testing.T) *suite {
	t.Helper()
	ca, dir := labtest.CA(t, "CA"), t.TempDir()
	server := labtest.Issue(t, ca, lab.Subject{CN: "mocks"}, lab.Hosts("127.0.0.1"))
	elsewhere := labtest.Issue(t, ca, lab.Subject{CN: "CERT-MOCK"}, lab.Hosts("elsewhere.example"))
	gateway := labtest.Issue(t, ca, lab.Subject{SerialNumber: suiteInstance}, lab.Hosts("localhost"))
	consumer := labtest.Issue(t, ca, lab.Subject{SerialNumber: suiteSender, CN: "soapui", C: "SE"})
	s := &suite{mocks: labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(server, ca)})}
	misnamed := labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(elsewhere, ca)})

	must(t, ca.WriteFile(filepath.Join(dir, "ca.crt")))
	_, _, err := gateway.WriteFiles(dir, "gateway")
	must(t, err)
	must(t, lab.WriteHSAFile(filepath.Join(dir, "hsa.xml"), suiteTree...))
	for _, contract := range described {
		path := filepath.Join(dir, "wsdl", operation(contract)+".wsdl")
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(suiteWSDL(contract, "http://original.example/")), 0o644))
	}
	tak := labtest.TAK(t, s.catalogue(misnamed))
	s.gate = serve(t, dir, fmt.Sprintf(suiteConfig, suiteInstance, tak.URL(), requestExemption, processClaim, processExemption, processClaim, question, answerToQuestion))
	s.caller = lab.Caller{Address: s.gate.address(t, "https"), TLS: lab.ClientTLS(consumer, ca)}
	return s
}

const suiteConfig = `
instance: {id: %s, name: SOAPUI}
listeners:
  - name: https
    address: 127.0.0.1:0
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
admin: {address: "127.0.0.1:0"}
tak: {address: %q, local_copy: copy.xml}
hsa:
  files: [hsa.xml]
  routes: {except: [%q, %q]}
  permissions: {except: [%q, %q]}
vg_ve: {contracts: [%q, %q]}
virtualisations: {default: {timeout: 5s}}
producers:
  retry: {attempts: 1, delay: 2s}
  propagate_correlation_id: {https: true}
  tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}
wsdl: {directory: wsdl}
`

var suiteTree = []lab.Unit{
	{ID: node10K3, DN: "o=10K3,c=SE", Name: "root of interest"},
	{ID: node10K4, DN: "ou=10K4,o=10K3,c=SE", Name: "level 1"},
	{ID: node10K5, DN: "ou=10K5,ou=10K4,o=10K3,c=SE", Name: "level 2"},
	{ID: node10K6, DN: "ou=10K6,ou=10K4,o=10K3,c=SE", Name: "level 2"},
	{ID: node10K7, DN: "ou=10K7,ou=10K4,o=10K3,c=SE", Name: "level 2"},
}

// catalogue holds the routes and permissions the suite relies on. A route's
// mock is the path it leads to.
func (s *suite) catalogue(misnamed *lab.Producer) lab.Catalogue {
	c := lab.Catalogue{}
	route := func(contract, profile, mock string, receivers ...string) {
		c.Route(contract, profile, s.mocks.URL("/"+mock), receivers...)
		s.mocks.Script("/"+mock, lab.Script{Pieces: []string{mockAnswer(200, suiteAnswer(contract))}})
	}
	permit := func(contract string, receivers ...string) { c.Permit(suiteSender, contract, receivers...) }

	route(careDocumentation, "RIVTABP21", "agp", suiteAgP)
	route(careDocumentation, "RIVTABP21", "load-mocks", "LOAD-MOCKS")
	route(careDocumentation, "RIVTABP21", "mock01", mock01)
	s.mocks.Script("/mock01", lab.Script{Pieces: []string{mockAnswer(500, suiteFault)}})
	c.Route(careDocumentation, "RIVTABP21", "http://127.0.0.1:1/", "PRODUCER-NOT-AVAILABLE")
	c.Route(careDocumentation, "RIVTABP21", misnamed.URL("/ok"), "CERT-MOCK")
	permit(careDocumentation, suiteAgP, "LOAD-MOCKS", mock01, "PRODUCER-NOT-AVAILABLE", "CERT-MOCK", "PRODUCENT4")
	route(diagnosis, "RIVTABP21", "lower", "gemenlogiskadress")
	permit(diagnosis, "gemenlogiskadress")
	route(consent, "RIVTABP20", "consent", mock01, "PRODUCER-NO-AUTHORIZATION")
	permit(consent, mock01)
	route(prescriber, "RIVTABP21", "prescriber", mock01)
	permit(prescriber, mock01)

	for _, exemption := range [][2]string{{requestExemption, "res"}, {processExemption, "pes"}, {processClaim, "pcs"}} {
		route(exemption[0], "RIVTABP21", exemption[1], node10K3, node10K7)
		permit(exemption[0], node10K3, node10K5)
	}

	route(referralOutcome, "RIVTABP21", "referrals", "*")
	permit(referralOutcome, "*")
	route(careContacts, "RIVTABP21", "contacts-own", node10K5)
	route(careContacts, "RIVTABP21", "contacts-climbed", node10K3)
	route(careContacts, "RIVTABP21", "contacts-default", "*")
	permit(careContacts, "*")
	route(observations, "RIVTABP21", "observations-own", node10K5)
	route(observations, "RIVTABP21", "observations-climbed", node10K3)
	permit(observations, "*")
	route(imagingOutcome, "RIVTABP21", "imaging", node10K5)
	permit(imagingOutcome, "*")
	route(activities, "RIVTABP21", "activities", "*")
	permit(activities, mock01)
	route(allQuestions, "RIVTABP20", "questions", "*")
	c.Permit("SE0000000000-OTHER", allQuestions, nowhere)
	route(question, "RIVTABP20", "question", mock01)
	permit(question, mock01)
	for _, contract := range []string{question, answerToQuestion} {
		route(contract, "RIVTABP20", "never-"+operation(contract), "*")
		permit(contract, "*")
	}
	return c
}

// operation is GetThing for urn:riv:…:GetThingResponder:1.
func operation(contract string) string {
	parts := strings.Split(contract, ":")
	return strings.TrimSuffix(parts[len(parts)-2], "Responder")
}

// classicPath is /vp/DOMAIN/CONTRACT/MAJOR/PROFILE, as consumers post to.
func classicPath(contract, profile string) string {
	parts := strings.Split(contract, ":")
	domain, major := parts[2:len(parts)-2], parts[len(parts)-1]
	return "/vp/" + strings.Join(domain, "/") + "/" + operation(contract) + "/" + major + "/" + profile
}

// suiteAnswer is what a mock says: the elements the suite looks for.
func suiteAnswer(contract string) string {
	payload := map[string]string{
		diagnosis:        "<urn:diagnosis><sourceSystemHSAId>gemenlogiskadress</sourceSystemHSAId></urn:diagnosis>",
		consent:          "<urn:avliden>false</urn:avliden>",
		prescriber:       "<urn:behorig>true</urn:behorig>",
		requestExemption: "",
		processExemption: "<urn:resultCode>OK</urn:resultCode>",
		processClaim:     "<urn:resultCode>OK</urn:resultCode>",
		question:         "<ns3:resultCode>OK</ns3:resultCode>",
	}
	said, known := payload[contract]
	if !known {
		said = "<urn:record><urn:patientId>" + suitePatient + "</urn:patientId></urn:record>"
	}
	element := "urn:" + operation(contract) + "Response"
	return fmt.Sprintf(`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="%s" xmlns:ns3="%[1]s">`+
		`<soapenv:Body><%[2]s>%[3]s</%[2]s></soapenv:Body></soapenv:Envelope>`, contract, element, said)
}

// suiteFault is how SKLTP-MOCK01 refuses.
const suiteFault = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>` +
	`<faultcode>soap:Server</faultcode><faultstring>refused</faultstring><detail><ns2:exception xmlns:ns2="urn:riv:test:mock">` +
	`<message>Missing support for this combination of patientId and logicalAdress</message></ns2:exception></detail>` +
	`</soap:Fault></soap:Body></soap:Envelope>`

func mockAnswer(status int, body string, header ...string) string {
	head := append([]string{
		fmt.Sprintf("HTTP/1.1 %d %s", status, http.StatusText(status)),
		"Server: mock", "Content-Type: text/xml;charset=UTF-8", fmt.Sprintf("Content-Length: %d", len(body)),
	}, header...)
	return strings.Join(head, "\r\n") + "\r\n\r\n" + body
}

// suiteWSDL is a contract's description, with the address that callers are to
// use.
func suiteWSDL(contract, address string) string {
	interaction := strings.Replace(contract, "Responder:", ":", 1) + ":rivtabp21"
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="%s" xmlns:r="%[2]s" targetNamespace="%[1]s">
  <wsdl:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="%[2]s"/></wsdl:types>
  <wsdl:service name="Service"><wsdl:port name="Port" binding="tns:Binding"><soap:address location="%[3]s"/></wsdl:port></wsdl:service>
</wsdl:definitions>
`, interaction, contract, address)
}
