package interop

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"

	"rivgate/fault"
)

// scenario is what a client is told, as JSON: where the gateway is, where its
// own files are, and what to do.
type scenario struct {
	Base     string     `json:"base"`     // contracts are at BASE/DOMAIN/NAME/VERSION/PROFILE
	Kept     string     `json:"kept"`     // another base, to be used with one connection
	Folder   string     `json:"folder"`   // ca.crt, ca.p12, and NAME.crt, NAME.key, NAME.p12 of each identity
	Password string     `json:"password"` // of the PKCS #12 files
	Document string     `json:"document"` // a file
	Cases    []testCase `json:"cases"`
}

// testCase is one thing to do. Its name is the id in the request.
type testCase struct {
	Name     string `json:"name"`
	Contract string `json:"contract"` // bookings or document
	Profile  string `json:"profile"`  // rivtabp21 or rivtabp20
	Receiver string `json:"receiver"`
	Identity string `json:"identity"` // empty: no certificate
	Calls    int    `json:"calls"`
	Kept     bool   `json:"kept"` // by scenario.Kept, all calls with one client
	MaxHits  int    `json:"maxHits"`
	Note     string `json:"note"` // of a document: its name
	SendAs   string `json:"sendAs"`
	AnswerAs string `json:"answerAs"`

	says string // what the README calls it
	want wanted
}

// wanted is what must come of a case.
type wanted struct {
	kind   string
	code   fault.Code // of a fault: empty for the producer's own
	detail string     // is in the fault's detail
	at     string     // profile of the producer that is called; empty: none
}

// What can come of a case.
const (
	answered = "answer"
	faulted  = "fault"
	refused  = "refused" // in the TLS handshake
	lacking  = "lacking" // the client cannot do it
)

// everyLetter is text that a careless reader or writer breaks.
const everyLetter = "Räksmörgås på Öland, ÅÄÖ: 20 € – ”citat” & <tagg> ]]> 漢字 🩺\nny rad"

// cases are done by each client, in this order.
func cases() []testCase {
	const p21, p20 = "rivtabp21", "rivtabp20"
	bookings := func(name, says, profile, receiver string, want wanted) testCase {
		return testCase{
			Name: name, says: says, Contract: "bookings", Profile: profile, Receiver: receiver, Identity: "consumer",
			Calls: 1, MaxHits: 3, Note: "Tolk önskas", want: want,
		}
	}
	with := func(c testCase, change func(*testCase)) testCase {
		change(&c)
		return c
	}
	answeredAt := func(profile string) wanted { return wanted{kind: answered, at: profile} }
	document := func(name, says, profile, receiver, sendAs, answerAs, at string) testCase {
		return testCase{
			Name: name, says: says, Contract: "document", Profile: profile, Receiver: receiver, Identity: "consumer",
			Calls: 1, Note: "Remiss åäö.bin", SendAs: sendAs, AnswerAs: answerAs, want: answeredAt(at),
		}
	}
	faultOf := func(code fault.Code, detail string) wanted { return wanted{kind: faulted, code: code, detail: detail} }
	return []testCase{
		bookings("21-to-21", "2.1 to a 2.1 producer", p21, at21, answeredAt(p21)),
		bookings("21-to-20", "2.1 to a 2.0 producer", p21, at20, answeredAt(p20)),
		bookings("20-to-21", "2.0 to a 2.1 producer", p20, at21, answeredAt(p21)),
		bookings("20-to-20", "2.0 to a 2.0 producer", p20, at20, answeredAt(p20)),
		with(bookings("text", "å, €, 漢, 🩺 and markup both ways", p21, at21, answeredAt(p21)),
			func(c *testCase) { c.Note = everyLetter }),
		with(bookings("text-converted", "the same, converted", p20, at21, answeredAt(p21)),
			func(c *testCase) { c.Note = everyLetter }),
		with(bookings("large", "an answer of 2,000 bookings", p21, at21, answeredAt(p21)),
			func(c *testCase) { c.MaxHits = 2000 }),
		with(bookings("kept", "five calls on one connection", p21, at21, answeredAt(p21)),
			func(c *testCase) { c.Kept, c.Calls = true, 5 }),
		with(bookings("nameless", "certificate without HSA id", p21, at21, faultOf(fault.VP002, "")),
			func(c *testCase) { c.Identity = "nameless" }),
		bookings("blank", "blank logical address", p21, " ", faultOf(fault.VP003, "")),
		bookings("no-route", "unknown logical address", p21, noRoute, faultOf(fault.VP004, noRoute)),
		bookings("two-routes", "two routes", p21, twoRoutes, faultOf(fault.VP006, "")),
		bookings("no-right", "no permission", p20, noRight, faultOf(fault.VP007, "")),
		bookings("nobody-home", "producer that is down", p21, nobodyHome, faultOf(fault.VP009, "")),
		with(bookings("own-fault", "the producer's own fault with detail", p21, at21,
			wanted{kind: faulted, detail: wrongNumber + " (own-fault)", at: p21}),
			func(c *testCase) { c.MaxHits = -1 }),
		with(bookings("own-fault-converted", "the same, converted", p21, at20,
			wanted{kind: faulted, detail: wrongNumber + " (own-fault-converted)", at: p20}),
			func(c *testCase) { c.MaxHits = -1 }),
		document("inline", "document as base64 both ways", p21, at21, inline, inline, p21),
		document("mtom-down", "document as base64, receipt by MTOM", p21, at21, inline, attached, p21),
		document("mtom", "document and receipt by MTOM", p21, at21, attached, attached, p21),
		document("mtom-converted", "the same, 2.1 to a 2.0 producer", p21, at20, attached, attached, p20),
		document("mtom-converted-back", "the same, 2.0 to a 2.1 producer", p20, at21, attached, attached, p21),
		with(bookings("foreign", "certificate of an unknown authority", p21, at21, wanted{kind: refused}),
			func(c *testCase) { c.Identity = "foreign" }),
		with(bookings("bare", "no certificate", p21, at21, wanted{kind: refused}),
			func(c *testCase) { c.Identity = "" }),
	}
}

// document has in it what multipart bodies and text are cut at.
func document() []byte {
	data := []byte("\x00\r\n--\r\n--MIMEBoundary\r\n\r\n<xop:Include/>\xff\xfe\n\n")
	for i := range 400_000 {
		data = append(data, byte(i*i>>4))
	}
	return append(data, "\r\n--"...)
}

// writeScenario writes the file that a client is started with.
func (w *world) writeScenario(t *testing.T) (path string) {
	t.Helper()
	file := filepath.Join(w.dir, "document.bin")
	must(t, os.WriteFile(file, document(), 0o600))
	content, err := json.MarshalIndent(scenario{
		Base: baseOf(w.address), Kept: baseOf(w.kept.listener.Addr().String()),
		Folder: w.dir, Password: storesKey, Document: file, Cases: cases(),
	}, "", "  ")
	must(t, err)
	path = filepath.Join(w.dir, "scenario.json")
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

// baseOf is where contracts are found behind an address of this machine.
func baseOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return "https://localhost:" + port + "/vp"
}
