package soap

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// EncodingError says that bytes of a document are none in its charset.
type EncodingError struct {
	Charset string
	Offset  int64  // of the offending bytes
	Bytes   []byte // at most four
}

func (e *EncodingError) Error() string {
	return fmt.Sprintf("Invalid %s bytes 0x%x (at byte #%d)", e.Charset, e.Bytes, e.Offset)
}

// decoder turns bytes of a charset into UTF-8, strictly. A byte order mark at
// the start is dropped.
type decoder struct {
	cs     charset
	offset int64 // bytes decoded
	little bool  // byte order of UTF-16
}

// decoded reads r, which is in cs, as UTF-8.
func decoded(r io.Reader, cs charset) io.Reader {
	d := &decoder{cs: cs}
	d.Reset()
	return transform.NewReader(r, d)
}

// Reset is part of transform.Transformer.
func (d *decoder) Reset() {
	d.offset = 0
	d.little = d.cs.kind == utf16LittleCharset
}

// Transform is part of transform.Transformer.
func (d *decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c, size := d.decode(src[nSrc:], atEOF)
		if size == 0 {
			return nDst, nSrc, transform.ErrShortSrc
		}
		if c == utf8.RuneError && !d.encodesReplacement(src[nSrc:nSrc+size]) {
			return nDst, nSrc, d.invalid(src[nSrc : nSrc+size])
		}
		if d.offset == 0 && c == 0xFEFF {
			c = -1
		}
		if c >= 0 {
			if nDst+utf8.RuneLen(c) > len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			nDst += utf8.EncodeRune(dst[nDst:], c)
		}
		nSrc += size
		d.offset += int64(size)
	}
	return nDst, nSrc, nil
}

func (d *decoder) invalid(bytes []byte) error {
	return &EncodingError{Charset: d.cs.name, Offset: d.offset, Bytes: append([]byte(nil), bytes...)}
}

// decode is the first character of src, utf8.RuneError if there is none in
// its first size bytes; size 0 asks for more bytes.
func (d *decoder) decode(src []byte, atEOF bool) (c rune, size int) {
	switch d.cs.kind {
	case tableCharset:
		return d.cs.table.DecodeByte(src[0]), 1
	case asciiCharset:
		if src[0] >= utf8.RuneSelf {
			return utf8.RuneError, 1
		}
		return rune(src[0]), 1
	case utf8Charset:
		if !atEOF && !utf8.FullRune(src) {
			return 0, 0
		}
		return utf8.DecodeRune(src)
	}
	return d.decodeWide(src, atEOF)
}

// decodeWide is decode for UTF-16.
func (d *decoder) decodeWide(src []byte, atEOF bool) (c rune, size int) {
	if len(src) < 2 {
		if atEOF {
			return utf8.RuneError, 1
		}
		return 0, 0
	}
	if d.offset == 0 && d.cs.kind == utf16Charset && src[0] == 0xFF && src[1] == 0xFE {
		d.little = true
	}
	c = d.unit(src)
	if !utf16.IsSurrogate(c) {
		return c, 2
	}
	if len(src) < 4 {
		if atEOF {
			return utf8.RuneError, len(src)
		}
		return 0, 0
	}
	if c = utf16.DecodeRune(c, d.unit(src[2:])); c == utf8.RuneError {
		return c, 2
	}
	return c, 4
}

func (d *decoder) unit(src []byte) rune {
	if d.little {
		return rune(src[1])<<8 | rune(src[0])
	}
	return rune(src[0])<<8 | rune(src[1])
}

// encodesReplacement tells whether bytes stand for U+FFFD itself.
func (d *decoder) encodesReplacement(bytes []byte) bool {
	switch {
	case d.cs.isUTF8():
		return len(bytes) == 3
	case d.cs.wide():
		return len(bytes) == 2 && d.unit(bytes) == utf8.RuneError
	}
	return false
}
