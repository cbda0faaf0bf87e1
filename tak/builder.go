package tak

import (
	"fmt"
	"io"
	"time"

	"rivgate/internal/pace"
	"rivgate/internal/texts"
)

// maxWarnings bounds what is kept of a badly broken catalogue.
const maxWarnings = 1000

// builder takes in rows one by one: into the tables, and into the local copy's
// form.
type builder struct {
	built      *Catalogue
	strictness strictness
	form       *copyForm
	texts      texts.Set // equal texts have one number
	read       [2]knownBound
	dropped    int // warnings over the limit
	pace       *pace.Pace
}

// newBuilder makes a builder that writes the local copy's form to out, which
// may be nil. p paces reading and indexing.
func newBuilder(out io.Writer, s strictness, p *pace.Pace) *builder {
	return &builder{
		built:      new(Catalogue),
		strictness: s,
		form:       newCopyForm(out),
		pace:       p,
	}
}

// addRoute takes in a record read with routeLayout. Under strictness, a date
// that is none is an error.
func (b *builder) addRoute(rec *record, line int) error {
	b.pace.Step()
	rec.finish(&routeLayout)
	valid, err := b.validity(rec, line)
	if err != nil {
		return err
	}
	b.built.routeIDs.Add(rec.values[fieldID])
	b.built.routes.add(routeRow{
		receiver: b.text(rec.values[fieldReceiver]),
		profile:  b.text(rec.values[fieldProfileOrSender]),
		contract: b.text(rec.values[fieldContract]),
		address:  b.text(rec.values[fieldAddress]),
		valid:    valid,
	})
	b.form.row(&routeLayout, rec)
	return nil
}

// addPermission is addRoute for permissionLayout.
func (b *builder) addPermission(rec *record, line int) error {
	b.pace.Step()
	rec.finish(&permissionLayout)
	valid, err := b.validity(rec, line)
	if err != nil {
		return err
	}
	b.built.permissionIDs.Add(rec.values[fieldID])
	b.built.permissions.add(permissionRow{
		receiver: b.text(rec.values[fieldReceiver]),
		sender:   b.text(rec.values[fieldProfileOrSender]),
		contract: b.text(rec.values[fieldContract]),
		valid:    valid,
	})
	b.form.row(&permissionLayout, rec)
	return nil
}

// validity reads the dates of a record. A date that is missing, or wrong where
// leniency makes it missing, gets a warning: the row will never hold.
func (b *builder) validity(rec *record, line int) (Validity, error) {
	var bounds [2]bound
	for i, field := range []int{fieldFrom, fieldTo} {
		if !rec.given[field] {
			continue
		}
		parsed, ok := b.read[i].parse(rec.values[field], field == fieldFrom)
		if !ok || len(rec.values[field]) == 0 {
			rec.given[field] = false
			if b.strictness == strict {
				return Validity{}, contentError(fmt.Sprintf("%s %q is no xs:dateTime", routeLayout.fields[field], rec.values[field]))
			}
			continue
		}
		bounds[i] = parsed
	}
	v := Validity{bounds[0], bounds[1]}
	if !v.Complete() {
		b.warn(line, "row %s of receiver %q and contract %q lacks a readable date and never holds",
			rec.values[fieldID], rec.values[fieldReceiver], rec.values[fieldContract])
	}
	return v, nil
}

// knownBound is the bound that was read last: rows are published many at a time,
// with the same dates.
type knownBound struct {
	text  string
	bound bound
	ok    bool
}

// parse is parseBound.
func (k *knownBound) parse(text []byte, isFrom bool) (bound, bool) {
	if !k.ok || k.text != string(text) {
		k.text = string(text)
		k.bound, k.ok = parseBound(k.text, isFrom)
	}
	return k.bound, k.ok
}

// warn notes something wrong with a row.
func (b *builder) warn(line int, format string, args ...any) {
	if len(b.built.warnings) == maxWarnings {
		b.dropped++
		return
	}
	b.built.warnings = append(b.built.warnings, Warning{line, fmt.Sprintf(format, args...)})
}

// text is the number of a text.
func (b *builder) text(raw []byte) uint32 {
	n, _ := b.texts.Number(raw)
	return n
}

// catalogue finishes the catalogue. The error is that of writing its local
// copy; the catalogue is whole all the same.
func (b *builder) catalogue(origin Origin) (*Catalogue, error) {
	c := b.built
	c.texts = b.texts.List
	if b.dropped > 0 {
		c.warnings = append(c.warnings, Warning{Text: fmt.Sprintf("and %d more warnings", b.dropped)})
	}
	revision, err := b.form.finish()
	c.revision, c.origin, c.loaded = revision, origin, time.Now()
	c.reindex(b.pace)
	return c, err
}
