package soap_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"rivgate/fault"
	"rivgate/soap"
)

func TestUntouchedRequestPassesByteForByte(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                     request,
		"byte order mark":           "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" + request,
		"declaration says Latin 1":  `<?xml version="1.0" encoding="ISO-8859-1"?>` + request,
		"CDATA and comments":        `<!-- å --><?p?>` + start11 + header + `<s:Body><x><![CDATA[<&]]><!-- --></x></s:Body></s:Envelope>` + "\n",
		"broken behind the head":    start11 + header + `<s:Body><x></y> & < ]]>`,
		"not UTF-8 behind the head": start11 + header + "<s:Body><x>\xff\xfe\x00</x>",
		"nothing behind the head":   start11 + header + "<s:Body><x>",
		"XML 1.1":                   `<?xml version="1.1"?>` + request,
		"long":                      start11 + header + "<s:Body><x>" + strings.Repeat("0123456789", 20_000),
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				m, err := soap.Read(split(strings.NewReader(text)), "text/xml; charset=utf-8", limits)
				if err != nil {
					t.Fatal(err)
				}
				if m.Charset != "UTF-8" || m.Transcoded || m.ContentType != "text/xml;charset=UTF-8" {
					t.Errorf("message is %q, %v, %q", m.Charset, m.Transcoded, m.ContentType)
				}
				if n := m.Length(int64(len(text)), nil); n != int64(len(text)) {
					t.Errorf("Length is %d, want %d", n, len(text))
				}
				if got := sent(t, m); got != text {
					t.Errorf("sent %.300q, want %.300q", got, text)
				}
			})
		}
	}
}

func TestEdits(t *testing.T) {
	m := read(t, request, "text/xml")
	a := m.Envelope.LogicalAddress
	edits := []soap.Edit{
		{Span: a.EndName, New: "q:To"},
		{Span: soap.Span{Start: a.StartName.End, End: a.StartName.End}, New: ` xmlns:q="urn:q"`},
		{Span: a.StartName, New: "q:To"},
		{Span: a.Declaration, New: ""},
	}
	want := start11 + `<s:Header><q:To xmlns:q="urn:q" xmlns:r="">SE0000000000-UNIT1</q:To></s:Header>` + body
	if n := m.Length(int64(len(request)), edits); n != int64(len(want)) {
		t.Errorf("Length is %d, want %d", n, len(want))
	}
	before := string(m.Head)
	if got := sent(t, m, edits...); got != want {
		t.Errorf("sent %s\nwant %s", got, want)
	}
	if string(m.Head) != before {
		t.Error("Body changed Head")
	}
}

func TestOverlappingEditsFailTheReading(t *testing.T) {
	m := read(t, request, "text/xml")
	for name, edits := range map[string][]soap.Edit{
		"overlap":          {{Span: soap.Span{Start: 1, End: 5}}, {Span: soap.Span{Start: 4, End: 6}}},
		"backwards":        {{Span: soap.Span{Start: 5, End: 1}}},
		"outside the head": {{Span: soap.Span{Start: 0, End: len(m.Head) + 1}}},
	} {
		if _, err := io.ReadAll(m.Body(edits)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLengthUnknown(t *testing.T) {
	long := request + strings.Repeat(" ", 100_000)
	m := read(t, long, "text/xml")
	if n := m.Length(-1, nil); n != -1 {
		t.Errorf("Length is %d, want -1", n)
	}
	if err := m.Fill(1 << 20); err != nil {
		t.Fatal(err)
	}
	if n := m.Length(-1, nil); n != int64(len(long)) {
		t.Errorf("Length after Fill is %d, want %d", n, len(long))
	}
}

func TestFillStopsAtItsBound(t *testing.T) {
	m := read(t, request+strings.Repeat(" ", 100_000), "text/xml")
	if err := m.Fill(10_000); err != nil || len(m.Head) != 10_000 {
		t.Errorf("Fill: %v, Head has %d bytes", err, len(m.Head))
	}
	if got := len(sent(t, m)); got != len(request)+100_000 {
		t.Errorf("sent %d bytes", got)
	}
}

// countingReader counts what is taken from it.
type countingReader struct {
	r io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func TestReadsNoMoreThanTheLimit(t *testing.T) {
	for name, text := range map[string]string{
		"endless start tag": start11 + "<s:Header " + strings.Repeat(" ", 1<<20),
		"malformed":         "<x" + strings.Repeat("<", 1<<20),
		"fine":              request + strings.Repeat(" ", 1<<20),
	} {
		c := &countingReader{r: strings.NewReader(text)}
		_, _ = soap.Read(c, "text/xml", soap.Limits{Head: 5000})
		if c.n > 5000 {
			t.Errorf("%s: read %d bytes", name, c.n)
		}
	}
}

// A body must not be read to its end for the head's sake.
func TestReadsLittleBeyondTheHead(t *testing.T) {
	c := &countingReader{r: strings.NewReader(request + strings.Repeat(" ", 1<<20))}
	if _, err := soap.Read(c, "text/xml", limits); err != nil {
		t.Fatal(err)
	}
	if c.n > 8<<10 {
		t.Errorf("read %d bytes", c.n)
	}
}

func TestReadErrorsStayThemselves(t *testing.T) {
	broken := errors.New("connection lost")
	for _, n := range []int{0, 1, 10, len(start11) + 20} {
		r := io.MultiReader(strings.NewReader(request[:n]), iotest.ErrReader(broken))
		for _, contentType := range []string{"text/xml", "text/xml; charset=UTF-8", "text/xml; charset=ISO-8859-1", `multipart/related; boundary=b`} {
			m, err := soap.Read(r, contentType, limits)
			if m == nil || !errors.Is(err, broken) || errors.Is(err, fault.VP015) {
				t.Errorf("%s, %d bytes: error is %v", contentType, n, err)
			}
			r = io.MultiReader(strings.NewReader(request[:n]), iotest.ErrReader(broken))
		}
	}
}

func TestReadErrorBehindTheHeadIsLeftToBody(t *testing.T) {
	broken := errors.New("connection lost")
	for _, charset := range []string{"UTF-8", "ISO-8859-1"} {
		head := start11 + header + "<s:Body><x>"
		m, err := soap.Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), "text/xml; charset="+charset, limits)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Fill(1 << 20); !errors.Is(err, broken) {
			t.Errorf("%s: Fill gives %v", charset, err)
		}
		got, err := io.ReadAll(m.Body(nil))
		if !errors.Is(err, broken) || string(got) != head {
			t.Errorf("%s: %q, %v", charset, got, err)
		}
	}
}

// stuckReader gives nothing and no error, for ever.
type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

func TestReaderThatGivesNothing(t *testing.T) {
	if _, err := soap.Read(stuckReader{}, "text/xml", limits); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error is %v", err)
	}
}

func TestScanningIsLinear(t *testing.T) {
	text := start11 + "<s:Header>" + strings.Repeat("<x>text</x>", 20_000)
	c := &countingReader{r: iotest.OneByteReader(strings.NewReader(text))}
	if _, err := soap.Read(c, "text/xml", soap.Limits{}); err == nil {
		t.Fatal("no error")
	}
	if c.n != len(text) {
		t.Errorf("read %d of %d bytes", c.n, len(text))
	}
}

func TestContentTypeSentOn(t *testing.T) {
	request12 := strings.ReplaceAll(request, soap.Namespace11, soap.Namespace12)
	for name, c := range map[string]struct{ text, in, want string }{
		"SOAP 1.1":                   {request, "text/xml", "text/xml;charset=UTF-8"},
		"none":                       {request, "", "text/xml;charset=UTF-8"},
		"SOAP 1.2":                   {request12, `application/soap+xml; charset=utf-8; action="urn:x"`, `application/soap+xml; charset=utf-8; action="urn:x"`},
		"SOAP 1.2 as text":           {request12, "text/xml", "text/xml;charset=UTF-8"},
		"SOAP 1.1 labelled 1.2":      {request, "application/soap+xml", "text/xml;charset=UTF-8"},
		"SOAP 1.2 transcoded":        {request12, `application/soap+xml; charset="ISO-8859-1"; action="urn:x"`, `application/soap+xml; charset=UTF-8; action="urn:x"`},
		"SOAP 1.2, unknown charset":  {request12, `application/soap+xml;charset=klingon`, `application/soap+xml;charset=UTF-8`},
		"charset in a quoted string": {request12, `application/soap+xml; action="a;charset=UTF-8"`, `application/soap+xml; action="a;charset=UTF-8"`},
		"not what VP sees":           {request12, `application/soap+xml; Charset=ISO-8859-1`, `application/soap+xml; Charset=UTF-8`},
	} {
		if got := read(t, c.text, c.in).ContentType; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A Content-Type that goes on as it is must not name charsets that only some
// readers see.
func TestDisputedCharsets(t *testing.T) {
	request12 := strings.ReplaceAll(request, soap.Namespace11, soap.Namespace12)
	for _, parameters := range []string{
		`charset=UTF-8; charset=ISO-8859-1`, `charset=UTF-8; Charset="ISO-8859-1"`, `charset=UTF-8; charset*=''ISO-8859-1`,
		`charset=UTF-8; action="a;charset=ISO-8859-1"`, `action="a;charset=ISO-8859-1"`, `x="; charset=ISO-8859-1`, `charset =ISO-8859-1`,
	} {
		_, err := soap.Read(strings.NewReader(request12), "application/soap+xml; "+parameters, limits)
		if got := detail(t, err); got != "The charset of Content-Type can be read in more than one way" {
			t.Errorf("%s: %s", parameters, got)
		}
	}
}

// The bytes leave with the declaration that the Content-Type overruled.
func TestOverruledDeclaration(t *testing.T) {
	for _, c := range []struct {
		encoding, address string
		ok                bool
	}{
		{"UTF-8", "SE\u00c5", true},
		{"ISO-8859-1", "SE1", true},
		{"UTF-16", "SE1", true},
		{"ISO-8859-1", "SE\u00c5", false},
		{"UTF-16", "SE\u00c5", false},
		{"UTF-7", "SE1", false},
		{"klingon", "SE1", false},
	} {
		text := `<?xml version="1.0" encoding="` + c.encoding + `"?>` + strings.Replace(request, "SE0000000000-UNIT1", c.address, 1)
		_, err := soap.Read(strings.NewReader(text), "text/xml; charset=utf-8", limits)
		if c.ok && err != nil {
			t.Errorf("%s, %s: %v", c.encoding, c.address, err)
		}
		if !c.ok && detail(t, err) != "Declared encoding '"+c.encoding+"' contradicts the charset of Content-Type" {
			t.Errorf("%s, %s: %v", c.encoding, c.address, err)
		}
	}
}

// VP's parser takes any control character in the declaration for white space,
// and the registry of charsets ignores white space; other readers do neither.
func TestCarelessDeclarations(t *testing.T) {
	for _, declaration := range []string{
		"<?xml\x01version='1.0'?>", "<?xml version\x1f= '1.0'?>", "<?xml version='1.0' \x0b?>",
		"<?xml version='1.0' encoding='UTF-8 '?>", "<?xml version='1.0' encoding='\rISO-8859-1'?>",
	} {
		for _, contentType := range []string{"text/xml", "text/xml; charset=UTF-8"} {
			_, err := soap.Read(strings.NewReader(declaration+request), contentType, limits)
			detail(t, err)
		}
	}
}

func TestHeadIsBounded(t *testing.T) {
	m := read(t, request+strings.Repeat(" ", 1<<20), "text/xml")
	if !bytes.HasPrefix([]byte(request+strings.Repeat(" ", 1<<20)), m.Head) {
		t.Error("Head is not how the request begins")
	}
}
