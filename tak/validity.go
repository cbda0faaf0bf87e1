package tak

import (
	"fmt"
	"math"
	"sync"
	"time"
	_ "time/tzdata" // the rule for planned switches needs Europe/Stockholm everywhere
)

// slack is how far a date without zone may lie from the instant it means: XML
// Schema compares it as undecided within 14 hours, and undecided counts as
// valid.
const slack = int64(14 * time.Hour / time.Millisecond)

// Validity is the time a row holds, both ends included, to the millisecond. A
// row without a bound, the zero Validity too, never holds; VP fails on it.
//
// A bound with a zone is an instant. One without zone is read as UTC and widened
// by 14 hours: such a row holds from 14 hours before until 14 hours after.
type Validity struct{ from, to bound }

// ParseValidity reads two bounds written as xs:dateTime; empty ones are
// missing. The error names the bound that is no date.
func ParseValidity(from, to string) (Validity, error) {
	var v Validity
	var ok bool
	if v.from, ok = parseBound(from, true); !ok {
		return Validity{}, fmt.Errorf("%q is no xs:dateTime", from)
	}
	if v.to, ok = parseBound(to, false); !ok {
		return Validity{}, fmt.Errorf("%q is no xs:dateTime", to)
	}
	return v, nil
}

// Holds tells whether a row of this validity holds at an instant.
func (v Validity) Holds(at time.Time) bool { return v.holds(at.UnixMilli()) }

// Complete tells whether both bounds are known.
func (v Validity) Complete() bool { return v.from.kind() != missing && v.to.kind() != missing }

// From is the first bound as xs:dateTime, in UTC if it has a zone, and empty if
// it is missing.
func (v Validity) From() string { return v.from.String() }

// To is the last bound, in the form of From.
func (v Validity) To() string { return v.to.String() }

func (v Validity) holds(now int64) bool {
	return v.Complete() && v.begin() <= now && now < v.end()
}

// begin is the first millisecond in which the row holds.
func (v Validity) begin() int64 {
	if v.from.kind() == local {
		return v.from.ms() - slack
	}
	return v.from.ms()
}

// end is the first millisecond in which the row no longer holds.
func (v Validity) end() int64 {
	if v.to.kind() == local {
		return v.to.ms() + slack + 1
	}
	return v.to.ms() + 1
}

// coversDay tells whether a day, counted from 1970, lies between the days the
// bounds mean. Bounds with a zone are exact already and limit nothing here.
func (v Validity) coversDay(day int64) bool {
	return (v.from.kind() != local || v.from.day() <= day) &&
		(v.to.kind() != local || day <= v.to.day())
}

// kind is what a bound is.
type kind uint8

const (
	missing kind = iota
	local        // without zone
	zoned
)

// bound is a dateTime in 64 bits: milliseconds above, the kind in the lowest
// two. Catalogues have hundreds of thousands.
type bound int64

func makeBound(ms int64, k kind) bound { return bound(ms<<2 | int64(k)) }

func (b bound) kind() kind { return kind(b & 3) }
func (b bound) ms() int64  { return int64(b) >> 2 }

// parseBound reads a bound; empty is missing. A fraction below a millisecond
// is rounded into the row's validity, so that comparing milliseconds is exact.
func parseBound(s string, isFrom bool) (bound, bool) {
	if s == "" {
		return 0, true
	}
	d, ok := parseDateTime(s)
	if !ok {
		return 0, false
	}
	if d.more && isFrom {
		d.ms++
	}
	if d.zoned {
		return makeBound(d.ms, zoned), true
	}
	return makeBound(d.ms, local), true
}

// dayShift makes the two shapes of midnight the same day: dates published in
// Stockholm surface as 22:00 or 23:00 the day before.
const dayShift = int64(2 * time.Hour / time.Millisecond)

const dayLength = int64(24 * time.Hour / time.Millisecond)

// day is the day a bound without zone means, counted from 1970.
func (b bound) day() int64 {
	shifted := b.ms() + dayShift
	day := shifted / dayLength
	if shifted%dayLength < 0 {
		day--
	}
	return day
}

// String is the bound as xs:dateTime.
func (b bound) String() string {
	layout := "2006-01-02T15:04:05.000"
	switch b.kind() {
	case missing:
		return ""
	case zoned:
		layout += "Z"
	}
	return time.UnixMilli(b.ms()).UTC().Format(layout)
}

// stockholm is the zone planned switches happen in. It is part of the program.
var stockholm = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return zone
})

// dayInStockholm is the day of an instant, counted from 1970.
func dayInStockholm(at time.Time) int64 {
	year, month, day := at.In(stockholm()).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMilli() / dayLength
}

// startInStockholm is the first millisecond of a day counted from 1970.
func startInStockholm(day int64) int64 {
	return time.Date(1970, time.January, 1+int(day), 0, 0, 0, 0, stockholm()).UnixMilli()
}

// horizon finds the nearest moment after now.
type horizon struct{ now, next int64 }

func newHorizon(now int64) horizon { return horizon{now, math.MaxInt64} }

func (h *horizon) add(ms int64) {
	if ms > h.now && ms < h.next {
		h.next = ms
	}
}

// addBounds adds the moments at which a row starts and stops to hold.
func (h *horizon) addBounds(v Validity) {
	if v.Complete() {
		h.add(v.begin())
		h.add(v.end())
	}
}

// addDays adds the moments at which coversDay changes.
func (h *horizon) addDays(v Validity) {
	if v.from.kind() == local {
		h.add(startInStockholm(v.from.day()))
	}
	if v.to.kind() == local {
		h.add(startInStockholm(v.to.day() + 1))
	}
}

// time is the moment; zero when there is none.
func (h *horizon) time() time.Time {
	if h.next == math.MaxInt64 {
		return time.Time{}
	}
	return time.UnixMilli(h.next)
}
