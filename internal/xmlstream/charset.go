package xmlstream

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encodingError is a charset that is not understood or bytes that contradict it.
type encodingError string

func (e encodingError) Error() string { return string(e) }

// headSize is how much of a document is looked at for its encoding.
const headSize = 1024

// toUTF8 settles the encoding of src (XML 1.0 appendix F, RFC 7303) and
// returns its content in UTF-8 without byte order mark.
func toUTF8(src io.Reader, charset string) (io.Reader, error) {
	head, err := readHead(src)
	if err != nil {
		return nil, err
	}
	found, mark := sniff(head)
	if charset == "" {
		charset = found
	}
	if charset == "" {
		charset = declaredCharset(head)
	}
	whole := io.MultiReader(bytes.NewReader(head), src)
	withoutMark := io.MultiReader(bytes.NewReader(head[mark:]), src)
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		if found == "utf-8" {
			return withoutMark, nil
		}
		return whole, nil
	case "iso-8859-1", "iso_8859-1", "latin1", "l1":
		return &decoder{src: whole, convert: fromLatin1}, nil
	case "utf-16", "utf-16be", "utf-16le":
		if !strings.HasPrefix(found, "utf-16") {
			return nil, encodingError("the document says it is UTF-16 and is not")
		}
		convert := fromUTF16BE
		if found == "utf-16le" {
			convert = fromUTF16LE
		}
		return &decoder{src: withoutMark, convert: convert}, nil
	}
	return nil, encodingError("encoding " + charset + " is not supported")
}

// readHead reads enough of a document to know its encoding: its XML
// declaration if it has one, else the few bytes that tell so.
func readHead(src io.Reader) ([]byte, error) {
	head := window{src: src, max: headSize}
	_, err := head.at(3)
	if bytes.HasPrefix(head.rest(), []byte("<?xm")) {
		_, err = head.findEnd("?>", 0)
	}
	if err != nil && err != io.EOF && err != errTokenTooLong {
		return nil, err
	}
	return head.rest(), nil
}

// sniff knows an encoding by the first bytes, and how many of them are a byte
// order mark.
func sniff(head []byte) (charset string, mark int) {
	for _, known := range []struct {
		bytes, charset string
		mark           int
	}{
		{"\xEF\xBB\xBF", "utf-8", 3},
		{"\xFE\xFF", "utf-16be", 2},
		{"\xFF\xFE", "utf-16le", 2},
		{"\x00<\x00", "utf-16be", 0},
		{"<\x00", "utf-16le", 0},
	} {
		if bytes.HasPrefix(head, []byte(known.bytes)) {
			return known.charset, known.mark
		}
	}
	return "", 0
}

// declaredCharset is the encoding named in the XML declaration.
func declaredCharset(head []byte) string {
	declaration, _, ended := strings.Cut(string(head), "?>")
	inside, found := strings.CutPrefix(declaration, "<?xml")
	if !ended || !found {
		return ""
	}
	_, rest, _ := pseudoAttribute(inside, "version")
	charset, _, _ := pseudoAttribute(rest, "encoding")
	return charset
}

// decoder reads another encoding as UTF-8.
type decoder struct {
	src     io.Reader
	convert func(dst, src []byte, last bool) (out []byte, used int, err error)
	in      [4096]byte
	pending int // bytes in in
	out     []byte
	unread  []byte // of out
	err     error
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.unread) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.unread)
	d.unread = d.unread[n:]
	return n, nil
}

// fill reads and converts once.
func (d *decoder) fill() {
	n, readErr := d.src.Read(d.in[d.pending:])
	d.pending += n
	out, used, err := d.convert(d.out[:0], d.in[:d.pending], readErr == io.EOF)
	d.pending = copy(d.in[:], d.in[used:d.pending])
	d.out, d.unread, d.err = out, out, readErr
	if err != nil {
		d.err = err
	}
}

func fromLatin1(dst, src []byte, _ bool) ([]byte, int, error) {
	for _, c := range src {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst, len(src), nil
}

func fromUTF16BE(dst, src []byte, last bool) ([]byte, int, error) {
	return fromUTF16(dst, src, last, func(b []byte) rune { return rune(b[0])<<8 | rune(b[1]) })
}

func fromUTF16LE(dst, src []byte, last bool) ([]byte, int, error) {
	return fromUTF16(dst, src, last, func(b []byte) rune { return rune(b[1])<<8 | rune(b[0]) })
}

// fromUTF16 converts whole characters; a lone surrogate or half a unit at the
// end is an error.
func fromUTF16(dst, src []byte, last bool, unit func([]byte) rune) ([]byte, int, error) {
	used := 0
	for len(src)-used >= 2 {
		c, size := unit(src[used:]), 2
		if utf16.IsSurrogate(c) {
			if len(src)-used < 4 {
				break
			}
			c, size = utf16.DecodeRune(c, unit(src[used+2:])), 4
			if c == utf8.RuneError {
				return dst, used, encodingError("invalid UTF-16")
			}
		}
		dst = utf8.AppendRune(dst, c)
		used += size
	}
	if last && used < len(src) {
		return dst, used, encodingError("the document ends inside a UTF-16 character")
	}
	return dst, used, nil
}
