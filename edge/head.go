package edge

import (
	"bytes"
	"net/http"
)

// problem is what is wrong with a request; status 0 means nothing.
type problem struct {
	status int
	reason string
}

func problemOf(status int, reason string) problem { return problem{status, reason} }

func malformed(reason string) problem { return problem{http.StatusBadRequest, reason} }

// head is what must be known of a request head before net/http sees it. Lines
// are added as they arrive, so that a bad one is refused at once. The rules
// are RFC 9112 without its leniencies: what two readers could take in two ways
// is refused. Kept are the two leniencies that have one reading and that VP
// and old clients rely on: folded lines, which net/http joins with a space,
// and a head whose lines all end in a bare LF.
type head struct {
	begun  bool // the request line was seen
	bareLF bool // lines end in LF, not CRLF; all must, once the first does
	http10 bool

	methodEnd, targetEnd int // of a good request line, from the head's first byte

	fields  int
	solid   bool // the last line may not be folded
	hosts   int
	lengths int
	codings int

	length  int64 // Content-Length
	chunked bool
}

// add checks one line, LF included; done tells that it ended the head. At most
// maxFields fields are accepted, any number when it is 0.
func (h *head) add(line []byte, maxFields int) (done bool, p problem) {
	text, ok := h.cutEnd(line)
	switch {
	case !ok:
		return false, malformed("mixed line ends")
	case !h.begun:
		h.begun = true
		return false, h.requestLine(text)
	case len(text) == 0:
		return true, h.framing()
	case text[0] == ' ' || text[0] == '\t':
		return false, h.folded(text)
	}
	h.fields++
	if maxFields > 0 && h.fields > maxFields {
		return false, problemOf(http.StatusRequestHeaderFieldsTooLarge, "too many header fields")
	}
	return false, h.field(text)
}

// cutEnd removes the line end, and fails when it is not of the first line's
// kind: a LF that one reader takes for an end and another for text could hide
// a field.
func (h *head) cutEnd(line []byte) (text []byte, ok bool) {
	text = line[:len(line)-1]
	cut := bytes.TrimSuffix(text, []byte{'\r'})
	bare := len(cut) == len(text)
	if !h.begun {
		h.bareLF = bare
	}
	return cut, bare == h.bareLF
}

// requestLine checks "method SP target SP version", RFC 9112, 3.
func (h *head) requestLine(text []byte) problem {
	method, rest, ok1 := bytes.Cut(text, []byte{' '})
	target, version, ok2 := bytes.Cut(rest, []byte{' '})
	if !ok1 || !ok2 || !isToken(method) {
		return malformed("malformed request line")
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.http10 = true
	default:
		return malformed("malformed or unsupported HTTP version")
	}
	if reason := checkTarget(method, target); reason != "" {
		return malformed(reason)
	}
	h.methodEnd = len(method)
	h.targetEnd = len(method) + 1 + len(target)
	return problem{}
}

// startLine gives the method and target of a request line that was good, from
// the buffer in which the head begins.
func (h *head) startLine(buf []byte) (method, target string) {
	if h.targetEnd == 0 {
		return "", ""
	}
	return string(buf[:h.methodEnd]), string(buf[h.methodEnd+1 : h.targetEnd])
}

// folded checks the continuation of a field, RFC 9112, 5.2. Fields that the
// gate reads itself must stand on one line.
func (h *head) folded(text []byte) problem {
	if h.fields == 0 {
		return malformed("malformed header name")
	}
	if h.solid {
		return malformed("folded framing header")
	}
	return checkValue(text)
}

func (h *head) field(text []byte) problem {
	name, value, ok := bytes.Cut(text, []byte{':'})
	if !ok || !isToken(name) {
		return malformed("malformed header name")
	}
	if p := checkValue(value); p.status != 0 {
		return p
	}
	return h.meaning(name, bytes.Trim(value, " \t"))
}

func checkValue(value []byte) problem {
	for _, b := range value {
		if b < ' ' && b != '\t' || b == 0x7f {
			return malformed("control character in header value")
		}
	}
	return problem{}
}
