package wsdl

import (
	"fmt"
	"iter"
	"net/url"
	"strings"
)

// What one description may hold.
const (
	maxDocuments = 1000
	maxTotal     = 64 << 20 // bytes
)

// reader is where documents are read from: files, or one producer.
type reader interface {
	// open reads a document. Neither a document nor an error is one that can be
	// missed, of which the reader has warned.
	open(address string) (*document, error)
	// relative is the way from one document to another.
	relative(from, to string) string
	// shows tells whether callers may see a name.
	shows(name string) bool
	// internal is what no page may show, nil for nothing.
	internal() *secrets
}

// reachable is a document with all that it leads to, itself first. Documents
// that are missing are not among them.
func reachable(from reader, root *document) ([]*document, error) {
	all := []*document{root}
	seen := map[string]bool{root.address: true}
	total := root.size
	for i := 0; i < len(all); i++ {
		for _, address := range all[i].within() {
			if seen[address] {
				continue
			}
			seen[address] = true
			if len(seen) > maxDocuments {
				return nil, fmt.Errorf("leads to more than %d documents", maxDocuments)
			}
			next, err := from.open(address)
			if err != nil {
				return nil, err
			}
			if next == nil {
				continue
			}
			if total += next.size; total > maxTotal {
				return nil, fmt.Errorf("leads to more than %d bytes", maxTotal)
			}
			all = append(all, next)
		}
	}
	return all, nil
}

// within is the documents that are served with d, by location.
func (d *document) within() iter.Seq2[string, string] {
	return func(yield func(location, address string) bool) {
		for _, location := range d.locations {
			if ref := d.references[location]; ref.place == within && !yield(location, ref.address) {
				return
			}
		}
	}
}

// build reads everything that root leads to.
func build(from reader, root *document) (library, error) {
	all, err := reachable(from, root)
	if err != nil {
		return library{}, err
	}
	return newLibrary(from, all), nil
}

// library is the pages of a description and the names they are asked for by.
type library struct {
	root  *page
	parts map[string]*page
	links map[link]string // values of ?xsd=, escaped
}

// newLibrary names all documents, the WSDL first among them.
//
// A document's name is the location as written, if that means the same
// document wherever it stands, and else the path to it from the WSDL. By that
// path it can be asked for in any case. Where several locations lead to a
// document all links to it have the name of the first, as it would be seen from
// the WSDL: to a schema compiler a second address is a second document, in which
// everything is defined again.
func newLibrary(from reader, all []*document) library {
	lib := library{parts: make(map[string]*page), links: make(map[link]string)}
	pages := make(map[string]*page, len(all))
	for _, d := range all {
		pages[d.address] = d.finished(from.internal())
	}
	lib.root = all[0].page
	names := nameAll(from, all)
	for address, page := range pages {
		lib.parts[names.paths[address]] = page
	}
	first := make(map[string]string, len(all))
	for _, d := range all {
		for location, address := range d.within() {
			name := names.of(location, address)
			if first[address] == "" {
				first[address] = name
			}
			lib.links[link{location, address}] = escapeName(first[address])
			if page := pages[address]; page != nil {
				lib.parts[name] = page
			}
		}
	}
	return lib
}

// naming is what documents can be called.
type naming struct {
	from      reader
	paths     map[string]string // from the WSDL, by address
	addresses map[string]string // the other way round
	meaning   map[string]string // addresses by location; empty: several
}

func nameAll(from reader, all []*document) *naming {
	n := &naming{from, make(map[string]string), make(map[string]string), make(map[string]string)}
	n.add(all[0].address, all[0].address)
	for _, d := range all {
		for location, address := range d.within() {
			n.add(all[0].address, address)
			if first, known := n.meaning[location]; known && first != address {
				n.meaning[location] = ""
			} else {
				n.meaning[location] = address
			}
		}
	}
	return n
}

func (n *naming) add(wsdl, address string) {
	if _, known := n.paths[address]; known {
		return
	}
	path := n.from.relative(wsdl, address)
	if n.addresses[path] != "" || !n.from.shows(path) {
		path = fmt.Sprintf("part-%d", len(n.paths))
	}
	n.paths[address], n.addresses[path] = path, address
}

// of is the name by which the document at address is linked where location
// stands.
func (n *naming) of(location, address string) string {
	other, taken := n.addresses[location]
	if !n.from.shows(location) || n.meaning[location] != address || taken && other != address {
		return n.paths[address]
	}
	return location
}

// part is the page of a name. VP decodes names twice; both readings are known.
func (lib *library) part(name string) *page {
	if page := lib.parts[name]; page != nil {
		return page
	}
	if again, err := url.QueryUnescape(name); err == nil {
		return lib.parts[again]
	}
	return nil
}

// escapeName writes a name as the value of a query parameter and, within
// attributes, of XML. Slashes and dots stay readable, as in VP.
func escapeName(name string) string {
	return strings.ReplaceAll(url.QueryEscape(name), "%2F", "/")
}
