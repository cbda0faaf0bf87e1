package soap_test

import (
	"io"
	"strings"
	"testing"

	"rivgate/soap"
)

const mtom = `multipart/related; type="application/xop+xml"; boundary="b1"; start="<root@x>"; start-info="text/xml"`

// part is a part of a multipart body with CRLF line ends.
func part(header, content string) string {
	return "--b1\r\n" + strings.ReplaceAll(header, "\n", "\r\n") + "\r\n\r\n" + content + "\r\n"
}

const end = "--b1--\r\n"

func TestMultipartRequests(t *testing.T) {
	root := part("Content-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\nContent-ID: <root@x>", request)
	attachment := part("Content-Type: application/octet-stream\nContent-ID: <a@x>\nContent-Transfer-Encoding: binary", "\x00\xff--b1 not a line\r\n-b1\r\n")
	for name, c := range map[string]struct{ contentType, text string }{
		"MTOM":                        {mtom, root + attachment + end},
		"without attachments":         {mtom, root + end},
		"attachment first":            {mtom, attachment + root + end},
		"preamble and epilogue":       {mtom, "This is --b1\r\n--b12\r\npreamble\r\n" + root + attachment + end + "epilogue <"},
		"envelope in the preamble":    {mtom, strings.ReplaceAll(request, "UNIT1", "UNIT9") + "\r\n" + root + end},
		"no start: the first part":    {`Multipart/Related; Boundary=b1`, root + part("Content-ID: <z@x>", strings.ReplaceAll(request, "UNIT1", "UNIT9")) + end},
		"start without brackets":      {`multipart/related; boundary=b1; start=root@x`, attachment + root + end},
		"id without brackets":         {mtom, attachment + strings.ReplaceAll(root, "<root@x>", "root@x") + end},
		"plain attachments":           {`multipart/related; type="text/xml"; boundary=b1; start="<root@x>"`, root + attachment + end},
		"folded header":               {mtom, part("Content-Type:\n application/xop+xml;\n\tcharset=UTF-8\ncontent-id:\n  <root@x>", request) + end},
		"white space behind boundary": {mtom, strings.ReplaceAll(root, "--b1\r\n", "--b1 \t\r\n") + end},
		"line feeds only":             {mtom, strings.ReplaceAll(attachment+root+end, "\r\n", "\n")},
		"no headers":                  {`multipart/related; boundary=b1`, "--b1\r\n\r\n" + request + "\r\n" + end},
		"XOP alone as type":           {`application/xop+xml; boundary=b1`, root + end},
		"ASCII root":                  {mtom, part("Content-Type: text/xml; charset=us-ascii\nContent-ID: <root@x>\nContent-Transfer-Encoding: 7BIT", request) + end},
		"never closed":                {mtom, root + attachment[:len(attachment)-9]},
		"root with byte order mark":   {mtom, part("Content-ID: <root@x>", "\ufeff<?xml version=\"1.0\"?>"+request) + end},
		"quoted boundary":             {`multipart/related; boundary="b1"`, root + end},
		"duplicate of another part":   {mtom, attachment + root + attachment + end},
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				m, err := soap.Read(split(strings.NewReader(c.text)), c.contentType, limits)
				if err != nil {
					t.Fatal(err)
				}
				if !m.Multipart || m.Transcoded || m.Charset != "UTF-8" || m.ContentType != c.contentType {
					t.Errorf("message is %v, %v, %q, %q", m.Multipart, m.Transcoded, m.Charset, m.ContentType)
				}
				a := m.Envelope.LogicalAddress
				if a == nil || a.Value != "SE0000000000-UNIT1" || string(m.Head[a.StartName.Start:a.StartName.End]) != "r:LogicalAddress" {
					t.Fatalf("address is %+v", a)
				}
				if got := sent(t, m); got != c.text {
					t.Errorf("sent %q", got)
				}
				m = read(t, c.text, c.contentType)
				a = m.Envelope.LogicalAddress
				want := strings.Replace(c.text, "<r:LogicalAddress xmlns:r=\"urn:riv:itintegration:registry:1\">SE0000000000-UNIT1<", "<To xmlns:r=\"urn:riv:itintegration:registry:1\">SE0000000000-UNIT1<", 1)
				if got := sent(t, m, soap.Edit{Span: a.StartName, New: "To"}); got != want {
					t.Errorf("edited: %q", got)
				}
			})
		}
	}
}

func TestMultipartRefused(t *testing.T) {
	root := part("Content-Type: application/xop+xml\nContent-ID: <root@x>", request)
	attachment := part("Content-ID: <a@x>", "data")
	const none = "Inkommande begäran är ej korrekt utformat och kan därför inte behandlas."
	for name, c := range map[string]struct{ contentType, text, want string }{
		"empty":                 {mtom, "", none},
		"no boundary":           {`multipart/related; type="application/xop+xml"`, root + end, none},
		"endless boundary":      {`multipart/related; boundary=` + strings.Repeat("b", 71), root + end, none},
		"other boundary":        {`multipart/related; boundary=b2`, root + end, none},
		"no such part":          {mtom, attachment + end, none},
		"root behind the end":   {mtom, attachment + end + root, none},
		"only a preamble":       {mtom, request, none},
		"header cut short":      {mtom, "--b1\r\nContent-ID: <root@x>\r\n", none},
		"base64":                {mtom, part("Content-ID: <root@x>\nContent-Transfer-Encoding: base64", "PHg+"), "Content-Transfer-Encoding base64 of the root part is not supported"},
		"quoted-printable":      {mtom, part("Content-ID: <root@x>\nContent-Transfer-Encoding: Quoted-Printable", request), "Content-Transfer-Encoding Quoted-Printable of the root part is not supported"},
		"Latin 1":               {mtom, part("Content-ID: <root@x>\nContent-Type: application/xop+xml; charset=ISO-8859-1", request), "Charset ISO-8859-1 of the root part is not supported, only UTF-8"},
		"Latin 1 declared":      {mtom, part("Content-ID: <root@x>", `<?xml version="1.0" encoding="ISO-8859-1"?>`+request), "Charset ISO-8859-1 of the root part is not supported, only UTF-8"},
		"two ids in one part":   {mtom, part("Content-ID: <root@x>\nContent-ID: <a@x>\nContent-ID: <root@x>", request), "The root part has more than one Content-ID"},
		"two boundaries":        {mtom + "; boundary=b2", root + end, "Parameter boundary of Content-Type can be read in more than one way"},
		"boundary with escapes": {`multipart/related; boundary="b\1"`, root + end, "Parameter boundary of Content-Type can be read in more than one way"},
		"boundary in hiding":    {`multipart/related; x="; boundary=b2; y="; boundary=b1`, root + end, "Parameter boundary of Content-Type can be read in more than one way"},
		"two starts":            {mtom + "; Start*=''a", root + end, "Parameter start of Content-Type can be read in more than one way"},
		"an id in another case": {mtom, part("Content-ID: <ROOT@x>", "") + root + end, "More than one part has the Content-ID <root@x> of the root part"},
		"a later one, too":      {mtom, root + part("Content-ID: <ROOT@x>", "") + end, "More than one part has the Content-ID <root@x> of the root part"},
		"an id in a long line":  {mtom, root + part("Content-ID: "+strings.Repeat(" ", 1024)+"<root@x>", "") + end, "A line in the header of a part is longer than 1024 bytes"},
		"space before a colon":  {mtom, part("Content-ID : <root@x>", request) + end, "White space before a colon in the header of the root part"},
		"charset in capitals":   {mtom, part("Content-ID: <root@x>\nContent-Type: text/xml; CHARSET=UTF-16", request) + end, "Charset UTF-16 of the root part is not supported, only UTF-8"},
		"charset for others":    {mtom, part("Content-ID: <root@x>\nContent-Type: text/xml; charset=UTF-7", request) + end, "Charset UTF-7 of the root part is not supported, only UTF-8"},
		"charset of the whole":  {mtom + "; charset=ISO-8859-1", root + end, "Charset ISO-8859-1 of the root part is not supported, only UTF-8"},
		"two parts of one id":   {mtom, root + part("Content-ID: <root@x>", strings.ReplaceAll(request, "UNIT1", "UNIT9")) + end, "More than one part has the Content-ID <root@x> of the root part"},
		"broken XML":            {mtom, part("Content-ID: <root@x>", "hello") + end, "Unexpected character 'h' (code 104) in prolog; expected '<'\n at [row,col {unknown-source}]: [1,1]"},
		"root ends too early":   {mtom, part("Content-ID: <root@x>", start11) + part("", request) + end, "Unexpected EOF; was expecting a close tag for element <s:Envelope>\n at [row,col {unknown-source}]: [1,64]"},
		"boundary in a comment": {mtom, part("Content-ID: <root@x>", start11+"<!--\r\n--b1\r\n-->"+header+body) + end, "Unexpected end of input block in comment\n at [row,col {unknown-source}]: [1,68]"},
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				m, err := soap.Read(split(strings.NewReader(c.text)), c.contentType, limits)
				if err == nil { // the second part may not have been read yet
					_, err = io.ReadAll(m.Body(nil))
				}
				if got := detail(t, err); got != c.want {
					t.Errorf(" got %q\nwant %q", got, c.want)
				}
			})
		}
	}
}

func TestAttachmentsBeforeTheRootAreBounded(t *testing.T) {
	text := part("Content-ID: <a@x>", strings.Repeat("x", 10_000)) + part("Content-ID: <root@x>", request) + end
	_, err := soap.Read(strings.NewReader(text), mtom, soap.Limits{Head: 5000})
	detail(t, err)
	if _, err = soap.Read(strings.NewReader(text), mtom, soap.Limits{Head: 15_000}); err != nil {
		t.Error(err)
	}
}

// A later part under the root's name may come any time, in any pieces.
func TestSecondRootFarBehind(t *testing.T) {
	first := part("Content-ID: <root@x>", request) + part("Content-ID: <a@x>", strings.Repeat("line\r\n", 20_000))
	second := part("X: "+strings.Repeat("x", 3000)+"\nContent-ID:\n <root@x>", "SE0000000000-UNIT9")
	for how, split := range splits {
		m, err := soap.Read(split(strings.NewReader(first+second+end)), mtom, limits)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(m.Body(nil))
		if detail(t, err); strings.Contains(string(got), "UNIT9") {
			t.Errorf("%s: the second root was sent", how)
		}
	}
}

// What is not multipart/related is read as XML, as VP does.
func TestOtherMultipartIsXML(t *testing.T) {
	_, err := soap.Read(strings.NewReader(part("Content-ID: <root@x>", request)+end), `multipart/form-data; boundary=b1`, limits)
	if got := detail(t, err); !strings.HasPrefix(got, "Unexpected character '-' (code 45) in prolog; expected '<'") {
		t.Errorf("got %q", got)
	}
}

// As in VP any Content-Type that names XOP is MTOM's.
func TestAnyTypeThatNamesXOP(t *testing.T) {
	body := part("Content-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root@x>", request) + end
	m, err := soap.Read(strings.NewReader(body), `multipart/mixed; boundary=b1; type="application/xop+xml"`, limits)
	if err != nil || !m.Multipart || m.Envelope.LogicalAddress == nil {
		t.Errorf("got %v, multipart %t", err, m.Multipart)
	}
}
