package record

import (
	"encoding/base64"
	"unicode/utf8"
)

// Payload says whose messages' text is logged, and how much of it. It is
// immutable; a nil Payload asks for none.
type Payload struct {
	Request bool // what callers send
	Answer  bool // what producers answer
	Max     int  // bytes of each message

	// Contracts are the contracts it is for, compared exactly; empty: all.
	Contracts map[string]bool
}

// For is how many bytes of the request and of the answer of a call to contract
// are wanted.
func (p *Payload) For(contract string) (request, answer int) {
	if p == nil || len(p.Contracts) > 0 && !p.Contracts[contract] {
		return 0, 0
	}
	if p.Request {
		request = p.Max
	}
	if p.Answer {
		answer = p.Max
	}
	return request, answer
}

// base64Mark stands before what is no text.
const base64Mark = "base64:"

// appendText appends t as text, or what is none in base64 with a mark before it.
// A character that the cut went through is left out.
func appendText(dst []byte, t Text) []byte {
	text := t.Bytes
	if t.Cut {
		text = wholeRunes(text)
	}
	if isText(text) {
		return append(dst, text...)
	}
	return base64.StdEncoding.AppendEncode(append(dst, base64Mark...), t.Bytes)
}

// isText tells whether b is UTF-8 that XML could be written in.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return utf8.Valid(b)
}

func wholeRunes(b []byte) []byte {
	for back := 1; back < utf8.UTFMax && back <= len(b); back++ {
		if c := b[len(b)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-back:]) {
				return b[:len(b)-back]
			}
			break
		}
	}
	return b
}
