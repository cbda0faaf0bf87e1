package load

import (
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// Body is a body of any size that is never held whole: a start, a filling of
// letters and an end. It does not change once made.
type Body struct {
	start, end string
	fill       int64
	sum        Sum
	told       string // sum as text
}

// NewBody is a body of size bytes with the start and the end given, filled in
// between. One that is smaller than its ends is as large as they are.
func NewBody(start string, size int64, end string) *Body {
	b := &Body{start: start, end: end, fill: max(0, size-int64(len(start)+len(end)))}
	_, _ = b.WriteTo(&b.sum) // a Sum takes everything
	b.told = b.sum.String()
	return b
}

// Sum is the body's.
func (b *Body) Sum() Sum { return b.sum }

// Len is the number of its bytes.
func (b *Body) Len() int64 { return b.sum.Length }

// Replace is the same body with old replaced by new in its start.
func (b *Body) Replace(old, replacement string) *Body {
	start := strings.Replace(b.start, old, replacement, 1)
	return NewBody(start, int64(len(start)+len(b.end))+b.fill, b.end)
}

// WriteTo writes the whole body.
func (b *Body) WriteTo(w io.Writer) (written int64, err error) {
	n, err := io.WriteString(w, b.start)
	written = int64(n)
	for left := b.fill; left > 0 && err == nil; {
		n, err = w.Write(filling[:min(left, int64(len(filling)))])
		written += int64(n)
		left -= int64(n)
	}
	if err != nil {
		return written, err
	}
	n, err = io.WriteString(w, b.end)
	return written + int64(n), err
}

// filling is what bodies are filled with, again and again. Its period is no
// multiple of any buffer's size, so that a block that is lost or sent twice
// changes more than the length.
var filling = func() []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	block := make([]byte, 65521)
	for i := range block {
		block[i] = letters[(i+i/len(letters))%len(letters)]
	}
	return block
}()

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum tells bodies apart: their length and their CRC-32C, which processors
// have an instruction for. It is a writer that never fails.
type Sum struct {
	Length int64
	CRC    uint32
}

func (s *Sum) Write(p []byte) (int, error) {
	s.Length += int64(len(p))
	s.CRC = crc32.Update(s.CRC, castagnoli, p)
	return len(p), nil
}

func (s Sum) String() string { return fmt.Sprintf("%d-%08x", s.Length, s.CRC) }
