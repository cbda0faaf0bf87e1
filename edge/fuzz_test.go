package edge_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"testing"
	"testing/iotest"

	"rivgate/edge"
)

// fuzzSeeds are every raw case alone, and followed by another request.
func fuzzSeeds() (seeds [][]byte) {
	for _, test := range rawCases {
		seeds = append(seeds, []byte(test.raw), []byte(test.raw+last))
	}
	return seeds
}

func chunkSeeds() (seeds [][]byte) {
	for _, test := range chunking {
		_, body, _ := bytes.Cut([]byte(test.raw), []byte("\r\n\r\n"))
		seeds = append(seeds, body)
	}
	return seeds
}

func TestSeedsExist(t *testing.T) {
	if len(fuzzSeeds()) == 0 || len(chunkSeeds()) == 0 {
		t.Fatal("no seeds")
	}
}

// request is one request as net/http understood it.
type request struct {
	method, target string
	header         http.Header
	body           string
}

func (r request) equal(other request) bool {
	return r.method == other.method && r.target == other.target && r.body == other.body &&
		slices.EqualFunc(flat(r.header), flat(other.header), func(a, b [2]string) bool { return a == b })
}

func flat(header http.Header) (fields [][2]string) {
	for name, values := range header {
		for _, value := range values {
			fields = append(fields, [2]string{name, value})
		}
	}
	slices.SortFunc(fields, func(a, b [2]string) int {
		return slices.Compare(a[:], b[:])
	})
	return fields
}

// readRequest reads one request and its body with net/http.
func readRequest(in *bufio.Reader) (request, error) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return request{}, err
	}
	body, err := io.ReadAll(r.Body)
	return request{r.Method, r.RequestURI, r.Header, string(body)}, err
}

// skipEmptyLine does for the direct view what the gate does.
func skipEmptyLine(in *bufio.Reader) {
	for _, line := range []string{"\r\n", "\n"} {
		if got, _ := in.Peek(len(line)); string(got) == line {
			_, _ = in.Discard(len(line))
			return
		}
	}
}

// FuzzGate holds the gate against net/http. What net/http reads behind the
// gate, it reads from the bare bytes too: the same requests with the same
// bodies. And behind the gate net/http finds nothing wrong by itself.
func FuzzGate(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		gate := edge.NewGate(bytes.NewReader(raw), rawHeaderBytes, 40)
		gated := bufio.NewReader(gate)
		direct := bufio.NewReaderSize(bytes.NewReader(raw), len(raw)+16)
		for {
			through, err := readRequest(gated)
			if gate.Refused() != nil && through.target == "/refused" && atEnd(gated) {
				return
			}
			if err != nil {
				if gate.Broken() == nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) &&
					err.Error() != "http: unexpected EOF reading trailer" {
					t.Fatalf("net/http refuses by itself: %v", err)
				}
				return
			}
			skipEmptyLine(direct)
			bare, err := readRequest(direct)
			if err != nil {
				t.Fatalf("the gate passed %+v, where net/http says %v", through, err)
			}
			if !through.equal(bare) {
				t.Fatalf("behind the gate %+v, without it %+v", through, bare)
			}
		}
	})
}

func atEnd(in *bufio.Reader) bool {
	_, err := in.Peek(1)
	return err != nil
}

// FuzzGateSplits checks that the gate gives the same bytes and the same
// verdict however its input arrives and its output is asked for.
func FuzzGateSplits(f *testing.F) {
	for i, seed := range fuzzSeeds() {
		f.Add(seed, uint8(i))
	}
	f.Fuzz(func(t *testing.T, raw []byte, size uint8) {
		whole := edge.NewGate(bytes.NewReader(raw), rawHeaderBytes, 40)
		want, wantErr := io.ReadAll(whole)
		split := edge.NewGate(iotest.OneByteReader(bytes.NewReader(raw)), rawHeaderBytes, 40)
		got, gotErr := readAll(split, int(size)+1)
		if !bytes.Equal(got, want) {
			t.Fatalf("whole %q, split %q", want, got)
		}
		if !sameVerdict(whole.Refused(), split.Refused()) || (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("whole %+v %v, split %+v %v", whole.Refused(), wantErr, split.Refused(), gotErr)
		}
	})
}

func sameVerdict(a, b *edge.Refusal) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// readAll reads size bytes at a time.
func readAll(from io.Reader, size int) (all []byte, err error) {
	p := make([]byte, size)
	for {
		n, err := from.Read(p)
		all = append(all, p[:n]...)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// FuzzChunks holds the chunk follower against net/http's reader: where it
// finds a body's end, net/http finds the same data, in the raw bytes and in
// what is left of them without trailers.
func FuzzChunks(f *testing.F) {
	for i, seed := range chunkSeeds() {
		f.Add(seed, uint8(i))
	}
	f.Fuzz(func(t *testing.T, raw []byte, size uint8) {
		var c edge.Chunks
		var kept []byte
		used := 0
		for used < len(raw) && !c.Done() {
			piece := bytes.Clone(raw[used:min(len(raw), used+int(size)+1)])
			k, u, reason := c.Follow(piece)
			kept = append(kept, piece[:k]...)
			used += u
			if reason != "" {
				return
			}
			if u < len(piece) && !c.Done() {
				t.Fatalf("stopped after %d of %d bytes without a reason", u, len(piece))
			}
		}
		if !c.Done() {
			return
		}
		want, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(raw[:used])))
		if err != nil {
			t.Fatalf("net/http says %v of %q", err, raw[:used])
		}
		rest := bufio.NewReader(bytes.NewReader(kept))
		got, err := io.ReadAll(httputil.NewChunkedReader(rest))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("kept %q reads as %q, %v; want %q", kept, got, err, want)
		}
		if end, _ := io.ReadAll(rest); string(end) != "\r\n" {
			t.Fatalf("behind the last chunk is %q", end)
		}
	})
}
