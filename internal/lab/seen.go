package lab

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
)

// Seen is one request as it reached a producer or a TAK stand-in.
type Seen struct {
	Method string
	URI    string // the request target as on the wire
	Proto  string
	Host   string

	// Lines are the header lines as on the wire: order, spelling and
	// repetitions kept, line ends removed.
	Lines []string
	// Header holds the same but Host and Transfer-Encoding, with canonical names.
	Header http.Header

	// Body is the beginning of the body; Length and Sum (FNV-1a, 64 bits)
	// belong to the whole. Chunked framing is taken off.
	Body    []byte
	Length  int64
	Sum     uint64
	Chunked bool
	// Complete is false when the connection ended inside the body.
	Complete bool

	Connection int               // number of the connection, from 1
	Peer       *x509.Certificate // the caller's certificate, if it gave one

	ended bool
}

// readHead reads the head of the next request, up to the empty line.
func readHead(conn net.Conn, reader *bufio.Reader, number int) (*Seen, *http.Request, error) {
	head, err := readLines(reader)
	if err != nil {
		return nil, nil, err
	}
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil {
		return nil, nil, fmt.Errorf("request: %w", err)
	}
	seen := &Seen{
		Method:     request.Method,
		URI:        request.RequestURI,
		Proto:      request.Proto,
		Host:       request.Host,
		Lines:      headerLines(head),
		Header:     request.Header,
		Chunked:    len(request.TransferEncoding) > 0,
		Connection: number,
	}
	if secure, ok := conn.(*tls.Conn); ok {
		if peers := secure.ConnectionState().PeerCertificates; len(peers) > 0 {
			seen.Peer = peers[0]
		}
	}
	return seen, request, nil
}

// readBody fills in what the body was, keeping the first limit bytes. An error
// means that the body did not end as announced.
func (s *Seen) readBody(reader *bufio.Reader, request *http.Request, limit int) error {
	sum := fnv.New64a()
	kept := &limitedBuffer{limit: limit}
	length, err := copyBody(io.MultiWriter(sum, kept), reader, s.Chunked, max(request.ContentLength, 0))
	s.Body, s.Length, s.Sum, s.Complete = kept.Bytes(), length, sum.Sum64(), err == nil
	return err
}

// limitedBuffer keeps the first limit bytes and swallows the rest.
type limitedBuffer struct {
	bytes.Buffer
	limit int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), b.limit-b.Len())])
	return len(p), nil
}
