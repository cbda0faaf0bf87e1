package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxLengthDigits = 18 // of a Content-Length; fits an int64
	maxIdleDigits   = 6  // of a Keep-Alive timeout; longer ones mean nothing

	// closingMargin is how long before a producer's announced idle time its
	// connections are given up: a request on its way when the producer closes
	// would be lost, and is not sent again.
	closingMargin = time.Second
)

// framing is how the end of an answer is found.
type framing struct {
	length     int64 // of the body; -1 when it is chunked or ends with the connection
	chunked    bool
	persistent bool // the connection outlives the answer, as far as its head tells
}

// frame decides the framing (RFC 9112, section 6.3) and takes from the header
// what must not be believed by anyone after it. Content-Length beside chunked is
// accepted, as VP does, and chunked decides; but where two ways to read an answer
// exist, nothing after it is trusted. Two Content-Lengths are refused, equal or
// not, as in VP. Interim answers are held to the same; they have no body.
func frame(method string, response *Response) (framing, error) {
	header := response.Header
	chunked, err := isChunked(header)
	if err != nil {
		return framing{}, err
	}
	length, err := contentLength(header)
	if err != nil {
		return framing{}, err
	}
	f := framing{length: length, persistent: keepsAlive(response)}
	delete(header, "Transfer-Encoding")
	switch {
	case method == "HEAD":
		f.length = 0
	case response.Status == http.StatusNoContent || response.Status == http.StatusNotModified:
		// Some send the body they announce all the same.
		f.persistent = f.persistent && !chunked && length <= 0
		f.length = 0
	case chunked:
		// HTTP/1.0 has no chunks: who sends them there is not to be trusted
		// with a second answer.
		f.persistent = f.persistent && length < 0 && response.Proto == "HTTP/1.1"
		f.length, f.chunked = -1, true
		delete(header, "Content-Length")
	case length < 0:
		f.persistent = false
	}
	return f, nil
}

func isChunked(header http.Header) (bool, error) {
	values, present := header["Transfer-Encoding"]
	if !present {
		return false, nil
	}
	if len(values) != 1 || !strings.EqualFold(values[0], "chunked") {
		return false, &MalformedError{"unknown transfer encoding"}
	}
	return true, nil
}

// contentLength is -1 when there is none.
func contentLength(header http.Header) (int64, error) {
	values, present := header["Content-Length"]
	if !present {
		return -1, nil
	}
	if len(values) != 1 {
		return 0, &MalformedError{"more than one Content-Length"}
	}
	if !isDigits(values[0]) || len(values[0]) > maxLengthDigits {
		return 0, &MalformedError{"illegal Content-Length"}
	}
	return strconv.ParseInt(values[0], 10, 64)
}

// keepsAlive reads the Connection header (RFC 9112, section 9.3).
func keepsAlive(response *Response) bool {
	keep := response.Proto == "HTTP/1.1"
	for _, value := range response.Header["Connection"] {
		for option := range strings.SplitSeq(value, ",") {
			switch option = trimBlanks(option); {
			case strings.EqualFold(option, "close"):
				return false
			case strings.EqualFold(option, "keep-alive"):
				keep = true
			}
		}
	}
	return keep
}

// idleTime is how long a connection may idle: wanted, or less if the producer
// announced by "Keep-Alive: timeout=5" that it closes sooner.
func idleTime(header http.Header, wanted time.Duration) time.Duration {
	for _, value := range header["Keep-Alive"] {
		for parameter := range strings.SplitSeq(value, ",") {
			name, digits, _ := strings.Cut(trimBlanks(parameter), "=")
			if !strings.EqualFold(name, "timeout") || !isDigits(digits) || len(digits) > maxIdleDigits {
				continue
			}
			seconds, _ := strconv.Atoi(digits) // digits were checked
			announced := time.Duration(seconds) * time.Second
			wanted = min(wanted, announced-min(closingMargin, announced/2))
		}
	}
	return wanted
}
