package upstream

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	writeBuffer = 32 << 10
	leastRoom   = 512 // what must be free behind the head to go on filling the same buffer

	// Room around a chunk: its size as four hexadecimal digits, which is
	// enough for the buffer, and after it the line end and the last chunk.
	chunkHead = len("ffff\r\n")
	lastChunk = "0\r\n\r\n"
	chunkTail = len("\r\n" + lastChunk)
)

var writeBuffers = sync.Pool{New: func() any { return new([writeBuffer]byte) }}

// send writes the request, in one piece if it is short. What fails on the way
// leaves it incomplete by its own framing.
func (u *upload) send() error {
	buffer := writeBuffers.Get().(*[writeBuffer]byte)
	defer writeBuffers.Put(buffer)
	out := appendHead(buffer[:0], u.request)
	if u.request.Body == nil {
		return u.write(out)
	}
	if len(out) > writeBuffer-leastRoom {
		if err := u.write(out); err != nil {
			return err
		}
		out = buffer[:0]
	}
	if u.request.Length < 0 {
		return u.sendChunked(out)
	}
	return u.sendSized(out)
}

// sendSized sends a body of known length after what out holds already. The
// last bytes are held until the body has ended where it should: a producer
// never sees a body that is too long as whole.
func (u *upload) sendSized(out []byte) error {
	left := u.request.Length
	for {
		// One byte more than is left is asked for, to see a body that is too
		// long. There is always room for it.
		free := out[len(out):cap(out)]
		window := int64(len(free)) - 1
		if left < window {
			window = left + 1
		}
		n, err := u.readBody(free[:window])
		out, left = out[:len(out)+n], left-int64(n)
		switch {
		case left < 0:
			return &BodyError{errTooLong}
		case err == io.EOF && left > 0:
			return &BodyError{errTooShort}
		case err == io.EOF:
			return u.write(out)
		case err != nil:
			return err
		}
		full := len(out) >= cap(out)-1
		if left > 0 && (full || u.done != nil) {
			if err := u.write(out); err != nil {
				return err
			}
			out = out[:0]
		}
	}
}

// sendChunked sends a body of unknown length, a chunk for every read.
func (u *upload) sendChunked(out []byte) error {
	for {
		start := len(out)
		data := out[start+chunkHead : cap(out)-chunkTail]
		n, err := u.readBody(data)
		if n > 0 {
			out = appendChunkHead(out, n)
			out = append(out[:start+chunkHead+n], "\r\n"...)
		}
		switch {
		case err == io.EOF:
			return u.write(append(out, lastChunk...))
		case err != nil:
			return err
		}
		if err := u.write(out); err != nil {
			return err
		}
		out = out[:0]
	}
}

// appendChunkHead writes the size in four digits, whatever its value: the data
// behind it is in place already.
func appendChunkHead(out []byte, size int) []byte {
	const digits = "0123456789abcdef"
	return append(out, digits[size>>12&15], digits[size>>8&15], digits[size>>4&15], digits[size&15], '\r', '\n')
}

// appendHead writes the request line and the header lines, sorted, with those
// that belong to the connection first and last.
func appendHead(out []byte, r *Request) []byte {
	out = append(out, r.Method...)
	out = append(out, ' ')
	out = append(out, r.Path...)
	out = append(out, " HTTP/1.1\r\nHost: "...)
	out = append(out, r.Host...)
	out = append(out, "\r\n"...)
	names := make([]string, 0, 32)
	for name := range r.Header {
		if !ownHeader(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.Header[name] {
			out = append(out, name...)
			out = append(out, ": "...)
			out = append(out, value...)
			out = append(out, "\r\n"...)
		}
	}
	out = appendFraming(out, r)
	if r.KeepAlive {
		return append(out, "Connection: keep-alive\r\n\r\n"...)
	}
	return append(out, "Connection: close\r\n\r\n"...)
}

// appendFraming announces the body. No body is announced too, except for the
// methods that have none by nature (RFC 9110, section 8.6).
func appendFraming(out []byte, r *Request) []byte {
	switch {
	case r.Body != nil && r.Length < 0:
		return append(out, "Transfer-Encoding: chunked\r\n"...)
	case r.Body == nil && (r.Method == "GET" || r.Method == "HEAD"):
		return out
	}
	length := int64(0)
	if r.Body != nil {
		length = r.Length
	}
	out = append(out, "Content-Length: "...)
	out = strconv.AppendInt(out, length, 10)
	return append(out, "\r\n"...)
}

// ownHeader tells the names that say how this one connection is used.
func ownHeader(name string) bool {
	switch len(name) {
	case len("Host"):
		return strings.EqualFold(name, "Host")
	case len("Expect"):
		return strings.EqualFold(name, "Expect")
	case len("Trailer"): // and Upgrade
		return strings.EqualFold(name, "Trailer") || strings.EqualFold(name, "Upgrade")
	case len("Connection"):
		return strings.EqualFold(name, "Connection")
	case len("Content-Length"):
		return strings.EqualFold(name, "Content-Length")
	case len("Transfer-Encoding"):
		return strings.EqualFold(name, "Transfer-Encoding")
	}
	return false
}
