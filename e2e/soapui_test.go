package e2e

import (
	"slices"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// suiteCase is a case of the core acceptance list, by its number there or, where it has none, by its name.
type suiteCase struct {
	number string
	asks   []ask                        // made one after the other
	also   func(t *testing.T, s *suite) // what no column of ask says
}

// ask is a request and what has to come of it.
type ask struct {
	contract, receiver string
	from20             bool        // the caller speaks RIVTABP20
	path               string      // where to; empty: the contract's classic path
	header             [][2]string // more headers
	body               string      // in place of the contract's envelope

	mock   string   // the mock that is reached and whose answer comes back, or
	fault  string   // the VP code that comes back
	detail string   // the fault's whole detail, if it matters
	holds  []string // texts in the answer
	lacks  string   // a text that is not
}

// The texts of faults that the suite compares.
var suiteFaults = map[string]string{
	"VP004": "Det finns inget vägval i tjänsteadresseringskatalogen som matchar anropets logiska adressat (ReceiverId) och tjänstekontrakt. " +
		"Kontrollera uppgifterna i anropet och vid behov, beställ konfigurering i aktuell tjänsteplattform.",
	"VP007": "Tjänstekonsumenten saknar behörighet att anropa den logiska adressaten via detta tjänstekontrakt. " +
		"Kontrollera uppgifterna och vid behov, tillse att det beställs konfiguration i aktuell tjänsteplattform.",
	"VP014": "Anropsförmedlingen för den logiska adressaten har givit upphov till rundgång mellan tjänsteplattformar. " +
		"Rapportera felet till tjänsteplattformsförvaltningen.",
}

func noReceiver(contract, receiver string) []string {
	return []string{"No receiverId (logical address) found for serviceNamespace: " + contract + ", receiverId: " + receiver}
}

func header(name, value string) [][2]string { return [][2]string{{name, value}} }

var suiteCases = []suiteCase{
	{number: "1.1.1", also: answerHeaders},
	{number: "1.1.2", asks: []ask{{contract: careDocumentation, receiver: suiteAgP, header: header("x-rivta-original-serviceconsumer-hsaid", "KONSUMENT2"), mock: "agp"}}},
	{number: "1.1.3", asks: []ask{{contract: careDocumentation, receiver: suiteAgP, header: [][2]string{{"x-rivta-original-serviceconsumer-hsaid", "KONSUMENT2"}, {"x-soap-request", "RTJP"}}, mock: "agp"}}},
	{number: "1.1.4", asks: []ask{{contract: careDocumentation, receiver: suiteAgP, header: header("x-vp-sender-id", "XVPSENDERID"), mock: "agp"}}},
	{number: "1.2.1", asks: []ask{{contract: careDocumentation, receiver: "LOAD-MOCKS", mock: "load-mocks"}}},
	{number: "1.2.2", asks: []ask{{
		contract: careDocumentation, receiver: "LOAD-MOCKS", mock: "load-mocks",
		header: [][2]string{{"x-rivta-original-serviceconsumer-hsaid", "KONSUMENT2"}, {"x-vp-sender-id", "HSASERVICES-RTJP"}},
	}}},
	{number: "1.3.1", also: correlation(suiteAgP, "1.3.1")},
	{number: "1.3.2", also: correlation(suiteAgP, "1.3.2", "1.3.2")},
	{number: "1.3.3", also: correlation("LOAD-MOCKS", "1.3.3")},
	{number: "1.4.1", also: history("", suiteSender+"#"+suiteInstance)},
	{number: "1.4.2", also: history("SE-CONSUMER-HSAID#SE-RTJP-HSAID", "SE-CONSUMER-HSAID#SE-RTJP-HSAID#"+suiteInstance)},
	{number: "lower-case id", asks: []ask{
		{contract: diagnosis, receiver: "gemenlogiskadresS", mock: "lower", holds: []string{"<sourceSystemHSAId>gemenlogiskadress</sourceSystemHSAId>"}},
		{contract: diagnosis, receiver: "gemenlogiskadress", mock: "lower"},
		{contract: diagnosis, receiver: "GemenLogiskAdress", mock: "lower"},
		{contract: diagnosis, receiver: "GEMENLOGISKADRESS", mock: "lower"},
	}},
	{number: "2.1.1", asks: []ask{{contract: careDocumentation, receiver: suiteAgP, path: classicPath(careDocumentation, "rivtabp20"), mock: "agp"}}},
	{number: "2.1.2", also: bareHost},
	{number: "2.3.1", asks: []ask{{contract: careDocumentation, fault: "VP003", detail: "No receiverId (logical address) found in message header."}}},
	{number: "2.3.2", asks: []ask{{contract: diagnosis, fault: "VP003", detail: "No receiverId (logical address) found in message header."}}},
	{number: "2.4.1", asks: []ask{{contract: careDocumentation, receiver: "PRODUCENT4", fault: "VP004"}}},
	{number: "2.7.1", asks: []ask{{contract: consent, receiver: "PRODUCER-NO-AUTHORIZATION", fault: "VP007"}}},
	{number: "2.9.1", also: retried},
	{number: "2.10.1", also: producersFault},
	{number: "2.11.1", asks: []ask{{contract: careDocumentation, receiver: suiteAgP, header: header("x-rivta-routing-history", suiteInstance), fault: "VP014"}}},
	{number: "2.12.1", asks: []ask{{
		body:  `<felaktigt format soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body/></soapenv:Envelope>`,
		fault: "VP015", detail: "Unexpected character 's' (code 115) expected '='\n at [row,col {unknown-source}]: [1,19]",
	}}},
	{number: "2.12.2", asks: []ask{{
		body:  `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><--soapenv:Body></soapenv:Body></soapenv:Envelope>`,
		fault: "VP015",
	}}},
	{number: "3.1.1", asks: []ask{{contract: consent, receiver: mock01, from20: true, mock: "consent", holds: []string{"<urn:avliden>false</urn:avliden>"}}}},
	{number: "3.1.2", asks: []ask{{contract: consent, receiver: mock01, mock: "consent", holds: []string{"<urn:avliden>false</urn:avliden>"}}}, also: converted("To", "http://www.w3.org/2005/08/addressing")},
	{number: "3.1.3", asks: []ask{{contract: prescriber, receiver: mock01, from20: true, mock: "prescriber", holds: []string{"<urn:behorig>true</urn:behorig>"}}}, also: converted("LogicalAddress", "urn:riv:itintegration:registry:1")},
	{number: "3.1.4", asks: []ask{{contract: careDocumentation, receiver: suiteAgP, mock: "agp"}}},

	{number: "climbing, baseline", asks: []ask{
		{contract: requestExemption, receiver: node10K3, path: "/vp/financial/patienfees/exemption/RequestExemptionStatuses/1/rivtabp21", mock: "res"},
		{contract: processExemption, receiver: node10K3, mock: "pes", holds: []string{"<urn:resultCode>OK</urn:resultCode>"}},
		{contract: processClaim, receiver: node10K3, mock: "pcs", holds: []string{"<urn:resultCode>OK</urn:resultCode>"}},
	}},
	{number: "climbing for routes off, 10K7", asks: []ask{{contract: requestExemption, receiver: node10K7, mock: "res"}}},
	{number: "climbing for routes off, 10K4", asks: []ask{{contract: requestExemption, receiver: node10K4, fault: "VP004", holds: noReceiver(requestExemption, node10K4), lacks: "VP007"}}},
	{number: "climbing for routes off, 10K5", asks: []ask{{contract: requestExemption, receiver: node10K5, fault: "VP004"}}},
	{number: "climbing for permissions off, 10K5", asks: []ask{{contract: processExemption, receiver: node10K5, mock: "pes"}}},
	{number: "climbing for permissions off, 10K4", asks: []ask{{contract: processExemption, receiver: node10K4, fault: "VP007", holds: []string{node10K4}}}},
	{number: "climbing for permissions off, 10K7", asks: []ask{{contract: processExemption, receiver: node10K7, fault: "VP007", holds: []string{node10K7}}}},
	{number: "climbing for both off, 10K5", asks: []ask{{contract: processClaim, receiver: node10K5, fault: "VP004", holds: []string{node10K5}}}},
	{number: "climbing for both off, 10K4", asks: []ask{{contract: processClaim, receiver: node10K4, fault: "VP004", holds: []string{node10K4}}}},
	{number: "climbing for both off, 10K7", asks: []ask{{contract: processClaim, receiver: node10K7, fault: "VP007", holds: []string{node10K7}}}},

	{number: "775.1", asks: []ask{{contract: referralOutcome, receiver: node10K5, mock: "referrals"}}},
	{number: "775.2", asks: []ask{{contract: careContacts, receiver: node10K5, mock: "contacts-own"}}},
	{number: "775.3", asks: []ask{{contract: careContacts, receiver: node10K6, mock: "contacts-climbed"}}},
	{number: "775.4", asks: []ask{{contract: careContacts, receiver: nowhere, mock: "contacts-default"}}},
	{number: "775.5", asks: []ask{{contract: observations, receiver: node10K5, mock: "observations-own"}}},
	{number: "775.6", asks: []ask{{contract: imagingOutcome, receiver: nowhere, fault: "VP004", holds: noReceiver(imagingOutcome, nowhere)}}},
	{number: "775.7", asks: []ask{{contract: activities, receiver: mock01, mock: "activities"}}},
	{number: "775.8", asks: []ask{{contract: allQuestions, receiver: nowhere, from20: true, fault: "VP007"}}},
	{number: "775.9", asks: []ask{{contract: observations, receiver: node10K6, mock: "observations-climbed"}}},
	{number: "775.41", asks: []ask{{contract: question, receiver: mock01 + "#" + nowhere, from20: true, mock: "question", holds: []string{"<ns3:resultCode>OK</ns3:resultCode>"}}}},
	{number: "775.42", asks: []ask{{contract: answerToQuestion, receiver: mock01 + "#" + nowhere, from20: true, fault: "VP004"}}},
	{number: "775.43", asks: []ask{{contract: question, receiver: "HSA-ID-1#" + nowhere, from20: true, fault: "VP004"}}},
	{number: "SKLTP-1239.1", asks: []ask{{contract: question, receiver: mock01 + "#" + mock01, from20: true, mock: "question"}}},
	{number: "WSDL", also: descriptions},
	{number: "certificate", asks: []ask{{contract: careDocumentation, receiver: "CERT-MOCK", fault: "VP009"}}},
}

// suiteForeign are the cases of the list that are not about the gateway, with
// what they are about.
var suiteForeign = map[string]string{
	"lower-case id via AgP": "how the aggregating platform writes the producers' ids into its own answer",
	"775.21":                "the aggregating platform's calls to producers, which are those of 775.1 to 775.9 for the gateway",
	"772.22":                "as 775.21", // numbered so in the list
	"775.23":                "as 775.21",
	"775.24":                "as 775.21",
	"775.25":                "as 775.21",
	"775.26":                "how many records the aggregating platform collects where a producer has no route",
	"775.27":                "as 775.21",
	"775.28":                "how many records the aggregating platform collects where it has no permission",
}

// suiteSize is the number of cases of the list, the disabled ones included.
const suiteSize = 61

// The core acceptance list of VP's system tests, against the built command: all
// cases that concern a gateway, the disabled ones too.
func TestSoapUI(t *testing.T) {
	if got := len(suiteCases) + len(suiteForeign); got != suiteSize {
		t.Errorf("%d cases for the gateway and %d for others, want %d together", len(suiteCases), len(suiteForeign), suiteSize)
	}
	s := newSuite(t)
	for i, c := range suiteCases {
		if slices.ContainsFunc(suiteCases[:i], func(other suiteCase) bool { return other.number == c.number }) || suiteForeign[c.number] != "" {
			t.Errorf("%s is listed twice", c.number)
		}
		if len(c.asks) == 0 && c.also == nil {
			t.Errorf("%s asks nothing", c.number)
		}
		t.Run(c.number, func(t *testing.T) {
			for _, a := range c.asks {
				s.mocks.Take()
				s.check(t, a, s.ask(t, a))
			}
			if c.also != nil {
				c.also(t, s)
			}
		})
	}
}

// check holds an answer against what was wanted of it.
func (s *suite) check(t *testing.T, a ask, answer *lab.Answer) {
	t.Helper()
	body := string(answer.Body)
	for _, text := range a.holds {
		if !strings.Contains(body, text) {
			t.Errorf("no %q in %s", text, body)
		}
	}
	if a.lacks != "" && strings.Contains(body, a.lacks) {
		t.Errorf("%q in %s", a.lacks, body)
	}
	if a.fault == "" {
		s.checkReached(t, a, answer)
		return
	}
	got := lab.ParseFault(answer.Body)
	switch {
	case answer.Status != 500 || got == nil:
		t.Fatalf("HTTP %d %s, want %s", answer.Status, body, a.fault)
	case !strings.HasPrefix(got.String, a.fault+" [SOAPUI] "), !strings.Contains(got.String, suiteFaults[a.fault]):
		t.Errorf("%q, want %s", got.String, a.fault)
	case a.detail != "" && strings.TrimSpace(got.Detail) != a.detail: // VP has a blank at the end of some
		t.Errorf("detail %q, want %q", got.Detail, a.detail)
	}
	if seen := s.mocks.Take(); len(seen) != 0 {
		t.Errorf("%s was called", seen[0].URI)
	}
}

// checkReached checks that the mock was called once, with what was sent and in
// the sender's name, and that its answer came back.
func (s *suite) checkReached(t *testing.T, a ask, answer *lab.Answer) {
	t.Helper()
	if answer.Status != 200 || string(answer.Body) != suiteAnswer(a.contract) {
		t.Errorf("HTTP %d %s", answer.Status, answer.Body)
	}
	seen := s.mocks.Requests()
	if len(seen) != 1 || seen[0].URI != "/"+a.mock {
		t.Fatalf("the mocks saw %v, want one request for /%s", seen, a.mock)
	}
	original := suiteSender
	for _, field := range append(a.header, [2]string{"x-mock-response", "BasicResponse"}) {
		switch field[0] {
		case "x-rivta-original-serviceconsumer-hsaid":
			original = field[1]
		case "x-mock-response", "x-soap-request":
			if got := seen[0].Header.Get(field[0]); got != field[1] {
				t.Errorf("%s: %q reached the mock, want %q", field[0], got, field[1])
			}
		}
	}
	if got := seen[0].Header.Get("x-rivta-original-serviceconsumer-hsaid"); got != original {
		t.Errorf("original consumer %q, want %q", got, original)
	}
	if got := seen[0].Header.Values("x-vp-sender-id"); len(got) != 0 {
		t.Errorf("x-vp-sender-id %q reached the mock", got)
	}
	if !strings.Contains(string(seen[0].Body), suitePatient) {
		t.Errorf("the mock saw no patient in %s", seen[0].Body)
	}
}

// ask makes a request as SoapUI does.
func (s *suite) ask(t *testing.T, a ask) *lab.Answer {
	t.Helper()
	profile := lab.Profile21
	if a.from20 {
		profile = lab.Profile20
	}
	body := []byte(a.body)
	if a.body == "" {
		var err error
		body, err = lab.Envelope{
			Contract: a.contract, Receiver: a.receiver, Profile: profile,
			Payload: "<u:patientId><u:extension>" + suitePatient + "</u:extension></u:patientId>",
		}.Bytes()
		must(t, err)
	}
	path := a.path
	switch {
	case path != "":
	case a.contract == "":
		path = "/vp/"
	default:
		path = classicPath(a.contract, strings.ToLower(string(profile)))
	}
	fields := [][2]string{{"Host", "localhost"}, {"Content-Type", "text/xml;charset=UTF-8"}, {"SOAPAction", `""`}, {"x-mock-response", "BasicResponse"}}
	answer, err := s.caller.Send(t.Context(), lab.RawRequest{Method: "POST", Target: path, Header: append(fields, a.header...), Body: body}.Bytes())
	must(t, err)
	return answer
}
