package routing

import (
	"strings"
	"testing"
	"time"
	"unsafe"

	"rivgate/tak"
)

// remembering is a view that has decided for a receiver, which was a piece of
// a larger text, and what it remembers.
func remembering(t *testing.T, receiver string) (kept []*remembered, keys []key, text string) {
	t.Helper()
	text = "urn:riv:test:GetThingResponder:1 " + receiver + " SE0000000000-CONS1"
	parts := strings.Split(text, " ")
	valid, err := tak.ParseValidity("2013-01-01T00:00:00Z", "2123-01-01T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	// The catalogue's strings are its own.
	c := tak.New(
		[]tak.Route{{ID: "1", Receiver: strings.Clone(receiver), Profile: "RIVTABP21", Contract: strings.Clone(parts[0]), Address: "http://producer.example/", Valid: valid}},
		[]tak.Permission{{ID: "1", Receiver: strings.Clone(receiver), Sender: strings.Clone(parts[2]), Contract: strings.Clone(parts[0]), Valid: valid}},
	)
	v := NewView(c, nil, Rules{CacheSize: 10})
	d := Decide(v, Question{Contract: parts[0], HasContract: true, Receiver: parts[1], HasReceiver: true, Sender: parts[2], At: time.Now()}, nil)
	if d.Fault() != nil || d.ReceiverMatched != receiver || d.PermissionMatched != receiver {
		t.Fatalf("%+v", d)
	}
	return v.decisions.cache.Values(), v.decisions.cache.Keys(), text
}

// A question's strings are small parts of a message's head, which must not stay
// because its decision does.
func TestMemoryHoldsNoMessages(t *testing.T) {
	kept, keys, text := remembering(t, "SE0000000000-UNIT1")
	if len(kept) != 1 {
		t.Fatalf("%d decisions are remembered", len(kept))
	}
	from := uintptr(unsafe.Pointer(unsafe.StringData(text)))
	d := &kept[0].decision
	for name, s := range map[string]string{
		"contract": keys[0].contract, "receiver": keys[0].receiver, "sender": keys[0].sender,
		"matched receiver": d.ReceiverMatched, "matched permission": d.PermissionMatched,
	} {
		if at := uintptr(unsafe.Pointer(unsafe.StringData(s))); from <= at && at < from+uintptr(len(text)) {
			t.Errorf("%s %q is a piece of the message", name, s)
		}
	}
}

// Callers choose what is asked: what is long is not kept.
func TestMemoryKeepsNoLongQuestions(t *testing.T) {
	if kept, _, _ := remembering(t, strings.Repeat("x", maxRemembered)); len(kept) != 0 {
		t.Errorf("%d decisions are remembered", len(kept))
	}
}

// Rows go by the clock, which may be set back while the time that has passed
// goes on: what is remembered must not go by the latter.
func TestMemoryGoesByTheClock(t *testing.T) {
	kept, _, _ := remembering(t, "SE0000000000-UNIT1")
	if span := kept[0].span; span.from != span.from.Round(0) || span.until != span.until.Round(0) {
		t.Errorf("%v goes by the time that has passed", span)
	}
}
