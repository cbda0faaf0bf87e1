package record

import "unicode/utf8"

// Bounds on what is written, in bytes, so that a call is a line of reasonable
// size whatever its caller sent.
const (
	maxValue   = 1024     // of a value
	maxLong    = 8 << 10  // of a fault's detail, an error's text, a process line's value
	maxHeaders = 8 << 10  // of all headers of one message
	maxKept    = 64 << 10 // of a buffer that is used again
)

// clip shortens value to limit bytes, between characters.
func clip(value string, limit int) (clipped string, cut bool) {
	if len(value) <= limit {
		return value, false
	}
	for limit > 0 && !utf8.RuneStart(value[limit]) {
		limit--
	}
	return value[:limit], true
}

// hidden tells whether a character is not seen for what it is: it moves the
// cursor, ends a line somewhere, or turns the direction of what follows.
func hidden(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f:
		return true
	case r < 0x61c:
		return false
	}
	switch {
	case r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
		return true
	}
	return false
}

// appendJSON appends s as the inside of a JSON string. What is no UTF-8 becomes
// U+FFFD, as encoding/json has it, and hidden characters are escaped.
func appendJSON[S string | []byte](dst []byte, s S) []byte { return appendEscaped(dst, s, true) }

// AppendText appends value as the inside of a JSON string, as log lines have
// it: one line whatever is in it, at most 1 KiB of value, then "…".
func AppendText(dst []byte, value string) []byte { return appendClipped(dst, value, maxValue) }

// appendClipped appends at most limit bytes of value as the inside of a JSON
// string, and "…" where there was more.
func appendClipped(dst []byte, value string, limit int) []byte {
	value, cut := clip(value, limit)
	dst = appendJSON(dst, value)
	if cut {
		dst = append(dst, "…"...)
	}
	return dst
}

// appendPlain appends s for a line without quotes: hidden characters are
// escaped as in JSON, and nothing else is.
func appendPlain[S string | []byte](dst []byte, s S) []byte { return appendEscaped(dst, s, false) }

// asIs are the bytes that pass unchanged, in a JSON string and otherwise. What
// is no ASCII is looked at as a character.
var asIsQuoted, asIs = asIsTable(true), asIsTable(false)

func asIsTable(quoted bool) (table [256]bool) {
	for b := range rune(utf8.RuneSelf) {
		table[b] = !hidden(b) && (!quoted || b != '"' && b != '\\')
	}
	return table
}

func appendEscaped[S string | []byte](dst []byte, s S, quoted bool) []byte {
	table := &asIs
	if quoted {
		table = &asIsQuoted
	}
	done := 0
	for i := 0; i < len(s); {
		for i < len(s) && table[s[i]] {
			i++
		}
		if i == len(s) {
			break
		}
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if !hidden(r) && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		dst = append(dst, s[done:i]...)
		if r == utf8.RuneError {
			dst = append(dst, "\uFFFD"...)
		} else {
			dst = appendEscape(dst, r)
		}
		i += size
		done = i
	}
	return append(dst, s[done:]...)
}

// appendEscape appends a character of the basic plane in JSON's escaped form.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
