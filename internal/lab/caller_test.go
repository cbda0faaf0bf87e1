package lab_test

import (
	"errors"
	"net"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func TestRawRequestBytes(t *testing.T) {
	header := [][2]string{{"Host", "h"}, {"x-Odd", "1"}}
	cases := []struct {
		name    string
		request lab.RawRequest
		want    string
	}{
		{
			"counted",
			lab.RawRequest{Method: "POST", Target: "/vp", Header: header, Body: []byte("abc")},
			"POST /vp HTTP/1.1\r\nHost: h\r\nx-Odd: 1\r\nContent-Length: 3\r\n\r\nabc",
		},
		{
			"empty",
			lab.RawRequest{Method: "GET", Target: "/vp?wsdl"},
			"GET /vp?wsdl HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
		},
		{
			"chunked",
			lab.RawRequest{Method: "POST", Target: "/vp", Header: header, Body: []byte("abcde"), Chunk: 2},
			"POST /vp HTTP/1.1\r\nHost: h\r\nx-Odd: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := string(c.request.Bytes()); got != c.want {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
}

func TestCurl(t *testing.T) {
	request := lab.RawRequest{Header: [][2]string{{"Content-Type", "text/xml"}, {"X", "it's"}}}
	want := `curl -sS --cacert ca.crt -H 'Content-Type: text/xml' -H 'X: it'\''s' --data-binary '@a.xml' 'https://localhost/vp'`
	if got := request.Curl("https://localhost/vp", "a.xml", "--cacert", "ca.crt"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestSendInPieces(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	caller := lab.Caller{Address: producer.Address()}
	for _, size := range []int{1, 7, 333} {
		answer, err := caller.Send(t.Context(), ask("/echo"), lab.InPieces(size))
		if err != nil || string(answer.Body) != "abc" {
			t.Errorf("pieces of %d: %v, %v", size, answer, err)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	caller := lab.Caller{Address: producer.Address()}
	for _, path := range []string{"/reset", "/close"} {
		if _, err := caller.Send(t.Context(), ask(path)); !errors.Is(err, lab.ErrNoAnswer) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := caller.Send(t.Context(), ask("/garbage")); err == nil || errors.Is(err, lab.ErrNoAnswer) {
		t.Errorf("garbage is an answer, and a bad one: %v", err)
	}
}

func TestRefusedIsNotNoAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	if _, err := (lab.Caller{Address: address}).Send(t.Context(), ask("/")); err == nil || errors.Is(err, lab.ErrNoAnswer) {
		t.Errorf("nobody listens, but: %v", err)
	}
}

func TestCutAnswers(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	caller := lab.Caller{Address: producer.Address()}
	for _, path := range []string{"/trunc", "/truncmid", "/cutchunk"} {
		answer, err := caller.Send(t.Context(), ask(path))
		if err != nil || answer.Cut == nil || len(answer.Body) < 100 {
			t.Errorf("%s: %v, %v", path, answer, err)
		}
	}
	for _, path := range []string{"/untilclose", "/http10", "/bothlengths"} {
		answer, err := caller.Send(t.Context(), ask(path))
		if err != nil || answer.Cut != nil || string(answer.Body) != ordinaryBody {
			t.Errorf("%s: %v, %v", path, answer, err)
		}
	}
}
