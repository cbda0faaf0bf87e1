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
func (g *Gateway) answer(c *Call, response *upstream.Response) (*http.Response, error) {
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
	answer, err := g.passOn(c, response, held, whole)
	if err != nil {
		g.buffers.Put(held)
		return nil, g.producerFault(c, "Answer is not in the charset it claims", 0, err)
	}
	return answer, nil
}

// hold reads the answer's head and tells whether it is the whole answer.
func hold(held *bytes.Buffer, response *upstream.Response, limit int) (whole bool, err error) {
	_, err = held.ReadFrom(io.LimitReader(response.Body, int64(limit)))
	var cut *upstream.TruncatedError
	switch {
	case errors.As(err, &cut) && response.Length >= 0 && soap.Complete(held.Bytes(), response.Header.Get("Content-Type")):
		// Producers that announce more than they send exist, and VP delivers
		// their answers. A complete document is all there is to lose.
		return true, nil
	case err != nil:
		return false, err
	}
	return held.Len() < limit, nil
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

// passOn makes the answer that goes to the caller: byte for byte, unless it is
// in another charset than the caller's.
func (g *Gateway) passOn(c *Call, response *upstream.Response, held *bytes.Buffer, whole bool) (*http.Response, error) {
	body := &answerBody{gateway: g, call: c, held: held, producer: response.Body}
	answer := &http.Response{
		StatusCode: response.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        make(http.Header, len(response.Header)+4),
		Body:          body,
		ContentLength: response.Length,
	}
	body.reader = io.MultiReader(bytes.NewReader(held.Bytes()), response.Body)
	switch {
	case whole:
		answer.ContentLength = int64(held.Len())
		body.reader = bytes.NewReader(held.Bytes())
	case c.View.acceptsShort(c.Target):
		answer.ContentLength = -1 // it may be less than announced
	}
	// Without the producer's Connection header nothing it says there can take
	// away what is decided here.
	c.View.Headers.copyPassing(ToConsumer, answer.Header, response.Header)
	contentType, err := label(c, response, answer, body, whole)
	if contentType != "" {
		answer.Header["Content-Type"] = []string{contentType}
	}
	return answer, err
}

// label is the Content-Type an answer leaves with. The answer is brought to the
// caller's charset where it is in another.
func label(c *Call, response *upstream.Response, answer *http.Response, body *answerBody, whole bool) (string, error) {
	own := response.Header.Get("Content-Type")
	head := body.held.Bytes()
	if soap.IsMultipart(own) || soap.IsSOAP12(own, head) {
		return own, nil // its type says how to read it: kept, with every byte
	}
	label := c.Message.Charset
	charset, known := soap.AnswerCharset(head, own)
	switch {
	case soap.SameCharset(charset, label):
	case !known, encoded(response.Header):
		label = charset
	default:
		if err := transcode(answer, body, charset, label, whole); err != nil {
			return "", err
		}
	}
	return "text/xml; charset=" + label, nil
}

// transcode turns the answer into another charset as it streams; a short one
// at once, so that it keeps a length. What is wrong with the bytes that are
// held can still be a fault.
func transcode(answer *http.Response, body *answerBody, from, to string, whole bool) error {
	transcoded, err := soap.Transcode(body.reader, from, to)
	if err != nil {
		return err
	}
	if !whole {
		body.reader, answer.ContentLength = transcoded, -1
		return decodes(body.held.Bytes(), from, to)
	}
	all, err := io.ReadAll(transcoded)
	if err != nil {
		return err
	}
	body.reader, answer.ContentLength = bytes.NewReader(all), int64(len(all))
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

// answerBody is an answer on its way to the caller. Closing it ends the
// exchange with the producer and gives its buffer back.
type answerBody struct {
	gateway  *Gateway
	call     *Call
	reader   io.Reader
	held     *bytes.Buffer
	producer io.Closer
}

// Read reads on. What breaks the answer off is noted for the record.
func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	if err != nil && err != io.EOF {
		b.call.failure = err
	}
	return n, err
}

// Close may be called more than once.
func (b *answerBody) Close() error {
	if b.held != nil {
		b.gateway.buffers.Put(b.held)
		b.held, b.reader = nil, failing{io.ErrClosedPipe}
	}
	return b.producer.Close()
}

// failing is a reader at its end: with err, or io.EOF for none.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
