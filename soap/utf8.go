package soap

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"rivgate/fault"
)

// VP's parser decodes in blocks of 4,000 bytes; if it was told the charset,
// the first one is cut after 128 characters. Bytes that are not UTF-8 are
// reported when their block is decoded, so before anything else that is wrong
// in it, and one of the numbers in the report is the block's.
const (
	decodeBlock = 4000
	firstDecode = 128
)

// blockEnd is behind the end of the decoding block that holds offset p.
func blockEnd(p int) int { return (p/decodeBlock + 1) * decodeBlock }

// decoding is what was known when VP's parser would have begun to decode.
type decoding struct {
	start int  // where: at the text's start if told, else behind the XML declaration
	told  bool // the charset was told, not found
	final bool // nothing follows the text
	xml11 bool
}

// check looks for bytes that are not UTF-8, or not characters XML may hold,
// in the blocks that hold the bytes before offset upto. Nil: there are none.
func (d decoding) check(text []byte, upto int) error {
	upto = min(upto, len(text))
	if d.start >= upto || isPlain(text[d.start:]) {
		return nil
	}
	chars, limit, most := 0, decodeBlock, math.MaxInt
	if d.told {
		most = firstDecode
	}
	for call := d.start; call < upto; {
		if call+runeNeed(text[call]) > limit {
			limit = call + decodeBlock
		}
		p, count := call, 0
		for p < len(text) && count < most {
			need := runeNeed(text[p])
			if p+max(need, 1) > limit {
				break
			}
			if bad := checkRune(text[p:], need, d.xml11); bad.format != "" {
				if bad.cut > 0 && !d.final {
					return nil
				}
				return bad.report(chars+count, call-1, p)
			}
			if need == utf8.UTFMax {
				count++
			}
			count++
			p += need
		}
		call, chars, most = p, chars+count, math.MaxInt
	}
	return nil
}

// isPlain tells whether text is ASCII without DEL, eight bytes at a time: so is
// nearly every head, and nothing is wrong with one that is.
func isPlain(text []byte) bool {
	const lowest, highest = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		// Adding 1 takes DEL beyond ASCII. It carries into a next byte only from
		// 0xFF, which is beyond ASCII itself.
		if eight := binary.LittleEndian.Uint64(text); (eight|(eight+lowest))&highest != 0 {
			return false
		}
	}
	for _, c := range text {
		if c >= 0x7F {
			return false
		}
	}
	return true
}

// badRune is why bytes are no character. The zero badRune means they are.
type badRune struct {
	format string // of the report, with a character and a byte number
	ahead  int    // of the character number
	cut    int    // how many bytes there are, if the text ends inside the character
}

// report numbers characters from the first decoded, and bytes in the way of
// VP's parser: where the text broke off, otherwise where the block began.
func (b badRune) report(char, block, at int) error {
	if b.cut > 0 {
		block = at + b.cut
	}
	return fault.New(fault.VP015, fmt.Sprintf(b.format, char+b.ahead, block))
}

// runeNeed is the length of a character by its first byte, 0 for a byte that
// begins none.
func runeNeed(c byte) int {
	switch {
	case c < utf8.RuneSelf:
		return 1
	case c&0xE0 == 0xC0:
		return 2
	case c&0xF0 == 0xE0:
		return 3
	case c&0xF8 == 0xF0:
		return 4
	}
	return 0
}

// wholeRunes is text without a character at its end that is still incomplete.
func wholeRunes(text []byte) []byte {
	for cut := 1; cut < utf8.UTFMax && cut <= len(text); cut++ {
		if c := text[len(text)-cut]; utf8.RuneStart(c) {
			if runeNeed(c) > cut {
				return text[:len(text)-cut]
			}
			break
		}
	}
	return text
}

// checkRune checks the character of need bytes at the start of text. Surrogates,
// overlong forms, U+FFFE and U+FFFF are refused; in XML 1.1 so are the
// characters it restricts and its extra line breaks, which one reader may take
// for white space and the next may not.
func checkRune(text []byte, need int, xml11 bool) badRune {
	if text[0] < 0x7F {
		return badRune{}
	}
	if need == 0 {
		return badRune{format: fmt.Sprintf("Invalid UTF-8 start byte 0x%x (at char #%%d, byte #%%d)", text[0]), ahead: 1}
	}
	c := rune(text[0])
	if need > 1 {
		c &= 0x7F >> need
	}
	for i := 1; i < need; i++ {
		if i == len(text) {
			return badRune{format: fmt.Sprintf("Unexpected EOF in the middle of a multi-byte char: got %d, needed %d, at char #%%d, byte #%%d)", i, need), cut: i}
		}
		if text[i]&0xC0 != 0x80 {
			return badRune{format: fmt.Sprintf("Invalid UTF-8 middle byte 0x%x (at char #%%d, byte #%%d)", text[i])}
		}
		c = c<<6 | rune(text[i]&0x3F)
	}
	note := ""
	switch {
	case c > utf8.MaxRune:
		note = "(above 10ffff) "
	case c >= 0xD800 && c < 0xE000:
		note = "(a surrogate character) "
	case c == 0xFFFE || c == 0xFFFF:
	case utf8.RuneLen(c) != need:
		note = "(overlong form) "
	case xml11 && (c <= 0x9F || c == 0x2028):
		return badRune{format: fmt.Sprintf("Invalid character 0x%x, can only be included in xml 1.1 using character entities (at char #%%d, byte #%%d)", c)}
	default:
		return badRune{}
	}
	return badRune{format: fmt.Sprintf("Invalid UTF-8 character 0x%x%s at char #%%d, byte #%%d)", c, note)}
}
