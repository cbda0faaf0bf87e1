package edge

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
)

// standIn is what net/http reads in place of a refused request.
const standIn = "POST /refused HTTP/1.1\r\nHost: refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// firstBuffer holds an ordinary head and the beginning of its body.
const firstBuffer = 4096

// stage is where in the stream of requests the gate stands.
type stage uint8

const (
	inHead   stage = iota // reading a head that net/http has not seen
	passing               // handing out a head that passed
	inBody                // counting down Content-Length
	inChunks              // following chunked framing
	refusing              // handing out the stand-in, then nothing
	failed                // broken framing: every read is that error
	closed                // nothing is read any more
)

type limits struct {
	bytes  int // of a head
	fields int // of a head; 0: no limit
}

// verdict is a refusal and the number, from one, of the head it is about.
type verdict struct {
	Refusal
	head int64
}

// gate is the reader between a connection and net/http. It gives net/http one
// head at a time, whole and checked, and the bytes of its body as they come;
// one Read never goes beyond the end of a head or of a body, so what net/http
// has read is always what the gate has understood. Reads come from one
// goroutine at a time; the atomic fields may be read from any.
type gate struct {
	src    io.Reader
	timer  *deadlines
	limits limits

	stage stage
	buf   []byte // buf[r:w] is read and not handed out
	r, w  int
	head  head   // what is known of the head being read, which begins at buf[0]
	line  int    // where in buf its unfinished line begins
	seen  int    // how far buf was searched for that line's end
	blank bool   // an empty line before the request line was skipped
	out   []byte // rest of the head or stand-in being handed out
	left  int64  // bytes of the body still to come
	chunk chunks
	heads int64

	refused atomic.Pointer[verdict]
	broken  atomic.Pointer[FramingError]
	owed    atomic.Bool // the peer is, or may be, still sending a request
}

// Read gives the next bytes that net/http may see. Errors of the connection
// pass unchanged; a timeout loses nothing, the next Read goes on.
func (g *gate) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := g.step(p)
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// step does what the stage asks for; 0 and nil mean that there is more to do.
func (g *gate) step(p []byte) (int, error) {
	switch g.stage {
	case inHead:
		return 0, g.readHead()
	case passing:
		return g.handOut(p), nil
	case inBody:
		return g.readBody(p)
	case inChunks:
		return g.readChunks(p)
	case refusing:
		return g.handOutStandIn(p)
	case failed:
		return 0, g.broken.Load()
	default:
		return 0, io.EOF
	}
}

// close makes the gate say EOF from now on.
func (g *gate) close() { g.stage = closed }

// readHead reads until a head is whole and has passed, or was refused.
func (g *gate) readHead() error {
	for {
		done, problem := g.scan()
		if problem.status != 0 {
			g.refuse(problem)
			return nil
		}
		if done {
			g.pass()
			return nil
		}
		if err := g.readMore(); err != nil {
			if !g.timer.late(err) {
				return err
			}
			g.refuse(problemOf(http.StatusRequestTimeout, "request head not finished in time"))
			return nil
		}
	}
}

// readMore reads once, behind what is buffered.
func (g *gate) readMore() error {
	if g.w > 0 {
		g.timer.begin()
	}
	if g.buf == nil {
		g.buf = make([]byte, firstBuffer)
	}
	if g.w == len(g.buf) {
		g.buf = append(g.buf, make([]byte, len(g.buf))...)
	}
	n, err := g.read(g.buf[g.w:])
	g.w += n
	return err
}

// scan checks the lines that have arrived and tells whether the head is whole.
func (g *gate) scan() (done bool, p problem) {
	for {
		bound := min(g.w, g.limits.bytes)
		i := bytes.IndexByte(g.buf[g.seen:bound], '\n')
		if i < 0 {
			g.seen = bound
			return false, g.unfinished()
		}
		g.seen += i + 1
		line := g.buf[g.line:g.seen]
		g.line = g.seen
		if g.skippable(line) {
			g.skip()
			continue
		}
		if done, p = g.head.add(line, g.limits.fields); done || p.status != 0 {
			return done, p
		}
	}
}

// unfinished judges a head by its size and its first byte. The latter spares a
// peer that speaks another protocol the wait for the head's time to end.
func (g *gate) unfinished() problem {
	switch {
	case g.w >= g.limits.bytes && !g.head.begun:
		return problemOf(http.StatusRequestHeaderFieldsTooLarge, "request line too long")
	case g.w >= g.limits.bytes:
		return problemOf(http.StatusRequestHeaderFieldsTooLarge, "request head too large")
	case !g.head.begun && g.w > 0 && !tokenByte[g.buf[0]] && g.buf[0] != '\r':
		return problemOf(http.StatusBadRequest, "malformed request line")
	}
	return problem{}
}

// skippable tells whether line is the one empty line that may stand before a
// request line (RFC 9112, 2.2): old clients send one after a body.
func (g *gate) skippable(line []byte) bool {
	return !g.head.begun && !g.blank && (string(line) == "\r\n" || string(line) == "\n")
}

func (g *gate) skip() {
	g.blank = true
	g.w = copy(g.buf, g.buf[g.line:g.w])
	g.line, g.seen = 0, 0
	if g.w == 0 {
		g.timer.end() // so far nothing of a head has arrived
	}
}

// pass hands a good head to net/http and arranges for what follows it.
func (g *gate) pass() {
	g.timer.end()
	g.heads++
	g.out = g.buf[:g.line]
	g.r = g.line
	g.left = g.head.length
	g.chunk = chunks{}
	g.owed.Store(g.head.chunked || g.left > 0)
	g.stage = passing
}

func (g *gate) handOut(p []byte) int {
	n := copy(p, g.out)
	g.out = g.out[n:]
	if len(g.out) > 0 {
		return n
	}
	switch {
	case g.head.chunked:
		g.stage = inChunks
	case g.left > 0:
		g.stage = inBody
	default:
		g.nextHead()
	}
	return n
}

// nextHead makes ready for the head after a finished request. What arrived of
// it already moves to the front; room that only an unusual head needed goes.
func (g *gate) nextHead() {
	buf := g.buf
	if len(buf) > firstBuffer && g.w-g.r <= firstBuffer {
		g.buf = make([]byte, firstBuffer)
	}
	g.w = copy(g.buf, buf[g.r:g.w])
	g.r, g.line, g.seen = 0, 0, 0
	g.head, g.blank = head{}, false
	g.owed.Store(false)
	g.stage = inHead
}

// refuse puts the stand-in in the place of the head being read.
func (g *gate) refuse(p problem) {
	g.timer.end()
	g.heads++
	method, target := g.head.startLine(g.buf)
	g.refused.Store(&verdict{
		Refusal: Refusal{Status: p.status, Reason: p.reason, Method: method, Target: target},
		head:    g.heads,
	})
	g.out = []byte(standIn)
	g.owed.Store(true)
	g.stage = refusing
}

// handOutStandIn gives the stand-in, and then nothing: what the peer goes on
// sending is read and dropped, so that the answer reaches it, until it leaves.
func (g *gate) handOutStandIn(p []byte) (int, error) {
	if len(g.out) > 0 {
		n := copy(p, g.out)
		g.out = g.out[n:]
		return n, nil
	}
	_, err := g.read(g.buf)
	return 0, err
}
