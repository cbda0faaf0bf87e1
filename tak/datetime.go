package tak

import (
	"strings"
	"time"
)

// xmlSpaces are the white space characters of XML.
const xmlSpaces = " \t\r\n"

// dateTime is a value of xs:dateTime.
type dateTime struct {
	ms    int64 // since 1970, rounded down; without zone, the wall clock read as UTC
	more  bool  // something below a millisecond was rounded off
	zoned bool
}

// parseDateTime reads the lexical form of xs:dateTime (XML Schema part 2,
// 3.2.7.1), white space around it allowed. As in VP, 24:00:00 is the next
// midnight, a 60th second the next minute, and the year 0 does not exist.
// Years have at most seven digits.
func parseDateTime(s string) (dateTime, bool) {
	p := dateScanner{rest: strings.Trim(s, xmlSpaces), ok: true}
	year := p.year()
	month := p.field('-', 1, 12)
	day := p.field('-', 1, 31)
	hour := p.field('T', 0, 24)
	minute := p.field(':', 0, 59)
	second := p.field(':', 0, 60)
	ms, more := p.fraction()
	offset, zoned := p.zone()
	switch {
	case !p.ok || p.rest != "":
		return dateTime{}, false
	case day > daysIn(year, month):
		return dateTime{}, false
	case hour == 24 && (minute > 0 || second > 0 || ms > 0 || more):
		return dateTime{}, false
	}
	wall := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).UnixMilli()
	return dateTime{wall + int64(ms) - offset.Milliseconds(), more, zoned}, true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// dateScanner reads a date from left to right; ok turns false at the first
// thing that is wrong.
type dateScanner struct {
	rest string
	ok   bool
}

// accept takes a character if it is next.
func (p *dateScanner) accept(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// digits takes all digits that are next.
func (p *dateScanner) digits() string {
	n := 0
	for n < len(p.rest) && '0' <= p.rest[n] && p.rest[n] <= '9' {
		n++
	}
	taken := p.rest[:n]
	p.rest = p.rest[n:]
	return taken
}

func (p *dateScanner) year() int {
	negative := p.accept('-')
	digits := p.digits()
	year := number(digits)
	if len(digits) < 4 || len(digits) > 7 || year == 0 {
		p.ok = false
	}
	if negative {
		return -year
	}
	return year
}

// field takes a separator and two digits of a value from least to most.
func (p *dateScanner) field(separator byte, least, most int) int {
	if !p.accept(separator) || len(p.rest) < 2 {
		p.ok = false
		return 0
	}
	two := dateScanner{rest: p.rest[:2]}
	digits := two.digits()
	value := number(digits)
	if len(digits) != 2 || value < least || value > most {
		p.ok = false
		return 0
	}
	p.rest = p.rest[2:]
	return value
}

// fraction takes the decimals of the second, if there are any.
func (p *dateScanner) fraction() (ms int, more bool) {
	if !p.accept('.') {
		return 0, false
	}
	digits := p.digits()
	if digits == "" {
		p.ok = false
	}
	below := ""
	if len(digits) > 3 {
		digits, below = digits[:3], digits[3:]
	}
	ms = number(digits)
	for range 3 - len(digits) {
		ms *= 10
	}
	return ms, strings.Trim(below, "0") != ""
}

// zone takes the time zone, if there is one.
func (p *dateScanner) zone() (offset time.Duration, zoned bool) {
	if p.accept('Z') {
		return 0, true
	}
	if p.rest == "" {
		return 0, false
	}
	sign := p.rest[0]
	hours := p.field(sign, 0, 14)
	minutes := p.field(':', 0, 59)
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if sign != '+' && sign != '-' || offset > 14*time.Hour {
		p.ok = false
	}
	if sign == '-' {
		offset = -offset
	}
	return offset, true
}

// number is the value of a few decimal digits; more than fit in an int are
// refused by the callers through their length.
func number(digits string) int {
	n := 0
	for i := range min(len(digits), 9) {
		n = 10*n + int(digits[i]-'0')
	}
	return n
}
