package upstream

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

const (
	protocolStart = "HTTP/1."

	// maxInterim is how many interim (1xx) answers may precede the answer.
	maxInterim = 100

	usualHead = 2 << 10 // bytes of head that fit without another allocation
)

// readHead reads one head, from the status line to the empty line, of at most
// limit bytes. It returns io.EOF if the connection ended before the first byte.
func readHead(reader *bufio.Reader, limit int) (string, error) {
	head := make([]byte, 0, usualHead)
	for {
		line, err := reader.ReadSlice('\n')
		if len(head)+len(line) > limit {
			return "", &MalformedError{"the head is too large"}
		}
		if len(head) == 0 && err == nil && !bytes.HasPrefix(line, []byte(protocolStart)) {
			return "", &MalformedError{"no HTTP/1 status line"}
		}
		head = append(head, line...)
		switch {
		case err == bufio.ErrBufferFull:
		case err != nil:
			return "", headCut(head, err)
		case endsHead(head, line):
			return string(head), nil
		}
	}
}

// endsHead tells whether line, the last read, is an empty one. A line that did
// not fit the reader's buffer comes in parts, of which the last may look empty.
func endsHead(head, line []byte) bool {
	before := head[:len(head)-len(line)]
	whole := len(before) == 0 || before[len(before)-1] == '\n'
	return whole && (len(line) == 1 || len(line) == 2 && line[0] == '\r')
}

func headCut(head []byte, err error) error {
	switch {
	case err != io.EOF || len(head) == 0:
		return err
	case !bytes.HasPrefix(head, []byte(protocolStart)[:min(len(head), len(protocolStart))]):
		return &MalformedError{"no HTTP/1 status line"}
	}
	return io.ErrUnexpectedEOF
}

// parseHead fills the answer's status and header from a head of at most
// maxLines header lines. As RFC 9112 permits, lines may end in a bare LF and the
// status line may lack the space before an empty reason; folded lines are
// joined. Everything else that is not in its grammar is refused.
func parseHead(head string, maxLines int, response *Response) error {
	status, rest := cutLine(head)
	if err := parseStatusLine(status, response); err != nil {
		return err
	}
	lines := strings.Count(rest, "\n") - 1
	if lines > maxLines {
		return &MalformedError{"too many header lines"}
	}
	response.Header = make(http.Header, lines)
	values := make([]string, lines)
	for {
		var line string
		if line, rest = cutLine(rest); line == "" {
			return nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !isToken(name) {
			return &MalformedError{"illegal header name"}
		}
		value, rest = unfold(trimBlanks(value), rest)
		if !isText(value) {
			return &MalformedError{"illegal character in a header value"}
		}
		values[0] = value
		addHeader(response.Header, textproto.CanonicalMIMEHeaderKey(name), values[:1:1])
		values = values[1:]
	}
}

// addHeader appends a value; the first of a name is taken as the slice it is.
func addHeader(header http.Header, key string, value []string) {
	if before := header[key]; before != nil {
		value = append(before, value[0])
	}
	header[key] = value
}

func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// unfold joins the lines that continue a value (RFC 9112, section 5.2).
func unfold(value, rest string) (string, string) {
	for rest != "" && isBlank(rest[0]) {
		var line string
		line, rest = cutLine(rest)
		value = trimBlanks(value + " " + trimBlanks(line))
	}
	return value, rest
}

func parseStatusLine(line string, response *Response) error {
	proto, rest, _ := strings.Cut(line, " ")
	if proto != "HTTP/1.1" && proto != "HTTP/1.0" {
		return &MalformedError{"no HTTP/1 status line"}
	}
	code, reason, _ := strings.Cut(rest, " ")
	if len(code) != 3 || !isDigits(code) || code[0] == '0' {
		return &MalformedError{"illegal status code"}
	}
	if !isText(reason) {
		return &MalformedError{"illegal character in the reason phrase"}
	}
	response.Proto, response.Reason = proto, reason
	response.Status, _ = strconv.Atoi(code)
	return nil
}
