package soap

import (
	"unicode"
	"unicode/utf8"
)

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isControl tells whether c is a control character that XML text may not hold.
func isControl(c byte) bool { return c < ' ' && !isSpace(c) }

func isControlRune(c rune) bool { return c < ' ' && isControl(byte(c)) }

// nameStart and namePart are the NameStartChar and NameChar of XML 1.0, fifth
// edition (https://www.w3.org/TR/xml/#NT-NameStartChar), without the colon and
// without ASCII.
var (
	nameStart = &unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0xC0, Hi: 0xD6, Stride: 1},
			{Lo: 0xD8, Hi: 0xF6, Stride: 1},
			{Lo: 0xF8, Hi: 0x2FF, Stride: 1},
			{Lo: 0x370, Hi: 0x37D, Stride: 1},
			{Lo: 0x37F, Hi: 0x1FFF, Stride: 1},
			{Lo: 0x200C, Hi: 0x200D, Stride: 1},
			{Lo: 0x2070, Hi: 0x218F, Stride: 1},
			{Lo: 0x2C00, Hi: 0x2FEF, Stride: 1},
			{Lo: 0x3001, Hi: 0xD7FF, Stride: 1},
			{Lo: 0xF900, Hi: 0xFDCF, Stride: 1},
			{Lo: 0xFDF0, Hi: 0xFFFD, Stride: 1},
		},
		R32:         []unicode.Range32{{Lo: 0x10000, Hi: 0xEFFFF, Stride: 1}},
		LatinOffset: 2,
	}
	namePart = &unicode.RangeTable{
		R16: []unicode.Range16{
			{Lo: 0xB7, Hi: 0xB7, Stride: 1},
			{Lo: 0x300, Hi: 0x36F, Stride: 1},
			{Lo: 0x203F, Hi: 0x2040, Stride: 1},
		},
		LatinOffset: 1,
	}
)

func isNameStart(c rune) bool {
	if c < utf8.RuneSelf {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
	}
	return unicode.Is(nameStart, c)
}

func isNameChar(c rune) bool {
	if c < utf8.RuneSelf {
		return isNameStart(c) || '0' <= c && c <= '9' || c == '-' || c == '.'
	}
	return unicode.Is(nameStart, c) || unicode.Is(namePart, c)
}

// asciiNames tells which bytes are characters of names by themselves.
var asciiNames = func() (table [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		table[c] = isNameChar(c)
	}
	return table
}()

// nameEnd is the offset behind the name characters of text from p on; colons
// count as such if colons is set.
func nameEnd(text []byte, p int, colons bool) int {
	for p < len(text) {
		if asciiNames[text[p]] {
			p++
			continue
		}
		c, size := rune(text[p]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(text[p:])
		}
		if !isNameChar(c) && !(colons && c == ':') {
			break
		}
		p += size
	}
	return p
}
