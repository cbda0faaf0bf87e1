package record

import (
	"encoding/binary"
	"math/rand/v2"
)

// Message is what only the log tells of a call: its addresses, headers and
// text. The maps are the call's own. They hold what came over the wire,
// credentials included; whoever writes them filters them (see Options.Secrets).
type Message struct {
	Number uint64 // of the call, in this process
	TLS    bool   // the call came in over TLS
	Host   string // whom the caller asked for, as sent

	Request  map[string][]string // headers as they came from the caller
	Sent     map[string][]string // headers as sent to the producer
	Answer   map[string][]string // headers as they came from the producer
	Answered map[string][]string // headers as sent to the caller

	TargetHost string // host of the route's address, with the port where it is not the scheme's own
	TLSName    string // which settings an https producer was called with
	Converted  string // the profile the request was converted to, in the catalogue's spelling

	FaultString string // what the caller was told, where the gateway made the fault
	Fault       SOAPFault

	RequestText Text
	AnswerText  Text

	Span         UUID // from req-in on
	ProducerSpan UUID // between req-out and resp-in
}

// SOAPFault is a producer's fault that was passed on.
type SOAPFault struct{ Code, String, Detail string }

// Text is the beginning of a message. Bytes is UTF-8 where the message is text.
type Text struct {
	Bytes []byte
	Cut   bool // there was more
}

// UUID names an event, or a stretch of a call in VP's events. The zero UUID is none.
type UUID [16]byte

// NewUUID returns a random one: a version 4 UUID. It guards nothing, so it
// need not be unguessable.
func NewUUID() UUID {
	var id UUID
	binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

const hexDigits = "0123456789abcdef"

// appendTo appends the id as text, 36 characters.
func (id *UUID) appendTo(dst []byte) []byte {
	for i, b := range id {
		switch i {
		case 4, 6, 8, 10:
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

// header is the first value of a header under its canonical name.
func header(h map[string][]string, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// announced is the length a message's headers tell, -1 for none.
func announced(h map[string][]string) int64 {
	value := header(h, "Content-Length")
	if value == "" || len(value) > 18 {
		return -1
	}
	var length int64
	for _, digit := range []byte(value) {
		if digit < '0' || digit > '9' {
			return -1
		}
		length = 10*length + int64(digit-'0')
	}
	return length
}
