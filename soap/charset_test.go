package soap_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"

	"rivgate/soap"
)

func latin1(t *testing.T, text string) string {
	t.Helper()
	out, err := charmap.ISO8859_1.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRequestCharsets(t *testing.T) {
	declared := func(encoding string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?>` + request
	}
	utf8 := declared("UTF-8")
	for name, c := range map[string]struct {
		text, contentType string
		label             string
		sent              string // empty: untouched
	}{
		"none":                         {request, "text/xml", "UTF-8", ""},
		"lower case":                   {declared("utf-8"), "text/xml; charset=utf-8", "UTF-8", ""},
		"no dash":                      {utf8, "text/xml; charset=utf8", "utf8", ""},
		"no dash, declared":            {declared("utf8"), "text/xml", "UTF-8", ""},
		"unknown in Content-Type":      {declared("ISO-8859-1"), "text/xml; charset=klingon", "UTF-8", ""},
		"Latin 1 in both":              {latin1(t, declared("ISO-8859-1")), "text/xml; charset=ISO-8859-1", "ISO-8859-1", utf8},
		"Latin 1 in Content-Type":      {latin1(t, utf8), "text/xml; charset=iso-8859-1", "iso-8859-1", utf8},
		"another spelling, as in VP":   {utf8, "text/xml; Charset=ISO-8859-1", "UTF-8", ""},
		"part of a longer name":        {latin1(t, utf8), "text/xml; mycharset=ISO-8859-1", "ISO-8859-1", utf8},
		"no semicolon":                 {latin1(t, utf8), "text/xml charset=ISO-8859-1", "ISO-8859-1", utf8},
		"quoted":                       {latin1(t, utf8), `text/xml; charset= "ISO-8859-1" ; x=y`, "ISO-8859-1", utf8},
		"the first counts":             {utf8, `text/xml; x="a;charset=UTF-8"; charset="ISO-8859-1"`, "UTF-8", ""},
		"Latin 1 declared":             {latin1(t, declared("latin1")), "text/xml", "ISO-8859-1", utf8},
		"Latin 1 keeps C1 controls":    {start11 + header + "<s:Body><x>\x80", "text/xml; charset=ISO-8859-1", "ISO-8859-1", start11 + header + "<s:Body><x>\u0080"},
		"windows-1252":                 {start11 + header + "<s:Body><x>\x80", "text/xml; charset=windows-1252", "windows-1252", start11 + header + "<s:Body><x>€"},
		"ISO-8859-15":                  {start11 + header + "<s:Body><x>\xa4", "text/xml; charset=ISO-8859-15", "ISO-8859-15", start11 + header + "<s:Body><x>€"},
		"ASCII":                        {start11 + header + "<s:Body><x>", "text/xml; charset=US-ASCII", "US-ASCII", start11 + header + "<s:Body><x>"},
		"UTF-16 in Content-Type":       {wide(declared("UTF-16"), false), "text/xml; charset=UTF-16", "UTF-16", utf8},
		"UTF-16 with mark":             {wide("\ufeff"+declared("UTF-16"), true), "text/xml; charset=UTF-16", "UTF-16", utf8},
		"UTF-16LE without mark":        {wide(declared("UTF-16"), true), "text/xml; charset=UTF-16LE", "UTF-16LE", utf8},
		"UTF-16 by mark":               {wide("\ufeff"+declared("UTF-16"), false), "text/xml", "UTF-16BE", utf8},
		"little-endian by mark":        {wide("\ufeff"+declared("utf-16le"), true), "text/xml", "UTF-16LE", utf8},
		"UTF-16 by pattern":            {wide(declared("UTF-16"), true), "text/xml", "UTF-16LE", utf8},
		"UTF-16 without a declaration": {wide("\ufeff"+request, true), "text/xml", "UTF-16LE", request},
		"no encoding declared":         {latin1(t, `<?xml version="1.0"?>`+request), "text/xml; charset=latin1", "latin1", `<?xml version="1.0"?>` + request},
		"characters above the basic plane": {
			wide(start11+header+"<s:Body><x>😀", false), "text/xml; charset=UTF-16BE", "UTF-16BE",
			start11 + header + "<s:Body><x>😀",
		},
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				m, err := soap.Read(split(strings.NewReader(c.text)), c.contentType, limits)
				if err != nil {
					t.Fatal(err)
				}
				want := c.sent
				if want == "" {
					want = c.text
				}
				if m.Charset != c.label || m.Transcoded != (c.sent != "") {
					t.Errorf("Charset %q, Transcoded %v", m.Charset, m.Transcoded)
				}
				if m.Transcoded && m.Length(int64(len(c.text)), nil) != -1 && m.Length(0, nil) != int64(len(want)) {
					t.Errorf("Length is %d", m.Length(0, nil))
				}
				if a := m.Envelope.LogicalAddress; string(m.Head[a.StartName.Start:a.EndName.End]) != `r:LogicalAddress xmlns:r="urn:riv:itintegration:registry:1">SE0000000000-UNIT1</r:LogicalAddress` {
					t.Error("spans do not fit Head")
				}
				if err := m.Fill(1 << 20); err != nil {
					t.Fatal(err)
				}
				if n := m.Length(-1, nil); n != int64(len(want)) {
					t.Errorf("Length is %d, want %d", n, len(want))
				}
				if got := sent(t, m); got != want {
					t.Errorf("sent %q\nwant %q", got, want)
				}
			})
		}
	}
}

func TestContradictingCharsets(t *testing.T) {
	declared := func(encoding string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?>` + request
	}
	for name, c := range map[string]struct{ text, contentType string }{
		"unknown declared":               {declared("klingon"), "text/xml"},
		"UTF-16 declared on bytes":       {declared("UTF-16"), "text/xml"},
		"EBCDIC declared on ASCII":       {declared("IBM037"), "text/xml"},
		"UTF-8 declared on UTF-16":       {wide("\ufeff"+declared("UTF-8"), true), "text/xml"},
		"byte order declared wrongly":    {wide("\ufeff"+declared("UTF-16BE"), true), "text/xml"},
		"Latin 1 declared behind a mark": {"\ufeff" + declared("ISO-8859-1"), "text/xml"},
		"mark against Latin 1":           {"\ufeff" + request, "text/xml; charset=ISO-8859-1"},
		"mark against UTF-8":             {wide("\ufeff"+request, true), "text/xml; charset=UTF-8"},
		"mark against byte order":        {wide("\ufeff"+request, true), "text/xml; charset=UTF-16BE"},
		"Latin 1 called UTF-8":           {latin1(t, start11+"<s:Header>å"), "text/xml; charset=UTF-8"},
		"Latin 1 called nothing":         {latin1(t, start11+"<s:Header>å"), "text/xml"},
		"Latin 1 called unknown":         {latin1(t, start11+"<s:Header>å"), "text/xml; charset=klingon"},
		"not ASCII":                      {latin1(t, start11+"<s:Header>å"), "text/xml; charset=US-ASCII"},
		"not windows-1252":               {start11 + "<s:Header>\x81</s:Header>" + body, "text/xml; charset=windows-1253"},
		"lone surrogate":                 {wide(start11+"<s:Header>", false) + "\xd8\x00\x00x", "text/xml; charset=UTF-16BE"},
		"half a unit":                    {wide(start11+"<s:Header>", false) + "x", "text/xml; charset=UTF-16BE"},
		"UTF-16 without mark or pattern": {wide(request, false), "text/xml"},
		"UTF-7":                          {"+ADw-s:Envelope", "text/xml; charset=UTF-7"},
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				_, err := soap.Read(split(strings.NewReader(c.text)), c.contentType, limits)
				detail(t, err)
			})
		}
	}
}

func TestBytesOutsideTheCharsetBehindTheHead(t *testing.T) {
	text := start11 + header + "<s:Body><x>" + strings.Repeat("a", 20_000) + "\xe5"
	m, err := soap.Read(strings.NewReader(text), "text/xml; charset=US-ASCII", limits)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(m.Body(nil))
	if want := "Invalid US-ASCII bytes 0xe5 (at byte #"; !strings.HasPrefix(detail(t, err), want) {
		t.Errorf("error is %v", err)
	}
	if string(got) != text[:len(text)-1] {
		t.Errorf("sent %d bytes before it, want %d", len(got), len(text)-1)
	}
}

func TestTranscodedRequestWithEdits(t *testing.T) {
	text := `<?xml version="1.0" encoding="UTF-16"?>` + request
	m, err := soap.Read(iotest.OneByteReader(strings.NewReader(wide("\ufeff"+text, true))), "text/xml", limits)
	if err != nil {
		t.Fatal(err)
	}
	a := m.Envelope.LogicalAddress
	want := strings.ReplaceAll(strings.ReplaceAll(text, "UTF-16", "UTF-8"), "r:LogicalAddress", "r:To")
	if got := sent(t, m, soap.Edit{Span: a.StartName, New: "r:To"}, soap.Edit{Span: a.EndName, New: "r:To"}); got != want {
		t.Errorf("sent %q\nwant %q", got, want)
	}
}

func TestSameCharset(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"UTF-8", "utf8", true},
		{"utf-8", "UTF-8", true},
		{"ISO-8859-1", "latin1", true},
		{"ISO_8859-1", "ISO8859-1", true},
		{"ISO-8859-1", "windows-1252", false},
		{"ISO-8859-1", "ISO-8859-15", false},
		{"UTF-16", "UTF-16BE", false},
		{"US-ASCII", "ascii", true},
		{"US-ASCII", "UTF-8", false},
		{"klingon", "KLINGON", true},
		{"klingon", "UTF-8", false},
		{"cp1252", "windows-1252", true},
	} {
		if got := soap.SameCharset(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestAnswerCharset(t *testing.T) {
	for name, c := range map[string]struct {
		head, contentType, label string
		known                    bool
	}{
		"Content-Type":       {`<?xml version="1.0" encoding="ISO-8859-1"?>`, "text/xml; charset=utf-8", "utf-8", true},
		"declaration":        {`<?xml version="1.0" encoding="ISO-8859-1"?>`, "text/xml", "ISO-8859-1", true},
		"mark":               {"\xfe\xff\x00<", "text/xml", "UTF-16BE", true},
		"pattern":            {"<\x00?\x00", "text/xml", "UTF-16LE", true},
		"nothing":            {"<x/>", "", "UTF-8", true},
		"empty":              {"", "", "UTF-8", true},
		"unknown":            {"<x/>", "text/xml; charset=klingon", "klingon", false},
		"unknown declared":   {`<?xml version="1.0" encoding="klingon"?>`, "text/xml", "klingon", false},
		"broken declaration": {`<?xml encoding="ISO-8859-1"?>`, "text/xml", "UTF-8", true},
	} {
		if label, known := soap.AnswerCharset([]byte(c.head), c.contentType); label != c.label || known != c.known {
			t.Errorf("%s: %q, %v", name, label, known)
		}
	}
}

func TestEncodingError(t *testing.T) {
	r, err := soap.Transcode(strings.NewReader("<x>\xff</x>"), "UTF-8", "ISO-8859-1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(r)
	var wrong *soap.EncodingError
	if !errors.As(err, &wrong) || wrong.Charset != "UTF-8" || wrong.Offset != 3 {
		t.Errorf("error is %v", err)
	}
}
