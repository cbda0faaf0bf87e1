package lab

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

// requestSeeds are byte streams with requests in them, and without.
var requestSeeds = []string{
	"POST /vp HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: h\r\n\r\n",
	"POST /vp HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
	"GET / HTTP/1.0\n\n",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
	"this is no HTTP",
	"",
}

func TestRequestSeeds(t *testing.T) {
	if len(requestSeeds) == 0 {
		t.Error("nothing to begin with")
	}
}

// Whatever comes over the wire, what is said to be seen was there.
func FuzzReadRequest(f *testing.F) {
	for _, seed := range requestSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		var conn net.Conn // only looked at for TLS
		reader := bufio.NewReader(bytes.NewReader(stream))
		for range len(stream) + 1 {
			seen, request, err := readHead(conn, reader, 1)
			if err != nil {
				return
			}
			for _, line := range seen.Lines {
				if !bytes.Contains(stream, []byte(line)) {
					t.Fatalf("line %q was not sent", line)
				}
			}
			err = seen.readBody(reader, request, 1<<20)
			if seen.Complete != (err == nil) || seen.Length > int64(len(stream)) || int64(len(seen.Body)) > seen.Length {
				t.Fatalf("%+v, %v", seen, err)
			}
			if seen.Complete && !seen.Chunked && seen.Length != max(request.ContentLength, 0) {
				t.Fatalf("announced %d, seen %d", request.ContentLength, seen.Length)
			}
			if err != nil {
				return
			}
		}
		t.Fatal("more requests than bytes")
	})
}

// What RawRequest writes is what is seen, however it is framed, and nothing is
// left over.
func FuzzRawRequestRoundTrip(f *testing.F) {
	for _, seed := range requestSeeds {
		f.Add([]byte(seed), len(seed)%5)
	}
	f.Fuzz(func(t *testing.T, body []byte, chunk int) {
		raw := RawRequest{Method: "POST", Target: "/vp", Header: [][2]string{{"Host", "h"}}, Body: body, Chunk: chunk}
		reader := bufio.NewReader(bytes.NewReader(raw.Bytes()))
		seen, request, err := readHead(nil, reader, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := seen.readBody(reader, request, len(body)); err != nil || !seen.Complete || !bytes.Equal(seen.Body, body) {
			t.Fatalf("%+v, %v", seen, err)
		}
		if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) {
			t.Fatalf("bytes are left over: %v", err)
		}
	})
}
