package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// Every form in which a proxy hands over a certificate names the same sender.
func TestCertificateHeaderForms(t *testing.T) {
	w := newWorld(t, "")
	body, err := envelope(getThing, "HTTPS21").Bytes()
	must(t, err)
	for _, form := range lab.HeaderForms() {
		t.Run(form.String(), func(t *testing.T) {
			answer, err := w.overHTTP().Send(t.Context(), lab.RawRequest{
				Method: "POST", Target: "/vp", Body: body,
				Header: [][2]string{
					{"Host", "localhost"}, {"Content-Type", "text/xml"}, {"x-vp-auth-cert", w.consumer.HeaderValue(form)},
				},
			}.Bytes())
			must(t, err)
			seen := w.secure.Take()
			if answer.Status != 200 || len(seen) != 1 || seen[0].Header.Get("X-Rivta-Original-Serviceconsumer-Hsaid") != consumerID {
				t.Errorf("HTTP %d %s", answer.Status, answer.Body)
			}
		})
	}
}

// Exactly one value of the sender attribute, or none.
func TestSendersOverTLS(t *testing.T) {
	w := newWorld(t, "")
	for name, test := range map[string]struct {
		subject lab.Subject
		want    string
	}{
		"none":                 {lab.Subject{CN: "nobody"}, "VP002 "},
		"two":                  {lab.Subject{SerialNumber: consumerID, MoreSerialNumbers: []string{"SE0000000000-OTHER"}}, "VP002 "},
		"another":              {lab.Subject{SerialNumber: "SE0000000000-OTHER"}, "VP007 "},
		"one said in the name": {lab.Subject{SerialNumber: "SE0000000000-OTHER", CN: "x,SERIALNUMBER=" + consumerID}, "VP007 "},
	} {
		t.Run(name, func(t *testing.T) {
			client := lab.Client(lab.ClientTLS(labtest.Issue(t, w.ca, test.subject), w.ca))
			defer client.CloseIdleConnections()
			reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil)
			must(t, err)
			wantFault(t, reply, test.want)
		})
	}
	if seen := w.plain.Take(); len(seen) != 0 {
		t.Errorf("the producer was called %d times", len(seen))
	}
}

// The sender may be another attribute of the subject.
func TestSenderAttribute(t *testing.T) {
	w := newWorld(t, "trust: {sender_attribute: OU}\n")
	client := lab.Client(lab.ClientTLS(labtest.Issue(t, w.ca, lab.Subject{OU: consumerID, SerialNumber: "SE0000000000-OTHER"}), w.ca))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(t.Context(), client, w.url(), envelope(getThing, "HTTP21"), nil)
	must(t, err)
	if reply.Status != 200 {
		t.Errorf("HTTP %d %+v", reply.Status, reply.Fault)
	}
}

// HTTP/1.0 is served, and its connection closes.
func TestHTTP10IsServed(t *testing.T) {
	w := newWorld(t, "")
	conn, err := net.Dial("tcp", w.gate.http)
	must(t, err)
	defer conn.Close()
	body, err := envelope(getThing, "HTTP21").Bytes()
	must(t, err)
	_, err = fmt.Fprintf(conn, "POST /vp HTTP/1.0\r\nContent-Type: text/xml\r\nx-vp-sender-id: %s\r\nx-vp-instance-id: %s\r\nContent-Length: %d\r\n\r\n%s",
		consumerID, instanceID, len(body), body)
	must(t, err)
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	must(t, err)
	if text := read(t, answer.Body); answer.StatusCode != 200 || !strings.Contains(text, "forty-two") {
		t.Errorf("HTTP %d %s", answer.StatusCode, text)
	}
	if _, err := reader.ReadByte(); err == nil {
		t.Error("the connection goes on")
	}
}

// One connection serves call after call, in any mixture of outcomes.
func TestKeptConnection(t *testing.T) {
	w := newWorld(t, "")
	conn := w.raw(t)
	reader := bufio.NewReader(conn)
	for i, test := range []struct {
		receiver string
		status   int
	}{{"HTTP21", 200}, {"NOWHERE", 500}, {"HTTPS21", 200}, {"AT-NOTFOUND", 500}, {"NOPERM", 500}, {"HTTP20", 200}} {
		body, err := envelope(getThing, test.receiver).Bytes()
		must(t, err)
		_, err = fmt.Fprintf(conn, "%s%s", requestHead(fmt.Sprintf("Content-Length: %d\r\n", len(body))), body)
		must(t, err)
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if text := read(t, answer.Body); answer.StatusCode != test.status {
			t.Errorf("call %d: HTTP %d %s", i, answer.StatusCode, text)
		}
	}
}
