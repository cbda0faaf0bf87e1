package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
)

// answerHeaders is case 1.1.1: the headers of an answer, spelt as some callers
// expect them. The list wants Date too, which an ingress adds: VP's own answers
// carry none. Server is the mock's.
func answerHeaders(t *testing.T, s *suite) {
	a := ask{contract: careDocumentation, receiver: suiteAgP, mock: "agp"}
	answer := s.ask(t, a)
	s.check(t, a, answer)
	if answer.Proto != "HTTP/1.1" {
		t.Errorf("%s", answer.Proto)
	}
	lines := strings.Join(answer.Lines, "\n")
	for _, form := range []string{
		`(?m)^Server: mock$`, `(?mi)^content-type: .*text/xml; charset=UTF-8`,
		`(?mi)^content-length: \d+$`, `(?mi)^x-skltp-prt: \d+$`, `(?mi)^x-skltp-correlation-id: \S`,
	} {
		if !regexp.MustCompile(form).MatchString(lines) {
			t.Errorf("no %s in\n%s", form, lines)
		}
	}
}

// correlation is the cases 1.3.x: ids come back and reach the producer, the
// same one twice too.
func correlation(receiver string, ids ...string) func(*testing.T, *suite) {
	return func(t *testing.T, s *suite) {
		for _, id := range ids {
			s.mocks.Take()
			answer := s.ask(t, ask{contract: careDocumentation, receiver: receiver, header: header("x-skltp-correlation-id", id)})
			seen := s.mocks.Requests()
			if answer.Status != 200 || len(seen) != 1 {
				t.Fatalf("HTTP %d, %d calls of the mock", answer.Status, len(seen))
			}
			for whose, got := range map[string]string{
				"the answer's": answer.Header.Get("x-skltp-correlation-id"), "the mock's": seen[0].Header.Get("x-skltp-correlation-id"),
			} {
				if got != id {
					t.Errorf("%s id is %q, want %q", whose, got, id)
				}
			}
		}
	}
}

// history is the cases 1.4.x: the producer gets the history with this gateway
// added, and what it sends back of it reaches the caller.
func history(sent, want string) func(*testing.T, *suite) {
	return func(t *testing.T, s *suite) {
		const name = "x-rivta-routing-history"
		body := suiteAnswer(careDocumentation)
		s.mocks.Script("/agp", lab.Script{Pieces: []string{mockAnswer(200, body, name+": "+want)}})
		defer s.mocks.Script("/agp", lab.Script{Pieces: []string{mockAnswer(200, body)}})
		s.mocks.Take()
		a := ask{contract: careDocumentation, receiver: suiteAgP}
		if sent != "" {
			a.header = header(name, sent)
		}
		answer := s.ask(t, a)
		seen := s.mocks.Requests()
		if len(seen) != 1 || seen[0].Header.Get(name) != want {
			t.Errorf("the mock saw %v, want the history %s", seen, want)
		}
		if got := answer.Header.Get(name); answer.Status != 200 || got != want {
			t.Errorf("HTTP %d with the history %q", answer.Status, got)
		}
	}
}

// bareHost is case 2.1.2, which the ingress answers where there is one.
func bareHost(t *testing.T, s *suite) {
	if answer := s.ask(t, ask{contract: careDocumentation, receiver: suiteAgP, path: "/"}); answer.Status != 404 {
		t.Errorf("HTTP %d, want 404", answer.Status)
	}
}

// retried is case 2.9.1: how long the fault takes shows that the producer was
// tried again after the delay.
func retried(t *testing.T, s *suite) {
	a := ask{contract: careDocumentation, receiver: "PRODUCER-NOT-AVAILABLE", fault: "VP009"}
	s.mocks.Take()
	began := time.Now()
	answer := s.ask(t, a)
	if took := time.Since(began); took <= 2000*time.Millisecond {
		t.Errorf("it took %v, want more than 2000 ms", took)
	}
	s.check(t, a, answer)
}

// producersFault is case 2.10.1: a producer's SOAP fault passes unchanged.
func producersFault(t *testing.T, s *suite) {
	answer := s.ask(t, ask{contract: careDocumentation, receiver: mock01})
	if answer.Status != 500 || string(answer.Body) != suiteFault {
		t.Errorf("HTTP %d %s", answer.Status, answer.Body)
	}
}

// converted checks that the request of a case 3.1.x reached the producer with
// its address in the element of the producer's profile.
func converted(element, namespace string) func(*testing.T, *suite) {
	want := `<urn:` + element + ` xmlns:urn="` + namespace + `">` + mock01 + `</urn:` + element + `>`
	return func(t *testing.T, s *suite) {
		seen := s.mocks.Take()
		if len(seen) != 1 || !strings.Contains(string(seen[0].Body), want) {
			t.Errorf("no %s in what the mock saw: %v", want, seen)
		}
	}
}

// descriptions is the suite "Hamta wsdl".
func descriptions(t *testing.T, s *suite) {
	if len(described) != 14 {
		t.Fatalf("%d descriptions, want 14", len(described))
	}
	for _, contract := range described {
		path := classicPath(contract, "rivtabp21")
		answer, err := s.caller.Send(t.Context(), []byte("GET "+path+"?wsdl HTTP/1.1\r\nHost: gateway.example:8443\r\n\r\n"))
		must(t, err)
		if want := suiteWSDL(contract, "https://gateway.example:8443"+path); answer.Status != 200 || string(answer.Body) != want {
			t.Errorf("HTTP %d %s\nwant %s", answer.Status, answer.Body, want)
		}
	}
}
