package upstream

import (
	"bufio"
	"bytes"
	"io"
)

// chunkedBody decodes a chunked body (RFC 9112, section 7.1) and stops behind
// its trailer, which it checks and drops. It is strict: lines end in CRLF, and
// a chunk ends where it said. A connection that ends inside is
// io.ErrUnexpectedEOF.
type chunkedBody struct {
	reader  *bufio.Reader
	trailer int // bytes the trailer may still have

	left    int64 // of the current chunk
	between bool  // a chunk's data has been read, its line end has not
}

const (
	maxChunkDigits = 15 // of a chunk's size; fits an int64
	crlf           = "\r\n"
)

// Read returns what has arrived of one chunk or several, and io.EOF with the
// last bytes when the end is there already.
func (b *chunkedBody) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if b.left == 0 {
			if n > 0 && !b.nextArrived() {
				return n, nil
			}
			if err := b.next(); err != nil {
				return n, err
			}
		}
		got, err := b.reader.Read(p[n:min(int64(len(p)), int64(n)+b.left)])
		n, b.left = n+got, b.left-int64(got)
		if err != nil {
			return n, cutShort(err)
		}
		if b.left > 0 {
			return n, nil
		}
		b.between = true
	}
	// The end often arrives with the last bytes; told at once it frees the
	// connection earlier.
	if b.left == 0 && b.nextArrived() {
		return n, b.next()
	}
	return n, nil
}

// nextArrived tells whether next has what it needs without waiting for more.
// It may say no where a longer look would find a yes.
func (b *chunkedBody) nextArrived() bool {
	buffered, _ := b.reader.Peek(b.reader.Buffered())
	if b.between {
		if len(buffered) < len(crlf) {
			return false
		}
		buffered = buffered[len(crlf):]
	}
	if len(buffered) > 0 && buffered[0] == '0' {
		return bytes.Contains(buffered, []byte(crlf+crlf)) // the last chunk has a trailer
	}
	return bytes.IndexByte(buffered, '\n') >= 0
}

// next goes to the data of the next chunk; io.EOF is the end of the body.
func (b *chunkedBody) next() error {
	if b.between {
		if line, err := b.line(); err != nil || len(line) != 0 {
			return orMalformed(err, "a chunk does not end where it said")
		}
		b.between = false
	}
	line, err := b.line()
	if err != nil {
		return err
	}
	if b.left, err = chunkSize(line); err != nil || b.left > 0 {
		return err
	}
	return b.skipTrailer()
}

func orMalformed(err error, what string) error {
	if err != nil {
		return err
	}
	return &MalformedError{what}
}

func (b *chunkedBody) skipTrailer() error {
	for {
		line, err := b.line()
		switch {
		case err != nil:
			return err
		case len(line) == 0:
			return io.EOF
		}
		if b.trailer -= len(line); b.trailer < 0 {
			return &MalformedError{"the trailer is too large"}
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found || !isToken(string(name)) || !isText(string(value)) {
			return &MalformedError{"illegal trailer"}
		}
	}
}

// line reads a line that ends in CRLF and returns it without that.
func (b *chunkedBody) line() ([]byte, error) {
	line, err := b.reader.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return nil, &MalformedError{"a line between chunks is too long"}
	}
	if err != nil {
		return nil, cutShort(err)
	}
	line, found := bytes.CutSuffix(line, []byte(crlf))
	if !found {
		return nil, &MalformedError{"a line between chunks does not end in CRLF"}
	}
	return line, nil
}

// chunkSize reads the size before a chunk's extensions, which mean nothing.
func chunkSize(line []byte) (int64, error) {
	digits, extension, _ := bytes.Cut(line, []byte(";"))
	digits = bytes.TrimRight(digits, " \t") // RFC 9112, section 7.1.1: bad, and seen
	if len(digits) == 0 || len(digits) > maxChunkDigits || !isText(string(extension)) {
		return 0, &MalformedError{"illegal chunk size"}
	}
	size := int64(0)
	for _, digit := range digits {
		value, ok := hexValue(digit)
		if !ok {
			return 0, &MalformedError{"illegal chunk size"}
		}
		size = size<<4 | value
	}
	return size, nil
}

func hexValue(b byte) (int64, bool) {
	switch {
	case '0' <= b && b <= '9':
		return int64(b - '0'), true
	case 'a' <= b && b <= 'f':
		return int64(b-'a') + 10, true
	case 'A' <= b && b <= 'F':
		return int64(b-'A') + 10, true
	}
	return 0, false
}

// cutShort is what the end of the connection means inside a body.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
