package interop

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/fault"
)

// outcome is what a client says of a case. All texts are as the client's
// library gave them.
type outcome struct {
	Case string `json:"case"`
	Kind string `json:"kind"`

	// Of an answer with bookings: how many, and the last.
	Count    int    `json:"count"`
	ID       string `json:"id"`
	Start    string `json:"start"` // UTC, to the second, as in 2026-03-02T07:00:00Z
	Status   string `json:"status"`
	CareUnit string `json:"careUnit"`
	Note     string `json:"note"` // of a document: its name

	// Of an answer to a document.
	ReceivedAs   string `json:"receivedAs"`
	ReceivedHash string `json:"receivedHash"`
	ReceiptHash  string `json:"receiptHash"` // of the bytes the client got

	// Of a fault, or of what else ended the call.
	Exception string `json:"exception"` // the class
	Code      string `json:"code"`
	String    string `json:"string"`
	Detail    string `json:"detail"` // detailString, or "REASON (ID)" of a BookingFault
}

// check compares what a client says, and what the producers saw, with what
// must come of each case. lacks are the cases that the client cannot do.
func (w *world) check(t *testing.T, r report, lacks []string) {
	t.Helper()
	all := cases()
	if len(r.Outcomes) != len(all) {
		t.Fatalf("%d outcomes of %d cases", len(r.Outcomes), len(all))
	}
	for i, c := range all {
		got := r.Outcomes[i]
		if got.Case != c.Name {
			t.Fatalf("%s stands where %s should", got.Case, c.Name)
		}
		if slices.Contains(lacks, c.Name) {
			if got.Kind != lacking {
				t.Errorf("%s: %s; it is said to be lacking", c.Name, got.Kind)
			}
			c.want = wanted{}
		} else if got.Kind != c.want.kind {
			t.Errorf("%s: %s, want %s: %+v", c.Name, got.Kind, c.want.kind, got)
		} else {
			c.compare(t, got)
		}
		w.checkSeen(t, c)
	}
	if n := w.refusals(t); n < 2 {
		t.Errorf("the gateway refused %d certificates, want that of an unknown authority and none", n)
	}
	if n := w.kept.connections(); n != 1 {
		t.Errorf("kept: %d connections", n)
	}
}

func (c testCase) compare(t *testing.T, got outcome) {
	t.Helper()
	equal := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s is %q, want %q", c.Name, what, got, want)
		}
	}
	switch {
	case got.Kind == faulted:
		c.compareFault(t, got)
	case got.Kind == refused:
		if got.Exception == "" {
			t.Errorf("%s: no exception", c.Name)
		}
	case c.Contract == "bookings":
		all := bookingsFor(&getBookings{SubjectID: ii{Extension: c.Name}, MaxHits: c.MaxHits, Note: c.Note}).Bookings
		last := all[len(all)-1]
		if got.Count != len(all) {
			t.Errorf("%s: %d bookings, want %d", c.Name, got.Count, len(all))
		}
		equal("id", got.ID, last.ID.Extension)
		equal("start", got.Start, inUTC(last.Start))
		equal("status", got.Status, last.Status)
		equal("careUnit", got.CareUnit, last.CareUnit)
		equal("note", got.Note, last.Note)
	default:
		equal("name", got.Note, c.Note)
		equal("receivedAs", got.ReceivedAs, c.SendAs)
		equal("receivedHash", got.ReceivedHash, hashOf(document()))
		equal("receiptHash", got.ReceiptHash, hashOf(receiptFor(document())))
	}
}

// compareFault wants VP's text and side of the gateway's own faults.
func (c testCase) compareFault(t *testing.T, got outcome) {
	t.Helper()
	side, text := "Client", noAnswer
	if code := c.want.code; code != "" {
		text = fault.New(code, "").FaultString("GATE")
		if code.Side() == fault.Server {
			side = "Server"
		}
	}
	if got.Exception == "" {
		t.Errorf("%s: no exception", c.Name)
	}
	declared := c.want.code == "" // by the WSDL, and JAX-WS keeps no code of those
	if local := got.Code[strings.LastIndexByte(got.Code, ':')+1:]; local != side && !(declared && local == "") {
		t.Errorf("%s: fault code %q, want %s", c.Name, got.Code, side)
	}
	if got.String != text {
		t.Errorf("%s: fault string %q, want %q", c.Name, got.String, text)
	}
	if got.Detail == "" || !strings.Contains(got.Detail, c.want.detail) {
		t.Errorf("%s: detail %q lacks %q", c.Name, got.Detail, c.want.detail)
	}
}

// checkSeen wants a case's calls, and no others, at the producer it is for.
func (w *world) checkSeen(t *testing.T, c testCase) {
	t.Helper()
	for profile, p := range map[string]*producer{"rivtabp21": w.p21, "rivtabp20": w.p20} {
		calls := p.take(c.Name)
		want := 0
		if c.want.at == profile {
			want = c.Calls
		}
		if len(calls) != want {
			t.Errorf("%s: %d calls at the producer of %s, want %d", c.Name, len(calls), profile, want)
		}
		expected := seen{profile: p.profile, receiver: c.Receiver, consumer: consumerID, caller: "gateway", note: c.Note}
		if c.Contract == "document" {
			expected.received, expected.hash = c.SendAs, hashOf(document())
		}
		for _, call := range calls {
			if call != expected {
				t.Errorf("%s: the producer saw %+v, want %+v", c.Name, call, expected)
			}
		}
	}
}

// inUTC is a time as outcomes have it.
func inUTC(text string) string {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return moment.UTC().Format(time.RFC3339)
}
