package rivta_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"rivgate/rivta"
	"rivgate/soap"
)

func seeds() []string {
	return []string{
		message(` xmlns:a="`+addressing+`"`, `<a:To>SE1</a:To>`),
		message(``, `<To xmlns="`+addressing+`">SE1</To>`),
		message(` xmlns="`+addressing+`"`, `<To>SE1</To><Action>x</Action>`),
		message(` xmlns:a="`+addressing+`"`, `<a:To a:b="1" s:mustUnderstand='1'>S<![CDATA[E]]>&#49;</a:To><a:Action/>`),
		message(` xmlns:riv="urn:x"`, `<a:To a:b="1" xmlns:a="`+addressing+`">SE1</a:To><riv:x/>`),
		message(` xmlns:a="`+addressing+`" xmlns:r="`+registry+`"`, `<a:To>SE1</a:To><r:x/>`),
		message(` xmlns:r="`+registry+`"`, `<r:LogicalAddress>SE1</r:LogicalAddress>`),
	}
}

func TestSeeds(t *testing.T) {
	if len(seeds()) == 0 {
		t.Fatal("no seeds")
	}
}

// FuzzConvert: from 2.0 to 2.1 and back, address and contract stay, and to
// another reader no token differs but those of the routing element.
func FuzzConvert(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	limits := soap.Limits{Head: 1 << 20, Depth: 200, Attributes: 200}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := soap.Read(strings.NewReader(text), "text/xml; charset=UTF-8", limits)
		if err != nil {
			return
		}
		profile, value, ok := rivta.Address(m.Envelope)
		if !ok || profile != rivta.RIVTABP20 {
			return
		}
		tokens, readable := otherTokens(text)
		forth := converted(t, text, rivta.RIVTABP21)
		back := converted(t, forth, rivta.RIVTABP20)
		for want, result := range map[rivta.Profile]string{rivta.RIVTABP21: forth, rivta.RIVTABP20: back} {
			env := read(t, result).Envelope
			if p, v, _ := rivta.Address(env); p != want || v != value {
				t.Fatalf("address %v %q, want %v %q, in %q", p, v, want, value, result)
			}
			if env.Body != m.Envelope.Body || env.HasBody != m.Envelope.HasBody || env.Version != m.Envelope.Version {
				t.Fatalf("contract %v, want %v, in %q", env.Body, m.Envelope.Body, result)
			}
			if got, ok := otherTokens(result); readable && (!ok || !slices.Equal(got, tokens)) {
				t.Fatalf("tokens differ:\n%q\n%q\n%q\n%q", text, result, tokens, got)
			}
		}
	})
}

// otherTokens renders what encoding/xml sees of the text, except for the name
// and the namespace declarations of routing elements in a Header. It is not ok
// where encoding/xml cannot read the text.
func otherTokens(text string) (tokens []string, ok bool) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	depth := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return tokens, true
		}
		if err != nil {
			return nil, false
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			tokens = append(tokens, "<"+elementName(token.Name, depth))
			for _, attr := range token.Attr {
				if !declares(attr) {
					tokens = append(tokens, attr.Name.Space+" "+attr.Name.Local+"="+attr.Value)
				}
			}
		case xml.EndElement:
			tokens = append(tokens, "</"+elementName(token.Name, depth))
			depth--
		case xml.CharData:
			tokens = append(tokens, string(token))
		case xml.Comment:
			tokens = append(tokens, "<!--"+string(token))
		case xml.ProcInst:
			tokens = append(tokens, "<?"+token.Target+" "+string(token.Inst))
		case xml.Directive:
			tokens = append(tokens, "<!"+string(token))
		}
	}
}

func elementName(name xml.Name, depth int) string {
	routing := name == xml.Name{Space: addressing, Local: "To"} || name == xml.Name{Space: registry, Local: "LogicalAddress"}
	if routing && depth == 3 {
		return "the routing element"
	}
	return name.Space + " " + name.Local
}

func declares(attr xml.Attr) bool { return attr.Name.Space == "xmlns" || attr.Name.Local == "xmlns" }
