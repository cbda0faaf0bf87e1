package soap

import (
	"bytes"
	"io"
	"strings"
)

// AnswerCharset is the charset of an answer that begins with head: what its
// Content-Type says, else a byte order mark or the XML declaration, else
// UTF-8. Known is false if nothing here can read it.
func AnswerCharset(head []byte, contentType string) (label string, known bool) {
	if label = charsetLabel(contentType); label != "" {
		_, known = lookupCharset(label)
		return label, known
	}
	if cs, size := mark(head); size > 0 {
		return cs.name, true
	}
	if cs := pattern(head); cs.wide() {
		return cs.name, true
	}
	s := scanner{text: head, final: true}
	if err := s.begin(false); err != nil || s.encoding.End == 0 {
		return UTF8, true
	}
	label = string(s.text[s.encoding.Start:s.encoding.End])
	_, known = lookupCharset(label)
	return label, known
}

// SameCharset tells whether a and b are names of one encoding. Unknown names
// are the same only as text, without regard to case.
func SameCharset(a, b string) bool {
	first, known := lookupCharset(a)
	second, alsoKnown := lookupCharset(b)
	if !known || !alsoKnown {
		return strings.EqualFold(a, b)
	}
	return first.kind == second.kind && first.table == second.table
}

// IsFault tells whether an answer with status 500 counts as the producer's own
// SOAP fault: one of the two SOAP namespaces occurs in its head, wherever. The
// charset is AnswerCharset's.
func IsFault(head []byte, charset string) bool {
	text := readable(head, charset)
	return bytes.Contains(text, []byte(Namespace11)) || bytes.Contains(text, []byte(Namespace12))
}

// readable is as much of head in UTF-8 as can be decoded; head itself if it
// is UTF-8 or something unknown.
func readable(head []byte, charset string) []byte {
	cs, known := lookupCharset(charset)
	if !known || cs.isUTF8() {
		return head
	}
	text, _ := io.ReadAll(decoded(bytes.NewReader(head), cs)) // a cut character at the end is no loss
	return text
}

// IsSOAP12 tells whether an answer that begins with head keeps its
// application/soap+xml. It does unless it plainly holds a SOAP 1.1 envelope;
// a head that cannot be read, compressed for example, is taken at its word.
func IsSOAP12(contentType string, head []byte) bool {
	if mediaType(contentType) != soap12ContentType {
		return false
	}
	label, _ := AnswerCharset(head, contentType)
	text := readable(head, label)
	return bytes.Contains(text, []byte(Namespace12)) || !bytes.Contains(text, []byte(Namespace11))
}

// IsMultipart tells whether a Content-Type is multipart, whichever kind.
func IsMultipart(contentType string) bool {
	return strings.HasPrefix(mediaType(contentType), "multipart/")
}

// Complete tells whether doc holds one whole XML document: well-formed, its
// root element closed, and nothing cut off behind it. The charset is what
// contentType says, else the document itself. One with a DOCTYPE does not count.
func Complete(doc []byte, contentType string) bool {
	label, known := AnswerCharset(doc, contentType)
	if !known {
		return false
	}
	cs, _ := lookupCharset(label)
	if !cs.isUTF8() {
		text, err := io.ReadAll(decoded(bytes.NewReader(doc), cs))
		if err != nil {
			return false
		}
		doc = text
	}
	s := scanner{text: doc, final: true}
	if s.begin(false) != nil {
		return false
	}
	for {
		switch t, err := s.next(); {
		case err != nil:
			return false
		case t == endOfText:
			return decoding{final: true, xml11: s.xml11}.check(doc, len(doc)) == nil
		}
	}
}
