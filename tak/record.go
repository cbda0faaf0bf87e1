package tak

import (
	"fmt"

	"rivgate/internal/xmlstream"
)

// takSpace is the namespace of everything TAK's service speaks of.
const takSpace = "urn:skl:tp:vagvalsinfo:v2"

// layout is what a table looks like in XML.
type layout struct {
	operation string   // the request element; the answer's is the same + "Response"
	element   string   // one row
	fields    []string // a row's elements in the order VP writes them
}

// The fields both tables have, and where.
const (
	fieldID = iota
	fieldReceiver
	fieldProfileOrSender
	fieldContract
	fieldFrom
	fieldTo
	fieldAddress // routes only

	maxFields
)

var routeLayout = layout{
	operation: "hamtaAllaVirtualiseringar",
	element:   "virtualiseringsInfo",
	fields: []string{
		"virtualiseringsInfoId", "receiverId", "rivProfil", "tjansteKontrakt",
		"fromTidpunkt", "tomTidpunkt", "adress",
	},
}

var permissionLayout = layout{
	operation: "hamtaAllaAnropsBehorigheter",
	element:   "anropsBehorighetsInfo",
	fields: []string{
		"anropsBehorighetsInfoId", "receiverId", "senderId", "tjansteKontrakt",
		"fromTidpunkt", "tomTidpunkt",
	},
}

// filterElement is the part of a permission that only engagement indexes use.
const filterElement = "filterInfo"

// strictness is how much of TAK's schema is insisted on: VP reads answers
// strictly and its local copy leniently.
type strictness bool

const (
	strict  strictness = true
	lenient strictness = false
)

// record is a row as it is read. One is reused for all rows of a table.
type record struct {
	values  [maxFields][]byte
	given   [maxFields]bool
	filters []byte // filterInfo elements in the local copy's form
	unknown []byte // other elements in the local copy's form
}

// newRecord makes a record of field values in the order of a layout. Empty
// dates are missing.
func newRecord(values ...string) *record {
	rec := new(record)
	for i, value := range values {
		rec.values[i] = []byte(value)
		rec.given[i] = value != "" || i != fieldFrom && i != fieldTo
	}
	return rec
}

func (rec *record) reset() {
	rec.given = [maxFields]bool{}
	for i := range rec.values {
		rec.values[i] = rec.values[i][:0]
	}
	rec.filters, rec.unknown = rec.filters[:0], rec.unknown[:0]
}

// read reads the row whose start tag is current. Fields may come in any order,
// the last of several counts, and unknown elements are kept for the local copy.
func (rec *record) read(x *xmlstream.Reader, l *layout, s strictness) error {
	rec.reset()
	for expected := 0; ; {
		inside, err := nextChild(x)
		if !inside || err != nil {
			return err
		}
		name := x.Name()
		field := l.field(name, expected)
		switch {
		case field >= 0:
			rec.values[field], err = content(x, rec.values[field][:0], s)
			rec.given[field] = true
			expected = field + 1
		case name == xmlstream.Name{Space: takSpace, Local: filterElement}:
			rec.filters, err = appendElement(rec.filters, x)
		default:
			rec.unknown, err = appendElement(rec.unknown, x)
		}
		if err != nil {
			return err
		}
	}
}

// finish gives the values the white space their schema types ask for.
func (rec *record) finish(l *layout) {
	rec.values[fieldContract] = collapse(rec.values[fieldContract])
	if l == &routeLayout {
		rec.values[fieldProfileOrSender] = collapse(rec.values[fieldProfileOrSender])
	}
	rec.values[fieldFrom] = collapse(rec.values[fieldFrom])
	rec.values[fieldTo] = collapse(rec.values[fieldTo])
}

// field is the number of the field an element is; -1: none. The search starts
// with the one that should come next.
func (l *layout) field(name xmlstream.Name, expected int) int {
	if name.Space != takSpace {
		return -1
	}
	for i := range l.fields {
		field := (expected + i) % len(l.fields)
		if l.fields[field] == name.Local {
			return field
		}
	}
	return -1
}

// nextChild goes on to the next start tag inside the current element; false at
// its end tag.
func nextChild(x *xmlstream.Reader) (bool, error) {
	for {
		kind, err := x.Next()
		if err != nil {
			return false, err
		}
		if kind != xmlstream.Text {
			return kind == xmlstream.Start, nil
		}
	}
}

// content appends the text of the current element. Elements inside are an
// error, or passed over.
func content(x *xmlstream.Reader, dst []byte, s strictness) ([]byte, error) {
	if s == strict {
		return x.AppendContent(dst)
	}
	for {
		kind, err := x.Next()
		switch {
		case err != nil || kind == xmlstream.End:
			return dst, err
		case kind == xmlstream.Text:
			dst = append(dst, x.Text()...)
		default:
			if err := x.Skip(); err != nil {
				return dst, err
			}
		}
	}
}

// isNil tells whether the current element says that it is nil.
func isNil(x *xmlstream.Reader) bool {
	value, _ := x.Attr(xmlstream.Name{Space: xsiSpace, Local: "nil"})
	text := string(collapse(value))
	return text == "true" || text == "1"
}

const xsiSpace = "http://www.w3.org/2001/XMLSchema-instance"

// collapse removes white space at both ends and makes runs of it one space
// (xs:token), in place.
func collapse(b []byte) []byte {
	first := 0
	for first < len(b) && !isSpace(b[first]) {
		first++
	}
	kept := b[:first]
	gap := false
	for _, c := range b[first:] {
		if isSpace(c) {
			gap = len(kept) > 0
			continue
		}
		if gap {
			kept = append(kept, ' ')
			gap = false
		}
		kept = append(kept, c)
	}
	return kept
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// FormatError is an answer or a local copy that is not what it should be.
type FormatError struct {
	Source string // address or file
	Line   int    // from 1
	Text   string
}

// Error is "SOURCE:LINE: TEXT".
func (e *FormatError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Source, e.Line, e.Text) }

// formatError places an error of reading XML; errors of another kind stay.
func formatError(source string, x *xmlstream.Reader, err error) error {
	switch e := err.(type) {
	case *xmlstream.Error:
		return &FormatError{source, e.Line, e.Text}
	case contentError:
		return &FormatError{source, x.Line(), string(e)}
	}
	return err
}

// contentError is well-formed XML that says the wrong thing.
type contentError string

func (e contentError) Error() string { return string(e) }
