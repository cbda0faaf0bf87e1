package soap

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// region is what kind of XML text a character stands in.
type region uint8

const (
	inText region = iota
	inTag
	inValue // of an attribute
	inCDATA
	inComment
	inInstruction
	inMarkup // "<" and what may still become the opening of any of these
)

// longestExpansion bounds what one character can become: a reference with
// the CDATA section closed and opened around it, or an opening that turned out
// to be something else, in two-byte characters.
const longestExpansion = 64

// encoder turns UTF-8 XML into another charset. It follows the markup just
// closely enough to know whether a character reference would be read as one.
type encoder struct {
	cs      charset
	started bool

	region region
	quote  byte   // that ends the attribute value
	recent []byte // of the opening in inMarkup, or of the ending elsewhere

	stoodIn bool // the last character of an instruction became "?"
}

func newEncoder(cs charset) *encoder { return &encoder{cs: cs} }

// Reset is part of transform.Transformer.
func (e *encoder) Reset() { *e = encoder{cs: e.cs, recent: e.recent[:0]} }

// Transform is part of transform.Transformer.
func (e *encoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !e.started {
		if len(dst) < 2 {
			return 0, 0, transform.ErrShortDst
		}
		if e.cs.kind == utf16Charset {
			nDst = copy(dst, "\xFE\xFF")
		}
		e.started = true
	}
	for nSrc < len(src) {
		if !atEOF && !utf8.FullRune(src[nSrc:]) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		if len(dst)-nDst < longestExpansion {
			return nDst, nSrc, transform.ErrShortDst
		}
		c, size := utf8.DecodeRune(src[nSrc:])
		nDst += e.encode(dst[nDst:], c)
		if c < utf8.RuneSelf {
			e.follow(byte(c))
		} else {
			e.followOther()
		}
		nSrc += size
	}
	return nDst, nSrc, nil
}

// encode writes c, or what stands for it.
func (e *encoder) encode(dst []byte, c rune) int {
	if e.stoodIn {
		e.stoodIn = false
		if c == '>' {
			return e.ascii(dst, " >") // or it would end the instruction
		}
	}
	if n, ok := e.direct(dst, c); ok {
		return n
	}
	switch e.region {
	case inText, inValue:
		return e.ascii(dst, "&#"+strconv.Itoa(int(c))+";")
	case inCDATA:
		return e.ascii(dst, "]]>&#"+strconv.Itoa(int(c))+";<![CDATA[")
	case inInstruction:
		e.stoodIn = true
	}
	return e.ascii(dst, "?")
}

// direct writes c if the charset has it.
func (e *encoder) direct(dst []byte, c rune) (n int, ok bool) {
	switch e.cs.kind {
	case tableCharset:
		b, ok := e.cs.table.EncodeRune(c)
		dst[0] = b
		return 1, ok
	case asciiCharset:
		dst[0] = byte(c)
		return 1, c < utf8.RuneSelf
	}
	if c <= 0xFFFF {
		return e.unit(dst, c), true
	}
	high, low := utf16.EncodeRune(c)
	n = e.unit(dst, high)
	return n + e.unit(dst[n:], low), true
}

func (e *encoder) unit(dst []byte, c rune) int {
	first, second := byte(c>>8), byte(c)
	if e.cs.kind == utf16LittleCharset {
		first, second = second, first
	}
	dst[0], dst[1] = first, second
	return 2
}

func (e *encoder) ascii(dst []byte, text string) int {
	n := 0
	for _, c := range text {
		written, _ := e.direct(dst[n:], c)
		n += written
	}
	return n
}

// follow moves on over an ASCII character.
func (e *encoder) follow(c byte) {
	switch e.region {
	case inText:
		if c == '<' {
			e.enter(inMarkup)
		}
	case inMarkup:
		e.open(c)
	case inTag:
		e.insideTag(c)
	case inValue:
		if c == e.quote {
			e.enter(inTag)
		}
	case inCDATA:
		e.until("]]>", c)
	case inComment:
		e.until("-->", c)
	case inInstruction:
		e.until("?>", c)
	}
}

// followOther moves on over a character above ASCII.
func (e *encoder) followOther() {
	if e.region == inMarkup {
		e.enter(inTag)
	}
	e.recent = e.recent[:0]
}

func (e *encoder) enter(r region) {
	e.region = r
	e.recent = e.recent[:0]
}

// open decides what the markup is that c belongs to.
func (e *encoder) open(c byte) {
	e.recent = append(e.recent, c)
	switch opening := string(e.recent); {
	case opening == "?":
		e.enter(inInstruction)
	case opening == "!--":
		e.enter(inComment)
	case opening == "![CDATA[":
		e.enter(inCDATA)
	case !hasPrefix("!--", opening) && !hasPrefix("![CDATA[", opening):
		e.enter(inTag)
		e.insideTag(c)
	}
}

func hasPrefix(whole, prefix string) bool {
	return len(prefix) <= len(whole) && whole[:len(prefix)] == prefix
}

func (e *encoder) insideTag(c byte) {
	switch c {
	case '>':
		e.enter(inText)
	case '"', '\'':
		e.quote = c
		e.enter(inValue)
	}
}

// until goes back to text once what ends the region has passed.
func (e *encoder) until(ending string, c byte) {
	if len(e.recent) == len(ending) {
		e.recent = append(e.recent[:0], e.recent[1:]...)
	}
	e.recent = append(e.recent, c)
	if string(e.recent) == ending {
		e.enter(inText)
	}
}
