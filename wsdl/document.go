package wsdl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// document is a WSDL or schema that was read.
type document struct {
	address    string // file or URL; one document has one
	isWSDL     bool
	names      names
	size       int
	tree       *etree.Document
	locations  []string // as written, in their order
	references map[string]reference
	page       *page // nil until it is asked for
}

var errNoWSDL = errors.New("a schema, not a WSDL")

// reference is what a location means in the document that has it.
type reference struct {
	place   placement
	address string // of the document it names, only for within
}

type placement int

const (
	within  placement = iota // read and served with the document
	outside                  // left as written
	hidden                   // taken out: it may be written nowhere
)

// resolver tells what a location means in the document at base. An error
// keeps the document from being served. Only what is not required can be hidden.
type resolver func(base, location string, required bool) (reference, error)

// newDocument reads what data refers to. base is what its locations start from.
func newDocument(address, base string, data []byte, resolve resolver) (*document, error) {
	tree, err := parse(data)
	if err != nil {
		return nil, err
	}
	d := &document{
		address: address, isWSDL: isWSDL(tree.Root()), names: namesOf(tree.Root()), size: len(data),
		tree: tree, references: make(map[string]reference),
	}
	if err := d.refer(tree.Root(), base, resolve); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *document) refer(e *etree.Element, base string, resolve resolver) error {
	if attr, required := referenceOf(e); attr != nil {
		if err := d.add(attr.Value, base, required, resolve); err != nil {
			return fmt.Errorf("%s: %w", e.FullTag(), err)
		}
	}
	for _, child := range e.ChildElements() {
		if err := d.refer(child, base, resolve); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) add(location, base string, required bool, resolve resolver) error {
	if _, known := d.references[location]; known && !required {
		return nil
	}
	ref, err := resolve(base, strings.TrimSpace(location), required)
	if err != nil {
		return err
	}
	if _, known := d.references[location]; !known {
		d.locations = append(d.locations, location)
	}
	d.references[location] = ref
	return nil
}

// referenceOf is the attribute by which e names another document, nil if e does
// not, and whether e means nothing without it.
func referenceOf(e *etree.Element) (attr *etree.Attr, required bool) {
	switch e.Tag {
	case "import":
		switch e.NamespaceURI() {
		case spaceSchema:
			return plainAttr(e, "schemaLocation"), false
		case spaceWSDL:
			return plainAttr(e, "location"), true
		}
	case "include", "redefine", "override":
		if e.NamespaceURI() == spaceSchema {
			return plainAttr(e, "schemaLocation"), true
		}
	}
	return nil, false
}

// addressOf is the attribute by which e names a service's address, nil if e
// does not.
func addressOf(e *etree.Element) *etree.Attr {
	if e.Tag != "address" {
		return nil
	}
	switch e.NamespaceURI() {
	case spaceSOAP, spaceSOAP12, spaceHTTP:
		return plainAttr(e, "location")
	}
	return nil
}

// plainAttr is the attribute of e without a namespace.
func plainAttr(e *etree.Element, name string) *etree.Attr {
	for i := range e.Attr {
		if e.Attr[i].Space == "" && e.Attr[i].Key == name {
			return &e.Attr[i]
		}
	}
	return nil
}
