package xmlstream

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"
)

var seeds = []string{
	`<a/>`,
	`<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a b="c">t</a>`,
	"<a xmlns='urn:x' xmlns:p=\"urn:y\"><p:b p:c='1' d=\"&lt;&#10;\t\"/><b xmlns=''>x</b></a>",
	`<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x20AC;</a>`,
	"<a>line\r\nline\rline\n</a>",
	"<a><![CDATA[<&]]]]><![CDATA[>]]></a>",
	`<a>x<!-- c -->y<?pi data?>z</a><!-- end -->`,
	"\xEF\xBB\xBF<a>Nässjö</a>",
	`<!DOCTYPE a [<!ENTITY b "c>d"> <!-- ' --> <?p '?>]><a/>`,
	`<a><b></a></b>`, `<a`, `<a b>`, `<a b="1" b="2"/>`, `<a>]]></a>`, `<a/><b/>`, `x<a/>`, `<p:a/>`,
	`<a>&nbsp;</a>`, `<a>&#0;</a>`, "<a>\x00</a>", "<a>\xff</a>", `<a b="<"/>`, `<!-- -- --><a/>`,
	`<a xml:lang="sv" xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`,
	`<?xml version="1.1"?><a/>`, `<a b='1'c='2'/>`, `<a:b:c/>`, `<åäö/>`, ``,
}

func TestSeedsExist(t *testing.T) {
	if len(seeds) == 0 {
		t.Fatal("no seeds")
	}
}

// laxer are errors of ours where encoding/xml is known to accept what XML or
// Namespaces in XML forbid.
var laxer = []string{
	msgNoRoot, msgSecondRoot, msgOutside, "prefix ", "attribute ", msgNoSpace, "is not a name",
	msgReservedPI, msgDeclaration, msgPI, msgCharRef, msgMisplaced, msgOutsideCDATA,
	"a reserved namespace is declared", "encoding ", "more than ", "unknown markup",
}

// stricter are errors of encoding/xml about what XML allows.
var stricter = []string{"unsupported version", "encoding", "invalid XML name"}

// FuzzDifferential compares with encoding/xml: what both accept must be read
// alike, and where only one accepts, it must be for a known reason.
func FuzzDifferential(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ours, ourErr := readOurs(bytes.NewReader(data))
		theirs, theirErr := readTheirs(data)
		hasDoctype := bytes.Contains(data, []byte("<!DOCTYPE")) // encoding/xml only counts brackets in it
		switch {
		case ourErr == nil && theirErr == nil:
			if !slices.Equal(ours, theirs) {
				t.Errorf("ours   %q\ntheirs %q", ours, theirs)
			}
		case ourErr == nil:
			if !hasDoctype && !containsAny(theirErr.Error(), stricter) && isASCIIBased(data) {
				t.Errorf("accepted, but encoding/xml says: %v", theirErr)
			}
		case theirErr == nil:
			if !hasDoctype && !containsAny(ourErr.Error(), laxer) && !isAboutUnread(data, ourErr) {
				t.Errorf("encoding/xml accepts, but we say: %v", ourErr)
			}
		}
		checkSlowSource(t, data, ours, ourErr)
		checkUTF16(t, data, ours, ourErr)
	})
}

// isAboutUnread tells of characters in comments and instructions, which
// encoding/xml does not look at.
func isAboutUnread(data []byte, err error) bool {
	return containsAny(err.Error(), []string{"invalid UTF-8", "is not allowed"}) &&
		containsAny(string(data), []string{"<!--", "<?"})
}

// checkSlowSource: how the input arrives changes nothing.
func checkSlowSource(t *testing.T, data []byte, want []string, wantErr error) {
	t.Helper()
	if len(data) > 4096 {
		return
	}
	got, err := readOurs(iotest.OneByteReader(bytes.NewReader(data)))
	if fmt.Sprint(err) != fmt.Sprint(wantErr) || !slices.Equal(got, want) {
		t.Errorf("byte by byte: %q, %v\nat once: %q, %v", got, err, want, wantErr)
	}
}

// checkUTF16: the same document in UTF-16 says the same.
func checkUTF16(t *testing.T, data []byte, want []string, wantErr error) {
	t.Helper()
	if !utf8.Valid(data) || !isASCIIBased(data) || bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) || bytes.Contains(data, []byte("encoding")) || wantErr != nil {
		return
	}
	for name, bigEndian := range map[string]bool{"BE": true, "LE": false} {
		got, err := readOurs(bytes.NewReader(toUTF16(string(data), bigEndian)))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("UTF-16%s: %q, %v\nUTF-8: %q", name, got, err, want)
		}
	}
}

func toUTF16(s string, bigEndian bool) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune("\uFEFF" + s)) {
		if bigEndian {
			out = append(out, byte(unit>>8), byte(unit))
		} else {
			out = append(out, byte(unit), byte(unit>>8))
		}
	}
	return out
}

// isASCIIBased is false for what we take for UTF-16.
func isASCIIBased(data []byte) bool {
	charset, _ := sniff(data)
	return charset == "" || charset == "utf-8"
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// readOurs writes tokens down in a form that both readers can be brought to.
func readOurs(src io.Reader) ([]string, error) {
	r := NewReader(src, Options{SkipDoctype: true})
	var log eventLog
	for {
		kind, err := r.Next()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return log.events, err
		}
		switch kind {
		case Start:
			var attrs []xml.Attr
			for _, a := range r.Attrs() {
				attrs = append(attrs, xml.Attr{Name: xml.Name(a.Name), Value: string(a.Value)})
			}
			log.start(xml.Name(r.Name()), attrs)
		case End:
			log.end(xml.Name(r.Name()))
		case Text:
			log.text(string(r.Text()))
		default:
			return nil, fmt.Errorf("kind %d", kind)
		}
	}
}

func readTheirs(data []byte) ([]string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	var log eventLog
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return log.events, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			log.start(token.Name, token.Attr)
		case xml.EndElement:
			depth--
			log.end(token.Name)
		case xml.CharData:
			if depth > 0 {
				log.text(string(token))
			}
		}
	}
}

// eventLog joins adjacent text and leaves out what encoding/xml does otherwise:
// namespace declarations among attributes, white space in attributes.
type eventLog struct {
	events []string
	inText bool
}

func (l *eventLog) start(name xml.Name, attrs []xml.Attr) {
	l.inText = false
	event := fmt.Sprintf("start %q %q", name.Space, name.Local)
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || a.Name == (xml.Name{Local: "xmlns"}) {
			continue
		}
		value := strings.NewReplacer("\n", " ", "\t", " ").Replace(a.Value)
		event += fmt.Sprintf(" %q %q=%q", a.Name.Space, a.Name.Local, value)
	}
	l.events = append(l.events, event)
}

func (l *eventLog) end(name xml.Name) {
	l.inText = false
	l.events = append(l.events, fmt.Sprintf("end %q %q", name.Space, name.Local))
}

func (l *eventLog) text(s string) {
	if s == "" {
		return
	}
	if !l.inText {
		l.events = append(l.events, "text ")
		l.inText = true
	}
	l.events[len(l.events)-1] += s
}
