package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const otherID = "SE0000000000-CONS2"

// Whatever a producer answers to one sender, no other sender on the same
// connections ever sees any of it.
func TestAttackProducerAnswers(t *testing.T) {
	a := newAttacks(t, "Malicious producer answers to one sender, on connections that another sender's calls share: framing, floods, surplus, truncation; alone and interleaved")
	if len(badAnswers) < 45 {
		t.Fatalf("only %d answers", len(badAnswers))
	}
	w := newAnswersWorld(t)
	for i, bad := range badAnswers {
		w.suffer(t, a, bad.name+", alone", i, w.victim)
		for call := range 3 {
			w.honest(t, fmt.Sprintf("%s, then call %d", bad.name, call), []*line{w.bystander, w.victim, w.bystander}[call])
		}
	}
	w.interleave(t, a)
	w.lateSurplus(t, a)
}

// badAnswer is what a producer writes, as it stands.
type badAnswer struct {
	name   string
	bytes  string
	end    lab.End
	early  bool // before the request has been read
	served bool // the caller gets an answer of status 200, its own; else VP009 or a cut connection
}

const (
	evilAnswer = "<evil/>"
	ok200      = "HTTP/1.1 200 OK\r\n"
	evilLength = "Content-Length: 7\r\n"
	nextAnswer = ok200 + "Content-Length: 6\r\n\r\nsecond"
	inChunks   = "Transfer-Encoding: chunked\r\n"
)

var (
	evilChunks = chunk(evilAnswer) + "0\r\n\r\n"
	longAnswer = strings.Repeat("<evil/>", 10_000)
)

func passes(name, bytes string) badAnswer { return badAnswer{name: name, bytes: bytes, served: true} }
func fails(name, bytes string) badAnswer  { return badAnswer{name: name, bytes: bytes} }
func ends(b badAnswer, end lab.End) badAnswer {
	b.end = end
	return b
}

var badAnswers = []badAnswer{
	// Conflicting framing.
	passes("length and chunks", ok200+"Content-Length: 3\r\n"+inChunks+"\r\n"+evilChunks),
	passes("length and chunks, the length right", ok200+"Content-Length: "+strconv.Itoa(len(evilChunks))+"\r\n"+inChunks+"\r\n"+evilChunks+nextAnswer),
	fails("two lengths", ok200+evilLength+"Content-Length: 3\r\n\r\n"+evilAnswer),
	fails("two equal lengths", ok200+evilLength+evilLength+"\r\n"+evilAnswer),
	fails("list of lengths", ok200+"Content-Length: 7, 7\r\n\r\n"+evilAnswer),
	fails("signed length", ok200+"Content-Length: +7\r\n\r\n"+evilAnswer),
	fails("negative length", ok200+"Content-Length: -7\r\n\r\n"+evilAnswer),
	fails("hexadecimal length", ok200+"Content-Length: 0x7\r\n\r\n"+evilAnswer),
	fails("length out of range", ok200+"Content-Length: 99999999999999999999\r\n\r\n"+evilAnswer),
	fails("empty length", ok200+"Content-Length:\r\n\r\n"+evilAnswer),
	fails("unknown coding", ok200+"Transfer-Encoding: x\r\n\r\n"+evilAnswer),
	fails("two codings", ok200+"Transfer-Encoding: gzip, chunked\r\n\r\n"+evilChunks),
	fails("chunked twice", ok200+inChunks+inChunks+"\r\n"+evilChunks),
	fails("coding behind a vertical tab", ok200+"Transfer-Encoding: \vchunked\r\n\r\n"+evilChunks),
	fails("space before the colon of the length", ok200+"Content-Length : 7\r\n\r\n"+evilAnswer),
	fails("chunk size with a prefix", ok200+inChunks+"\r\n0x7\r\n<evil/>\r\n0\r\n\r\n"),
	fails("chunk size too small", ok200+inChunks+"\r\n3\r\n<evil/>\r\n0\r\n\r\n"),
	fails("chunk size out of range", ok200+inChunks+"\r\n10000000000000007\r\n<evil/>\r\n0\r\n\r\n"),
	fails("chunk ends in a bare LF", ok200+inChunks+"\r\n7\n<evil/>\n0\n\n"),
	fails("chunk extension with a bare CR", ok200+inChunks+"\r\n7;a\rb\r\n<evil/>\r\n0\r\n\r\n"),
	fails("trailer that is none", ok200+inChunks+"\r\n"+chunk(evilAnswer)+"0\r\n"+nextAnswer+"\r\n\r\n"),
	passes("trailer that frames", ok200+inChunks+"\r\n"+chunk(evilAnswer)+"0\r\nContent-Length: 0\r\nTransfer-Encoding: x\r\n\r\n"),

	// Surplus: what another call would take for its answer.
	passes("second answer behind a length", ok200+evilLength+"\r\n"+evilAnswer+nextAnswer),
	passes("second answer behind chunks", ok200+inChunks+"\r\n"+evilChunks+nextAnswer),
	fails("second answer behind an empty one", ok200+"Content-Length: 0\r\n\r\n"+nextAnswer),
	fails("body behind 204", "HTTP/1.1 204 No Content\r\n"+evilLength+"\r\n"+evilAnswer),
	fails("body behind 304", "HTTP/1.1 304 Not Modified\r\n\r\n"+nextAnswer),
	passes("one byte too many", ok200+evilLength+"\r\n"+evilAnswer+"x"),
	passes("line end too many", ok200+evilLength+"\r\n"+evilAnswer+"\r\n"),
	passes("half a second head", ok200+evilLength+"\r\n"+evilAnswer+"HTTP/1.1 200 OK\r\nX-Evil"),
	fails("error status and a second answer", "HTTP/1.1 404 Not Found\r\n"+evilLength+"\r\n"+evilAnswer+nextAnswer),
	fails("redirect and a second answer", "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"+evilLength+"\r\n"+evilAnswer+nextAnswer),

	// Interim answers.
	passes("100 nobody asked for", "HTTP/1.1 100 Continue\r\n\r\n"+ok200+evilLength+"\r\n"+evilAnswer),
	passes("103 with a length", "HTTP/1.1 103 Early Hints\r\nContent-Length: 99\r\n\r\n"+ok200+evilLength+"\r\n"+evilAnswer),
	fails("flood of interim answers", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 200)+ok200+evilLength+"\r\n"+evilAnswer),
	fails("flood of large interim answers", strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 7000)+"\r\n\r\n", 20)+ok200+evilLength+"\r\n"+evilAnswer),
	fails("switch of protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"+ok200+evilLength+"\r\n"+evilAnswer),

	// Heads.
	fails("garbage", "evil\r\n\r\n"+nextAnswer),
	fails("HTTP/2", "HTTP/2 200 OK\r\n"+evilLength+"\r\n"+evilAnswer),
	fails("CR in a header", ok200+"X: a\rContent-Length: 0\r\n"+evilLength+"\r\n"+evilAnswer),
	fails("NUL in a header", ok200+"X: \x00\r\n"+evilLength+"\r\n"+evilAnswer),
	fails("space in a header name", ok200+"X Y: z\r\n"+evilLength+"\r\n"+evilAnswer),
	fails("endless head", ok200+strings.Repeat("X: y\r\n", 20_000)),
	fails("head too large", ok200+"X: "+strings.Repeat("x", 70_000)+"\r\n"+evilLength+"\r\n"+evilAnswer),
	passes("Connection takes the length away", ok200+"Connection: content-length, content-type\r\n"+evilLength+"\r\n"+evilAnswer),
	passes("bare LF", "HTTP/1.1 200 OK\nContent-Length: 7\n\n"+evilAnswer),

	// Ends where there should be none.
	ends(fails("closed in silence", ""), lab.Close),
	ends(fails("reset", ""), lab.Reset),
	ends(fails("half a head", ok200+"Content-Le"), lab.Close),
	ends(fails("half a body", ok200+"Content-Length: 99\r\n\r\n<ev"), lab.Close),
	ends(fails("half a chunk", ok200+inChunks+"\r\nff\r\n<ev"), lab.Close),
	ends(fails("no last chunk", ok200+inChunks+"\r\n"+chunk(evilAnswer)), lab.Close),
	ends(fails("half a long body", ok200+"Content-Length: 99999\r\n\r\n"+longAnswer), lab.Close),
	ends(fails("half a long chunk", ok200+inChunks+"\r\nfffff\r\n"+longAnswer), lab.Reset),
	fails("long body that turns to garbage", ok200+inChunks+"\r\n"+chunk(longAnswer)+"zz\r\n"+nextAnswer),
	ends(passes("ends by closing", ok200+"\r\n"+evilAnswer), lab.Close),

	// Too early.
	{name: "before the body was read", bytes: ok200 + evilLength + "\r\n" + evilAnswer, early: true, served: true},
	{name: "before the body was read, and a second", bytes: ok200 + evilLength + "\r\n" + evilAnswer + nextAnswer, early: true, served: true},
	{name: "refusal before the body was read", bytes: "HTTP/1.1 413 Too Large\r\n" + evilLength + "\r\n" + evilAnswer, early: true},
}

// answersWorld is a world with a receiver for each bad answer, and two senders.
type answersWorld struct {
	*world
	victim, bystander *line
	other             *lab.Identity
	calls             func() int // numbers honest calls
}

func newAnswersWorld(t *testing.T) *answersWorld {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	catalogue := w.catalogue()
	catalogue.Permit(otherID, getThing, "ECHO")
	for i, bad := range badAnswers {
		path := "/bad/" + strconv.Itoa(i)
		w.plain.Script(path, lab.Script{Pieces: []string{bad.bytes}, End: bad.end, Early: bad.early})
		catalogue.Route(getThing, "RIVTABP21", w.plain.URL(path), badReceiver(i))
		catalogue.Permit(consumerID, getThing, badReceiver(i))
	}
	w.gate = startGateway(t, w.ca, w.gateway, catalogue, "")
	var mu sync.Mutex
	n := 0
	a := &answersWorld{world: w, other: labtest.Issue(t, w.ca, lab.Subject{SerialNumber: otherID})}
	a.calls = func() int { mu.Lock(); defer mu.Unlock(); n++; return n }
	a.victim, a.bystander = w.lineOverTLS(t, w.consumer), w.lineOverTLS(t, a.other)
	return a
}

func badReceiver(i int) string { return "BAD-" + strconv.Itoa(i) }

func answersRequest(t *testing.T, receiver, payload string) string {
	t.Helper()
	body := attacked(t, receiver, payload)
	return requestHead("Content-Length: "+strconv.Itoa(len(body))+"\r\n") + body
}

// suffer makes the call that gets the bad answer, and counts it as refused when
// the caller got none of it as a whole answer.
func (w *answersWorld) suffer(t *testing.T, a *attacks, attempt string, i int, on *line) {
	t.Helper()
	bad := badAnswers[i]
	on.send(t, answersRequest(t, badReceiver(i), ""))
	got, err := on.receive()
	switch {
	case bad.served && (err != nil || got.status != http.StatusOK || got.body != evilAnswer):
		t.Errorf("%s: HTTP %d %s (%v), want the answer", attempt, got.status, got.body, err)
	case !bad.served && err == nil && got.vpCode() != "VP009":
		t.Errorf("%s: HTTP %d %s, want VP009 or a cut connection", attempt, got.status, got.body)
	case bad.served:
		a.count(attempt, harmless)
	default:
		a.count(attempt, refused)
	}
}

// honest makes a call whose answer is what it sent: nobody else's answer is.
func (w *answersWorld) honest(t *testing.T, when string, on *line) {
	t.Helper()
	id := fmt.Sprintf("<u:id>call %d</u:id>", w.calls())
	got := on.ask(t, answersRequest(t, "ECHO", id))
	if got.status != http.StatusOK || got.body != attacked(t, "ECHO", id) {
		t.Errorf("%s: HTTP %d\n%s\nwant the echo of %s", when, got.status, got.body, id)
	}
}

// interleave mixes both senders' calls on the producer's connections.
func (w *answersWorld) interleave(t *testing.T, a *attacks) {
	t.Helper()
	var running sync.WaitGroup
	const lines, callsPerLine = 4, 60
	for range lines {
		on := w.lineOverTLS(t, w.other)
		running.Go(func() {
			for range callsPerLine {
				w.honest(t, "interleaved", on)
			}
		})
	}
	for part := range lines {
		on := w.lineOverTLS(t, w.consumer)
		running.Go(func() {
			for i := part; i < len(badAnswers); i += lines {
				w.suffer(t, a, badAnswers[i].name+", interleaved", i, on)
			}
		})
	}
	running.Wait()
}

// lateSurplus has a producer answer twice, the second time when the connection
// idles already: the next call must not take that for its answer.
func (w *answersWorld) lateSurplus(t *testing.T, a *attacks) {
	t.Helper()
	idle, written := make(chan struct{}), make(chan struct{})
	listener := listen(t)
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	serving.Go(func() {
		for first := true; ; first = false {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { answerOnce(conn, first, idle, written) })
		}
	})
	catalogue := w.catalogue()
	catalogue.Route(getThing, "RIVTABP21", "http://"+listener.Addr().String()+"/", "LATE")
	catalogue.Permit(consumerID, getThing, "LATE")
	catalogue.Permit(otherID, getThing, "LATE")
	w.gate.stop()
	w.gate = startGateway(t, w.ca, w.gateway, catalogue, "")
	victim, bystander := w.lineOverTLS(t, w.consumer), w.lineOverTLS(t, w.other)
	if got := victim.ask(t, answersRequest(t, "LATE", "")); got.status != http.StatusOK || got.body != evilAnswer {
		t.Errorf("late surplus: HTTP %d %s", got.status, got.body)
	}
	close(idle)
	<-written
	if got := bystander.ask(t, answersRequest(t, "LATE", "")); got.status != http.StatusOK || got.body != "<honest/>" {
		t.Errorf("after late surplus: HTTP %d %s", got.status, got.body)
	}
	a.count("second answer on an idle connection", harmless)
}

// answerOnce answers one request; the first connection's answer is followed by
// another when told.
func answerOnce(conn net.Conn, first bool, idle, written chan struct{}) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, request.Body)
	if !first {
		_, _ = io.WriteString(conn, ok200+"Connection: close\r\nContent-Length: 9\r\n\r\n<honest/>")
		return
	}
	_, _ = io.WriteString(conn, ok200+evilLength+"\r\n"+evilAnswer)
	<-idle
	_, _ = io.WriteString(conn, nextAnswer)
	close(written)
	_, _ = io.Copy(io.Discard, conn)
}
