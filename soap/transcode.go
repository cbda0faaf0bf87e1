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
// Names nobody knows are an error; so is a read error of r before the XML
// declaration is known. Bytes that are none in from fail the reading with an
// *EncodingError.
func Transcode(r io.Reader, from, to string) (io.Reader, error) {
	source, known := lookupCharset(from)
	if !known {
		return nil, fmt.Errorf("soap: unknown charset %q", from)
	}
	target, known := lookupCharset(to)
	if !known {
		return nil, fmt.Errorf("soap: unknown charset %q", to)
	}
	text, err := redeclared(decoded(r, source), to)
	if err != nil {
		return nil, err
	}
	if target.isUTF8() {
		return text, nil
	}
	return transform.NewReader(text, newEncoder(target)), nil
}

// redeclared is text with the encoding in its XML declaration replaced.
func redeclared(text io.Reader, label string) (io.Reader, error) {
	buffered := bufio.NewReaderSize(text, longestDeclaration)
	for n := declarationLength; ; n = buffered.Buffered() + 1 {
		_, err := buffered.Peek(min(n, longestDeclaration))
		if err != nil && err != io.EOF {
			return nil, err
		}
		head, _ := buffered.Peek(buffered.Buffered())
		s := scanner{text: head, final: err == io.EOF || n > longestDeclaration}
		switch err := s.begin(false); {
		case err == errShort:
			continue
		case err != nil || s.encoding.End == 0:
			return buffered, nil
		}
		corrected, err := apply(head[:s.pos], []Edit{{s.encoding, label}})
		if err != nil {
			return nil, err
		}
		_, err = buffered.Discard(s.pos)
		return io.MultiReader(bytes.NewReader(corrected), buffered), err
	}
}
