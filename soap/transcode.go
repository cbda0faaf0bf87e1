package soap

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"golang.org/x/text/transform"
)

// longestDeclaration is how many bytes an XML declaration may take for its
// encoding to be corrected.
const longestDeclaration = 1024

// Transcode reads an XML document in charset from as charset to, as a stream.
// The encoding in its XML declaration, if there is one, becomes to. What to
// lacks becomes a character reference in text and attribute values; a CDATA
// section is closed and opened again around the reference; in names, comments
// and processing instructions it becomes '?'. A byte order mark is dropped,
// and written only for "UTF-16", which is big-endian then.
//
// A name nobody knows is an error. Bytes that are none in from fail the
// reading with an *EncodingError. Some of r is read right away, to see the
// XML declaration.
func Transcode(r io.Reader, from, to string) (io.Reader, error) {
	source, known := lookupCharset(from)
	if !known {
		return nil, fmt.Errorf("soap: unknown charset %q", from)
	}
	target, known := lookupCharset(to)
	if !known {
		return nil, fmt.Errorf("soap: unknown charset %q", to)
	}
	text := redeclared(decoded(r, source), to)
	if target.isUTF8() {
		return text, nil
	}
	return transform.NewReader(text, newEncoder(target)), nil
}

// redeclared is text with the encoding in its XML declaration replaced.
func redeclared(text io.Reader, label string) io.Reader {
	buffered := bufio.NewReaderSize(text, longestDeclaration)
	for n := declarationLength; ; n = buffered.Buffered() + 1 {
		_, failed := buffered.Peek(min(n, longestDeclaration)) // comes back when reading
		head, _ := buffered.Peek(buffered.Buffered())
		s := scanner{text: head, final: failed != nil || n > longestDeclaration}
		switch err := s.begin(false); {
		case err == errShort:
			continue
		case err != nil || s.encoding.End == 0:
			return buffered
		}
		corrected, err := apply(head[:s.pos], []Edit{{s.encoding, label}})
		if err != nil {
			return failing{err}
		}
		_, _ = buffered.Discard(s.pos) // it has been peeked
		return io.MultiReader(bytes.NewReader(corrected), buffered)
	}
}
