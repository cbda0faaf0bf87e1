package wsdl

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// The namespaces that are looked at.
const (
	spaceWSDL   = "http://schemas.xmlsoap.org/wsdl/"
	spaceSOAP   = "http://schemas.xmlsoap.org/wsdl/soap/"
	spaceSOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
	spaceHTTP   = "http://schemas.xmlsoap.org/wsdl/http/"
	spaceSchema = "http://www.w3.org/2001/XMLSchema"
	spaceXSI    = "http://www.w3.org/2001/XMLSchema-instance"
)

// What a document may be.
const (
	maxDocument = 8 << 20 // bytes
	maxDepth    = 200     // elements inside each other
	maxJunk     = 9       // characters before the declaration, which VP drops
)

// parse reads a WSDL or a schema; anything else is an error. The document that
// comes back is UTF-8 and says so if it says anything.
func parse(data []byte) (*etree.Document, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("larger than %d bytes", maxDocument)
	}
	data, err := toUTF8(data)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{PreserveCData: true, MaxDepth: maxDepth}
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true}
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, betterError(data, err)
	}
	if err := checkOutside(doc); err != nil {
		return nil, err
	}
	if err := checkInside(&doc.Element); err != nil {
		return nil, err
	}
	if !isWSDL(doc.Root()) && !isSchema(doc.Root()) {
		return nil, errors.New("neither a WSDL nor a schema")
	}
	return doc, nil
}

func isWSDL(e *etree.Element) bool {
	return e.Tag == "definitions" && e.NamespaceURI() == spaceWSDL
}

func isSchema(e *etree.Element) bool {
	return e.Tag == "schema" && e.NamespaceURI() == spaceSchema
}

// checkOutside refuses what may not stand beside the root element.
func checkOutside(doc *etree.Document) error {
	roots := 0
	for i, token := range doc.Child {
		switch t := token.(type) {
		case *etree.Element:
			roots++
		case *etree.CharData:
			if strings.TrimSpace(t.Data) != "" {
				return errors.New("text outside the root element")
			}
		case *etree.ProcInst:
			if t.Target == "xml" && i == 0 {
				t.Inst = encodingPattern.ReplaceAllString(t.Inst, `encoding="UTF-8"`)
			}
		}
	}
	if roots != 1 {
		return fmt.Errorf("%d root elements", roots)
	}
	return nil
}

// checkInside refuses a DOCTYPE, which could define what a reader sees, and a
// declaration that is not at the beginning.
func checkInside(e *etree.Element) error {
	for i, token := range e.Child {
		switch t := token.(type) {
		case *etree.Directive:
			return errors.New("a DOCTYPE is not accepted")
		case *etree.ProcInst:
			if strings.EqualFold(t.Target, "xml") && (e.Parent() != nil || i > 0) {
				return errors.New("an XML declaration that is not at the beginning")
			}
		case *etree.Element:
			if err := checkInside(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// encodingPattern takes any value, so that one that names no encoding is refused
// instead of passed on.
var encodingPattern = regexp.MustCompile(`\bencoding\s*=\s*("[^"]*"|'[^']*')`)

// toUTF8 drops what stands before the XML declaration, as VP does, and decodes
// what is not UTF-8 by its byte order mark or its declaration.
func toUTF8(data []byte) ([]byte, error) {
	if bytes.HasPrefix(data, []byte("\xfe\xff")) || bytes.HasPrefix(data, []byte("\xff\xfe")) {
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
	}
	data = withoutJunk(data)
	label := declaredEncoding(data)
	if label == "" || strings.EqualFold(label, "UTF-8") {
		return data, nil
	}
	encoding, err := ianaindex.IANA.Encoding(label)
	if err != nil || encoding == nil {
		return nil, fmt.Errorf("unknown encoding %q", label)
	}
	return encoding.NewDecoder().Bytes(data)
}

func withoutJunk(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	start := bytes.Index(data[:min(len(data), 4*maxJunk+5)], []byte("<?xml"))
	if start > 0 && utf8.RuneCount(data[:start]) <= maxJunk && !bytes.ContainsRune(data[:start], '<') {
		return data[start:]
	}
	return data
}

func declaredEncoding(data []byte) string {
	if !bytes.HasPrefix(data, []byte("<?xml")) {
		return ""
	}
	declaration, _, _ := bytes.Cut(data, []byte("?>"))
	if found := encodingPattern.FindSubmatch(declaration); found != nil {
		quoted := found[1]
		return string(quoted[1 : len(quoted)-1])
	}
	return ""
}

// betterError is what encoding/xml says of data that etree could not read, and
// where, or err if it says nothing.
func betterError(data []byte, err error) error {
	if err == etree.ErrMaxDepth {
		return fmt.Errorf("deeper than %d elements", maxDepth)
	}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	for {
		if _, reason := decoder.Token(); reason == io.EOF {
			return err
		} else if reason != nil {
			return reason
		}
	}
}

// lineOf is the line at which reading failed, 0 if the error does not know.
func lineOf(err error) int {
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return syntax.Line
	}
	return 0
}
