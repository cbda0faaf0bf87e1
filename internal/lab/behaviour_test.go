package lab_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const (
	ordinaryBody = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><GetThingResponse xmlns="urn:riv:test:GetThingResponder:1"><answer>forty-two åäö</answer></GetThingResponse></soapenv:Body></soapenv:Envelope>`
	latin1Body   = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><GetThingResponse xmlns=\"urn:riv:test:GetThingResponder:1\"><answer>forty-two \xe5\xe4\xf6</answer></GetThingResponse></soapenv:Body></soapenv:Envelope>"
	faultBody    = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>producer says no</faultstring></soap:Fault></soap:Body></soap:Envelope>`
	xml8         = "text/xml;charset=UTF-8"
)

// wire is an ordinary answer to a caller that closes, byte for byte but for
// its Date.
func wire(status, contentType, body string, more ...string) string {
	head := "HTTP/1.1 " + status + "\r\nX-Custom-Answer: yes\r\nSOAPAction: leak\r\n"
	if contentType != "" {
		head += "Content-Type: " + contentType + "\r\n"
	}
	if status != "204 No Content" {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	head += "Connection: close\r\n"
	for _, line := range more {
		head += line + "\r\n"
	}
	return head + "\r\n" + body
}

// raw is an answer that carries a Content-Type and nothing else of its own.
func raw(lines ...string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: " + xml8 + "\r\n" + strings.Join(append(lines, ""), "\r\n") + "\r\n"
}

func TestBehavioursOnTheWire(t *testing.T) {
	const size = 273 // bytes of the ordinary body
	if len(ordinaryBody) != size {
		t.Fatalf("the ordinary body has %d bytes", len(ordinaryBody))
	}
	cases := map[string]string{
		"/ok":           wire("200 OK", xml8, ordinaryBody),
		"/anything":     wire("200 OK", xml8, ordinaryBody),
		"/default":      wire("200 OK", xml8, ordinaryBody),
		"/climbed":      wire("200 OK", xml8, ordinaryBody),
		"/second":       wire("200 OK", xml8, ordinaryBody),
		"/fault500":     wire("500 Internal Server Error", xml8, faultBody),
		"/fault200":     wire("200 OK", xml8, faultBody),
		"/empty":        wire("200 OK", xml8, ""),
		"/nocontent":    wire("204 No Content", xml8, ""),
		"/redirect":     wire("302 Found", xml8, "", "Location: http://127.0.0.1:1/evil"),
		"/text":         wire("200 OK", "text/plain", "just text"),
		"/status201":    wire("201 Created", xml8, ordinaryBody),
		"/status202":    wire("202 Accepted", xml8, ordinaryBody),
		"/status400":    wire("400 Bad Request", xml8, ordinaryBody),
		"/status403":    wire("403 Forbidden", xml8, ordinaryBody),
		"/status503":    wire("503 Service Unavailable", xml8, ordinaryBody),
		"/fault500app":  wire("500 Internal Server Error", "application/xml", faultBody),
		"/fault500noct": wire("500 Internal Server Error", "", faultBody),
		"/fault500plain": wire("500 Internal Server Error",
			"text/plain", faultBody),
		"/fault500empty": wire("500 Internal Server Error", xml8, ""),
		"/latin1":        wire("200 OK", "text/xml;charset=ISO-8859-1", latin1Body),
		"/latin1decl":    wire("200 OK", "text/xml", latin1Body),
		"/noct":          wire("200 OK", "", ordinaryBody),
		"/delay?ms=20":   wire("200 OK", xml8, ordinaryBody),

		"/close":       "",
		"/garbage":     "this is no HTTP\r\n\r\n",
		"/halfhead":    "HTTP/1.1 200 OK\r\nContent-Type: text/x",
		"/trunc":       raw("Content-Length: 313") + ordinaryBody,
		"/truncmid":    raw("Content-Length: 273") + ordinaryBody[:100],
		"/cutchunk":    raw("Transfer-Encoding: chunked") + "111\r\n" + ordinaryBody[:100],
		"/untilclose":  raw() + ordinaryBody,
		"/http10":      "HTTP/1.0 200 OK\r\nContent-Type: " + xml8 + "\r\n\r\n" + ordinaryBody,
		"/early100":    "HTTP/1.1 100 Continue\r\n\r\n" + raw("Content-Length: 273") + ordinaryBody,
		"/early103":    "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + raw("Content-Length: 273") + ordinaryBody,
		"/bothlengths": raw("Content-Length: 10", "Transfer-Encoding: chunked") + "111\r\n" + ordinaryBody + "\r\n0\r\n\r\n",
		"/twolengths":  raw("Content-Length: 10", "Content-Length: 273") + ordinaryBody,
		"/badname":     raw("Bad Name: x", "Content-Length: 273") + ordinaryBody,
		"/surplus":     raw("Content-Length: 273") + ordinaryBody + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
	}
	producer := labtest.Producer(t, lab.ProducerOptions{})
	for path, want := range cases {
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) {
			got, err := exchangeBytes(t, producer, "POST "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
			if err != nil {
				t.Error(err)
			}
			if got != want {
				t.Errorf("the wire has\n%q\nwant\n%q", got, want)
			}
		})
	}
}

var date = regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n`)

// exchangeBytes sends request and reads until the connection ends, which must
// be in good order unless an error comes back.
func exchangeBytes(t *testing.T, producer *lab.Producer, request string) (string, error) {
	t.Helper()
	conn := connect(t, producer)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	return date.ReplaceAllString(string(answer), ""), err
}

func connect(t *testing.T, producer *lab.Producer) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", producer.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func ask(path string) []byte {
	return lab.RawRequest{Method: "POST", Target: path, Header: [][2]string{{"Host", "x"}, {"Content-Type", "a/b"}}, Body: []byte("abc")}.Bytes()
}

// send makes one call to producer and expects a whole answer.
func send(t *testing.T, producer *lab.Producer, request []byte) *lab.Answer {
	t.Helper()
	answer, err := lab.Caller{Address: producer.Address()}.Send(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Cut != nil {
		t.Fatalf("the answer broke off: %v", answer.Cut)
	}
	return answer
}

func TestAnswersOfManyKinds(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	cases := []struct {
		path, contentType, contains string
		status                      int
	}{
		{"/notfound", "text/html", "<html>", 404},
		{"/html500", "text/html", "<html>", 500},
		{"/fault500xhtml", xml8, "<html", 500},
		{"/fault500soap12", "application/soap+xml;charset=UTF-8", "http://www.w3.org/2003/05/soap-envelope", 500},
		{"/soap12", "application/soap+xml;charset=UTF-8", "http://www.w3.org/2003/05/soap-envelope", 200},
		{"/echo", "a/b", "abc", 200},
		{"/mtom", "a/b", "abc", 200},
	}
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			answer := send(t, producer, ask(c.path))
			if answer.Status != c.status || answer.Header.Get("Content-Type") != c.contentType || !strings.Contains(string(answer.Body), c.contains) {
				t.Errorf("%d %s %s", answer.Status, answer.Header.Get("Content-Type"), answer.Body)
			}
		})
	}
}

func TestGzip(t *testing.T) {
	answer := send(t, labtest.Producer(t, lab.ProducerOptions{}), ask("/gzip"))
	if encoding := answer.Header.Get("Content-Encoding"); encoding != "gzip" {
		t.Errorf("Content-Encoding is %q", encoding)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(answer.Body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(unpacked)
	if err != nil || string(body) != ordinaryBody {
		t.Errorf("%s, %v", body, err)
	}
}

func TestReset(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	if got, err := exchangeBytes(t, producer, string(ask("/reset"))); got != "" || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSilence(t *testing.T) {
	for path, want := range map[string]string{"/hang": "", "/stall": raw("Content-Length: 273") + ordinaryBody[:100]} {
		t.Run(path, func(t *testing.T) {
			producer := labtest.Producer(t, lab.ProducerOptions{})
			conn := connect(t, producer)
			if _, err := conn.Write(ask(path)); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(want))
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
				t.Fatalf("%q, %v", got, err)
			}
			conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			if n, err := conn.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
				t.Errorf("the silence was broken: %d bytes, %v", n, err)
			}
		})
	}
}

func TestSlowIsLateButClosable(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := (lab.Caller{Address: producer.Address()}).Send(ctx, ask("/slow")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no deadline was needed: %v", err)
	}
	start := time.Now()
	producer.Close()
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("closing took %v: it waited for the slow answer", took)
	}
}

func isTimeout(err error) bool {
	var netError net.Error
	return errors.As(err, &netError) && netError.Timeout()
}

func TestChunked(t *testing.T) {
	want := ""
	for rest := ordinaryBody; rest != ""; {
		piece := rest[:min(50, len(rest))]
		rest = rest[len(piece):]
		want += fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
	}
	got, err := exchangeBytes(t, labtest.Producer(t, lab.ProducerOptions{}), "POST /chunked HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	_, body, _ := strings.Cut(got, "\r\n\r\n")
	if err != nil || body != want+"0\r\n\r\n" || !strings.Contains(got, "Transfer-Encoding: chunked\r\n") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDrip(t *testing.T) {
	t.Parallel()
	producer := labtest.Producer(t, lab.ProducerOptions{})
	start := time.Now()
	answer := send(t, producer, ask("/drip"))
	// 14 chunks of 20 bytes and the last one, 200 ms apart, the first 200 ms after the head.
	if took := time.Since(start); took < 15*200*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	if string(answer.Body) != ordinaryBody || !answer.Chunked {
		t.Errorf("%s", answer.Body)
	}
}

func TestBulk(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	for _, c := range []struct {
		path    string
		size    int
		chunked bool
	}{
		{"/bulk?size=3000000", 3_000_000, false},
		{"/bulk?size=3000000&chunked", 3_000_000, true},
		{"/bulk?size=16000000", 16_000_000, false},
		{"/bulk", len(`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><GetThingResponse xmlns="urn:riv:test:GetThingResponder:1"><answer></answer></GetThingResponse></soapenv:Body></soapenv:Envelope>`), false},
	} {
		t.Run(c.path, func(t *testing.T) {
			answer := send(t, producer, ask(c.path))
			if len(answer.Body) != c.size || answer.Chunked != c.chunked || !strings.HasSuffix(string(answer.Body), "</soapenv:Envelope>") {
				t.Errorf("%d bytes, chunked %v", len(answer.Body), answer.Chunked)
			}
		})
	}
}

func TestScript(t *testing.T) {
	producer := labtest.Producer(t, lab.ProducerOptions{})
	producer.Script("/ok", lab.Script{Pieces: []string{"HTTP/1.1 299 Own\r\nContent-", "Length: 2\r\n\r\nhi"}, Pause: time.Millisecond})
	producer.Answer("/mine", 200, "text/plain", "mine")
	producer.Script("/hasty", lab.Script{Early: true, Pieces: []string{"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"}, End: lab.Close})
	if answer := send(t, producer, ask("/ok")); answer.Status != 299 || string(answer.Body) != "hi" {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
	if answer := send(t, producer, ask("/mine")); answer.Header.Get("Content-Type") != "text/plain" || string(answer.Body) != "mine" {
		t.Errorf("%v %s", answer.Header, answer.Body)
	}
	hasty, err := exchangeBytes(t, producer, "POST /hasty HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
	if err != nil || !strings.HasPrefix(hasty, "HTTP/1.1 413 ") {
		t.Errorf("an early answer did not come before the body: %q, %v", hasty, err)
	}
}

func TestBehavioursAreListed(t *testing.T) {
	listed := strings.Join(lab.Behaviours(), " ") + " "
	for _, path := range []string{"/ok", "/fault500", "/bulk", "/trunc", "/reset", "/early103"} {
		if !strings.Contains(listed, path+" ") {
			t.Errorf("%s is not in %s", path, listed)
		}
	}
}
