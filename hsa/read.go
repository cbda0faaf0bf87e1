package hsa

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"rivgate/internal/xmlstream"
)

// dateLayout is how files write their creation date: milliseconds and zone are
// not optional.
const dateLayout = "2006-01-02T15:04:05.000Z07:00"

var (
	errNoEndDate = errors.New("the file has no endDate")
	errEmptyDN   = errors.New("a DN without parts")
)

// fileReader reads one file into a builder. Names of elements count, their
// namespaces and the root's name do not, as in VP.
type fileReader struct {
	file    string
	xml     *xmlstream.Reader
	into    *builder
	scratch []byte

	created time.Time
	dated   bool // an endDate was seen

	inUnit  bool
	current entry
}

// entry is the unit being read.
type entry struct {
	line           int
	id, dn         string
	hasDN, hasName bool
}

// newFileReader decodes as UTF-8 whatever the XML declaration says, as VP
// does: files declared as ISO-8859-1 exist, and they are UTF-8.
func newFileReader(file string, src io.Reader, into *builder) *fileReader {
	xml := xmlstream.NewReader(src, xmlstream.Options{Charset: "UTF-8", SkipDoctype: true})
	return &fileReader{file: file, xml: xml, into: into}
}

func (r *fileReader) readAll() error {
	for {
		kind, err := r.xml.Next()
		switch {
		case err == io.EOF && !r.dated:
			return errNoEndDate
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case kind == xmlstream.Start:
			err = r.start(r.xml.Name().Local)
		case kind == xmlstream.End && r.inUnit && r.xml.Name().Local == "hsaUnit":
			r.inUnit = false
			err = r.endUnit()
		}
		if err != nil {
			return err
		}
	}
}

// start reads the elements that matter. Their last occurrence in a unit counts,
// and the first endDate of the file.
func (r *fileReader) start(element string) (err error) {
	switch {
	case element == "hsaUnit":
		r.inUnit = true
		r.current = entry{line: r.xml.Line()}
	case element == "endDate" && !r.dated:
		err = r.endDate()
	case !r.inUnit:
	case element == "hsaIdentity":
		r.current.id, err = r.text()
	case element == "DN":
		err = r.dn()
	case element == "name":
		r.current.hasName = true
		r.scratch, err = r.xml.AppendContent(r.scratch[:0])
	}
	return err
}

// text is the current element's text, as it stands.
func (r *fileReader) text() (string, error) {
	var err error
	r.scratch, err = r.xml.AppendContent(r.scratch[:0])
	return string(r.scratch), err
}

func (r *fileReader) dn() error {
	text, err := r.text()
	if err != nil {
		return err
	}
	dn, ok := appendDN(r.scratch[:0], text)
	if !ok {
		return errEmptyDN
	}
	r.scratch = dn
	r.current.dn, r.current.hasDN = string(dn), true
	return nil
}

func (r *fileReader) endDate() error {
	r.dated = true
	line := r.xml.Line()
	text, err := r.text()
	if err != nil {
		return err
	}
	created, err := time.Parse(dateLayout, text)
	if err != nil {
		r.into.warnings.add(r.file, line, "endDate %q is no date of the form yyyy-MM-dd'T'HH:mm:ss.SSSXXX", text)
		return nil //nolint:nilerr // VP goes on without a date
	}
	r.created = created
	return nil
}

// endUnit hands over the unit, or skips an invalid one with a warning.
func (r *fileReader) endUnit() error {
	e := &r.current
	if strings.TrimSpace(e.id) == "" || !e.hasDN || !e.hasName {
		r.into.warnings.add(r.file, e.line, "HsaObject entry invalid @ LineNo:%d, entry: hsaIdentity=%q, DN=%q, name given: %t",
			e.line, e.id, e.dn, e.hasName)
		return nil
	}
	if !r.into.add(unit{e.id, e.dn, r.file, e.line}) {
		return fmt.Errorf("HsaObject entry invalid @ LineNo:%d, Duplicate with: hsaIdentity=%s, DN=%s", e.line, e.id, e.dn)
	}
	return nil
}

// failure gives an error its place.
func (r *fileReader) failure(err error) error {
	if syntax, ok := errors.AsType[*xmlstream.Error](err); ok {
		return &LoadError{r.file, syntax.Line, errors.New(syntax.Text)}
	}
	line := r.xml.Line()
	if errors.Is(err, errNoEndDate) {
		line = 0
	}
	return &LoadError{r.file, line, err}
}
