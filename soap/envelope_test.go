package soap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"rivgate/fault"
	"rivgate/soap"
)

// profile is how a RIV-TA profile writes the address.
type profile struct{ element, space string }

var profiles = map[string]profile{
	"RIVTABP20": {"To", "http://www.w3.org/2005/08/addressing"},
	"RIVTABP21": {"LogicalAddress", "urn:riv:itintegration:registry:1"},
}

// ambiguous are envelopes that readers disagree on. In them S is the SOAP
// namespace, O the one of the other version, R and A are the address's
// namespace and element, C is the contract. The address found is in want;
// empty means VP015, "none" no address.
var ambiguous = []struct{ name, text, want string }{
	{"plain", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1"},
	{"default namespaces", `<Envelope xmlns="S"><Header><A xmlns="R">SE1</A></Header><Body><x xmlns="C"/></Body></Envelope>`, "SE1"},
	{"two addresses", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><r:A xmlns:r="R">SE2</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"two addresses, one empty", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R"/><r:A xmlns:r="R">SE2</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"address of another namespace after it", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><r:A xmlns:r="urn:x">SE9</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1"},
	{"address of another namespace only", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="urn:x">SE9</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "none"},
	{"address deeper in another header", `<e:Envelope xmlns:e="S"><e:Header><q:b xmlns:q="urn:q"><r:A xmlns:r="R">SE7</r:A></q:b></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "none"},
	{"comment inside", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE<!--x-->1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"comment first", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R"><!--SE666-->SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"CDATA", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">S<![CDATA[E]]>1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1"},
	{"CDATA with its own end", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R"><![CDATA[a]]]]><![CDATA[>&amp;]]>&#13;</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "a]]>&amp;\r"},
	{"instruction", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R"><?x y?>SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"character references", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">S&#69;&#x31;&amp;</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1&"},
	{"entity", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1&x;</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"child element", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1<b/></r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"header block called Body", `<e:Envelope xmlns:e="S"><e:Header><b:Body xmlns:b="urn:b"><a xmlns="urn:allowed"/></b:Body><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1"},
	{"SOAP Body in Header", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><e:Body><a xmlns="urn:allowed"/></e:Body></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"Body of the other version in Header", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><x><o:Body xmlns:o="O"><a xmlns="urn:allowed"/></o:Body></x></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"Envelope in Header", `<e:Envelope xmlns:e="S"><e:Header><x><e:Envelope/></x><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"two Headers", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Header/><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"Header of the other version", `<e:Envelope xmlns:e="S"><o:Header xmlns:o="O"><r:A xmlns:r="R">SE1</r:A></o:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"Body of the other version", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><o:Body xmlns:o="O"><c:x xmlns:c="C"/></o:Body></e:Envelope>`, ""},
	{"element before Header", `<e:Envelope xmlns:e="S"><x/><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"text before Body", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header>x<e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"Header after Body", `<e:Envelope xmlns:e="S"><e:Body><c:x xmlns:c="C"/></e:Body><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header></e:Envelope>`, "none"},
	{"two Bodies", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body><e:Body/></e:Envelope>`, "SE1"},
	{"two children of Body", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/><b/></e:Body></e:Envelope>`, "SE1"},
	{"no SOAP namespace", `<Envelope><Header><r:A xmlns:r="R">SE1</r:A></Header><Body><c:x xmlns:c="C"/></Body></Envelope>`, ""},
	{"other root", `<foo/>`, ""},
	{"no Body", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header></e:Envelope>`, ""},
	{"document type", `<!DOCTYPE e [<!ENTITY x "SE9">]><e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"external entity", `<!DOCTYPE e SYSTEM "http://127.0.0.1:1/x"><e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, ""},
	{"padded", "<e:Envelope xmlns:e=\"S\"><e:Header><r:A xmlns:r=\"R\">\r\n SE1\t</r:A></e:Header><e:Body><c:x xmlns:c=\"C\"/></e:Body></e:Envelope>", "\n SE1\t"},
	{"attributes on the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R" e:mustUnderstand="0" r:x="">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1"},
	{"comments everywhere else", `<!--A--><e:Envelope xmlns:e="S"><!--B--><?p?><e:Header><!--<A>--><r:A xmlns:r="R">SE1</r:A></e:Header><!----><e:Body> <!----><c:x xmlns:c="C"/></e:Body></e:Envelope>`, "SE1"},
	{"namespace hidden in references", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="&#67;"/></e:Body></e:Envelope>`, "SE1"},
	{"too deep", `<e:Envelope xmlns:e="S"><e:Header>` + strings.Repeat("<x>", 200_000), ""},
	{"too many attributes", `<e:Envelope xmlns:e="S"><e:Header ` + attributes(100_000) + `>`, ""},
}

func attributes(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, " a%d=''", i)
	}
	return text.String()
}

// encodings are ways for an ASCII envelope to be sent.
var encodings = map[string]struct {
	contentType string
	encode      func(string) string
}{
	"UTF-8":            {"text/xml; charset=UTF-8", func(s string) string { return s }},
	"UTF-8 with mark":  {"text/xml", func(s string) string { return "\ufeff" + s }},
	"UTF-16":           {"text/xml; charset=utf-16", func(s string) string { return wide("\ufeff"+s, false) }},
	"UTF-16 by mark":   {"text/xml", func(s string) string { return wide("\ufeff"+s, true) }},
	"ISO-8859-1":       {"text/xml; charset=ISO-8859-1", func(s string) string { return s }},
	"Latin 1 declared": {"text/xml", func(s string) string { return `<?xml version="1.0" encoding="ISO-8859-1"?>` + s }},
	"MTOM": {`multipart/related; type="application/xop+xml"; boundary="b1"; start="<r@x>"`, func(s string) string {
		return "--b1\r\nContent-Type: application/xop+xml\r\nContent-ID: <r@x>\r\n\r\n" + s + "\r\n--b1\r\nContent-ID: <a@x>\r\n\r\n\xff\x00\r\n--b1--\r\n"
	}},
}

// wide is text in UTF-16.
func wide(text string, little bool) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		if little {
			out = append(out, byte(unit), byte(unit>>8))
		} else {
			out = append(out, byte(unit>>8), byte(unit))
		}
	}
	return string(out)
}

func TestAmbiguousEnvelopes(t *testing.T) {
	spaces := map[soap.Version][2]string{
		soap.V11: {soap.Namespace11, soap.Namespace12},
		soap.V12: {soap.Namespace12, soap.Namespace11},
	}
	const contract = "urn:riv:test:GetThingResponder:1"
	for _, c := range ambiguous {
		for version, space := range spaces {
			for profileName, p := range profiles {
				text := strings.NewReplacer(
					`="S"`, `="`+space[0]+`"`, `="O"`, `="`+space[1]+`"`, `="R"`, `="`+p.space+`"`,
					`="C"`, `="`+contract+`"`, `="&#67;"`, `="&#117;rn:riv:test:GetThing&#x52;esponder:1"`,
					`r:A`, `r:`+p.element, `<A `, `<`+p.element+` `, `</A>`, `</`+p.element+`>`,
				).Replace(c.text)
				for encodingName, e := range encodings {
					name := fmt.Sprintf("%s/SOAP %d/%s/%s", c.name, version, profileName, encodingName)
					t.Run(name, func(t *testing.T) {
						m, err := soap.Read(strings.NewReader(e.encode(text)), e.contentType, limits)
						if c.want == "" {
							detail(t, err)
							return
						}
						if err != nil {
							t.Fatal(err)
						}
						checkEnvelope(t, m, version, p, contract, c.want)
					})
				}
			}
		}
	}
}

func checkEnvelope(t *testing.T, m *soap.Message, version soap.Version, p profile, contract, want string) {
	t.Helper()
	env := m.Envelope
	if env.Version != version || !env.HasBody || env.Body.Space != contract {
		t.Errorf("envelope is %+v", env)
	}
	address, other := env.LogicalAddress, env.To
	if p.element == "To" {
		address, other = other, address
	}
	if other != nil {
		t.Errorf("found an address of the other profile: %+v", other)
	}
	if want == "none" {
		if address != nil {
			t.Errorf("found address %q, want none", address.Value)
		}
		return
	}
	if address == nil || address.Value != want {
		t.Fatalf("address is %+v, want %q", address, want)
	}
	for _, span := range []soap.Span{address.StartName, address.EndName} {
		if got := string(m.Head[span.Start:span.End]); !strings.HasSuffix(got, p.element) || !strings.HasPrefix(got, address.Prefix) {
			t.Errorf("name span holds %q", got)
		}
	}
	if got := string(m.Head[address.Declaration.Start:address.Declaration.End]); address.Declared && got != p.space {
		t.Errorf("declaration span holds %q", got)
	}
}

func TestBothAddresses(t *testing.T) {
	m := read(t, start11+`<s:Header><w:To xmlns:w="http://www.w3.org/2005/08/addressing">SE2</w:To><r:LogicalAddress xmlns:r="urn:riv:itintegration:registry:1">SE1</r:LogicalAddress></s:Header>`+body, "text/xml")
	if env := m.Envelope; env.To == nil || env.To.Value != "SE2" || env.LogicalAddress == nil || env.LogicalAddress.Value != "SE1" {
		t.Errorf("envelope is %+v", env)
	}
}

func TestEmptyBody(t *testing.T) {
	for _, text := range []string{`<s:Body/>`, `<s:Body></s:Body>`, `<s:Body> <!-- --> x</s:Body>`} {
		m := read(t, start11+header+text+"rest is < not read", "text/xml")
		if m.Envelope.HasBody || m.Envelope.Body != (soap.Name{}) {
			t.Errorf("%s: body is %+v", text, m.Envelope.Body)
		}
	}
}

func TestContractWithoutNamespace(t *testing.T) {
	m := read(t, start11+header+`<s:Body><GetThing/></s:Body></s:Envelope>`, "text/xml")
	if want := (soap.Name{Local: "GetThing"}); !m.Envelope.HasBody || m.Envelope.Body != want {
		t.Errorf("body is %+v, want %+v", m.Envelope.Body, want)
	}
}

func TestAddressDetails(t *testing.T) {
	for name, c := range map[string]struct {
		header       string
		prefix, decl string
		declared     bool
		onAttributes bool
		prefixes     []string
		free         string
	}{
		"declared on the element":         {`<r:LogicalAddress xmlns:r="urn:riv:itintegration:registry:1">x</r:LogicalAddress>`, "r", soap.NamespaceRegistry, true, false, []string{"s", "r"}, "a"},
		"default on the element":          {`<LogicalAddress a="" xmlns="urn:riv:itintegration:registry:1">x</LogicalAddress>`, "", soap.NamespaceRegistry, true, false, []string{"s"}, "r"},
		"prefix on an attribute":          {`<r:LogicalAddress r:a="" xmlns:r="urn:riv:itintegration:registry:1">x</r:LogicalAddress>`, "r", soap.NamespaceRegistry, true, true, []string{"s", "r"}, "q"},
		"other declarations":              {`<r:LogicalAddress xmlns="urn:d" xmlns:q="urn:q" xmlns:r="urn:riv:itintegration:registry:1">x</r:LogicalAddress>`, "r", soap.NamespaceRegistry, true, false, []string{"s", "q", "r"}, "xmlns2"},
		"another prefix on the attribute": {`<r:LogicalAddress s:a="" xmlns:r="urn:riv:itintegration:registry:1">x</r:LogicalAddress>`, "r", soap.NamespaceRegistry, true, false, []string{"s", "r"}, "s2"},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, start11+`<s:Header>`+c.header+`</s:Header>`+body, "text/xml")
			a := m.Envelope.LogicalAddress
			if a.Prefix != c.prefix || a.Declared != c.declared || a.PrefixOnAttributes != c.onAttributes {
				t.Errorf("address is %+v", a)
			}
			if got := string(m.Head[a.Declaration.Start:a.Declaration.End]); got != c.decl {
				t.Errorf("declaration is %q, want %q", got, c.decl)
			}
			if got := strings.Fields(a.Prefixes); !slices.Equal(got, c.prefixes) {
				t.Errorf("prefixes are %s, want %s", got, c.prefixes)
			}
			for _, p := range append(c.prefixes, "xml", "xmlns") {
				if !a.InScope(p) {
					t.Errorf("%s is not in scope", p)
				}
			}
			for _, p := range []string{c.free, "", "x", "s ", " ", strings.Join(c.prefixes, " ") + " "} {
				if a.InScope(p) {
					t.Errorf("%q is in scope", p)
				}
			}
		})
	}
	inherited := read(t, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:r="urn:riv:itintegration:registry:1"><s:Header><r:LogicalAddress/></s:Header>`+body, "text/xml")
	if a := inherited.Envelope.LogicalAddress; a.Declared || a.EndName != (soap.Span{}) || !a.Blank() {
		t.Errorf("inherited, self-closed: %+v", a)
	}
}

func TestBlank(t *testing.T) {
	for text, want := range map[string]bool{"": true, " \t\r\n": true, "x": false, " x ": false, "\u00a0": false, "\u2003": false} {
		if got := (&soap.Address{Value: text}).Blank(); got != want {
			t.Errorf("Blank of %q is %v", text, got)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := start11 + "<s:Header>" + strings.Repeat("<x>", 8) + strings.Repeat("</x>", 8) + "</s:Header>" + body
	for name, c := range map[string]struct {
		text string
		lim  soap.Limits
		want string
	}{
		"depth":                 {deep, soap.Limits{Depth: 9}, "Maximum Element Depth limit (9) Exceeded"},
		"depth reached":         {deep, soap.Limits{Depth: 10}, ""},
		"no limits":             {deep, soap.Limits{}, ""},
		"attributes":            {start11 + `<s:Header a="" b="" c=""/>` + body, soap.Limits{Attributes: 2}, "Attribute limit (2) exceeded"},
		"attributes reached":    {start11 + `<s:Header a="" b=""/>` + body, soap.Limits{Attributes: 2}, ""},
		"declarations in scope": {start11 + `<s:Header xmlns:a="a"/>` + body, soap.Limits{Attributes: 1}, "Limit on namespace declarations in scope (1) exceeded"},
		"head":                  {request, soap.Limits{Head: 100}, "The first 100 bytes of the request do not reach the first child of Body"},
		"head reached":          {request, soap.Limits{Head: strings.Index(request, "<u:id>")}, ""},
		"head missed by one":    {request, soap.Limits{Head: strings.Index(request, "<u:id>") - 1}, fmt.Sprintf("The first %d bytes of the request do not reach the first child of Body", strings.Index(request, "<u:id>")-1)},
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				_, err := soap.Read(split(strings.NewReader(c.text)), "text/xml", c.lim)
				if c.want == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if got := detail(t, err); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		}
	}
}

func TestVersionIsKnownOnErrors(t *testing.T) {
	broken12 := strings.ReplaceAll(start11, soap.Namespace11, soap.Namespace12) + "<"
	for name, c := range map[string]struct {
		text, contentType string
		want              soap.Version
	}{
		"nothing known":              {"", "text/xml", soap.Unknown},
		"Content-Type":               {"", "application/soap+xml; charset=UTF-8", soap.V12},
		"Content-Type in upper case": {"x", "Application/SOAP+XML", soap.V12},
		"multipart":                  {"", `multipart/related; type="application/xop+xml"; start-info="application/soap+xml"; boundary=b`, soap.V12},
		"root":                       {broken12, "text/xml", soap.V12},
		"root over Content-Type":     {start11 + "<", "application/soap+xml", soap.V11},
		"other root":                 {"<x/>", "application/soap+xml", soap.V12},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := soap.Read(strings.NewReader(c.text), c.contentType, limits)
			detail(t, err)
			if m.Envelope.Version != c.want {
				t.Errorf("version is %d, want %d", m.Envelope.Version, c.want)
			}
		})
	}
}

// XML 1.1 has line breaks and restricted characters of its own, which a
// reader that goes by XML 1.0 takes for text.
func TestXML11(t *testing.T) {
	const declaration = `<?xml version="1.1"?>`
	for text, want := range map[string]bool{
		declaration + request: true,
		declaration + strings.Replace(request, "SE0", "&#1;SE0", 1):   true,
		strings.Replace(request, "SE0", "&#1;SE0", 1):                 false,
		declaration + strings.Replace(request, "SE0", "\u0085SE0", 1): false,
		declaration + strings.Replace(request, "SE0", "\u2028SE0", 1): false,
		declaration + strings.Replace(request, "SE0", "\u007fSE0", 1): false,
		strings.Replace(request, "SE0", "\u0085\u2028\u007fSE0", 1):   true,
	} {
		if _, err := soap.Read(strings.NewReader(text), "text/xml", limits); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestErrorsAreVP015(t *testing.T) {
	_, err := soap.Read(strings.NewReader("<"), "", limits)
	if f, ok := err.(*fault.Error); !ok || f.Code != fault.VP015 || f.Cause != nil {
		t.Errorf("error is %#v", err)
	}
}
