package soap

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"rivgate/fault"
)

// Version is the SOAP version of a message.
type Version uint8

// The versions. Unknown is answered as SOAP 1.1.
const (
	Unknown Version = iota
	V11
	V12
)

// Name is an XML name with its namespace; Space is empty for none.
type Name struct{ Space, Local string }

// Span is a range of byte offsets into Message.Head.
type Span struct{ Start, End int }

// Edit replaces the bytes of a span by New; an empty span inserts.
type Edit struct {
	Span
	New string
}

// Limits bounds what Read looks at; zero means no bound.
type Limits struct {
	Head       int // bytes up to the end of the start tag of Body's first child
	Depth      int // nested elements
	Attributes int // of one element, namespace declarations included; also of declarations in scope
}

// Message is a request whose head has been read. It is for one call: not safe
// for concurrent use.
type Message struct {
	// Envelope is what the head says.
	Envelope Envelope
	// Head holds the bytes read so far as they will be sent, UTF-8, with byte
	// order mark, MIME preamble and part headers if there were any. A little
	// of what follows Body's first start tag may be in it; it has not been
	// looked at. Head belongs to the Message.
	Head []byte
	// Charset is the label the answer must carry: as the request's
	// Content-Type wrote it, or the canonical name of what was found in the
	// bytes. Every spelling that begins with UTF-8, and a charset nobody
	// knows, is "UTF-8"; "utf8" stays.
	Charset string
	// Transcoded tells that the request was not UTF-8 and leaves as UTF-8.
	Transcoded bool
	// Multipart tells that the envelope is the root part of a multipart
	// request.
	Multipart bool
	// ContentType is what to send the request on with.
	ContentType string

	src     io.Reader
	found   charset // UTF-16 if the bytes themselves say so
	ended   bool    // nothing follows Head but failure
	failure error   // what reading src ended with, other than io.EOF
}

// Read reads a request up to the start tag of Body's first child, or to the
// end of an empty Body. It reads in blocks, so a little more may be read, but
// never more than lim.Head bytes; what follows is never parsed.
//
// A reader that has a Len, as bytes.Reader has, gets a buffer to its measure.
//
// The Message is never nil: on an error its Envelope.Version and Charset are
// what was known by then. An error is a *fault.Error with code VP015, or wraps
// the error of r. A failure of r behind the head is left to Body.
func Read(r io.Reader, contentType string, lim Limits) (*Message, error) {
	m := &Message{src: r, Charset: UTF8}
	m.Envelope.Version = VersionOf(contentType)
	err := m.read(contentType, lim)
	m.ContentType = m.outgoing(contentType)
	return m, err
}

func (m *Message) read(contentType string, lim Limits) error {
	if isMultipartRequest(contentType) {
		m.Multipart = true
		return m.readRoot(contentType, lim)
	}
	if err := checkCharsets12(contentType); err != nil {
		return err
	}
	told, err := m.openCharset(charsetLabel(contentType), lim)
	if err != nil {
		return err
	}
	return m.scan(lim, told, wholeText)
}

// document cuts the XML document out of what has been read so far: it starts
// at offset start and, if ended is set, nothing follows its last byte.
type document func(head []byte, ended bool) (start int, text []byte, final bool, err error)

// wholeText is the document of a request that is nothing else.
func wholeText(head []byte, ended bool) (int, []byte, bool, error) {
	return 0, head, ended, nil
}

// scan reads until the envelope's head is known. It starts over whenever the
// bytes have doubled, so that the work stays proportional to their number
// however they trickle in.
func (m *Message) scan(lim Limits, told bool, cut document) error {
	for next := 1; ; {
		if len(m.Head) >= next || m.ended || m.full(lim) {
			err := m.scanOnce(lim, told, cut)
			if err != errShort {
				return err
			}
			if m.failure != nil {
				return m.failure
			}
			if m.full(lim) {
				return unreadable("The first %d bytes of the request do not reach the first child of Body", lim.Head)
			}
			next = 2 * len(m.Head)
		}
		m.more(lim.Head)
	}
}

// scanOnce scans what has been read so far.
func (m *Message) scanOnce(lim Limits, told bool, cut document) error {
	start, text, final, err := cut(m.Head, m.ended && m.failure == nil)
	if err != nil {
		return err
	}
	if !final {
		text = wholeRunes(text)
	}
	s := newScanner(text, final, lim)
	defer s.release()
	err = s.begin(told)
	declaration := s.pos
	d := decoding{start: s.pos, told: told, final: final, xml11: s.xml11}
	if told || err != nil { // VP tries once more, telling UTF-8, when the declaration is wrong
		d.start, d.told = 0, true
	}
	if err == nil {
		err = m.checkDeclared(s)
	}
	if err == nil {
		err = s.readEnvelope(&m.Envelope)
	}
	switch {
	case err == errShort:
		return err
	case err != nil:
		return m.firstWrong(err, d, s.pos, lim, cut)
	}
	if err := d.check(text[:s.pos], s.pos); err != nil {
		return err
	}
	if i := bytes.IndexFunc(text[:declaration], isControlRune); i >= 0 {
		return s.illegal(i) // VP's parser takes it for white space there, others do not
	}
	if told && !m.Transcoded && !m.Multipart {
		if err := s.checkOverruled(&m.Envelope); err != nil {
			return err
		}
	}
	m.Envelope.shift(start)
	if m.Transcoded {
		m.correctDeclaration(s.encoding)
	}
	return nil
}

// firstWrong is the error of a document that is wrong at offset p: err, or
// what is wrong with the bytes of the same decoding block. VP has the whole
// request before it parses; here the block is read to the end for it.
func (m *Message) firstWrong(err error, d decoding, p int, lim Limits, cut document) error {
	start, _, _, _ := cut(m.Head, m.ended)
	end := start + blockEnd(p)
	if lim.Head > 0 {
		end = min(end, lim.Head)
	}
	for len(m.Head) < end && !m.ended {
		m.more(end)
	}
	_, text, final, again := cut(m.Head, m.ended && m.failure == nil)
	if again != nil {
		return err
	}
	d.final = final
	if bad := d.check(text, p+1); bad != nil { // the offending character is behind p
		return bad
	}
	return err
}

// correctDeclaration makes the declared encoding of a transcoded request true.
func (m *Message) correctDeclaration(encoding Span) {
	if encoding.End == 0 {
		return
	}
	head, err := apply(m.Head, []Edit{{encoding, UTF8}})
	if err != nil {
		return // the span is the scanner's, inside the head
	}
	m.Envelope.shift(len(head) - len(m.Head))
	m.Head = head
}

// Fill reads on until the request ends or Head holds size bytes, so that
// Length can be exact for a small transcoded request. A failure of the
// request's reader is wrapped, bytes outside the charset are VP015.
func (m *Message) Fill(size int) error {
	for len(m.Head) < size && !m.ended {
		m.more(size)
	}
	return m.failure
}

// full tells whether Head has reached its limit.
func (m *Message) full(lim Limits) bool { return lim.Head > 0 && len(m.Head) >= lim.Head }

const (
	firstBuffer = 4096
	leastBuffer = 512
	emptyReads  = 100 // in a row, after which a reader counts as broken
)

// firstSize is the size of the first buffer: what a reader with a Len says it
// holds, within bounds, and a byte more so that its end shows.
func firstSize(src io.Reader) int {
	if sized, ok := src.(interface{ Len() int }); ok {
		return min(max(sized.Len(), leastBuffer-1), firstBuffer-1) + 1
	}
	return firstBuffer
}

// more reads at least one byte into Head, which may grow to limit bytes (0:
// any number), or notes that there are none.
func (m *Message) more(limit int) {
	if len(m.Head) == cap(m.Head) {
		size := 2 * cap(m.Head)
		if size == 0 {
			size = firstSize(m.src)
		}
		if limit > 0 {
			size = min(size, limit)
		}
		m.Head = append(make([]byte, 0, max(size, len(m.Head)+1)), m.Head...)
	}
	space := m.Head[len(m.Head):cap(m.Head)]
	if limit > 0 {
		space = space[:min(len(space), limit-len(m.Head))]
	}
	for range emptyReads {
		n, err := m.src.Read(space)
		m.Head = m.Head[:len(m.Head)+n]
		if err != nil {
			m.ended, m.failure = true, readFailure(err)
		}
		if n > 0 || err != nil {
			return
		}
	}
	m.ended, m.failure = true, readFailure(io.ErrNoProgress)
}

// readFailure is the error to pass on when the request's reader gave err; nil
// for its end.
func readFailure(err error) error {
	if err == io.EOF {
		return nil
	}
	var encoding *EncodingError
	var wrong *fault.Error
	switch {
	case errors.As(err, &encoding):
		return fault.New(fault.VP015, encoding.Error())
	case errors.As(err, &wrong):
		return wrong
	}
	return fmt.Errorf("reading the request: %w", err)
}

// rest is what follows Head.
func (m *Message) rest() io.Reader {
	if m.failure != nil {
		return failing{m.failure}
	}
	if m.Transcoded {
		return faulty{m.src}
	}
	return m.src
}

// faulty is the reader of a transcoded request, with bytes outside the charset
// told as VP015.
type faulty struct{ r io.Reader }

func (f faulty) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		err = readFailure(err)
	}
	return n, err
}
