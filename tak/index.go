package tak

import (
	"strings"
	"unicode/utf8"

	"rivgate/internal/texts"
)

// index finds the rows of a key in the order of the table. Rows of equal keys
// are chained, so that a key costs one map entry and a row one number.
type index[K comparable] struct {
	first map[K]uint32 // row number + 1
	next  []uint32     // per row: row number + 1 of the next with its key; 0: none
}

// newIndex makes an index of n rows. A row without key is not found.
func newIndex[K comparable](n int, key func(row int) (K, bool)) index[K] {
	x := index[K]{first: make(map[K]uint32, n), next: make([]uint32, n)}
	for row := n - 1; row >= 0; row-- {
		if k, ok := key(row); ok {
			x.next[row] = x.first[k]
			x.first[k] = uint32(row + 1)
		}
	}
	return x
}

// symbols numbers texts that are equal without regard to case, from 0. Keys
// made of numbers are small, and parts of a key cannot run into each other.
type symbols struct{ texts.Set }

// find is the number of a text. It allocates only for texts that are long or beyond
// ASCII.
func (s *symbols) find(text string) (uint32, bool) {
	var space [160]byte
	if len(text) <= len(space) && lowerASCII(space[:len(text)], text) {
		return s.Find(space[:len(text)])
	}
	return s.Find([]byte(strings.ToLower(text)))
}

// number is the number of a text, which is added if it is new.
func (s *symbols) number(text string) (number uint32, isNew bool) {
	return s.Number([]byte(strings.ToLower(text)))
}

// lowerASCII writes text to dst, which is as long, in lower case; false when it is
// not all ASCII.
func lowerASCII(dst []byte, text string) bool {
	all := byte(0)
	text = text[:len(dst)]
	for i := range dst {
		c := text[i]
		all |= c
		dst[i] = lower[c]
	}
	return all < utf8.RuneSelf
}

// lower are the bytes with ASCII's capitals made small.
var lower = func() (table [256]byte) {
	for c := range table {
		table[c] = byte(c)
		if 'A' <= c && c <= 'Z' {
			table[c] += 'a' - 'A'
		}
	}
	return table
}()
