package proxy

import (
	"io"
	"strconv"
	"sync"
)

// deliver passes an answer on as it arrives. What breaks it off cuts the caller's
// connection, so that half an answer never looks whole.
func (g *Gateway) deliver(c *Call, a *answer) {
	defer g.release(a)
	h := c.writer.Header()
	// The producer's Connection header is not copied: whether the caller's stays
	// open is not the producer's to say.
	c.View.Headers.copyPassing(ToConsumer, h, a.response.Header)
	if a.contentType != "" {
		h["Content-Type"] = c.headerValue(a.contentType)
	}
	if a.length >= 0 {
		h["Content-Length"] = c.headerValue(strconv.FormatInt(a.length, 10))
	}
	h["X-Skltp-Prt"] = c.headerValue(strconv.FormatInt(c.answered.Sub(c.began).Milliseconds(), 10))
	c.commonHeaders()
	c.writer.WriteHeader(a.response.Status)
	if err := c.pass(a); err != nil {
		c.cut = true
	}
}

// pass writes the answer's body. An answer whose length is not known goes out
// piece by piece as it comes, since its caller may act on what it has.
func (c *Call) pass(a *answer) error {
	w := &c.writer
	if err := w.send(a.first, a.length < 0); err != nil || a.rest == nil {
		return err
	}
	buffer := copyBuffers.Get().(*[copyBuffer]byte)
	defer copyBuffers.Put(buffer)
	for {
		n, readErr := a.rest.Read(buffer[:])
		if err := w.send(buffer[:n], a.length < 0); err != nil {
			return err
		}
		switch readErr {
		case nil:
		case io.EOF:
			return nil
		default:
			c.failure = readErr
			return readErr
		}
	}
}

func (w *answerWriter) send(piece []byte, flush bool) error {
	if len(piece) == 0 {
		return nil
	}
	if _, err := w.Write(piece); err != nil || !flush {
		return err
	}
	return w.controller.Flush()
}

// copyBuffer is the size of the pieces in which long answers are copied.
const copyBuffer = 32 << 10

var copyBuffers = sync.Pool{New: func() any { return new([copyBuffer]byte) }}

// release ends the exchange with the producer and gives the answer's buffer back.
func (g *Gateway) release(a *answer) {
	_ = a.response.Body.Close() // it never fails
	g.buffers.Put(a.held)
	a.held, a.first, a.rest = nil, nil, nil
}
