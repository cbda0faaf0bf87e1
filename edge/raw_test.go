package edge_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"rivgate/edge"
)

// last follows every raw request on its connection. It is answered exactly
// when the gateway found the end of what came before where the sender put it.
const last = "GET /last HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n\r\n"

// rawCase is a request as bytes. Saw is what handlers may have made of it,
// with the method, path and body of everything served; none means that the
// request was refused with status.
type rawCase struct {
	id     string
	raw    string
	status int
	saw    []string
}

const (
	h    = "Host: gateway.example\r\n"
	post = "POST /vp HTTP/1.1\r\n" + h
	get  = "GET /vp HTTP/1.1\r\n" + h
	chk  = post + "Transfer-Encoding: chunked\r\n\r\n"
)

func refuse(status int, id, raw string) rawCase { return rawCase{id: id, raw: raw, status: status} }
func accept(id, raw string, saw ...string) rawCase {
	return rawCase{id: id, raw: raw, status: 200, saw: saw}
}

var rawCases = slices.Concat(smuggling, malformedHeads, targets, hosts, chunking, normal)

// Two readings of where a request ends.
var smuggling = []rawCase{
	refuse(400, "SMUG-CL-TE", post+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-CL", post+"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-CL-TE-HIDDEN-REQUEST", post+"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "SMUG-CL-DUP-DIFFERENT", post+"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
	refuse(400, "SMUG-CL-DUP-EQUAL", post+"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-DUP-CASE", post+"Content-Length: 5\r\ncONTENT-lENGTH: 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-LIST-EQUAL", post+"Content-Length: 5, 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-LIST-DIFFERENT", post+"Content-Length: 5, 6\r\n\r\nhello"),
	refuse(400, "SMUG-CL-PLUS", post+"Content-Length: +5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-MINUS", post+"Content-Length: -5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-MINUS-ZERO", post+"Content-Length: -0\r\n\r\n"),
	refuse(400, "SMUG-CL-HEX", post+"Content-Length: 0x5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-OCTAL", post+"Content-Length: 0o5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-LEADING-ZERO", post+"Content-Length: 010\r\n\r\nhello"),
	refuse(400, "SMUG-CL-ZEROS", post+"Content-Length: 00\r\n\r\n"),
	refuse(400, "SMUG-CL-DECIMAL", post+"Content-Length: 5.0\r\n\r\nhello"),
	refuse(400, "SMUG-CL-EXPONENT", post+"Content-Length: 5e0\r\n\r\nhello"),
	refuse(400, "SMUG-CL-UNDERSCORE-DIGITS", post+"Content-Length: 1_0\r\n\r\nhello"),
	refuse(400, "SMUG-CL-INNER-SPACE", post+"Content-Length: 1 0\r\n\r\nhello"),
	refuse(400, "SMUG-CL-EMPTY", post+"Content-Length:\r\n\r\nhello"),
	refuse(400, "SMUG-CL-OVERFLOW-63", post+"Content-Length: 9223372036854775808\r\n\r\nhello"),
	refuse(400, "SMUG-CL-OVERFLOW-64", post+"Content-Length: 18446744073709551621\r\n\r\nhello"),
	refuse(400, "SMUG-CL-LETTERS", post+"Content-Length: abc\r\n\r\nhello"),
	refuse(400, "SMUG-CL-SEMICOLON", post+"Content-Length: 5;\r\n\r\nhello"),
	refuse(400, "SMUG-CL-FOLDED", post+"Content-Length:\r\n 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-FOLDED-AFTER", post+"Content-Length: 5\r\n 0\r\n\r\nhello"),
	refuse(400, "SMUG-CL-SPACE-COLON", post+"Content-Length : 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-TAB-COLON", post+"Content-Length\t: 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-UNDERSCORE", post+"Content_Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-DOT", post+"content.length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-TILDE", post+"Content~Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-BESIDE-UNDERSCORE", post+"Content-Length: 5\r\nContent_Length: 99\r\n\r\nhello"),
	refuse(400, "SMUG-CL-VERTICAL-TAB", post+"Content-Length: \v5\r\n\r\nhello"),
	refuse(400, "SMUG-CL-NBSP", post+"Content-Length: \xa05\r\n\r\nhello"),
	refuse(400, "SMUG-TE-UNDERSCORE", post+"Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-TE-DOT", post+"Transfer.Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-TE-APOSTROPHE", post+"Transfer'Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-TE-XCHUNKED", post+"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-IDENTITY", post+"Transfer-Encoding: identity\r\n\r\n"),
	refuse(400, "SMUG-TE-IDENTITY-CL", post+"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-TE-GZIP-CHUNKED", post+"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-CHUNKED-IDENTITY", post+"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-CHUNKED-TWICE", post+"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-DUP", post+"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-DUP-IDENTITY", post+"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-EMPTY", post+"Transfer-Encoding:\r\n\r\n"),
	refuse(400, "SMUG-TE-COMMA", post+"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-QUOTED", post+"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-PARAMETER", post+"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-VERTICAL-TAB", post+"Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-SPACE-COLON", post+"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-FOLDED", post+"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-LEADING-SPACE-NAME", post+" Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(400, "SMUG-TE-HTTP10", "POST /vp HTTP/1.0\r\n"+h+"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TE-CL-HTTP10", "POST /vp HTTP/1.0\r\n"+h+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TRAILER-ANNOUNCES-CL", post+"Trailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	refuse(400, "SMUG-TRAILER-ANNOUNCES-TE", post+"Trailer: X-A, transfer_encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	accept("SMUG-GET-BODY", "GET /vp HTTP/1.1\r\n"+h+"Content-Length: 5\r\n\r\nhello", `GET /vp "hello"`),
	accept("SMUG-BODY-LOOKS-LIKE-REQUEST", post+"Content-Length: 22\r\n\r\nGET /evil HTTP/1.1\r\n\r\n", `POST /vp "GET /evil HTTP/1.1\r\n\r\n"`),
	accept("SMUG-CHUNK-LOOKS-LIKE-REQUEST", chk+"16\r\nGET /evil HTTP/1.1\r\n\r\n\r\n0\r\n\r\n", `POST /vp "GET /evil HTTP/1.1\r\n\r\n"`),
	accept("SMUG-NO-CL-IS-NO-BODY", post+"\r\n", `POST /vp ""`),
}

// Heads that no HTTP/1.1 reader should take.
var malformedHeads = []rawCase{
	refuse(400, "MAL-GARBAGE", "this is no HTTP\r\n\r\n"),
	refuse(400, "MAL-BINARY", "\x00\x01\x02\x03\r\n\r\n"),
	refuse(400, "MAL-TLS-HELLO", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc"),
	refuse(400, "MAL-H2-PREFACE", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	refuse(400, "MAL-NO-VERSION", "GET /vp\r\n"+h+"\r\n"),
	refuse(400, "MAL-ONLY-METHOD", "GET\r\n\r\n"),
	refuse(400, "MAL-TWO-SPACES", "GET  /vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-TAB-SEPARATED", "GET\t/vp\tHTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-TRAILING-SPACE", "GET /vp HTTP/1.1 \r\n"+h+"\r\n"),
	refuse(400, "MAL-LEADING-SPACE", " GET /vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-TWO-EMPTY-LINES-FIRST", "\r\n\r\n"+get+"\r\n"),
	refuse(400, "MAL-METHOD-COLON", "GE:T /vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-METHOD-NON-ASCII", "G\xc3\x89T /vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-09", "GET /vp HTTP/0.9\r\n\r\n"),
	refuse(400, "MAL-VERSION-12", "GET /vp HTTP/1.2\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-20", "GET /vp HTTP/2.0\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-99", "GET /vp HTTP/9.9\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-CASE", "GET /vp http/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-ZEROS", "GET /vp HTTP/01.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-LONG", "GET /vp HTTP/1.10\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-SPACE", "GET /vp HTTP/ 1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-VERSION-NAME", "GET /vp HTTPS/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-BARE-CR-REQUEST-LINE", "GET /vp\r HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "MAL-CR-CR-LF", "GET /vp HTTP/1.1\r\r\n"+h+"\r\n"),
	refuse(400, "MAL-BARE-CR-VALUE", get+"X-A: a\rX-B: b\r\n\r\n"),
	refuse(400, "MAL-CR-END-OF-VALUE", get+"X-A: a\r\r\n\r\n"),
	refuse(400, "MAL-LF-IN-CRLF-HEAD", get+"X-A: a\nX-Vp-Sender-Id: evil\r\n\r\n"),
	refuse(400, "MAL-LF-ENDS-CRLF-HEAD", get+"\n"),
	refuse(400, "MAL-CRLF-IN-LF-HEAD", "GET /vp HTTP/1.1\nHost: gateway.example\r\n\n"),
	refuse(400, "MAL-NUL-VALUE", get+"X-A: a\x00b\r\n\r\n"),
	refuse(400, "MAL-NUL-NAME", get+"X\x00A: a\r\n\r\n"),
	refuse(400, "MAL-DEL-VALUE", get+"X-A: a\x7fb\r\n\r\n"),
	refuse(400, "MAL-ESC-VALUE", get+"X-A: \x1b[31m\r\n\r\n"),
	refuse(400, "MAL-NO-COLON", get+"X-A\r\n\r\n"),
	refuse(400, "MAL-EMPTY-NAME", get+": a\r\n\r\n"),
	refuse(400, "MAL-SPACE-COLON", get+"X-Vp-Sender-Id : evil\r\n\r\n"),
	refuse(400, "MAL-SPACE-IN-NAME", get+"X A: a\r\n\r\n"),
	refuse(400, "MAL-NAME-NON-ASCII", get+"X-\xc3\x84: a\r\n\r\n"),
	refuse(400, "MAL-NAME-SLASH", get+"X/A: a\r\n\r\n"),
	refuse(400, "MAL-FOLD-FIRST", "GET /vp HTTP/1.1\r\n X-A: a\r\n"+h+"\r\n"),
	refuse(400, "MAL-FOLDED-NAME", get+"X-\r\n A: a\r\n\r\n"),
	refuse(400, "MAL-FOLD-CONTROL", get+"X-A: a\r\n b\x01\r\n\r\n"),
	refuse(417, "MAL-EXPECT-UNKNOWN", post+"Expect: 200-ok\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(417, "MAL-EXPECT-LIST", post+"Expect: 100-continue, x\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(417, "MAL-EXPECT-EMPTY", post+"Expect:\r\nContent-Length: 5\r\n\r\nhello"),
	refuse(417, "MAL-EXPECT-HTTP10", "POST /vp HTTP/1.0\r\nExpect: x\r\n\r\n"),
	refuse(431, "MAL-LONG-REQUEST-LINE", "GET /vp?"+strings.Repeat("a", 8000)+" HTTP/1.1\r\n"+h+"\r\n"),
	refuse(431, "MAL-LONG-HEADER", get+"X-A: "+strings.Repeat("a", 8000)+"\r\n\r\n"),
	refuse(431, "MAL-MANY-HEADERS", get+strings.Repeat("X: y\r\n", 50)+"\r\n"),
}

var targets = []rawCase{
	refuse(400, "TARGET-EMPTY", "GET  HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-SPACE", "GET /v p HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-NO-SLASH", "GET vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-FRAGMENT", "GET /vp#a HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-BAD-ESCAPE", "GET /vp%zz HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-CUT-ESCAPE", "GET /vp%2 HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-NON-ASCII", "GET /vp\xc3\xa5 HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-CONTROL", "GET /vp\x01 HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-STAR-POST", "POST * HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-ABSOLUTE-USER", "GET http://user@gateway.example/vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-ABSOLUTE-NO-HOST", "GET http:///vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-ABSOLUTE-SCHEME", "GET ftp://gateway.example/vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-ABSOLUTE-OPAQUE", "GET http:gateway.example HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-ABSOLUTE-BAD-ESCAPE", "GET http://gateway.example/%zz HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-ABSOLUTE-BAD-PORT", "GET http://gateway.example:x/vp HTTP/1.1\r\n"+h+"\r\n"),
	refuse(400, "TARGET-CONNECT-USER", "CONNECT user@gateway.example:443 HTTP/1.1\r\n"+h+"\r\n"),
	accept("TARGET-ABSOLUTE", "POST http://gateway.example/vp HTTP/1.1\r\n"+h+"\r\n", `POST /vp ""`),
	accept("TARGET-ABSOLUTE-OTHER-HOST", "POST http://other.example:81/vp HTTP/1.1\r\n"+h+"\r\n", `POST /vp ""`),
	accept("TARGET-ABSOLUTE-HTTPS-CASE", "POST HTTPS://gateway.example/vp HTTP/1.1\r\n"+h+"\r\n", `POST /vp ""`),
	accept("TARGET-ABSOLUTE-IPV6", "POST http://[::1]:8080/vp HTTP/1.1\r\n"+h+"\r\n", `POST /vp ""`),
	accept("TARGET-DOTS-KEPT", "GET /vp/../x HTTP/1.1\r\n"+h+"\r\n", `GET /vp/../x ""`),
	accept("TARGET-TWO-SLASHES", "GET //vp HTTP/1.1\r\n"+h+"\r\n", `GET //vp ""`),
	accept("TARGET-QUERY-BAD-ESCAPE", "GET /vp?a=%zz HTTP/1.1\r\n"+h+"\r\n", `GET /vp ""`),
	accept("TARGET-CONNECT", "CONNECT gateway.example:443 HTTP/1.1\r\n"+h+"\r\n", `CONNECT  ""`),
	accept("TARGET-CONNECT-PATH", "CONNECT /vp HTTP/1.1\r\n"+h+"\r\n", `CONNECT /vp ""`),
	accept("TARGET-OPTIONS-STAR", "OPTIONS * HTTP/1.1\r\n"+h+"\r\n", `OPTIONS * ""`),
	accept("TARGET-TRACE", "TRACE /vp HTTP/1.1\r\n"+h+"\r\n", `TRACE /vp ""`),
}

var hosts = []rawCase{
	refuse(400, "HOST-NONE", "GET /vp HTTP/1.1\r\n\r\n"),
	refuse(400, "HOST-TWO", get+"Host: other.example\r\n\r\n"),
	refuse(400, "HOST-TWO-EQUAL", get+h+"\r\n"),
	refuse(400, "HOST-EMPTY", "GET /vp HTTP/1.1\r\nHost:\r\n\r\n"),
	refuse(400, "HOST-PATH", "GET /vp HTTP/1.1\r\nHost: gateway.example/vp\r\n\r\n"),
	refuse(400, "HOST-USER", "GET /vp HTTP/1.1\r\nHost: a@gateway.example\r\n\r\n"),
	refuse(400, "HOST-SPACE", "GET /vp HTTP/1.1\r\nHost: gateway example\r\n\r\n"),
	refuse(400, "HOST-LIST", "GET /vp HTTP/1.1\r\nHost: a.example,b.example\r\n\r\n"),
	refuse(400, "HOST-BAD-PORT", "GET /vp HTTP/1.1\r\nHost: gateway.example:99999\r\n\r\n"),
	refuse(400, "HOST-BAD-IPV6", "GET /vp HTTP/1.1\r\nHost: [gateway]\r\n\r\n"),
	refuse(400, "HOST-FOLDED", "GET /vp HTTP/1.1\r\nHost: gateway\r\n .example\r\n\r\n"),
	refuse(400, "HOST-TWO-HTTP10", "GET /vp HTTP/1.0\r\n"+h+h+"\r\n"),
	refuse(400, "HOST-NONE-CONNECT", "CONNECT gateway.example:443 HTTP/1.1\r\n\r\n"),
	refuse(400, "HOST-NONE-ABSOLUTE", "GET http://gateway.example/vp HTTP/1.1\r\n\r\n"),
	accept("HOST-PORT", "GET /vp HTTP/1.1\r\nHost: gateway.example:8443\r\n\r\n", `GET /vp ""`),
	accept("HOST-EMPTY-PORT", "GET /vp HTTP/1.1\r\nHost: gateway.example:\r\n\r\n", `GET /vp ""`),
	accept("HOST-IPV6", "GET /vp HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", `GET /vp ""`),
	accept("HOST-UNDERSCORE", "GET /vp HTTP/1.1\r\nHost: gate_way\r\n\r\n", `GET /vp ""`),
	accept("HOST-NONE-HTTP10", "GET /vp HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", `GET /vp ""`),
}

// brokenChunks have a good head; the fault is met while the body is read.
func brokenChunks(id, body string) rawCase {
	return rawCase{id: id, raw: chk + body, status: 400, saw: []string{"broken"}}
}

var chunking = []rawCase{
	brokenChunks("CHUNK-LF-SIZE", "5\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-LF-DATA", "5\r\nhello\n0\r\n\r\n"),
	brokenChunks("CHUNK-LF-LAST", "5\r\nhello\r\n0\n\r\n"),
	brokenChunks("CHUNK-LF-END", "5\r\nhello\r\n0\r\n\n"),
	brokenChunks("CHUNK-HEX-PREFIX", "0x5\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-PLUS", "+5\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-MINUS", "-5\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-SPACE-BEFORE", " 5\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-SPACE-AFTER", "5 \r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-UNDERSCORE", "1_0\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-EMPTY-SIZE", "\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-NO-SIZE", ";a=b\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-TOO-SHORT", "4\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-TOO-LONG", "6\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-SIZE-OVERFLOW", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-CR-IN-SIZE", "5\r\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-EXT-LF", "5;a\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-EXT-CR", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-EXT-NUL", "5;a\x00\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-EXT-LONG", "5;"+strings.Repeat("a", 2000)+"\r\nhello\r\n0\r\n\r\n"),
	brokenChunks("CHUNK-EXT-FLOOD", strings.Repeat("1;"+strings.Repeat("a", 500)+"\r\nx\r\n", 40)+"0\r\n\r\n"),
	brokenChunks("CHUNK-TRAILER-NO-COLON", "0\r\nX-A\r\n\r\n"),
	brokenChunks("CHUNK-TRAILER-SPACE-COLON", "0\r\nX-A : b\r\n\r\n"),
	brokenChunks("CHUNK-TRAILER-FOLD", "0\r\nX-A: a\r\n b\r\n\r\n"),
	brokenChunks("CHUNK-TRAILER-LF", "0\r\nX-A: a\n\r\n"),
	brokenChunks("CHUNK-TRAILER-NUL", "0\r\nX-A: \x00\r\n\r\n"),
	brokenChunks("CHUNK-TRAILER-LONG", "0\r\n"+strings.Repeat("X-A: a\r\n", 1000)+"\r\n"),
	brokenChunks("CHUNK-REQUEST-AS-TRAILER", "0\r\n"+last),
	accept("CHUNK-ONE", chk+"5\r\nhello\r\n0\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-EMPTY", chk+"0\r\n\r\n", `POST /vp ""`),
	accept("CHUNK-MANY", chk+strings.Repeat("1\r\nx\r\n", 20)+"0\r\n\r\n", fmt.Sprintf("POST /vp %q", strings.Repeat("x", 20))),
	accept("CHUNK-UPPER-HEX", chk+"A\r\n0123456789\r\n0\r\n\r\n", `POST /vp "0123456789"`),
	accept("CHUNK-ZEROS", chk+"0005\r\nhello\r\n000\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-EXTENSION", chk+"5;a=\"b;c\";d\r\nhello\r\n0;e\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-CODING-CASE", post+"Transfer-Encoding: ChUnKeD\r\n\r\n5\r\nhello\r\n0\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-CODING-SPACES", post+"Transfer-Encoding: \t chunked \t\r\n\r\n5\r\nhello\r\n0\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-TRAILER", chk+"5\r\nhello\r\n0\r\nX-Vp-Sender-Id: evil\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-TRAILER-FRAMING", chk+"5\r\nhello\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n", `POST /vp "hello"`),
	accept("CHUNK-TRAILER-ANNOUNCED", post+"Trailer: X-Vp-Sender-Id\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Vp-Sender-Id: evil\r\n\r\n", `POST /vp "hello"`),
}

var normal = []rawCase{
	accept("NORM-POST", post+"Content-Length: 5\r\n\r\nhello", `POST /vp "hello"`),
	accept("NORM-GET", get+"\r\n", `GET /vp ""`),
	accept("NORM-LENGTH-ZERO", post+"Content-Length: 0\r\n\r\n", `POST /vp ""`),
	accept("NORM-LENGTH-SPACES", post+"Content-Length: \t5 \r\n\r\nhello", `POST /vp "hello"`),
	accept("NORM-HTTP10", "POST /vp HTTP/1.0\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", `POST /vp "hello"`),
	accept("NORM-EXPECT-CASE", post+"Expect: 100-CONTINUE\r\nContent-Length: 0\r\n\r\n", `POST /vp ""`),
	accept("NORM-EXPECT-HTTP10", "POST /vp HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", `POST /vp "hello"`),
	accept("NORM-EMPTY-VALUE", get+"X-A:\r\n\r\n", `GET /vp ""`),
	accept("NORM-OBS-TEXT", get+"X-A: \xe5\xe4\xf6\r\n\r\n", `GET /vp ""`),
	accept("NORM-FOLDED", get+"X-A: a\r\n\tb\r\n  c\r\n\r\n", `GET /vp ""`),
	accept("NORM-ALL-LF", "POST /vp HTTP/1.1\nHost: gateway.example\nContent-Length: 5\n\nhello", `POST /vp "hello"`),
	accept("NORM-EMPTY-LINE-FIRST", "\r\n"+get+"\r\n", `GET /vp ""`),
	accept("NORM-EMPTY-LINE-BETWEEN", post+"Content-Length: 5\r\n\r\nhello\r\n"+get+"\r\n", `POST /vp "hello"`, `GET /vp ""`),
	accept("NORM-PIPELINED", get+"\r\n"+post+"Content-Length: 5\r\n\r\nhello"+chk+"2\r\nhi\r\n0\r\n\r\n",
		`GET /vp ""`, `POST /vp "hello"`, `POST /vp "hi"`),
	accept("NORM-UNKNOWN-METHOD", "BREW /vp HTTP/1.1\r\n"+h+"\r\n", `BREW /vp ""`),
	accept("NORM-TRAILER-WITHOUT-CHUNKS", post+"Trailer: X-A\r\nContent-Length: 5\r\n\r\nhello", `POST /vp "hello"`),
	accept("NORM-UPGRADE", get+"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", `GET /vp ""`),
	accept("NORM-LARGEST-HEAD", largestHead(), `GET /vp ""`),
}

// rawHeaderBytes is the head limit of the listeners below.
const rawHeaderBytes = 6000

func largestHead() string {
	head := get + "X-A: "
	return head + strings.Repeat("a", rawHeaderBytes-len(head)-4) + "\r\n\r\n"
}

// TestRawRequests sends each case and then the last request, over plain and
// TLS, whole and byte by byte, and expects one meaning or none.
func TestRawRequests(t *testing.T) {
	if len(rawCases) < 120 {
		t.Fatalf("only %d cases", len(rawCases))
	}
	options := edge.Options{HeaderBytes: rawHeaderBytes, Headers: 40}
	plain := serve(t, options)
	secure, _ := serveTLS(t, options)
	sites := []struct {
		name string
		site *site
	}{{"plain", plain}, {"tls", secure}}
	for _, test := range rawCases {
		for _, on := range sites {
			for _, step := range []int{1 << 20, 1} {
				if step == 1 && len(test.raw) > 1000 {
					continue // long ones only repeat themselves
				}
				t.Run(fmt.Sprintf("%s/%s/%d", test.id, on.name, step), func(t *testing.T) {
					testRaw(t, on.site, test, step)
				})
			}
		}
	}
}

func testRaw(t *testing.T, s *site, test rawCase, step int) {
	s.take()
	c := s.dial(t)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		trickle(c, test.raw+last, step)
	}()
	got := c.statuses(t)
	_ = c.socket.Close()
	wait(t, sent, "end of sending")

	seen := s.take()
	if test.status == 200 {
		want := slices.Concat(test.saw, []string{`GET /last ""`})
		if !slices.Equal(seen, want) {
			t.Errorf("handler saw %q, want %q", seen, want)
		}
		if len(got) != len(want) || slices.ContainsFunc(got, func(s int) bool { return s != 200 }) {
			t.Errorf("answers %v, want %d times 200", got, len(want))
		}
		return
	}
	if !slices.Equal(got, []int{test.status}) {
		t.Errorf("answers %v, want %d and the end", got, test.status)
	}
	prefix := fmt.Sprintf("refused %d: ", test.status)
	if len(test.saw) > 0 {
		prefix = "broken: "
	}
	if len(seen) != 1 || !strings.HasPrefix(seen[0], prefix) {
		t.Errorf("handler saw %q, want one that begins with %q", seen, prefix)
	}
}

// trickle writes step bytes at a time. A peer that has heard enough may close.
func trickle(to io.Writer, raw string, step int) {
	for len(raw) > 0 {
		n := min(step, len(raw))
		if _, err := io.WriteString(to, raw[:n]); err != nil {
			return
		}
		raw = raw[n:]
	}
}
