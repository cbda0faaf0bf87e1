package proxy

import (
	"bytes"
	"io"

	"rivgate/record"
	"rivgate/soap"
)

// kept is the beginning of a message that goes by, for the log.
type kept struct {
	text  []byte
	limit int
	cut   bool
}

// add keeps of p what there is room for.
func (k *kept) add(p []byte) {
	room := min(k.limit-len(k.text), len(p))
	k.text = append(k.text, p[:room]...)
	k.cut = k.cut || room < len(p)
}

// requestText is the beginning of the request in UTF-8: as it is sent on, once
// that is decided.
func (c *Call) requestText() record.Text {
	if c.requestWanted == 0 {
		return record.Text{}
	}
	read := c.Message.Length(-1, c.Edits)
	head := int64(len(c.Message.Head))
	for _, edit := range c.Edits {
		head += int64(len(edit.New) - (edit.End - edit.Start))
	}
	size := min(head, int64(c.requestWanted))
	text := make([]byte, size)
	n, _ := io.ReadFull(c.Message.Body(c.Edits), text)
	return record.Text{Bytes: text[:n], Cut: read != size}
}

// answerText is the beginning of what the caller was sent, before that of what
// the producer answered.
func (c *Call) answerText() record.Text {
	w := &c.writer
	switch {
	case w.kept == nil:
		return record.Text{}
	case w.status != 0:
		return record.Text{Bytes: inUTF8(w.kept.text, w.Header().Get("Content-Type")), Cut: w.kept.cut}
	case c.answerHead == nil:
		return record.Text{}
	}
	size := min(len(c.answerHead), c.answerWanted)
	return record.Text{
		Bytes: inUTF8(c.answerHead[:size], c.producerHeader.Get("Content-Type")),
		Cut:   size < len(c.answerHead) || !c.answerWhole,
	}
}

// inUTF8 is text in UTF-8 with its declaration corrected, as much of it as can
// be decoded; unchanged where its charset is not known.
func inUTF8(text []byte, contentType string) []byte {
	charset, known := soap.AnswerCharset(text, contentType)
	if !known || soap.SameCharset(charset, soap.UTF8) {
		return text
	}
	reader, err := soap.Transcode(bytes.NewReader(text), charset, soap.UTF8)
	if err != nil {
		return text
	}
	decoded, _ := io.ReadAll(reader) // a cut character at the end is no loss
	return decoded
}
