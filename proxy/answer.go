package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"rivgate/proxy/upstream"
	"rivgate/soap"
)

// answer turns what the producer sent into an answer to pass on, or a fault. It
// reads the answer's head, its first answer_head bytes or all of a shorter one,
// so that whatever goes wrong before that can still be a fault.
func (g *Gateway) answer(c *Call, response *upstream.Response) (*answer, error) {
	held := g.buffers.Get().(*bytes.Buffer)
	held.Reset()
	whole, err := hold(held, response, c.View.Limits.AnswerHead)
	if err != nil {
		g.buffers.Put(held)
		return nil, g.exchangeFailed(c, err)
	}
	response.Relax()
	head := held.Bytes()
	err = g.judge(c, response, head)
	g.answerKnown(c, response, head, whole)
	if err != nil {
		g.buffers.Put(held)
		return nil, err
	}
	a := &answer{response: response, held: held, first: head, length: response.Length}
	switch {
	case whole:
		a.length = int64(len(head))
	case c.View.acceptsShort(c.Target):
		a.rest, a.length = response.Body, -1 // it may be less than announced
	default:
		a.rest = response.Body
	}
	if err := a.label(c); err != nil {
		g.buffers.Put(held)
		return nil, g.producerFault(c, "Answer is not in the charset it claims", 0, err)
	}
	return a, nil
}

// hold reads the answer's head and tells whether it is the whole answer.
func hold(held *bytes.Buffer, response *upstream.Response, limit int) (whole bool, err error) {
	_, err = held.ReadFrom(io.LimitReader(response.Body, int64(limit)))
	if err == nil {
		return held.Len() < limit, nil
	}
	var cut *upstream.TruncatedError
	if errors.As(err, &cut) && response.Length >= 0 && soap.Complete(held.Bytes(), response.Header.Get("Content-Type")) {
		// Producers that announce more than they send exist, and VP delivers
		// their answers. A complete document is all there is to lose.
		return true, nil
	}
	return false, err
}

// judge is VP's rule for which answers callers see: any 2xx that says
// something, and a 500 that is a SOAP fault. The rest is VP009.
func (g *Gateway) judge(c *Call, response *upstream.Response, head []byte) error {
	status := response.Status
	switch {
	case status >= 200 && status <= 299 && len(head) > 0:
		return nil
	case status >= 200 && status <= 299:
		cause := "Empty message when server responded with status code: " + strconv.Itoa(status)
		if reason := http.StatusText(status); reason != "" {
			cause += " " + reason
		}
		return g.producerFault(c, cause, 0, nil)
	case status == http.StatusInternalServerError && soap.IsFault(head, answerCharset(response, head)):
		c.passedFault = true
		return nil
	}
	cause := "Unexpected HTTP status " + strconv.Itoa(status)
	if location := response.Header.Get("Location"); location != "" && status >= 300 && status <= 399 {
		cause += ", redirectLocation: " + location
	}
	return g.producerFault(c, cause, status, nil)
}

func answerCharset(response *upstream.Response, head []byte) string {
	charset, _ := soap.AnswerCharset(head, response.Header.Get("Content-Type"))
	return charset
}

// answer is what goes to the caller: byte for byte what the producer sent, unless
// it is in another charset than the caller's.
type answer struct {
	response    *upstream.Response
	contentType string        // "": none
	length      int64         // -1: only its end will tell
	held        *bytes.Buffer // lent, holds first
	first       []byte        // what is known of the body
	rest        io.Reader     // what comes after it; nil: nothing
}

// label finds the Content-Type that a leaves with, and brings a to the caller's
// charset where it is in another.
func (a *answer) label(c *Call) error {
	own := a.response.Header.Get("Content-Type")
	if soap.IsMultipart(own) || soap.IsSOAP12(own, a.first) {
		a.contentType = own // its type says how to read it: kept, with every byte
		return nil
	}
	label := c.Message.Charset
	charset, known := soap.AnswerCharset(a.first, own)
	switch {
	case soap.SameCharset(charset, label):
	case !known, encoded(a.response.Header):
		label = charset
	default:
		if err := a.transcode(charset, label); err != nil {
			return err
		}
	}
	a.contentType = xmlType(label)
	return nil
}

// xmlType is the Content-Type of XML in a charset.
func xmlType(charset string) string {
	const start = "text/xml; charset="
	if charset == soap.UTF8 { // nearly always
		return start + soap.UTF8
	}
	return start + charset
}

// transcode turns a into another charset as it streams; a short one at once, so
// that it keeps a length. What is wrong with the bytes that are held can still be
// a fault.
func (a *answer) transcode(from, to string) error {
	if a.rest != nil {
		transcoded, err := soap.Transcode(io.MultiReader(bytes.NewReader(a.first), a.rest), from, to)
		if err != nil {
			return err
		}
		if err := decodes(a.first, from, to); err != nil {
			return err
		}
		a.first, a.rest, a.length = nil, transcoded, -1
		return nil
	}
	transcoded, err := soap.Transcode(bytes.NewReader(a.first), from, to)
	if err != nil {
		return err
	}
	if a.first, err = io.ReadAll(transcoded); err != nil {
		return err
	}
	a.length = int64(len(a.first))
	return nil
}

// longestCharacter is the number of bytes of the longest character that a held
// head may end in the middle of.
const longestCharacter = 4

// decodes tells what is wrong with the head of a longer answer.
func decodes(head []byte, from, to string) error {
	trial, err := soap.Transcode(bytes.NewReader(head), from, to)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, trial)
	var broken *soap.EncodingError
	if errors.As(err, &broken) && broken.Offset >= int64(len(head)-longestCharacter) {
		return nil
	}
	return err
}

// encoded tells whether a message is compressed, so that its bytes are no text.
func encoded(h http.Header) bool {
	for _, coding := range h["Content-Encoding"] {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return true
		}
	}
	return false
}
