package lab_test

import (
	"crypto/tls"
	"errors"
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func TestSeen(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{BodyLimit: 4})
	body := "0123456789"
	send(t, producer, []byte("POST /ok?a=%2F HTTP/1.1\r\nHost: h\r\nx-lower: 1\r\nX-Two: b\r\nX-Two: a\r\nContent-Length: 10\r\n\r\n"+body))
	seen := only(t, producer)

	sum := fnv.New64a()
	io.WriteString(sum, body)
	if seen.Method != "POST" || seen.URI != "/ok?a=%2F" || seen.Proto != "HTTP/1.1" || seen.Host != "h" || seen.Connection != 1 {
		t.Errorf("%+v", seen)
	}
	if want := []string{"Host: h", "x-lower: 1", "X-Two: b", "X-Two: a", "Content-Length: 10"}; !slices.Equal(seen.Lines, want) {
		t.Errorf("lines %q, want %q", seen.Lines, want)
	}
	if got := seen.Header["X-Two"]; !slices.Equal(got, []string{"b", "a"}) || seen.Header.Get("X-Lower") != "1" {
		t.Errorf("header %v", seen.Header)
	}
	if string(seen.Body) != "0123" || seen.Length != 10 || seen.Sum != sum.Sum64() || !seen.Complete || seen.Chunked {
		t.Errorf("body %q, length %d, sum %x, complete %v", seen.Body, seen.Length, seen.Sum, seen.Complete)
	}
}

func only(t *testing.T, producer *lab.Producer) lab.Seen {
	t.Helper()
	all := producer.Take()
	if len(all) != 1 {
		t.Fatalf("%d requests were seen, not one", len(all))
	}
	return all[0]
}

func TestSeenChunked(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	request := lab.RawRequest{Method: "POST", Target: "/ok", Header: [][2]string{{"Host", "h"}}, Body: []byte(strings.Repeat("abc", 300)), Chunk: 333}
	send(t, producer, request.Bytes())
	if seen := only(t, producer); !seen.Chunked || !seen.Complete || string(seen.Body) != string(request.Body) {
		t.Errorf("%+v", seen)
	}
}

func TestPipelinedRequestsKeepTheirOrder(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	answers, err := lab.Caller{Address: producer.Address()}.Pipeline(t.Context(), [][]byte{ask("/status201"), ask("/chunked"), ask("/early103"), ask("/status202")})
	if err != nil {
		t.Fatal(err)
	}
	var statuses []int
	for _, answer := range answers {
		statuses = append(statuses, answer.Status)
	}
	if !slices.Equal(statuses, []int{201, 200, 200, 202}) || !slices.Equal(answers[2].Interim, []int{103}) {
		t.Errorf("statuses %v, interim %v", statuses, answers[2].Interim)
	}
	var uris []string
	for _, seen := range producer.Requests() {
		uris = append(uris, seen.URI)
		if seen.Connection != 1 {
			t.Errorf("connection %d", seen.Connection)
		}
	}
	if !slices.Equal(uris, []string{"/status201", "/chunked", "/early103", "/status202"}) {
		t.Errorf("uris %v", uris)
	}
	if n := producer.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestBrokenBodyIsSeenAsSuch(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	_, err := lab.Caller{Address: producer.Address()}.Send(t.Context(),
		[]byte("POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"), lab.HalfClose())
	if !errors.Is(err, lab.ErrNoAnswer) {
		t.Errorf("half a request was answered: %v", err)
	}
	if seen := only(t, producer); seen.Complete || string(seen.Body) != "abc" || seen.Length != 3 {
		t.Errorf("%+v", seen)
	}
}

func TestTakeForgets(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	send(t, producer, ask("/ok"))
	if n := len(producer.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	if n := len(producer.Take()); n != 1 {
		t.Errorf("%d requests taken", n)
	}
	if n := len(producer.Requests()); n != 0 {
		t.Errorf("%d requests after Take", n)
	}
}

func TestConnectionEndsAsAsked(t *testing.T) {
	cases := []struct{ name, request, connection string }{
		{"close", "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "close"},
		{"HTTP/1.0", "GET /ok HTTP/1.0\r\n\r\n", "close"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := exchangeBytes(t, labtest.Producer(t, lab.ProducerOptions{}), c.request)
			if err != nil || !strings.Contains(got, "Connection: "+c.connection+"\r\n") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestExpectContinue(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	answer := send(t, producer, []byte("POST /ok HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"))
	if answer.Status != http.StatusOK || !slices.Equal(answer.Interim, []int{100}) {
		t.Errorf("%d after %v", answer.Status, answer.Interim)
	}
}

func TestHEADHasNoBody(t *testing.T) {
	answer := send(t, labtest.Producer(t, lab.ProducerOptions{}), []byte("HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\n"))
	if answer.Header.Get("Content-Length") != "273" || len(answer.Body) != 0 {
		t.Errorf("%v %q", answer.Header, answer.Body)
	}
}

func TestMutualTLS(t *testing.T) {
	ca, other := labtest.CA(t, "CA"), labtest.CA(t, "Other CA")
	server := labtest.Issue(t, ca, lab.Subject{CN: "producer"}, lab.ForServer("localhost"))
	gateway := labtest.Issue(t, ca, lab.Subject{SerialNumber: "SE0000000000-UNIT1", CN: "gateway"})
	stranger := labtest.Issue(t, other, lab.Subject{CN: "stranger"})
	producer := labtest.Producer(t, lab.ProducerOptions{TLS: lab.ServerTLS(server, ca)})

	for name, id := range map[string]*lab.Identity{"nobody": nil, "stranger": stranger} {
		_, err := lab.Caller{Address: producer.Address(), TLS: lab.ClientTLS(id, ca)}.Send(t.Context(), ask("/ok"))
		if !errors.Is(err, lab.ErrNoAnswer) {
			t.Errorf("%s got through: %v", name, err)
		}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := lab.ClientTLS(gateway, ca)
		config.MaxVersion = version
		answer, err := lab.Caller{Address: producer.Address(), TLS: config}.Send(t.Context(), ask("/ok"))
		if err != nil || answer.Status != 200 {
			t.Fatalf("%v, %v", answer, err)
		}
		if seen := only(t, producer); seen.Peer == nil || seen.Peer.Subject.SerialNumber != "SE0000000000-UNIT1" {
			t.Errorf("the caller was not seen: %v", seen.Peer)
		}
	}
	if !strings.HasPrefix(producer.URL("/ok"), "https://127.0.0.1:") {
		t.Error(producer.URL("/ok"))
	}
}

func TestDropClosesConnectionsOnly(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	conn := connect(t, producer)
	conn.Write(ask("/hang"))
	for len(producer.Requests()) == 0 { // until the connection is in use
		send(t, producer, ask("/ok"))
	}
	producer.Drop()
	if _, err := conn.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the connection lives: %v", err)
	}
	send(t, producer, ask("/ok"))
}

func TestConcurrentUse(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	var calls sync.WaitGroup
	const n = 20
	for range n {
		calls.Go(func() {
			if _, err := (lab.Caller{Address: producer.Address()}).Send(t.Context(), ask("/ok")); err != nil {
				t.Error(err)
			}
			producer.Requests()
		})
	}
	calls.Wait()
	if got := len(producer.Take()); got != n {
		t.Errorf("%d requests of %d were seen", got, n)
	}
}
