package wsdl

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// description is one WSDL with everything that can be asked for on its path.
type description struct {
	contract    string
	interaction interaction // zero if the WSDL does not say
	path        string      // without a slash at its beginning, as in "vp/a/b/GetThing/1/rivtabp21"
	origin      string      // file or URL, for operators
	library
}

// found is the descriptions of the files given, without those of contracts
// that are listed.
func (r *fileReader) found(paths []string, rows []row) []*description {
	var all []*description
	for _, path := range paths {
		root := r.read(path)
		if root == nil {
			continue
		}
		d, err := r.describe(root, rows)
		if err != nil {
			r.warn(path, 0, "not served: "+err.Error())
		} else if d != nil {
			all = append(all, d)
		}
	}
	return all
}

func isListed(rows []row, contract string) bool {
	return slices.ContainsFunc(rows, func(known row) bool { return strings.EqualFold(known.contract, contract) })
}

// describe makes a description under the path that VP derives, nil if its
// contract is listed.
func (r *fileReader) describe(root *document, rows []row) (*description, error) {
	n := root.names
	action, err := parseInteraction(n.interaction)
	switch {
	case !root.isWSDL:
		return nil, errNoWSDL
	case err != nil:
		return nil, err
	case n.contract() == "":
		return nil, errors.New("no namespace with Responder, so its contract is not known")
	case isListed(rows, n.contract()):
		return nil, nil
	}
	lib, err := build(r, root)
	if err != nil {
		return nil, err
	}
	return &description{contract: n.contract(), interaction: action, path: action.path, origin: root.address, library: lib}, nil
}

// listed is the descriptions of wsdlconfig.json's rows.
func (r *fileReader) listed(file string, rows []row) []*description {
	var all []*description
	for _, row := range rows {
		d, err := r.describeRow(filepath.Dir(file), row)
		if err != nil {
			r.warn(file, row.line, "not served: "+err.Error())
			continue
		}
		all = append(all, d)
	}
	return all
}

func (r *fileReader) describeRow(folder string, row row) (*description, error) {
	if strings.HasPrefix(row.file, "classpath:") {
		return nil, fmt.Errorf("%s lies within VP; name a file", row.file)
	}
	path := row.file
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	root := r.read(path)
	if root == nil {
		return nil, fmt.Errorf("%s cannot be read", path)
	}
	if !root.isWSDL {
		return nil, errNoWSDL
	}
	lib, err := build(r, root)
	if err != nil {
		return nil, err
	}
	d := &description{contract: row.contract, path: strings.TrimLeft(row.path, "/"), origin: path, library: lib}
	d.interaction, _ = parseInteraction(root.names.interaction) // a listed WSDL needs none
	return d, nil
}
