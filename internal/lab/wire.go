package lab

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http/httputil"
	"strings"
)

const maxHead = 1 << 20

var errHeadTooLong = errors.New("head too long")

// readLines reads up to and with the next empty line: a message's head, or
// its trailers.
func readLines(reader *bufio.Reader) ([]byte, error) {
	var lines []byte
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		lines = append(lines, line...)
		if len(lines) > maxHead {
			return nil, errHeadTooLong
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return lines, nil
		}
	}
}

// headerLines are the header lines of a head, without line ends.
func headerLines(head []byte) []string {
	lines := strings.Split(strings.TrimRight(string(head), "\r\n"), "\n")[1:]
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines
}

// untilClose is the length of a body that ends with its connection.
const untilClose = -1

// copyBody takes the framing off a body and leaves the reader behind it. An
// error means that the body did not end as announced.
func copyBody(w io.Writer, reader *bufio.Reader, chunked bool, length int64) (n int64, err error) {
	switch {
	case chunked:
		if n, err = io.Copy(w, httputil.NewChunkedReader(reader)); err == nil {
			_, err = readLines(reader) // the trailers, which nobody looks at
		}
	case length == untilClose:
		n, err = io.Copy(w, reader)
	default:
		n, err = io.CopyN(w, reader, length)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
