package recorded_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/recorded"
)

func expectations(t *testing.T) map[string]recorded.Expectation {
	t.Helper()
	deviations, err := recorded.LoadDeviations(deviationsFile)
	if err != nil {
		t.Fatal(err)
	}
	all, err := recorded.Expectations(load(t), deviations)
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]recorded.Expectation)
	for _, expectation := range all {
		byName[expectation.Case.Name] = expectation
	}
	return byName
}

func TestDeviationsFile(t *testing.T) {
	deviations, err := recorded.LoadDeviations(deviationsFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(deviations) == 0 {
		t.Fatal("no deviations")
	}
	for _, deviation := range deviations {
		if len(deviation.Rows) == 0 || !slices.IsSorted(deviation.Rows) || deviation.Rows[0] < 1 || deviation.Rows[len(deviation.Rows)-1] > 29 {
			t.Errorf("%s: rows %v", deviation.Case, deviation.Rows)
		}
		if slices.Equal(deviation.Caller, []string{"="}) && slices.Equal(deviation.Producer, []string{"="}) {
			t.Errorf("%s: nothing differs", deviation.Case)
		}
	}
}

// Rules that hold for every call, whatever its line says.
func TestDeviationsFollowTheRules(t *testing.T) {
	for name, expectation := range expectations(t) {
		for _, seen := range expectation.ProducerSaw {
			plain := len(seen.Header["X-Vp-Sender-Id"]) > 0
			if hops := len(seen.Header["X-Vp-Hops"]) > 0; hops != plain {
				t.Errorf("%s: x-vp-sender-id %v and x-vp-hops %v", name, plain, hops)
			}
			if expectation.Case.TLS && expectation.Configuration == "a" && len(seen.Header["X-Rivta-Routing-History"]) == 0 {
				t.Errorf("%s: no routing history", name)
			}
			for _, hopByHop := range []string{"Keep-Alive", "Proxy-Authorization", "Te"} {
				if len(seen.Header[hopByHop]) > 0 {
					t.Errorf("%s: %s reaches the producer", name, hopByHop)
				}
			}
		}
		if strings.Contains(expectation.AnswerBody, "<SOAP-ENV:Fault>") && !expectation.Below {
			if len(expectation.AnswerHeader["Content-Type"]) == 0 {
				t.Errorf("%s: a fault without Content-Type", name)
			}
			if fault := lab.ParseFault([]byte(expectation.AnswerBody)); fault == nil || !strings.HasPrefix(fault.String, "VP0") {
				t.Errorf("%s: a fault without a VP code: %+v", name, fault)
			}
		}
		if len(expectation.ProducerSaw) > 1 {
			t.Errorf("%s: the producer is called %d times", name, len(expectation.ProducerSaw))
		}
	}
}

func TestExpectedInPlaceOfRecorded(t *testing.T) {
	all := expectations(t)

	reset := all["answer RESET"]
	if fault := lab.ParseFault([]byte(reset.AnswerBody)); fault == nil || !strings.HasPrefix(fault.String, "VP009 [GATE] ") ||
		fault.Detail != "Error connecting to service producer at address http://{plain}/reset. Connection reset" {
		t.Errorf("reset: %s", reset.AnswerBody)
	}
	if form := all["content type form"]; form.Err != "" || form.Status != 200 || len(form.ProducerSaw) != 1 {
		t.Errorf("form: %+v", form)
	}
	if put := all["method PUT"]; !put.Below || put.Status != 405 || put.AnswerHeader["Allow"][0] != "GET, HEAD, POST" || len(put.ProducerSaw) != 0 {
		t.Errorf("put: %+v", put)
	}
	if query := all["target /vp?foo=bar"]; query.ProducerSaw[0].URI != "/ok?x=1&y=2" || query.ProducerSaw[0].Header["Foo"] != nil {
		t.Errorf("query: %+v", query.ProducerSaw)
	}
	mtom := all["mtom"]
	if !strings.HasPrefix(mtom.ProducerSaw[0].Header["Content-Type"][0], "multipart/related;") || !strings.Contains(mtom.ProducerSaw[0].Body, "ATTACHMENT") ||
		!strings.Contains(mtom.AnswerBody, "ATTACHMENT") {
		t.Errorf("mtom: %+v", mtom)
	}
	if fault := all["answer NOTFOUND"]; fault.Detail == nil ||
		!fault.Detail.MatchString("Error connecting to service producer at address http://{plain}/notfound. The producer said no\nVP_PRODUCER_EXCEPTION_HTTP_STATUS=404") ||
		fault.Detail.MatchString(lab.ParseFault([]byte(find(t, "answer NOTFOUND").AnswerBody)).Detail) {
		t.Errorf("not found: %v", fault.Detail)
	}
	for name, want := range map[string]string{
		"charset latin1 declaration only": "encoding=\"ISO-8859-1\"",
		"charset utf16be bom":             "\x00U\x00T\x00F\x00-\x001\x006\x00B\x00E",
		"charset utf16le bom header":      "\x00U\x00T\x00F\x00-\x001\x006\x00\"",
	} {
		if body := unpacked(t, all[name].AnswerBody); !strings.Contains(body, want) {
			t.Errorf("%s: %q", name, body)
		}
	}
}

// A fault with a free detail, a refusal and a conversion compare as they say.
func TestLooseComparisons(t *testing.T) {
	all := expectations(t)

	doctype := all["envelope doctype"]
	got := doctype.Recorded
	got.AnswerBody = strings.Replace(got.AnswerBody, "<detailString>", "<detailString>own words, ", 1)
	if found := doctype.Compare(got); len(found) > 0 {
		t.Errorf("a fault in other words: %v", found)
	}
	got.AnswerBody = strings.Replace(got.AnswerBody, "VP015", "VP003", 1)
	if found := doctype.Compare(got); len(found) == 0 {
		t.Error("another code went unnoticed")
	}

	put := all["method PUT"]
	got = put.Recorded
	got.AnswerBody, got.AnswerHeader = "no PUT here", map[string][]string{"Allow": {"GET, HEAD, POST"}, "Content-Type": {"text/plain"}}
	if found := put.Compare(got); len(found) > 0 {
		t.Errorf("a refusal in other words: %v", found)
	}
	got.AnswerHeader = nil
	if found := put.Compare(got); len(found) != 1 {
		t.Errorf("no Allow: %v", found)
	}
}

func TestConvertedBodies(t *testing.T) {
	rich := expectations(t)["conversion rich 20 to 21"]
	request := string(rich.Case.Body)
	good := strings.NewReplacer(`<urn:To>`, `<urn:LogicalAddress xmlns:urn="urn:riv:itintegration:registry:1">`, `</urn:To>`, `</urn:LogicalAddress>`).Replace(request)
	cases := map[string]struct {
		body string
		same bool
	}{
		"only the routing element":    {good, true},
		"with another prefix":         {strings.NewReplacer(`<urn:To>`, `<n:LogicalAddress xmlns:n="urn:riv:itintegration:registry:1">`, `</urn:To>`, `</n:LogicalAddress>`).Replace(request), true},
		"not converted":               {request, false},
		"in no namespace":             {strings.NewReplacer(`<urn:To>`, `<LogicalAddress>`, `</urn:To>`, `</LogicalAddress>`).Replace(request), false},
		"as VP, without the CDATA":    {rich.ProducerSaw[0].Body, false},
		"another address":             {strings.Replace(good, "HTTP21", "HTTP20", 1), false},
		"not well-formed":             {strings.Replace(good, "</urn:LogicalAddress>", "</urn:To>", 1), false},
		"a space more, far behind it": {strings.Replace(good, "<u:empty>", "<u:empty >", 1), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := rich.Recorded
			got.ProducerSaw = slices.Clone(got.ProducerSaw)
			got.ProducerSaw[0].Body = c.body
			if found := rich.Compare(got); (len(found) == 0) != c.same {
				t.Errorf("%v", found)
			}
		})
	}
}

func TestSenselessDeviations(t *testing.T) {
	calls := load(t)
	for _, line := range []string{
		"no such call | 1 | = | none",
		"answer RESET | 1 | = | none\nanswer RESET | 1 | = | none",
		"answer RESET | one | = | none",
		"answer RESET | 1 | =",
		"answer RESET | 1 | whatever | =",
		"answer RESET | 1 | = | whatever",
		"answer RESET | 1 | like nothing | =",
		"answer RESET | 1 | fault VP099 x | =",
		"answer RESET | 1 | fault VP009 ~( | =",
		"answer RESET | 1 | refused 42 | =",
		"answer DEAD | 1 | = | once",
		"answer RESET | 1 | +X-None = request | =",
		"answer RESET | 1 | +X-None | =",
	} {
		path := filepath.Join(t.TempDir(), "deviations.txt")
		if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		deviations, err := recorded.LoadDeviations(path)
		if err == nil {
			_, err = recorded.Expectations(calls, deviations)
		}
		if err == nil {
			t.Errorf("%q made sense", line)
		}
	}
}

// unpacked is a stored body as bytes.
func unpacked(t *testing.T, stored string) string {
	t.Helper()
	packed, binary := strings.CutPrefix(stored, "base64:")
	if !binary {
		return stored
	}
	body, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
