package lab

import (
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is a well-formed answer with a known length.
type answer struct {
	status      int
	contentType string // empty: no Content-Type
	body        string
	header      []string // more header lines
}

func ordinary() answer { return answer{200, textXML, OrdinaryAnswer, nil} }

func (a answer) with(status int) answer {
	a.status = status
	return a
}

// well answers in good order.
func well(a answer) responder {
	return func(x *exchange) bool {
		framing := "Content-Length: " + strconv.Itoa(len(a.body))
		if a.status == http.StatusNoContent {
			framing = "" // RFC 9110 section 8.6
		}
		text := x.head(a, framing)
		if x.seen.Method != http.MethodHead {
			text += a.body
		}
		return x.write(text) == nil && !x.wantsClose()
	}
}

// head is the head of an answer, with the headers that every ordinary answer
// carries. SOAPAction is there to be taken away by the gateway.
func (x *exchange) head(a answer, framing string) string {
	var head strings.Builder
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	lines := []string{"Date: " + time.Now().UTC().Format(http.TimeFormat), "X-Custom-Answer: yes", "SOAPAction: leak"}
	if a.contentType != "" {
		lines = append(lines, "Content-Type: "+a.contentType)
	}
	if framing != "" {
		lines = append(lines, framing)
	}
	if x.wantsClose() {
		lines = append(lines, "Connection: close")
	}
	for _, line := range append(lines, a.header...) {
		head.WriteString(line + "\r\n")
	}
	return head.String() + "\r\n"
}

// echo returns what was sent, as far as it was kept.
func echo(x *exchange) bool {
	return well(answer{200, x.seen.Header.Get("Content-Type"), string(x.seen.Body), nil})(x)
}

// after gives the ordinary answer late.
func after(delay func(*exchange) time.Duration) responder {
	return func(x *exchange) bool {
		return x.producer.wait(delay(x)) && well(ordinary())(x)
	}
}

// chunked gives the ordinary answer in chunks of some bytes, with a pause
// between them.
func chunked(size int, pause time.Duration) responder {
	return func(x *exchange) bool {
		pieces := []string{x.head(ordinary(), "Transfer-Encoding: chunked")}
		for rest := OrdinaryAnswer; rest != ""; {
			piece := rest[:min(size, len(rest))]
			rest = rest[len(piece):]
			pieces = append(pieces, chunk(piece))
		}
		return x.play(Script{Pieces: append(pieces, chunk("")), Pause: pause})
	}
}

// chunk frames one piece (RFC 9112 section 7.1). The empty chunk is the last.
func chunk(piece string) string {
	return fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
}

// bulk streams an answer of the size asked for, or the smallest there is.
func bulk(x *exchange) bool {
	filler := max(x.number("size")-len(bulkStart)-len(bulkEnd), 0)
	framing, frame := "Transfer-Encoding: chunked", chunk
	if !x.query.Has("chunked") {
		framing = fmt.Sprintf("Content-Length: %d", len(bulkStart)+filler+len(bulkEnd))
		frame = func(piece string) string { return piece }
	}
	if x.write(x.head(ordinary(), framing)) != nil {
		return false
	}
	for piece := range bulkPieces(filler) {
		if x.write(frame(piece)) != nil {
			return false
		}
	}
	return x.write(frame("")) == nil && !x.wantsClose()
}

var bulkFiller = strings.Repeat("0123456789abcdef", 2048)

func bulkPieces(filler int) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(bulkStart) {
			return
		}
		for rest := filler; rest > 0; rest -= len(bulkFiller) {
			if !yield(bulkFiller[:min(rest, len(bulkFiller))]) {
				return
			}
		}
		yield(bulkEnd)
	}
}

// number reads a query parameter; what is not a number counts as 0.
func (x *exchange) number(name string) int {
	n, _ := strconv.Atoi(x.query.Get(name))
	return n
}
