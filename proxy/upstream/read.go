package upstream

import (
	"bufio"
	"errors"
	"io"
	"sync"
)

const readBuffer = 8 << 10

// readers are held by a call while its answer is read, not by idle connections.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readBuffer) }}

// errShort is a body that the producer ended in order, by closing, before its
// announced length, or without the notice TLS asks for.
var errShort = errors.New("upstream: closed before the announced end")

// sizedBody reads a body of known length and returns io.EOF with its last byte.
type sizedBody struct {
	reader *bufio.Reader
	left   int64
}

func (b *sizedBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.reader.Read(p)
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case err == io.EOF:
		return n, errShort
	}
	return n, err
}

// closedBody reads a body that ends with its connection.
type closedBody struct {
	reader *bufio.Reader
	conn   *conn
}

func (b *closedBody) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	// RFC 9112, section 9.8: without the closing alert such a body may have
	// been cut by anyone.
	if err == io.EOF && b.conn.endedWithoutNotice() {
		err = errShort
	}
	return n, err
}
