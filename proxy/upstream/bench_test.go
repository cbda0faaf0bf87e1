package upstream_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"rivgate/proxy/upstream"
)

// BenchmarkCall is a call of 2 KiB answered with 2 KiB over a kept TLS
// connection, by this package and by net/http.
func BenchmarkCall(b *testing.B) {
	ca := newAuthority(b)
	server := &tls.Config{Certificates: []tls.Certificate{ca.issue(b, leaf{})}}
	body := strings.Repeat("x", 2<<10)
	answer := "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=UTF-8\r\nServer: producer\r\nContent-Length: 2048\r\n\r\n" + body
	addr := listen(b, func(_ int, c net.Conn) { answerSized(tls.Server(c, server), len(body), answer) })
	header := http.Header{
		"Content-Type": {"text/xml;charset=UTF-8"}, "SOAPAction": {`"urn:riv:test"`}, "User-Agent": {"bench"},
		"X-Skltp-Correlation-Id": {"00000000-0000-0000-0000-000000000000"}, "X-Rivta-Original-Serviceconsumer-Hsaid": {"SE0000000000-UNIT1"},
	}
	buffer := make([]byte, 32<<10)

	b.Run("upstream", func(b *testing.B) {
		tr := transport{server: server, client: upstream.NewTLSProfile(&tls.Config{RootCAs: ca.pool}, true)}
		client := newClient(b, upstream.Options{})
		b.ReportAllocs()
		for b.Loop() {
			r := tr.request(addr)
			r.Header, r.Body, r.Length = header, strings.NewReader(body), int64(len(body))
			response, err := client.Do(b.Context(), r)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, response.Body, buffer)
		}
	})
	b.Run("net-http", func(b *testing.B) {
		client := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool}, DisableCompression: true}
		b.Cleanup(client.CloseIdleConnections)
		b.ReportAllocs()
		for b.Loop() {
			r, err := http.NewRequestWithContext(b.Context(), "POST", "https://"+addr+"/service", strings.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			r.Header = header
			response, err := client.RoundTrip(r)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, response.Body, buffer)
		}
	})
}

// answerSized is answerAll for bodies of one size, without allocations.
func answerSized(c net.Conn, size int, answer string) {
	reader, out := bufio.NewReader(c), []byte(answer)
	for {
		for inHead := true; inHead; {
			line, err := reader.ReadSlice('\n')
			if err != nil {
				return
			}
			inHead = len(line) > len("\r\n")
		}
		if _, err := reader.Discard(size); err != nil {
			return
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

func drain(b *testing.B, body io.ReadCloser, buffer []byte) {
	defer body.Close()
	for {
		_, err := body.Read(buffer)
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
