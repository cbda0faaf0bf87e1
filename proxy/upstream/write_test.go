package upstream_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"rivgate/proxy/upstream"
)

func TestRequestOnTheWire(t *testing.T) {
	big := strings.Repeat("0123456789", 20_000)
	tests := []struct {
		name string
		edit func(*upstream.Request)
		want string // HOST stands for the producer's address
	}{
		{
			name: "short body",
			edit: func(*upstream.Request) {},
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/xml;charset=UTF-8\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\n<question/>",
		},
		{
			name: "connection not kept",
			edit: func(r *upstream.Request) { r.KeepAlive = false },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/xml;charset=UTF-8\r\nContent-Length: 11\r\nConnection: close\r\n\r\n<question/>",
		},
		{
			name: "names as they are spelled, values in order, the connection's own left out",
			edit: func(r *upstream.Request) {
				r.Header = http.Header{
					"SOAPAction": {`"urn:riv:x"`}, "x-vp-sender-id": {"SE0000000000-UNIT1"}, "X-Multi": {"b", "a", ""},
					"host": {"evil"}, "CONNECTION": {"upgrade"}, "Content-length": {"1"}, "transfer-Encoding": {"gzip"},
					"Trailer": {"X-Late"}, "Upgrade": {"h2c"}, "Expect": {"100-continue"},
				}
			},
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nSOAPAction: \"urn:riv:x\"\r\nX-Multi: b\r\nX-Multi: a\r\nX-Multi: \r\nx-vp-sender-id: SE0000000000-UNIT1\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\n<question/>",
		},
		{
			name: "target byte for byte",
			edit: func(r *upstream.Request) { r.Path = "/a%2Fb//../tjänst?x=%2B" },
			want: "POST /a%2Fb//../tjänst?x=%2B HTTP/1.1\r\nHost: HOST\r\nContent-Type: text/xml;charset=UTF-8\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\n<question/>",
		},
		{
			name: "no body",
			edit: func(r *upstream.Request) { r.Body, r.Length, r.Header = nil, 0, nil },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
		},
		{
			name: "no body by nature",
			edit: func(r *upstream.Request) { r.Method, r.Body, r.Length, r.Header = "GET", nil, 0, nil },
			want: "GET /service HTTP/1.1\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n",
		},
		{
			name: "empty body",
			edit: func(r *upstream.Request) { r.Body, r.Length, r.Header = strings.NewReader(""), 0, nil },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
		},
		{
			name: "unknown length, a chunk for every read",
			edit: func(r *upstream.Request) {
				r.Body, r.Length, r.Header = io.MultiReader(strings.NewReader("<question>"), strings.NewReader("</question>")), -1, nil
			},
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n000a\r\n<question>\r\n000b\r\n</question>\r\n0\r\n\r\n",
		},
		{
			name: "unknown length, the end with the last bytes",
			edit: func(r *upstream.Request) {
				r.Body, r.Length, r.Header = iotest.DataErrReader(strings.NewReader("<question/>")), -1, nil
			},
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n000b\r\n<question/>\r\n0\r\n\r\n",
		},
		{
			name: "unknown length, nothing",
			edit: func(r *upstream.Request) { r.Body, r.Length, r.Header = strings.NewReader(""), -1, nil },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n",
		},
		{
			name: "long body",
			edit: func(r *upstream.Request) { r.Body, r.Length, r.Header = strings.NewReader(big), int64(len(big)), nil },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Length: 200000\r\nConnection: keep-alive\r\n\r\n" + big,
		},
		{
			name: "body that fills the buffer to its last byte",
			edit: func(r *upstream.Request) {
				r.Header = nil
				r.Body, r.Length = strings.NewReader(big[:60_000]), 60_000
			},
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Length: 60000\r\nConnection: keep-alive\r\n\r\n" + big[:60_000],
		},
		{
			name: "body in single bytes",
			edit: func(r *upstream.Request) { r.Body, r.Header = iotest.OneByteReader(r.Body), nil },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\n<question/>",
		},
		{
			name: "head larger than the buffer",
			edit: func(r *upstream.Request) { r.Header = http.Header{"X-Chain": {big[:40_000]}} },
			want: "POST /service HTTP/1.1\r\nHost: HOST\r\nX-Chain: " + big[:40_000] + "\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\n<question/>",
		},
	}
	for _, tr := range transports(t) {
		for _, test := range tests {
			t.Run(tr.name+"/"+test.name, func(t *testing.T) {
				seen := make(chan string, 1)
				addr := tr.listen(t, func(_ int, c net.Conn) {
					var copied bytes.Buffer
					if err := skipRequest(bufio.NewReader(io.TeeReader(c, &copied))); err != nil {
						t.Errorf("producer: %v", err)
					}
					seen <- copied.String()
					io.WriteString(c, okAnswer)
				})
				r := tr.request(addr)
				test.edit(r)
				mustCall(t, newClient(t, upstream.Options{}), r)
				want := strings.ReplaceAll(test.want, "HOST", addr)
				if got := receive(t, seen, "the request"); got != want {
					t.Errorf("the producer saw\n%.2000q\nwant\n%.2000q", got, want)
				}
			})
		}
	}
}

// TestBodyLengths tries every length near the edges of the write buffer, in
// one piece and in pieces.
func TestBodyLengths(t *testing.T) {
	bodies := make(chan []byte, 1)
	addr := listen(t, func(_ int, c net.Conn) {
		reader := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Errorf("producer: %v", err)
			}
			bodies <- body
			io.WriteString(c, okAnswer)
		}
	})
	client := newClient(t, upstream.Options{})
	content := make([]byte, 70<<10)
	for i := range content {
		content[i] = byte(i>>8) ^ byte(i)
	}
	for _, announced := range []bool{true, false} {
		for _, base := range []int{1, 32 << 10, 64 << 10, 64<<10 + 40} {
			for length := max(0, base-200); length < base+4; length++ {
				r := plain.request(addr)
				r.Body, r.Length = bytes.NewReader(content[:length]), int64(length)
				if !announced {
					r.Length = -1
				}
				mustCall(t, client, r)
				if got := <-bodies; !bytes.Equal(got, content[:length]) {
					t.Fatalf("announced %v: a body of %d bytes arrived otherwise, as %d bytes", announced, length, len(got))
				}
			}
		}
	}
	if dials := client.Stats().Dials; dials != 1 {
		t.Errorf("%d connections, want 1", dials)
	}
}

// TestUnusableBody: a body that is not what was announced is the sender's
// fault, and the producer must not take what it got for the whole.
func TestUnusableBody(t *testing.T) {
	errGone := errors.New("the consumer went away")
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name   string
		body   io.Reader
		length int64
		want   error
	}{
		{"too short", strings.NewReader("<question/>"), 12, nil},
		{"too long", strings.NewReader("<question/>"), 10, nil},
		{"longer than nothing", strings.NewReader("<question/>"), 0, nil},
		{"fails", io.MultiReader(strings.NewReader("<que"), iotest.ErrReader(errGone)), 11, errGone},
		{"long, too short", strings.NewReader(long), 100_001, nil},
		{"long, too long", strings.NewReader(long), 99_999, nil},
		{"long, fails", io.MultiReader(strings.NewReader(long), iotest.ErrReader(errGone)), 200_000, errGone},
		{"chunked, fails", io.MultiReader(strings.NewReader(long), iotest.ErrReader(errGone)), -1, errGone},
		{"reads nothing for ever", emptyReader{}, 11, io.ErrNoProgress},
		{"panics", panickingReader{}, 11, nil},
		{"chunked, panics", io.MultiReader(strings.NewReader(long), panickingReader{}), -1, nil},
	}
	for _, tr := range transports(t) {
		for _, test := range tests {
			t.Run(tr.name+"/"+test.name, func(t *testing.T) {
				ends := make(chan error, 1)
				addr := listen(t, func(_ int, c net.Conn) {
					err := skipRequest(bufio.NewReader(tr.over(c)))
					if err == nil {
						t.Error("the producer saw a whole request")
					}
					// What ended the TCP connection, whatever TLS made of it.
					_, err = io.Copy(io.Discard, c)
					ends <- err
				})
				r := tr.request(addr)
				r.Body, r.Length = test.body, test.length
				client := newClient(t, upstream.Options{})
				_, _, err := call(t.Context(), client, r)
				wantCause[*upstream.BodyError](t, err, "Request could not be read to its end")
				if test.want != nil && !errors.Is(err, test.want) {
					t.Errorf("%v does not tell of %v", err, test.want)
				}
				// The reset may have been consumed as the error of the request.
				if err := receive(t, ends, "the end of the connection"); err != nil && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the connection ended with %v", err)
				}
				if stats := client.Stats(); stats.Open != 0 || len(stats.Idle) != 0 {
					t.Errorf("connections are left: %+v", stats)
				}
			})
		}
	}
}

// TestAbortIsAReset: a producer that takes the end of a connection for the
// end of a request must not see one.
func TestAbortIsAReset(t *testing.T) {
	ends := make(chan error, 1)
	addr := listen(t, func(_ int, c net.Conn) {
		_, err := io.Copy(io.Discard, c)
		ends <- err
	})
	r := plain.request(addr)
	r.Length = 12
	_, _, err := call(t.Context(), newClient(t, upstream.Options{}), r)
	wantCause[*upstream.BodyError](t, err, "Request could not be read to its end")
	if err := receive(t, ends, "the end of the connection"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the producer saw %v, want a reset", err)
	}
}

func TestUnusableRequest(t *testing.T) {
	tests := map[string]func(*upstream.Request){
		"no scheme":              func(r *upstream.Request) { r.Scheme = "" },
		"https without profile":  func(r *upstream.Request) { r.Scheme, r.TLS = "https", nil },
		"no method":              func(r *upstream.Request) { r.Method = "" },
		"method with a space":    func(r *upstream.Request) { r.Method = "POST /x" },
		"no path":                func(r *upstream.Request) { r.Path = "" },
		"absolute form":          func(r *upstream.Request) { r.Path = "http://h/" },
		"line end in the path":   func(r *upstream.Request) { r.Path = "/\r\nX: y" },
		"space in the path":      func(r *upstream.Request) { r.Path = "/a b" },
		"no host":                func(r *upstream.Request) { r.Host = "" },
		"line end in the host":   func(r *upstream.Request) { r.Host = "h\r\nX: y" },
		"header name":            func(r *upstream.Request) { r.Header = http.Header{"X:": {"y"}} },
		"no header name":         func(r *upstream.Request) { r.Header = http.Header{"": {"y"}} },
		"line end in a header":   func(r *upstream.Request) { r.Header = http.Header{"X": {"a\r\nY: b"}} },
		"bare LF in a header":    func(r *upstream.Request) { r.Header = http.Header{"X": {"a\nb"}} },
		"NUL in a header":        func(r *upstream.Request) { r.Header = http.Header{"X": {"a\x00"}} },
		"a length without body":  func(r *upstream.Request) { r.Body, r.Length = nil, 1 },
		"own header, bad anyway": func(r *upstream.Request) { r.Header = http.Header{"Host": {"a\r\nb"}} },
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, upstream.Options{})
			r := plain.request("127.0.0.1:1")
			edit(r)
			_, _, err := call(t.Context(), client, r)
			if _, ok := errors.AsType[*upstream.RequestError](err); !ok {
				t.Errorf("error is %v, want a RequestError", err)
			}
			if stats := client.Stats(); stats.Dials+stats.DialErrors != 0 {
				t.Error("the producer was dialled")
			}
		})
	}
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("a bug") }
