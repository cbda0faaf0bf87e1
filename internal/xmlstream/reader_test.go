package xmlstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"rivgate/internal/xmlstream"
)

// read writes a document's tokens down: +name, -name, text in brackets.
func read(src string, o xmlstream.Options) (string, error) {
	r := xmlstream.NewReader(strings.NewReader(src), o)
	var b strings.Builder
	for {
		kind, err := r.Next()
		switch {
		case err == io.EOF:
			return b.String(), nil
		case err != nil:
			return b.String(), err
		case kind == xmlstream.Start:
			fmt.Fprintf(&b, "+%s", r.Name().Local)
		case kind == xmlstream.End:
			fmt.Fprintf(&b, "-%s", r.Name().Local)
		default:
			fmt.Fprintf(&b, "[%s]", r.Text())
		}
	}
}

func TestEncodings(t *testing.T) {
	for _, test := range []struct {
		name, src, charset, want string
	}{
		{"UTF-8", "<a>å</a>", "", "+a[å]-a"},
		{"UTF-8 with mark", "\xEF\xBB\xBF<a>å</a>", "", "+a[å]-a"},
		{"declared ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE5</a>", "", "+a[å]-a"},
		{"transport says ISO-8859-1", "<a>\xE5</a>", "iso-8859-1", "+a[å]-a"},
		{"transport wins over declaration", "<?xml version='1.0' encoding='ISO-8859-1'?><a>å</a>", "UTF-8", "+a[å]-a"},
		{"mark wins over declaration", "\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a>å</a>", "", "+a[å]-a"},
		{"UTF-16BE with mark", "\xFE\xFF\x00<\x00a\x00>\x00\xE5\x00<\x00/\x00a\x00>", "", "+a[å]-a"},
		{"UTF-16LE with mark", "\xFF\xFE<\x00a\x00>\x00\xE5\x00<\x00/\x00a\x00>\x00", "", "+a[å]-a"},
		{"UTF-16LE without mark", "<\x00a\x00>\x00=\xD8\x00\xDE<\x00/\x00a\x00>\x00", "", "+a[😀]-a"},
		{"UTF-16 from transport", "\xFE\xFF\x00<\x00a\x00/\x00>", "utf-16", "+a-a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.src, xmlstream.Options{Charset: test.charset})
			if err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	deep := strings.Repeat("<a>", 257) + strings.Repeat("</a>", 257)
	attributes := "<a"
	for i := range 257 {
		attributes += fmt.Sprintf(" a%d=''", i)
	}
	for _, test := range []struct {
		name, src string
		options   xmlstream.Options
		line      int
	}{
		{"nothing", "", xmlstream.Options{}, 1},
		{"cut in a tag", "<a>\n<b", xmlstream.Options{}, 2},
		{"cut in text", "<a>\ntext", xmlstream.Options{}, 2},
		{"cut after an element", "<a>\n<b/>", xmlstream.Options{}, 2},
		{"wrong end tag", "<a>\n\n</b>", xmlstream.Options{}, 3},
		{"DOCTYPE", "<!DOCTYPE a><a/>", xmlstream.Options{}, 1},
		{"DOCTYPE inside", "<a><!DOCTYPE a></a>", xmlstream.Options{SkipDoctype: true}, 1},
		{"an entity of its own", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", xmlstream.Options{SkipDoctype: true}, 1},
		{"invalid UTF-8", "<a>\xE5</a>", xmlstream.Options{}, 1},
		{"unknown charset", "<?xml version='1.0' encoding='EBCDIC'?><a/>", xmlstream.Options{}, 1},
		{"not UTF-16", "<a/>", xmlstream.Options{Charset: "UTF-16"}, 1},
		{"half a UTF-16 unit", "\xFE\xFF\x00<\x00a\x00/\x00>\x00", xmlstream.Options{}, 1},
		{"a lone surrogate", "\xFE\xFF\x00<\x00a\x00>\xD8\x00\x00<\x00/\x00a\x00>", xmlstream.Options{}, 1},
		{"too deep", deep, xmlstream.Options{}, 1},
		{"too many attributes", attributes + "/>", xmlstream.Options{}, 1},
		{"long text", "<a>" + strings.Repeat("x", 101) + "</a>", xmlstream.Options{MaxToken: 100}, 1},
		{"long tag", "<a" + strings.Repeat(" ", 100) + "/>", xmlstream.Options{MaxToken: 100}, 1},
		{"prefix without declaration", "<p:a/>", xmlstream.Options{}, 1},
		{"one attribute twice", "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", xmlstream.Options{}, 1},
		{"prefix with empty namespace", "<a xmlns:p=''/>", xmlstream.Options{}, 1},
		{"second root", "<a/><b/>", xmlstream.Options{}, 1},
		{"text behind", "<a/>x", xmlstream.Options{}, 1},
		{"second declaration", "<a><?xml version='1.0'?></a>", xmlstream.Options{}, 1},
		{"surrogate reference", "<a>&#xD800;</a>", xmlstream.Options{}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.src, test.options)
			syntax, ok := errors.AsType[*xmlstream.Error](err)
			if !ok || syntax.Line != test.line {
				t.Errorf("got %q, %v; want an Error on line %d", got, err, test.line)
			}
		})
	}
}

// The four characters of S, and no others, may stand where tags have room.
func TestSpaceInTags(t *testing.T) {
	for _, form := range []string{
		"<a%sb='1'/>", "<a b%s='1'/>", "<a b=%s'1'/>", "<a b='1'%sc=''/>", "<a b='1'%s/>", "<a b='1'%s></a>",
		"<a b='1'></a%s>", "%s<a b='1'/>", "<a b='1'/>%s",
	} {
		for _, space := range []string{" ", "\t", "\r", "\n", "\r\n \t"} {
			src := fmt.Sprintf(form, space)
			r := xmlstream.NewReader(strings.NewReader(src), xmlstream.Options{})
			kind, err := r.Next()
			value, _ := r.Attr(xmlstream.Name{Local: "b"})
			if err != nil || kind != xmlstream.Start || r.Name().Local != "a" || string(value) != "1" {
				t.Errorf("%q: %s with %q, %v", src, r.Name().Local, value, err)
			}
			if _, err := read(src, xmlstream.Options{}); err != nil {
				t.Errorf("%q: %v", src, err)
			}
		}
		for _, other := range []string{"\v", "\f", "\u0085", "\u00a0", "\u2028"} {
			src := fmt.Sprintf(form, other)
			if got, err := read(src, xmlstream.Options{}); err == nil {
				t.Errorf("%q is read as %s", src, got)
			}
		}
	}
	for _, src := range []string{"< a/>", "<a></ a>", "<a>< /a>", "<a/ >", "<a b='1'c=''/>"} {
		if got, err := read(src, xmlstream.Options{}); err == nil {
			t.Errorf("%q is read as %s", src, got)
		}
	}
}

// Every element is named after the line it starts on, in a document much longer
// than what is in memory of it, with long stretches of one line.
func TestLinesAreCounted(t *testing.T) {
	var doc strings.Builder
	line := 1
	write := func(text string) {
		doc.WriteString(text)
		line += strings.Count(text, "\n")
	}
	write("<?xml version='1.0'?>\n<!--\n--><l3>")
	for i := range 9000 {
		switch i % 4500 {
		case 0:
			write(strings.Repeat("no line ends here ", 10_000))
		case 100:
			write(strings.Repeat("\n\r\n", 30_000))
		}
		write(fmt.Sprintf("\n<l%d\n a='\n'\n></l%d\n><![CDATA[\n]]>\n", line+1, line+1))
	}
	write("</l3>\n")
	for name, src := range map[string]io.Reader{
		"whole":       strings.NewReader(doc.String()),
		"by the half": iotest.HalfReader(strings.NewReader(doc.String())),
		"by the byte": iotest.OneByteReader(strings.NewReader(doc.String())),
	} {
		t.Run(name, func(t *testing.T) {
			r := xmlstream.NewReader(src, xmlstream.Options{})
			for elements := 0; ; {
				kind, err := r.Next()
				if err == io.EOF && elements == 9001 {
					return
				}
				if err != nil {
					t.Fatalf("after %d elements: %v", elements, err)
				}
				if kind != xmlstream.Start {
					continue
				}
				elements++
				if want := r.Name().Local; fmt.Sprintf("l%d", r.Line()) != want {
					t.Fatalf("%s is said to start on line %d", want, r.Line())
				}
			}
		})
	}
}

func TestDoctypeSkipped(t *testing.T) {
	const src = `<!DOCTYPE a SYSTEM "x>y" [<!ENTITY b "]>"> <!-- don't > --> <?p ' > ?>]> <a/>`
	got, err := read(src, xmlstream.Options{SkipDoctype: true})
	if err != nil || got != "+a-a" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestReadError: what the source fails with is not mistaken for bad XML.
func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	for _, start := range []string{"", "<a>", "<a>text", "<a b=", "<?xml version='1.0'", "<a><!-- "} {
		src := io.MultiReader(strings.NewReader(start), &failing{broken})
		r := xmlstream.NewReader(src, xmlstream.Options{})
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if err != broken {
			t.Errorf("after %q: %v", start, err)
		}
		if _, again := r.Next(); again != broken {
			t.Errorf("after %q, asked again: %v", start, again)
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestNavigation(t *testing.T) {
	const src = "<a>\n<b x='1' xmlns:p='urn:p' p:x='2'><c/>skipped</b><d>one<!-- -->two<![CDATA[&]]></d><e><f/></e></a>"
	r := xmlstream.NewReader(strings.NewReader(src), xmlstream.Options{})
	next := func(want xmlstream.Kind) {
		t.Helper()
		if kind, err := r.Next(); kind != want || err != nil {
			t.Fatalf("got kind %d, %v; want %d", kind, err, want)
		}
	}
	next(xmlstream.Start)
	next(xmlstream.Text)
	next(xmlstream.Start)
	if r.Line() != 2 || r.Depth() != 2 {
		t.Errorf("line %d, depth %d", r.Line(), r.Depth())
	}
	if v, ok := r.Attr(xmlstream.Name{Space: "urn:p", Local: "x"}); !ok || string(v) != "2" {
		t.Errorf("p:x is %q, %t", v, ok)
	}
	if _, ok := r.Attr(xmlstream.Name{Local: "y"}); ok {
		t.Error("an attribute that is not there")
	}
	if err := r.Skip(); err != nil || r.Depth() != 1 {
		t.Fatalf("skip: %v, depth %d", err, r.Depth())
	}
	next(xmlstream.Start)
	content, err := r.AppendContent([]byte("="))
	if err != nil || !bytes.Equal(content, []byte("=onetwo&")) {
		t.Errorf("content %q, %v", content, err)
	}
	next(xmlstream.Start)
	if _, err := r.AppendContent(nil); err == nil {
		t.Error("content with an element inside is accepted")
	}
}

// TestMemoryStays: a long document needs no more memory than a short one.
func TestMemoryStays(t *testing.T) {
	row := "<row attribute='value'><x>some text</x><y>&amp; more</y></row>"
	allocations := func(rows int) float64 {
		src := "<a>" + strings.Repeat(row, rows) + "</a>"
		return testing.AllocsPerRun(5, func() {
			if _, err := drain(src); err != nil {
				t.Fatal(err)
			}
		})
	}
	if short, long := allocations(100), allocations(10_000); long > short+10 {
		t.Errorf("%v allocations for 100 rows, %v for 10,000", short, long)
	}
}

func drain(src string) (tokens int, err error) {
	r := xmlstream.NewReader(strings.NewReader(src), xmlstream.Options{})
	for ; ; tokens++ {
		if _, err := r.Next(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return tokens, err
		}
	}
}

func BenchmarkReader(b *testing.B) {
	src := "<a>" + strings.Repeat("<row attribute='value'><x>some text</x><y>&amp; more</y></row>\n", 10_000) + "</a>"
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := drain(src); err != nil {
			b.Fatal(err)
		}
	}
}
