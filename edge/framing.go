package edge

import (
	"bytes"
	"math"
	"net/http"
)

// meaning reads the fields that decide over framing, and that net/http would
// judge by itself.
func (h *head) meaning(name, value []byte) problem {
	var space [len("transfer-encoding")]byte
	plain, exact := plainName(space[:], name)
	h.solid = true
	switch string(plain) {
	case "host":
		return h.host(value)
	case "content-length":
		return h.contentLength(value, exact)
	case "transfer-encoding":
		return h.transferEncoding(value, exact)
	case "trailer":
		return checkTrailer(value)
	case "expect":
		return checkExpect(value)
	}
	h.solid = false
	return problem{}
}

func (h *head) host(value []byte) problem {
	if h.hosts++; h.hosts > 1 {
		return malformed("more than one Host")
	}
	if !validHost(value) {
		return malformed("invalid Host")
	}
	return problem{}
}

func (h *head) contentLength(value []byte, exact bool) problem {
	if !exact {
		return malformed("misspelt Content-Length")
	}
	if h.lengths++; h.lengths > 1 {
		return malformed("more than one Content-Length")
	}
	length, ok := parseLength(value)
	if !ok {
		return malformed("invalid Content-Length")
	}
	h.length = length
	return problem{}
}

func (h *head) transferEncoding(value []byte, exact bool) problem {
	if !exact {
		return malformed("misspelt Transfer-Encoding")
	}
	if h.codings++; h.codings > 1 {
		return malformed("more than one Transfer-Encoding")
	}
	if !bytes.EqualFold(value, []byte("chunked")) {
		return malformed("unsupported Transfer-Encoding")
	}
	h.chunked = true
	return problem{}
}

// framing judges the head as a whole, RFC 9112, 3.2 and 6.
func (h *head) framing() problem {
	switch {
	case h.hosts == 0 && !h.http10:
		return malformed("no Host")
	case h.chunked && h.lengths > 0:
		return malformed("Content-Length beside Transfer-Encoding")
	case h.chunked && h.http10:
		return malformed("Transfer-Encoding in HTTP/1.0")
	}
	return problem{}
}

// checkTrailer refuses to have framing announced for the trailer section,
// RFC 9110, 6.5.1.
func checkTrailer(value []byte) problem {
	for name := range bytes.SplitSeq(value, []byte{','}) {
		var space [len("transfer-encoding")]byte
		plain, _ := plainName(space[:], bytes.Trim(name, " \t"))
		switch string(plain) {
		case "content-length", "transfer-encoding", "trailer":
			return malformed("framing announced as trailer")
		}
	}
	return problem{}
}

func checkExpect(value []byte) problem {
	if !bytes.EqualFold(value, []byte("100-continue")) {
		return problemOf(http.StatusExpectationFailed, "unknown Expect")
	}
	return problem{}
}

// plainName writes name into space in lower case, with everything that is no
// letter or digit as a dash, as CGI-like readers take it. exact tells that
// nothing but dashes became one.
// A name longer than space comes back empty: it is none of ours.
func plainName(space, name []byte) (plain []byte, exact bool) {
	if len(name) > len(space) {
		return nil, true
	}
	exact = true
	for i, b := range name {
		switch {
		case 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		case b != '-' && !alphanumericByte[b]:
			b, exact = '-', false
		}
		space[i] = b
	}
	return space[:len(name)], exact
}

// parseLength reads a Content-Length: digits only, and no leading zeros, which
// some read as octal.
func parseLength(value []byte) (length int64, ok bool) {
	if len(value) == 0 || len(value) > 1 && value[0] == '0' {
		return 0, false
	}
	for _, b := range value {
		if b < '0' || b > '9' || length > (math.MaxInt64-9)/10 {
			return 0, false
		}
		length = length*10 + int64(b-'0')
	}
	return length, true
}
