package tak_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"rivgate/tak"
)

func TestHolds(t *testing.T) {
	for _, test := range []struct {
		name, from, to, at string
		want               bool
	}{
		{"without zone, first moment", "2026-06-10T00:00:00.000", "2026-06-10T00:00:00.000", "2026-06-09T10:00:00.000Z", true},
		{"without zone, too early", "2026-06-10T00:00:00.000", "2026-06-10T00:00:00.000", "2026-06-09T09:59:59.999Z", false},
		{"without zone, last moment", "2026-06-10T00:00:00.000", "2026-06-10T00:00:00.000", "2026-06-10T14:00:00.000Z", true},
		{"without zone, too late", "2026-06-10T00:00:00.000", "2026-06-10T00:00:00.000", "2026-06-10T14:00:00.001Z", false},
		{"UTC, from is included", "2026-06-10T00:00:00.000Z", "2026-06-11T00:00:00Z", "2026-06-10T00:00:00.000Z", true},
		{"UTC, before", "2026-06-10T00:00:00.000Z", "2026-06-11T00:00:00Z", "2026-06-09T23:59:59.999Z", false},
		{"UTC, to is included", "2026-06-10T00:00:00.000Z", "2026-06-11T00:00:00Z", "2026-06-11T00:00:00.000Z", true},
		{"UTC, after", "2026-06-10T00:00:00.000Z", "2026-06-11T00:00:00Z", "2026-06-11T00:00:00.001Z", false},
		{"offset, included", "2013-08-09T13:25:24.260+02:00", "2123-08-09T14:25:24.260+02:00", "2013-08-09T11:25:24.260Z", true},
		{"offset, before", "2013-08-09T13:25:24.260+02:00", "2123-08-09T14:25:24.260+02:00", "2013-08-09T11:25:24.259Z", false},
		{"from with zone, to without: to is widened", "2026-06-10T00:00:00Z", "2026-06-10T00:00:00", "2026-06-10T14:00:00Z", true},
		{"from with zone, to without: from is not", "2026-06-10T00:00:00Z", "2026-06-10T00:00:00", "2026-06-09T23:59:59.999Z", false},
		{"24:00 is the next day", "2026-06-09T24:00:00Z", "2027-01-01T00:00:00Z", "2026-06-09T23:59:59.999Z", false},
		{"24:00 is the next day, included", "2026-06-09T24:00:00Z", "2027-01-01T00:00:00Z", "2026-06-10T00:00:00Z", true},
		{"a fraction finer than milliseconds begins later", "2026-06-10T00:00:00.0001Z", "2027-01-01T00:00:00Z", "2026-06-10T00:00:00.000Z", false},
		{"a fraction finer than milliseconds ends in it", "2026-01-01T00:00:00Z", "2026-06-10T00:00:00.0001Z", "2026-06-10T00:00:00.000Z", true},
		{"no from", "", "2027-01-01T00:00:00Z", "2026-06-10T00:00:00Z", false},
		{"no to", "2026-01-01T00:00:00Z", "", "2026-06-10T00:00:00Z", false},
		{"before 1970", "1960-01-01T00:00:00Z", "1960-01-01T00:00:00.500Z", "1960-01-01T00:00:00.500Z", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := validity(t, test.from, test.to).Holds(instant(t, test.at)); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
	if (tak.Validity{}).Holds(time.Now()) {
		t.Error("the zero Validity holds")
	}
}

var dateSeeds = []string{
	"2014-08-13T00:00:00.000", "2014-08-13T22:00:00", "2013-08-09T13:25:24.260+02:00", "2026-06-10T00:00:00Z",
	"2026-06-09T24:00:00", "2026-06-09T24:00:00.1", "0000-01-01T00:00:00", "-0001-01-01T00:00:00", "12026-01-01T00:00:00",
	"2026-02-29T00:00:00", "2024-02-29T00:00:00", "2026-13-01T00:00:00", "2026-01-01T00:00:60", "2026-01-01T00:00:61",
	" 2026-01-01T00:00:00\n", "2026-01-01T00:00:00.", "2026-01-01T00:00:00.1234567", "0001-01-01T00:00:00.0000000000000001", "2026-01-01T00:00:00+14:00",
	"2026-01-01T00:00:00-14:01", "2026-01-01", "2026-01-01 00:00:00", "x", "2026-1-1T0:0:0", "+2026-01-01T00:00:00",
	"9999999-12-31T23:59:59.999-14:00", "12345678-01-01T00:00:00", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00é",
}

func TestDateSeedsExist(t *testing.T) {
	if len(dateSeeds) == 0 {
		t.Fatal("no seeds")
	}
}

func TestRefusedDates(t *testing.T) {
	for _, s := range []string{
		"2014-08-13", "2014-08-13 00:00:00", "2014-02-30T00:00:00", "2014-08-13T25:00:00", "2014-08-13T24:00:01",
		"2014-08-13T00:00", "2014-08-13T00:00:00.", "2014-08-13T00:00:00+15:00", "0000-08-13T00:00:00", "soon",
	} {
		if _, err := tak.ParseValidity(s, "2026-01-01T00:00:00"); err == nil {
			t.Errorf("%q is accepted", s)
		}
		if _, err := tak.ParseValidity("2026-01-01T00:00:00", s); err == nil {
			t.Errorf("%q is accepted as the end", s)
		}
	}
}

var dateTime = regexp.MustCompile(`^[ \t\r\n]*(-?)([0-9]{4,7})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?[ \t\r\n]*$`)

// naiveDate reads an xs:dateTime slowly and obviously: the instant with zero
// offset, and whether there is a zone.
func naiveDate(s string) (at time.Time, zoned, ok bool) {
	m := dateTime.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false, false
	}
	var n [8]int
	for i := 2; i < 8; i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	year, month, day, hour, minute, second := n[2], n[3], n[4], n[5], n[6], n[7]
	if m[1] == "-" {
		year = -year
	}
	if year == 0 || month < 1 || month > 12 || minute > 59 || second > 60 || hour > 24 {
		return time.Time{}, false, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if day < 1 || date.Day() != day {
		return time.Time{}, false, false
	}
	fraction := strings.TrimPrefix(m[8], ".")
	if hour == 24 && (minute > 0 || second > 0 || strings.Trim(fraction, "0") != "") {
		return time.Time{}, false, false
	}
	nanos, _ := strconv.Atoi((fraction + "000000000")[:9])
	if len(fraction) > 9 && strings.Trim(fraction[9:], "0") != "" && nanos%1_000_000 == 0 {
		nanos++ // finer than Go's clock, and still later than the millisecond
	}
	at = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if m[9] == "" || m[9] == "Z" {
		return at, m[9] == "Z", true
	}
	hours, _ := strconv.Atoi(m[9][1:3])
	minutes, _ := strconv.Atoi(m[9][4:6])
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if minutes > 59 || offset > 14*time.Hour {
		return time.Time{}, false, false
	}
	if m[9][0] == '-' {
		offset = -offset
	}
	return at.Add(-offset), true, true
}

// FuzzDate: dates are accepted and compared as the naive reference does.
func FuzzDate(f *testing.F) {
	for _, seed := range dateSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return // missing
		}
		at, zoned, want := naiveDate(s)
		v, err := tak.ParseValidity(s, s)
		if (err == nil) != want {
			t.Fatalf("%q: %v, reference says %t", s, err, want)
		}
		if err != nil {
			return
		}
		slack := 14 * time.Hour
		if zoned {
			slack = 0
		}
		to := at.Truncate(time.Millisecond)
		from := to
		if from.Before(at) {
			from = from.Add(time.Millisecond)
		}
		always := validity(t, "-9999999-01-01T00:00:00Z", "9999999-12-31T23:59:59Z")
		if !always.Holds(at) {
			return // outside what can be compared
		}
		starts, _ := tak.ParseValidity(s, "9999999-12-31T23:59:59")
		ends, _ := tak.ParseValidity("-9999999-01-01T00:00:00", s)
		check := func(what string, got, want bool) {
			if got != want {
				t.Errorf("%q %s: got %t", s, what, got)
			}
		}
		check("at its start", starts.Holds(from.Add(-slack)), true)
		check("before its start", starts.Holds(from.Add(-slack-time.Millisecond)), false)
		check("at its end", ends.Holds(to.Add(slack)), true)
		check("after its end", ends.Holds(to.Add(slack+time.Millisecond)), false)
		check("in the middle", v.Holds(at.Truncate(time.Millisecond)), !zoned || at.Equal(to))
	})
}
