package soap_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"rivgate/fault"
	"rivgate/soap"
)

// seed is a request to start fuzzing from.
type seed struct{ text, contentType string }

func requestSeeds() []seed {
	seeds := []seed{
		{request, "text/xml"},
		{request, "text/xml; charset=utf-8"},
		{"\ufeff" + request, "text/xml"},
		{`<?xml version="1.0" encoding="ISO-8859-1"?>` + request, "text/xml"},
		{wide("\ufeff"+request, true), "text/xml"},
		{wide(request, false), "text/xml; charset=UTF-16BE"},
		{request, "application/soap+xml; charset=windows-1252"},
		{part("Content-ID: <a@x>", "a") + part("Content-ID: <root@x>", request) + end, mtom},
		{part("Content-ID: <root@x>", request) + part("Content-ID: <root@x>", request) + end, mtom},
		{"\x1f\x8b\x08\x00", "text/xml"},
	}
	for _, c := range ambiguous {
		text := strings.NewReplacer(`="S"`, `="`+soap.Namespace11+`"`, `="O"`, `="`+soap.Namespace12+`"`,
			`="R"`, `="`+soap.NamespaceRegistry+`"`, `r:A`, `r:LogicalAddress`, `<A `, `<LogicalAddress `, `</A>`, `</LogicalAddress>`).Replace(c.text)
		if len(text) < 1000 {
			seeds = append(seeds, seed{text, "text/xml"})
		}
	}
	return seeds
}

func textSeeds() []string {
	return []string{
		"", "plain", "<x/>", "<x>åäö€😀</x>", "<?xml version='1.0' encoding='UTF-8'?><x a='€'>&amp;<![CDATA[€]]>€<!-- € --><?p €?></x>",
		"<x a=\"'>\" b='\">'>]]&gt;</x>", "<x><![CDATA[]]]]><![CDATA[>]]></x>", "<", "<!", "<!-", "<![CDATA[", "]]>", "\ufeff<x/>", "a\r\nb\x00\x1b<&>\"'",
	}
}

func TestFuzzSeeds(t *testing.T) {
	if len(requestSeeds()) == 0 || len(textSeeds()) == 0 {
		t.Fatal("no seeds")
	}
}

// Whatever comes: a message, VP015 as the only error, the same result however
// the bytes arrive, spans inside Head, and UTF-8 requests passed byte for byte.
func FuzzRead(f *testing.F) {
	for _, s := range requestSeeds() {
		f.Add(s.text, s.contentType)
	}
	lim := soap.Limits{Head: 2000, Depth: 20, Attributes: 20}
	f.Fuzz(func(t *testing.T, text, contentType string) {
		c := &countingReader{r: strings.NewReader(text)}
		m, err := soap.Read(c, contentType, lim)
		trickled, again := soap.Read(iotest.OneByteReader(strings.NewReader(text)), contentType, lim)
		if m == nil || trickled == nil {
			t.Fatal("no message")
		}
		if err != nil && !errors.Is(err, fault.VP015) {
			t.Fatalf("error is %v", err)
		}
		if !m.Transcoded && (c.n > lim.Head || len(m.Head) > lim.Head) {
			t.Fatalf("read %d bytes, limit %d", c.n, lim.Head)
		}
		if m.Multipart { // a second root may be found while sending
			err, again = sendAfter(m, err), sendAfter(trickled, again)
		}
		if !reflect.DeepEqual(err, again) {
			t.Fatalf("whole: %v\nbyte by byte: %v", err, again)
		}
		if err != nil {
			return
		}
		if !reflect.DeepEqual(m.Envelope, trickled.Envelope) || m.Charset != trickled.Charset || m.ContentType != trickled.ContentType {
			t.Fatalf("whole: %+v\nbyte by byte: %+v", m, trickled)
		}
		checkSpans(t, m)
		if out, err := io.ReadAll(m.Body(nil)); !m.Transcoded && !m.Multipart && (err != nil || string(out) != text) {
			t.Fatalf("sent %q, %v", out, err)
		}
	})
}

func sendAfter(m *soap.Message, err error) error {
	if err != nil {
		return err
	}
	_, err = io.ReadAll(m.Body(nil))
	return err
}

func checkSpans(t *testing.T, m *soap.Message) {
	t.Helper()
	for _, a := range []*soap.Address{m.Envelope.LogicalAddress, m.Envelope.To} {
		if a == nil {
			continue
		}
		name := string(m.Head[a.StartName.Start:a.StartName.End])
		if m.Head[a.StartName.Start-1] != '<' || !strings.HasSuffix(name, "LogicalAddress") && !strings.HasSuffix(name, "To") {
			t.Fatalf("start name is %q", name)
		}
		if a.EndName.End > 0 && string(m.Head[a.EndName.Start:a.EndName.End]) != name {
			t.Fatalf("end name is %q, start name %q", m.Head[a.EndName.Start:a.EndName.End], name)
		}
		if quote := m.Head[a.Declaration.End]; a.Declared && quote != '"' && quote != '\'' {
			t.Fatalf("declaration ends before %q", quote)
		}
	}
}

// An envelope that is accepted says the same to encoding/xml, as far as that
// can read it.
func FuzzReadAgreesWithEncodingXML(f *testing.F) {
	for _, s := range requestSeeds() {
		f.Add(s.text, s.contentType)
		f.Add(`<?xml version="1.1"?>`+s.text, s.contentType)
	}
	f.Fuzz(func(t *testing.T, text, contentType string) {
		m, err := soap.Read(strings.NewReader(text), contentType, limits)
		if err != nil || m.Multipart {
			return
		}
		// What leaves is what others read; encoding/xml knows XML 1.0 alone.
		want, ok := readWithEncodingXML(declares11.ReplaceAllString(string(m.Head), `<?xml version="1.0`))
		if !ok {
			return
		}
		got := naive{space: soap.Namespace11, contract: m.Envelope.Body}
		if m.Envelope.Version == soap.V12 {
			got.space = soap.Namespace12
		}
		if a := m.Envelope.LogicalAddress; a != nil {
			got.logicalAddress, got.found21 = a.Value, true
		}
		if a := m.Envelope.To; a != nil {
			got.to, got.found20 = a.Value, true
		}
		if got != want {
			t.Fatalf("got %+v, encoding/xml %+v", got, want)
		}
	})
}

// naive is what a straightforward reader finds.
type naive struct {
	space              string // of the root
	contract           soap.Name
	logicalAddress, to string
	found21, found20   bool
}

// readWithEncodingXML reads the addresses and the contract by path; ok is
// false if encoding/xml refuses the text on the way, or reads it otherwise than
// the recommendation says.
func readWithEncodingXML(text string) (n naive, ok bool) {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var path []string
	for {
		token, err := d.Token()
		if err != nil {
			return n, false
		}
		switch e := token.(type) {
		case xml.StartElement:
			if strings.ContainsAny(e.Name.Space, "\t\n\r") {
				return n, false // it leaves out what XML 1.0, 3.3.3 does to white space in attributes
			}
			if len(path) == 2 && path[1] == "Body" {
				n.contract = soap.Name{Space: e.Name.Space, Local: e.Name.Local}
				return n, true
			}
			if len(path) == 0 {
				n.space = e.Name.Space
			}
			path = append(path, e.Name.Local)
			if len(path) == 3 && path[1] == "Header" {
				n.found21 = n.found21 || e.Name == xml.Name{Space: soap.NamespaceRegistry, Local: "LogicalAddress"}
				n.found20 = n.found20 || e.Name == xml.Name{Space: soap.NamespaceAddressing, Local: "To"}
				if e.Name.Space == soap.NamespaceRegistry && e.Name.Local == "LogicalAddress" {
					path[2] = "21"
				}
				if e.Name.Space == soap.NamespaceAddressing && e.Name.Local == "To" {
					path[2] = "20"
				}
			}
		case xml.EndElement:
			if len(path) == 2 && path[1] == "Body" {
				return n, true
			}
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) == 3 && path[2] == "21" {
				n.logicalAddress += string(e)
			}
			if len(path) == 3 && path[2] == "20" {
				n.to += string(e)
			}
		}
	}
}

// Text that goes to UTF-16 and back is the same, and what a small charset
// lacks is still there for a parser.
func FuzzTranscode(f *testing.F) {
	for _, s := range textSeeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		if strings.HasPrefix(strings.TrimPrefix(text, "\ufeff"), "\ufeff") {
			return // no XML: a second mark is text before the root, and is taken for the mark of what has none
		}
		whole := func(r io.Reader) io.Reader { return r }
		for _, name := range []string{"UTF-16", "UTF-16LE", "UTF-16BE"} {
			wide := transcode(t, text, "UTF-8", name, iotest.OneByteReader)
			back := transcode(t, wide, name, "UTF-8", whole)
			// The mark goes; the declaration says the same again.
			if want := transcode(t, text, "UTF-8", "UTF-8", whole); back != want {
				t.Fatalf("%s: %q came back as %q", name, want, back)
			}
		}
		small := transcode(t, text, "UTF-8", "US-ASCII", iotest.OneByteReader)
		if strings.IndexFunc(small, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
			t.Fatalf("not ASCII: %q", small)
		}
		want, ok := textOf(text)
		if !ok {
			return
		}
		got, ok := textOf(small)
		if !ok || got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

// textOf is the text and the attribute values of a document; ok is false if
// it is not well-formed or has names beyond ASCII or a document type.
func textOf(doc string) (text string, ok bool) {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(doc, "\ufeff")))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var out strings.Builder
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return out.String(), true
		}
		if err != nil {
			return "", false
		}
		switch e := token.(type) {
		case xml.StartElement:
			out.WriteString("<")
			for _, a := range e.Attr {
				if !isASCII(a.Name.Local + a.Name.Space) {
					return "", false
				}
				out.WriteString(a.Value + "|")
			}
			if !isASCII(e.Name.Local + e.Name.Space) {
				return "", false
			}
		case xml.CharData:
			out.Write(e)
		case xml.Directive:
			return "", false
		}
	}
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// A fault is well-formed whatever its texts, and says them.
func FuzzAppendFault(f *testing.F) {
	for _, s := range textSeeds() {
		f.Add(s, s, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text, detail string, version uint8) {
		out := soap.AppendFault(nil, soap.Version(version%3), fault.Client, text, detail)
		if !soap.Complete(out, "") {
			t.Fatalf("not complete: %q", out)
		}
		var parsed struct {
			Body struct {
				Fault struct {
					String string `xml:"faultstring"`
					Reason string `xml:"Reason>Text"`
					Detail string `xml:"detail>detailString"`
					Deeper string `xml:"Detail>detailString"`
				}
			}
		}
		if err := xml.Unmarshal(out, &parsed); err != nil {
			t.Fatalf("%v: %q", err, out)
		}
		fault := parsed.Body.Fault
		if got := fault.String + fault.Reason; got != shown(text) {
			t.Fatalf("text is %q, want %q", got, shown(text))
		}
		if got := fault.Detail + fault.Deeper; got != shown(detail) {
			t.Fatalf("detail is %q, want %q", got, shown(detail))
		}
	})
}

// shown is text with U+FFFD for what XML cannot hold.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, text)
}

// A complete document is not complete without its last character, and
// encoding/xml finds nothing missing in it either.
func FuzzComplete(f *testing.F) {
	for _, s := range requestSeeds() {
		f.Add([]byte(s.text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !soap.Complete(doc, "") {
			return
		}
		end := bytes.LastIndexByte(doc, '>')
		if label, _ := soap.AnswerCharset(doc, ""); label != "UTF-8" || bytes.HasSuffix(doc[:end+1], []byte("-->")) || bytes.HasSuffix(doc[:end+1], []byte("?>")) {
			return
		}
		if soap.Complete(doc[:end], "") {
			t.Fatalf("complete without its end: %q", doc)
		}
		d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\ufeff"))))
		for {
			_, err := d.Token()
			if err == io.EOF {
				return
			}
			if err != nil {
				if strings.Contains(err.Error(), "unexpected EOF") {
					t.Fatalf("encoding/xml: %v in %q", err, doc)
				}
				return
			}
		}
	})
}
