package proxy

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"rivgate/auth"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/routing"
	"rivgate/tak"
)

const benchContract = "urn:riv:test:GetThingResponder:1"

// BenchmarkGateway is a whole call of 660 bytes answered with 2 kB, from a
// request that net/http has read to the answer handed to it. The producer is
// in memory, and there is neither TLS nor a log.
func BenchmarkGateway(b *testing.B) {
	request := benchRequest()
	g := New(Options{View: benchView(b), Edge: benchEdge{}, Record: record.Sinks{}})
	for _, test := range []struct{ name, receiver string }{{"2.1 to 2.1", "SE0000000000-UNIT1"}, {"2.1 to 2.0", "SE0000000000-UNIT2"}} {
		text := strings.Replace(request, "RECEIVER", test.receiver, 1)
		b.Run(test.name, func(b *testing.B) {
			body := strings.NewReader(text)
			answer := &benchWriter{header: make(http.Header)}
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/vp", body)
			if err != nil {
				b.Fatal(err)
			}
			r.Header = http.Header{
				"Content-Type": {"text/xml;charset=UTF-8"}, "Soapaction": {`""`},
				"X-Vp-Sender-Id": {"SE0000000000-CONSUMER"}, "X-Vp-Instance-Id": {"SE0000000000-RIVGATE"},
			}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(text)
				clear(answer.header)
				answer.status, answer.written = 0, 0
				g.ServeHTTP(answer, r)
				if answer.status != http.StatusOK || answer.written != len(benchAnswer) {
					b.Fatalf("status %d, %d bytes", answer.status, answer.written)
				}
			}
		})
	}
}

func benchRequest() string {
	const start = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
		`xmlns:r="urn:riv:itintegration:registry:1"><s:Header><r:LogicalAddress>RECEIVER</r:LogicalAddress></s:Header>` +
		`<s:Body><u:GetThing xmlns:u="` + benchContract + `"><u:text>`
	const end = `</u:text></u:GetThing></s:Body></s:Envelope>`
	return start + strings.Repeat("x", 660-len(start)-len(end)) + end
}

var benchAnswer = strings.Repeat("x", 2000)

func benchView(b testing.TB) *View {
	policy, err := auth.NewPolicy(auth.Options{
		InstanceID: "SE0000000000-RIVGATE", Proxies: []netip.Prefix{netip.PrefixFrom(benchPeer.Remote, 32)},
		SenderAttribute: "serialNumber", RoutingHistory: true, CorrelationIDLimit: 128,
	})
	if err != nil {
		b.Fatal(err)
	}
	valid, err := tak.ParseValidity("2013-08-09T13:25:24.260+02:00", "2123-08-09T14:25:24.260+02:00")
	if err != nil {
		b.Fatal(err)
	}
	var routes []tak.Route
	var permissions []tak.Permission
	for receiver, profile := range map[string]string{"SE0000000000-UNIT1": "RIVTABP21", "SE0000000000-UNIT2": "RIVTABP20"} {
		routes = append(routes, tak.Route{ID: receiver, Receiver: receiver, Profile: profile, Contract: benchContract, Address: "http://producer.example/thing", Valid: valid})
		permissions = append(permissions, tak.Permission{ID: receiver, Receiver: receiver, Sender: "SE0000000000-CONSUMER", Contract: benchContract, Valid: valid})
	}
	return &View{
		InstanceID: "SE0000000000-RIVGATE", InstanceName: "BENCH", UserAgent: "rivgate", PropagateHTTP: true,
		Ingresses:       map[string]*Ingress{"http": {Name: "http", Path: "/vp", Body: time.Minute, Write: time.Minute}},
		Trust:           policy,
		Routing:         routing.NewView(tak.New(routes, permissions), nil, routing.Rules{CacheSize: 100}),
		Virtualisations: NewVirtualisations(VirtualisationOptions{Default: Virtualisation{Timeout: time.Minute, KeepAlive: true, KeepAliveIdle: time.Minute}}),
		TLS:             &TLSChoices{},
		Headers:         NewHeaderRules(HeaderOptions{}),
		Producers:       upstream.New(upstream.Options{Dial: benchProducer}),
		Limits:          Limits{MaxBody: 1 << 20, EnvelopeHead: 256 << 10, AnswerHead: 32 << 10, Depth: 200, Attributes: 200},
	}
}

// benchProducer connects to a producer that answers all there is, and leaves no
// garbage. It is at the other end of a pair of sockets: without one the client
// cannot ask the system whether an idle connection still stands.
func benchProducer(context.Context, string, string) (net.Conn, error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	var ends [2]net.Conn
	for i, fd := range pair {
		file := os.NewFile(uintptr(fd), "")
		if ends[i], err = net.FileConn(file); err != nil {
			return nil, err
		}
		_ = file.Close() // the connection has its own
	}
	near, far := ends[0], ends[1]
	go func() {
		reader := bufio.NewReader(far)
		answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 2000\r\n\r\n" + benchAnswer)
		for {
			length := 0
			for inHead := true; inHead; {
				line, err := reader.ReadSlice('\n')
				if err != nil {
					return
				}
				if digits, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
					for _, digit := range bytes.TrimSpace(digits) {
						length = 10*length + int(digit-'0')
					}
				}
				inHead = len(line) > len("\r\n")
			}
			if _, err := reader.Discard(length); err != nil {
				return
			}
			if _, err := far.Write(answer); err != nil {
				return
			}
		}
	}()
	return near, nil
}

// benchEdge is a trusted proxy on a plain listener.
type benchEdge struct{}

var benchPeer = Peer{Listener: "http", Remote: netip.MustParseAddr("127.0.0.1")}

func (benchEdge) Peer(*http.Request) Peer                                   { return benchPeer }
func (benchEdge) Refused(*http.Request) *HTTPError                          { return nil }
func (benchEdge) BodyError(*http.Request) error                             { return nil }
func (benchEdge) Abort(*http.Request)                                       {}
func (benchEdge) Distrusted(context.Context, *http.Request) (string, error) { return "", nil }

// benchWriter takes an answer and forgets it.
type benchWriter struct {
	header          http.Header
	status, written int
}

func (w *benchWriter) Header() http.Header              { return w.header }
func (w *benchWriter) WriteHeader(status int)           { w.status = status }
func (w *benchWriter) Flush()                           {}
func (w *benchWriter) SetReadDeadline(time.Time) error  { return nil }
func (w *benchWriter) SetWriteDeadline(time.Time) error { return nil }
func (w *benchWriter) Write(p []byte) (int, error) {
	w.written += len(p)
	return len(p), nil
}
