package wsdl

import (
	"crypto/rand"
	"strings"

	"github.com/beevik/etree"
)

// page is a document ready to be written: its text, and the slots between.
type page struct {
	text  []string // one more than slots
	slots []link
}

// link is a location as written and the document it means. The zero link
// stands for the address of the service itself.
type link struct {
	location, address string
}

// render writes the page for the address under which the caller knows the
// description. base must be fit for an XML attribute.
func (p *page) render(base string, names map[link]string) []byte {
	var out strings.Builder
	for i, slot := range p.slots {
		out.WriteString(p.text[i])
		out.WriteString(base)
		if slot != (link{}) {
			out.WriteString("?xsd=")
			out.WriteString(names[slot])
		}
	}
	out.WriteString(p.text[len(p.slots)])
	return []byte(out.String())
}

// finished is the document's page, made the first time; the tree is given up.
func (d *document) finished(internal *secrets) *page {
	if d.page == nil {
		d.page = newPage(d, internal)
		d.tree = nil
	}
	return d.page
}

// newPage puts marks where slots will be, writes the document, and cuts it at
// the marks.
func newPage(d *document, internal *secrets) *page {
	m := &marker{
		mark:       rand.Text(), // nobody can have written it into the document
		references: d.references,
		internal:   internal,
	}
	m.tokens(&d.tree.Element)
	var out strings.Builder
	_, _ = d.tree.WriteTo(&out) // a Builder takes everything
	return &page{text: strings.Split(out.String(), m.mark), slots: m.slots}
}

// marker replaces what depends on the caller by a mark, in the order of the text.
type marker struct {
	mark       string
	slots      []link
	references map[string]reference
	internal   *secrets
}

func (m *marker) slot(to link) string {
	m.slots = append(m.slots, to)
	return m.mark
}

func (m *marker) tokens(e *etree.Element) {
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.Element:
			m.attributes(t)
			m.tokens(t)
		case *etree.CharData:
			t.Data = m.internal.replaceText(t.Data, m.address)
		case *etree.Comment:
			t.Data = m.internal.blank(t.Data)
		case *etree.ProcInst:
			t.Inst = m.internal.blank(t.Inst)
		}
	}
}

func (m *marker) address() string { return m.slot(link{}) }

func (m *marker) attributes(e *etree.Element) {
	if ref, _ := referenceOf(e); ref != nil && m.references[ref.Value].place == hidden {
		e.RemoveAttr(ref.FullKey())
	}
	if m.internal != nil {
		removeHints(e)
	}
	ref, _ := referenceOf(e)
	address := addressOf(e)
	for i := range e.Attr {
		a := &e.Attr[i]
		switch {
		case a == address:
			a.Value = m.address()
		case a == ref:
			if target := m.references[a.Value]; target.place == within {
				a.Value = m.slot(link{a.Value, target.address})
			}
		case !isIdentifier(a):
			a.Value = m.internal.replaceAttribute(a.Value, m.address)
		}
	}
}

// removeHints takes out where a validating reader might look for the schemas
// of WSDL itself.
func removeHints(e *etree.Element) {
	for i := len(e.Attr) - 1; i >= 0; i-- {
		a := &e.Attr[i]
		if (a.Key == "schemaLocation" || a.Key == "noNamespaceSchemaLocation") && a.NamespaceURI() == spaceXSI {
			e.RemoveAttr(a.FullKey())
		}
	}
}
