package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// Every request whose end two readers could see in two places is refused, and
// of all others one request goes in and at most one goes out.
func TestAttackRequestSmuggling(t *testing.T) {
	a := newAttacks(t, "Requests that two readers could take apart differently: lengths, codings, chunks, lines, hosts, methods, sizes; each over TLS and plain")
	if len(smugglingCases) < 120 {
		t.Fatalf("only %d cases", len(smugglingCases))
	}
	w := newWorld(t, "")
	platform := "x-vp-sender-id: " + consumerID + "\r\nx-vp-instance-id: " + instanceID + "\r\n"
	for _, way := range []struct {
		name, proof string
		line        *line
	}{
		{"TLS", "", w.lineOverTLS(t, w.consumer)},
		{"plain", platform, w.lineFrom(t, "127.0.0.1")},
	} {
		fill := smugglingText(t, way.proof)
		for _, test := range smugglingCases {
			w.smuggle(t, a, test, way.name+", "+test.id, fill.Replace(test.raw), way.line)
		}
	}
}

// smuggled is a request as bytes, in which {H} stands for the headers of an
// honest call, {B} for its body, {N} and {X} for that one's length, {S} for the
// request to be smuggled and {P} for an honest second one.
type smuggled struct {
	id       string
	raw      string
	statuses []int // of the answers
	calls    int   // of the producer
	closes   bool  // the connection ends by itself
}

const (
	firstPayload, secondPayload, evilPayload = "<u:id>first</u:id>", "<u:id>second</u:id>", "<u:id>smuggled</u:id>"

	// lastRequest follows every case. Its 404 tells that the gateway found the
	// end of what came before, and closes the connection.
	lastRequest = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
)

func smugglingText(t *testing.T, proof string) *strings.Replacer {
	t.Helper()
	head := "Host: localhost\r\nContent-Type: text/xml; charset=UTF-8\r\n" + proof
	request := func(payload string) string {
		body := attacked(t, "HTTP21", payload)
		return "POST /vp HTTP/1.1\r\n" + head + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	body := attacked(t, "HTTP21", firstPayload)
	evil := request(evilPayload)
	return strings.NewReplacer("{H}", head, "{B}", body, "{N}", strconv.Itoa(len(body)), "{X}", fmt.Sprintf("%x", len(body)),
		"{S}", evil, "{SX}", fmt.Sprintf("%x", len(evil)), "{N+S}", strconv.Itoa(len(body)+len(evil)), "{P}", request(secondPayload),
		"{BLF}", strings.ReplaceAll(head, "\r\n", "\n"))
}

func (w *world) smuggle(t *testing.T, a *attacks, test smuggled, attempt, raw string, on *line) {
	t.Helper()
	if !test.closes && len(test.statuses) == test.calls {
		test.statuses = append(slices.Clone(test.statuses), http.StatusNotFound)
	}
	var statuses []int
	for _, answer := range on.answers(t, raw+lastRequest) {
		statuses = append(statuses, answer.status)
	}
	if !slices.Equal(statuses, test.statuses) {
		t.Errorf("%s: answers %v, want %v", attempt, statuses, test.statuses)
	}
	calls := 0
	for _, seen := range w.plain.Take() {
		if !seen.Complete {
			continue // its connection was cut when the fault was found
		}
		calls++
		w.unambiguous(t, attempt, seen, []string{firstPayload, secondPayload}[min(calls, 2)-1])
	}
	if calls != test.calls {
		t.Errorf("%s: the producer was called %d times, want %d", attempt, calls, test.calls)
	}
	if test.calls == 0 {
		a.count(attempt, refused)
	} else {
		a.count(attempt, harmless)
	}
}

// unambiguous checks what a producer saw: the honest call, framed in one way.
func (w *world) unambiguous(t *testing.T, attempt string, seen lab.Seen, payload string) {
	t.Helper()
	if !strings.HasPrefix(string(seen.Body), attacked(t, "HTTP21", payload)) {
		t.Errorf("%s: the producer was sent\n%s", attempt, seen.Body)
	}
	if got := seen.Header.Get("X-Vp-Sender-Id"); got != consumerID || seen.Method != http.MethodPost {
		t.Errorf("%s: the producer saw %s by %s", attempt, seen.Method, got)
	}
	framing := 0
	for _, header := range seen.Lines {
		switch name, _, _ := strings.Cut(strings.ToLower(header), ":"); strings.NewReplacer("_", "-", ".", "-").Replace(name) {
		case "content-length", "transfer-encoding":
			framing++
		case "upgrade", "http2-settings", "expect", "trailer", "te", "keep-alive", "proxy-connection":
			t.Errorf("%s: the producer saw %s", attempt, header)
		}
	}
	if framing != 1 {
		t.Errorf("%s: %d framing headers", attempt, framing)
	}
}

func refuses(status int, id, raw string) smuggled {
	return smuggled{id: id, raw: raw, statuses: []int{status}}
}

// The bodies behind heads that are refused: what the likelier of two readings
// would serve.
const (
	asLength = "{B}{S}"
	asChunks = "{X}\r\n{B}\r\n0\r\n\r\n{S}"
)

// head400 are heads of one more line each that are refused.
func head400(kind, body string, lines ...string) (all []smuggled) {
	for _, text := range lines {
		all = append(all, refuses(400, fmt.Sprintf("%s %q", kind, text), "POST /vp HTTP/1.1\r\n{H}"+text+"\r\n\r\n"+body))
	}
	return all
}

// chunks400 are chunked bodies that are refused.
func chunks400(bodies ...string) (all []smuggled) {
	for _, body := range bodies {
		all = append(all, refuses(400, fmt.Sprintf("chunks %.60q", body), "POST /vp HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n"+body))
	}
	return all
}

// start400 are request lines that are refused.
func start400(lines ...string) (all []smuggled) {
	for _, text := range lines {
		all = append(all, refuses(400, fmt.Sprintf("request line %q", text), text+"\r\n{H}Content-Length: {N}\r\n\r\n{B}"))
	}
	return all
}

// serves are requests that have one meaning.
func serves(calls int, id, raw string) smuggled {
	return smuggled{id: id, raw: raw, statuses: slices.Repeat([]int{200}, calls), calls: calls}
}

var smugglingCases = slices.Concat(
	// Two ends of one request.
	head400("both", asChunks,
		"Content-Length: {N}\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: {N}", "Content-Length: 0\r\nTransfer-Encoding: chunked",
		"Transfer_Encoding: chunked\r\nContent-Length: {N}", "Transfer-Encoding: chunked\r\nContent_Length: {N}", "transfer.encoding: chunked\r\nContent-Length: {N}",
		"Transfer~Encoding: chunked\r\nContent-Length: {N}", "Content-Length: {N}\r\nContent|Length: 0", "Content-Length: {N}\r\n Transfer-Encoding: chunked"),
	head400("length", asLength,
		"Content-Length: {N}\r\nContent-Length: 0", "Content-Length: 0\r\nContent-Length: {N}", "Content-Length: {N}\r\nContent-Length: {N}", "Content-Length: {N}\r\ncontent-LENGTH: 1",
		"Content-Length: {N}, {N}", "Content-Length: {N}, 0", "Content-Length: +{N}", "Content-Length: -{N}", "Content-Length: -0", "Content-Length: 0x{X}", "Content-Length: 0{N}",
		"Content-Length: {N}.0", "Content-Length: {N}e0", "Content-Length: 1_0", "Content-Length: 1 0", "Content-Length: \"{N}\"", "Content-Length: {N};", "Content-Length:", "Content-Length: x",
		"Content-Length: 18446744073709551616", "Content-Length: 9223372036854775808", "Content-Length: 9223372036854775807", "Content-Length: \v{N}", "Content-Length: \xa0{N}", "Content-Length : {N}", "Content-Length\t: {N}",
		"Content-Length:\r\n {N}", "Content-Length: 1\r\n 0", "Content Length: {N}", "Content-Length\x00: {N}", "Content-Length: {N}\x00"),
	head400("coding", asChunks,
		"Transfer-Encoding: xchunked", "Transfer-Encoding: identity", "Transfer-Encoding: identity\r\nContent-Length: {N}", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
		"Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
		"Transfer-Encoding: ,chunked", "Transfer-Encoding: chunked,", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: chun\tked", "Transfer-Encoding: \vchunked",
		"Transfer-Encoding: \x00chunked", "Transfer-Encoding: chunked\xa0", "Transfer-Encoding:", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked",
		"Transfer-Encoding: chunked\r\n x", "X: y\rTransfer-Encoding: chunked", "X: y\nTransfer-Encoding: chunked"),
	head400("trailer", asChunks, "Transfer-Encoding: chunked\r\nTrailer: Content-Length", "Transfer-Encoding: chunked\r\nTrailer: X, transfer_encoding", "Transfer-Encoding: chunked\r\nTrailer: trailer"),
	head400("host", asChunks, "Transfer-Encoding: chunked\r\nHost: localhost", "Transfer-Encoding: chunked\r\nHost: evil.example", "host: evil.example\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nHost:", "Transfer-Encoding: chunked\r\nX: y\r\n Host: x\r\nHost: y"),
	head400("line", asLength, "Content-Length: {N}\r\nX: \x00", "Content-Length: {N}\r\nX: \x7f", "Content-Length: {N}\r\nX: \x1b", "Content-Length: {N}\r\nX", "Content-Length: {N}\r\n: x", "Content-Length: {N}\r\nX : y", "Content-Length: {N}\r\nX\xe5: y", "Content-Length: {N}\r\nX: a\rb", "Content-Length: {N}\r\n(X): y",
		"Content-Length: {N}\nX: y"),

	// Chunks.
	chunks400("{X}\n{B}\r\n0\r\n\r\n{S}", "{X}\r\n{B}\n0\r\n\r\n{S}", "{X}\r\n{B}\r\n0\n\r\n{S}", "{X}\r\n{B}\r\n0\r\n\n{S}", "0x{X}\r\n{B}\r\n0\r\n\r\n{S}", "+{X}\r\n{B}\r\n0\r\n\r\n{S}",
		"-1\r\n{B}\r\n0\r\n\r\n{S}", " {X}\r\n{B}\r\n0\r\n\r\n{S}", "{X} \r\n{B}\r\n0\r\n\r\n{S}", "\r\n{B}\r\n0\r\n\r\n{S}", ";a\r\n{B}\r\n0\r\n\r\n{S}", "{X}\r\n{B}0\r\n\r\n{S}", "{X}\r\n{B}xx0\r\n\r\n{S}",
		"1\r\n{B}\r\n0\r\n\r\n{S}", "fffffffffffffffff\r\n{B}\r\n0\r\n\r\n{S}", "10000000000000000\r\n{B}\r\n0\r\n\r\n{S}", "{X}\r\r\n{B}\r\n0\r\n\r\n{S}", "{X};a\n{B}\r\n0\r\n\r\n{S}",
		"{X};a\rb\r\n{B}\r\n0\r\n\r\n{S}", "{X};a\x00\r\n{B}\r\n0\r\n\r\n{S}", "{X};"+strings.Repeat("a", 2000)+"\r\n{B}\r\n0\r\n\r\n{S}", "{X}\r\n{B}\r\nzz\r\n\r\n{S}", "{X}\r\n{B}\r\n-0\r\n\r\n{S}",
		"{X}\r\n{B}\r\n0\r\n{S}", "{X}\r\n{B}\r\n0\r\nX\r\n\r\n{S}", "{X}\r\n{B}\r\n0\r\nX : y\r\n\r\n{S}", "{X}\r\n{B}\r\n0\r\n X: y\r\n\r\n{S}", "{X}\r\n{B}\r\n0\r\nX: a\n\r\n{S}",
		"{X}\r\n{B}\r\n0\r\n"+strings.Repeat("X: y\r\n", 1000)+"\r\n{S}", strings.Repeat("1;"+strings.Repeat("a", 500)+"\r\n \r\n", 40)+"0\r\n\r\n{S}"),

	// Request lines.
	start400("POST  /vp HTTP/1.1", "POST\t/vp\tHTTP/1.1", " POST /vp HTTP/1.1", "POST /vp HTTP/1.1 ", "POST /vp", "POST /vp HTTP/0.9", "POST /vp HTTP/1.2", "POST /vp HTTP/2.0", "POST /vp http/1.1",
		"POST /vp HTTP/1.1\r", "POST /vp\r HTTP/1.1", "POST /vp HTTP/1.1\nHost: localhost\n", "PO(ST /vp HTTP/1.1", "POST vp HTTP/1.1", "POST /v p HTTP/1.1", "POST /vp#x HTTP/1.1", "POST /vp\x00 HTTP/1.1",
		"POST /vp\xe5 HTTP/1.1", "POST /vp%zz HTTP/1.1", "POST http://user@localhost/vp HTTP/1.1", "POST ftp://localhost/vp HTTP/1.1", "POST http:///vp HTTP/1.1", "POST * HTTP/1.1",
		"PRI * HTTP/2.0", "CONNECT user@localhost:443 HTTP/1.1"),

	// Other versions, methods and sizes.
	[]smuggled{
		refuses(400, "chunked HTTP/1.0", "POST /vp HTTP/1.0\r\n{H}Transfer-Encoding: chunked\r\n\r\n{X}\r\n{B}\r\n0\r\n\r\n{S}"),
		refuses(400, "no Host", "POST /vp HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
		refuses(400, "field before any other folded", "POST /vp HTTP/1.1\r\n X: y\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(400, "two empty lines first", "\r\n\r\nPOST /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(400, "line ends change", "POST /vp HTTP/1.1\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(400, "a ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
		refuses(404, "CONNECT to a host", "CONNECT internal.example:443 HTTP/1.1\r\n{H}\r\n{S}"),
		refuses(404, "CONNECT without Host in common", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: other.example\r\n\r\n{S}"),
		refuses(405, "CONNECT to the path", "CONNECT /vp HTTP/1.1\r\n{H}\r\n{S}"),
		refuses(405, "TRACE", "TRACE /vp HTTP/1.1\r\n{H}Max-Forwards: 0\r\n\r\n{S}"),
		refuses(404, "OPTIONS *", "OPTIONS * HTTP/1.1\r\n{H}\r\n{S}"),
		refuses(405, "OPTIONS", "OPTIONS /vp HTTP/1.1\r\n{H}\r\n{S}"),
		refuses(405, "PUT", "PUT /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(405, "post in lower case", "post /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(405, "GET with a request as body", "GET /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(405, "HEAD with a request as body", "HEAD /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(417, "Expect of something else", "POST /vp HTTP/1.1\r\n{H}Expect: 200-ok\r\nContent-Length: {N}\r\n\r\n{B}"),
		refuses(417, "Expect of two things", "POST /vp HTTP/1.1\r\n{H}Expect: 100-continue, x\r\nContent-Length: {N}\r\n\r\n{B}"),
		refuses(413, "length beyond max_body", "POST /vp HTTP/1.1\r\n{H}Content-Length: 999999999999999\r\n\r\n{B}"),
		refuses(431, "header of 70,000 bytes", "POST /vp HTTP/1.1\r\n{H}X: "+strings.Repeat("a", 70_000)+"\r\nContent-Length: {N}\r\n\r\n{B}"),
		refuses(431, "request line of 70,000 bytes", "POST /vp?"+strings.Repeat("a", 70_000)+" HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		refuses(431, "300 headers", "POST /vp HTTP/1.1\r\n{H}"+strings.Repeat("X: y\r\n", 300)+"Content-Length: {N}\r\n\r\n{B}"),
		refuses(431, "header folded over 70,000 bytes", "POST /vp HTTP/1.1\r\n{H}X: y\r\n"+strings.Repeat(" "+strings.Repeat("a", 98)+"\r\n", 700)+"Content-Length: {N}\r\n\r\n{B}"),
		refuses(431, "cookies without end", "POST /vp HTTP/1.1\r\n{H}Cookie: "+strings.Repeat("a=b; ", 20_000)+"\r\nContent-Length: {N}\r\n\r\n{B}"),
	},

	// What has one meaning, and keeps it.
	[]smuggled{
		serves(1, "ordinary", "POST /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		serves(2, "pipelined", "POST /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}{P}"),
		serves(2, "pipelined behind chunks", "POST /vp HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n{X}\r\n{B}\r\n0\r\n\r\n{P}"),
		serves(2, "pipelined behind a trailer", "POST /vp HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n{X}\r\n{B}\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n{P}"),
		serves(2, "an empty line between requests", "POST /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}\r\n{P}"),
		serves(1, "a request within the length", "POST /vp HTTP/1.1\r\n{H}Content-Length: {N+S}\r\n\r\n{B}{S}"),
		serves(1, "a request within a chunk", "POST /vp HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n{X}\r\n{B}\r\n{SX}\r\n{S}\r\n0\r\n\r\n"),
		serves(1, "bare LF throughout", "POST /vp HTTP/1.1\n{BLF}Content-Length: {N}\n\n{B}"),
		serves(1, "folded header", "POST /vp HTTP/1.1\r\n{H}X: a\r\n b\r\n\tc\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "a length folded into another header", "POST /vp HTTP/1.1\r\n{H}X: a\r\n Content-Length: 0\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "a coding folded into another header", "POST /vp HTTP/1.1\r\n{H}X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "empty line first", "\r\nPOST /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		serves(1, "coding in another case", "POST /vp HTTP/1.1\r\n{H}tRANSFER-eNCODING: \t CHUNKED \r\n\r\n{X}\r\n{B}\r\n0\r\n\r\n"),
		serves(1, "chunk extension", "POST /vp HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n{X};a=\"b\";c\r\n{B}\r\n0;d\r\n\r\n"),
		serves(1, "zeros before a chunk size", "POST /vp HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n000{X}\r\n{B}\r\n000\r\n\r\n"),
		serves(1, "Upgrade to h2c", "POST /vp HTTP/1.1\r\n{H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "Upgrade to websocket", "POST /vp HTTP/1.1\r\n{H}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "Expect", "POST /vp HTTP/1.1\r\n{H}Expect: 100-continue\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "TE and Keep-Alive", "POST /vp HTTP/1.1\r\n{H}TE: trailers, chunked\r\nKeep-Alive: timeout=9\r\nProxy-Connection: keep-alive\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "absolute form with another host", "POST http://evil.example/vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}"),
		serves(1, "Connection names the length", "POST /vp HTTP/1.1\r\n{H}Connection: content-length\r\nContent-Length: {N}\r\n\r\n{B}"),
		serves(1, "Connection names Host and the coding", "POST /vp HTTP/1.1\r\n{H}Connection: host, transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n{X}\r\n{B}\r\n0\r\n\r\n"),
		{id: "a last chunk behind the length", raw: "POST /vp HTTP/1.1\r\n{H}Content-Length: {N}\r\n\r\n{B}0\r\n\r\n{S}", statuses: []int{200, 400}, calls: 1},
		{id: "HTTP/1.0", raw: "POST /vp HTTP/1.0\r\n{H}Content-Length: {N}\r\n\r\n{B}{S}", statuses: []int{200}, calls: 1, closes: true},
		{id: "Connection: close", raw: "POST /vp HTTP/1.1\r\n{H}Connection: close\r\nContent-Length: {N}\r\n\r\n{B}{S}", statuses: []int{200}, calls: 1, closes: true},
		serves(1, "HTTP/1.0 kept alive", "POST /vp HTTP/1.0\r\n{H}Connection: keep-alive\r\nContent-Length: {N}\r\n\r\n{B}"),
	},
)
