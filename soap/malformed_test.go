package soap_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"rivgate/soap"
)

type malformed struct{ source, request, want string }

// readMalformed reads testdata/malformed.txt, which explains itself.
func readMalformed(t *testing.T) []malformed {
	t.Helper()
	file, err := os.Open("testdata/malformed.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var cases []malformed
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		source, quoted, _ := strings.Cut(line, " ")
		request, err := strconv.Unquote(quoted)
		if err != nil || !lines.Scan() {
			t.Fatalf("bad line %s", line)
		}
		want, err := strconv.Unquote(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Fatalf("bad text behind %s", line)
		}
		cases = append(cases, malformed{source, expand(request), want})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

func expand(text string) string {
	text = strings.ReplaceAll(text, "{E}", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:r="urn:riv:itintegration:registry:1"><s:Header>`)
	text = strings.ReplaceAll(text, "{H}", start11+`<s:Header>`)
	for {
		before, rest, found := strings.Cut(text, "{rep ")
		if !found {
			return text
		}
		spec, after, _ := strings.Cut(rest, "}")
		count, what, _ := strings.Cut(spec, " ")
		n, _ := strconv.Atoi(count)
		text = before + strings.Repeat(what, n) + after
	}
}

// The texts are those of VP's parser, because operators match on them.
func TestMalformedTextsAreVPs(t *testing.T) {
	cases := readMalformed(t)
	if len(cases) < 150 {
		t.Fatalf("only %d cases", len(cases))
	}
	parserLimits := soap.Limits{Head: 256 << 10, Depth: 1000, Attributes: 1000}
	contentTypes := map[string][]string{
		"told":  {"text/xml; charset=UTF-8"},
		"found": {"text/xml"},
		"both":  {"text/xml; charset=UTF-8", "text/xml"},
	}
	for _, c := range cases {
		for _, contentType := range contentTypes[c.source] {
			for how, split := range splits {
				m, err := soap.Read(split(strings.NewReader(c.request)), contentType, parserLimits)
				if m == nil {
					t.Fatalf("%.80q: no message", c.request)
				}
				if got := detail(t, err); got != c.want {
					t.Errorf("%s, %s, %.200q:\n got %q\nwant %q", contentType, how, c.request, got, c.want)
				}
			}
		}
	}
}

// What VP answered to these is on record.
func TestRecordedTexts(t *testing.T) {
	for text, want := range map[string]string{
		"":      "Unexpected EOF in prolog\n at [row,col {unknown-source}]: [1,0]",
		"hello": "Unexpected character 'h' (code 104) in prolog; expected '<'\n at [row,col {unknown-source}]: [1,1]",
		"<x":    "Unexpected end of input block; expected an identifier\n at [row,col {unknown-source}]: [1,2]",
		"<Soap": "Unexpected end of input block; expected an identifier\n at [row,col {unknown-source}]: [1,5]",
		"\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + request: "Illegal processing instruction target (\"xml\"); xml (case insensitive) is reserved by the specs.\n at [row,col {unknown-source}]: [2,5]",
		"\x1f\x8b\x08\x00": "Invalid UTF-8 start byte 0x8b (at char #2, byte #-1)",
	} {
		_, err := soap.Read(strings.NewReader(text), "text/xml;charset=UTF-8", limits)
		if got := detail(t, err); got != want {
			t.Errorf("%.40q:\n got %q\nwant %q", text, got, want)
		}
	}
}

// VP's parser accepts these, or says something that is wrong about them.
func TestStricterThanVPsParser(t *testing.T) {
	const where = "\n at [row,col {unknown-source}]: "
	for name, c := range map[string]struct{ text, want string }{
		"DOCTYPE":                      {`<!DOCTYPE x>` + request, "DOCTYPE is not allowed" + where + "[1,9]"},
		"DOCTYPE behind a declaration": {"<?xml version='1.0'?>\n<!DOCTYPE s:Envelope [<!ENTITY a 'SE0000000000-UNIT1'>]>" + request, "DOCTYPE is not allowed" + where + "[2,9]"},
		"entity in text":               {start11 + `<s:Header><x>&x;</x></s:Header>`, `Undeclared general entity "x"` + where + "[1,80]"},
		"entity in attribute":          {start11 + `<s:Header><x a="&x;"/></s:Header>`, `Undeclared general entity "x"` + where + "[1,83]"},
		"overlong UTF-8":               {start11 + "<s:Header>\xc0\xafx</s:Header>", "Invalid UTF-8 character 0x2f(overlong form)  at char #74, byte #-1)"},
		"bracket behind a reference":   {start11 + "<s:Header>&amp;]]></s:Header>", "String ']]>' not allowed in textual content, except as the end marker of CDATA section" + where + "[1,82]"},
		"control in CDATA":             {start11 + "<s:Header><![CDATA[a\nb\x01]]></s:Header>", "Illegal character ((CTRL-CHAR, code 1))" + where + "[2,2]"},
		"break in instruction":         {"<?", "Unexpected end of input block in processing instruction" + where + "[1,2]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := soap.Read(strings.NewReader(c.text), "text/xml; charset=UTF-8", limits)
			if got := detail(t, err); got != c.want {
				t.Errorf(" got %q\nwant %q", got, c.want)
			}
		})
	}
}
