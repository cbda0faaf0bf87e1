package edge

// Bounds of chunked framing. All lie below net/http's own, so that the gate's
// verdict always comes first.
const (
	maxSizeDigits  = 15      // of a chunk size: less than 2^60
	maxChunkLine   = 1 << 10 // size and extensions
	maxChunkExcess = 8 << 10 // framing beyond what honest chunks need, over a body
	maxTrailer     = 4 << 10 // the whole trailer section
)

// FramingError is a body whose chunked framing is broken. The request's head
// was good and its handler is running when it is found.
type FramingError struct{ Reason string }

// Error says what is wrong.
func (e *FramingError) Error() string { return "request framing: " + e.Reason }

type chunkState uint8

const (
	sizeStart chunkState = iota
	sizeDigits
	extension
	sizeLF
	chunkData
	dataCR
	dataLF
	trailerStart // at the beginning of a line behind the last chunk
	trailerName
	trailerValue
	trailerLF
	endLF
	chunksDone
)

// chunks follows the chunked framing of one body, RFC 9112, 7.1, with CRLF
// line ends only. Trailer fields are checked and dropped: nothing behind the
// gate ever sees one.
type chunks struct {
	state   chunkState
	data    int64 // of the chunk being read: bytes still to come
	size    int64 // as far as read
	digits  int
	line    int // bytes of the size line
	excess  int64
	trailer int // bytes of the trailer section
}

// follow reads p up to the body's end or the first error. Used is how much of
// p it read. What net/http may see of that is moved to p[:kept]. A reason is
// an error; p[:kept] is good even then.
func (c *chunks) follow(p []byte) (kept, used int, reason string) {
	for used < len(p) && c.state != chunksDone {
		if c.state == chunkData {
			n := int(min(c.data, int64(len(p)-used)))
			kept, used = kept+n, used+n // nothing is dropped before a trailer
			if c.data -= int64(n); c.data == 0 {
				c.state = dataCR
			}
			continue
		}
		keep, reason := c.next(p[used])
		if reason != "" {
			return kept, used, reason
		}
		if keep {
			p[kept] = p[used]
			kept++
		}
		used++
	}
	return kept, used, ""
}

// next takes one byte of framing.
func (c *chunks) next(b byte) (keep bool, reason string) {
	if c.state >= trailerStart {
		return c.nextOfTrailer(b)
	}
	return true, c.nextOfChunk(b)
}

func (c *chunks) nextOfChunk(b byte) (reason string) {
	switch c.state {
	case sizeStart:
		c.size, c.digits, c.line = 0, 0, 0
		c.state = sizeDigits
		return c.digit(b)
	case sizeDigits:
		switch b {
		case '\r':
			c.state = sizeLF
		case ';':
			c.state = extension
			c.line++
		default:
			return c.digit(b)
		}
	case extension:
		return c.extend(b)
	case sizeLF:
		return c.endSize(b)
	case dataCR:
		c.state = dataLF
		return expect(b, '\r')
	case dataLF:
		c.state = sizeStart
		return expect(b, '\n')
	}
	return ""
}

func expect(b, wanted byte) (reason string) {
	if b != wanted {
		return "chunk data not followed by CRLF"
	}
	return ""
}

func (c *chunks) digit(b byte) (reason string) {
	if !isHex(b) {
		return "malformed chunk size"
	}
	if c.digits == maxSizeDigits {
		return "chunk size too large"
	}
	c.size = c.size<<4 | int64(hexValue(b))
	c.digits++
	c.line++
	return ""
}

func hexValue(b byte) byte {
	switch {
	case b <= '9':
		return b - '0'
	case b <= 'F':
		return b - 'A' + 10
	default:
		return b - 'a' + 10
	}
}

func (c *chunks) extend(b byte) (reason string) {
	switch {
	case b == '\r':
		c.state = sizeLF
		return ""
	case b < ' ' && b != '\t' || b == 0x7f:
		return "control character in chunk extension"
	}
	if c.line++; c.line > maxChunkLine {
		return "chunk extension too long"
	}
	return ""
}

// endSize ends a size line, and counts what framing costs beside data as
// net/http does: small chunks are honest, long extensions on them are not.
func (c *chunks) endSize(b byte) (reason string) {
	if b != '\n' {
		return "chunk line not ended by CRLF"
	}
	c.excess = max(0, c.excess+int64(c.line)+2-16-2*c.size)
	if c.excess > maxChunkExcess {
		return "more chunk framing than data"
	}
	c.data = c.size
	c.state = chunkData
	if c.size == 0 {
		c.state = trailerStart
	}
	return ""
}

func (c *chunks) nextOfTrailer(b byte) (keep bool, reason string) {
	if c.trailer++; c.trailer > maxTrailer {
		return false, "trailer section too long"
	}
	switch {
	case c.state == trailerStart && b == '\r':
		c.state = endLF
		return true, ""
	case c.state == endLF && b == '\n':
		c.state = chunksDone
		return true, ""
	case (c.state == trailerStart || c.state == trailerName) && tokenByte[b]:
		c.state = trailerName
	case c.state == trailerName && b == ':':
		c.state = trailerValue
	case c.state == trailerValue && b == '\r':
		c.state = trailerLF
	case c.state == trailerValue && (b >= ' ' && b != 0x7f || b == '\t'):
	case c.state == trailerLF && b == '\n':
		c.state = trailerStart
	default:
		return false, "malformed trailer section"
	}
	return false, ""
}
