// Package texts keeps hundreds of thousands of short texts without a pointer for
// each. What has pointers is looked at in every collection of garbage, and calls wait
// meanwhile; here there are a few large blocks to look at.
package texts

import (
	"hash/maphash"
	"strings"
)

// blockSize is how many bytes are taken at a time.
const blockSize = 1 << 16

// List is texts by their number, from 0 in the order they came. The zero List is
// empty. When nothing is added any more it is safe for concurrent use.
type List struct {
	places []place
	blocks []*strings.Builder // of blockSize, and longer ones for one text each
}

// place is where a text stands.
type place struct{ block, start, length uint32 }

// Len is the number of texts.
func (l *List) Len() int { return len(l.places) }

// At is a text. It shares the List's memory, which is kept as long as it is.
func (l *List) At(n uint32) string {
	p := l.places[n]
	return l.blocks[p.block].String()[p.start : p.start+p.length]
}

// Add adds a text, which is copied.
func (l *List) Add(text []byte) {
	last := len(l.blocks) - 1
	if last < 0 || l.blocks[last].Len()+len(text) > blockSize {
		block := new(strings.Builder)
		block.Grow(max(blockSize, len(text)))
		l.blocks = append(l.blocks, block)
		last++
	}
	block := l.blocks[last]
	l.places = append(l.places, place{uint32(last), uint32(block.Len()), uint32(len(text))})
	block.Write(text) // within what it has grown to: texts handed out stay where they are
}

// Set is a List of different texts that can be found. The zero Set is empty. When
// nothing is added any more it is safe for concurrent use.
type Set struct {
	List
	byHash   map[uint64]uint32
	clashing map[string]uint32 // texts whose hash another text has, which hardly happens
}

// seed is the process's own, so that nobody can choose texts to clash.
var seed = maphash.MakeSeed()

// hashBits are those that count: all but in tests, where texts must clash.
var hashBits = ^uint64(0)

func hash(text []byte) uint64 { return maphash.Bytes(seed, text) & hashBits }

// Find is the number of a text.
func (s *Set) Find(text []byte) (n uint32, ok bool) { return s.find(hash(text), text) }

func (s *Set) find(h uint64, text []byte) (n uint32, ok bool) {
	n, ok = s.byHash[h]
	if !ok || s.At(n) == string(text) {
		return n, ok
	}
	n, ok = s.clashing[string(text)]
	return n, ok
}

// Number is the number of a text, which is added if it is new.
func (s *Set) Number(text []byte) (n uint32, isNew bool) {
	h := hash(text)
	if n, ok := s.find(h, text); ok {
		return n, false
	}
	n = uint32(s.Len())
	s.Add(text)
	if s.byHash == nil {
		s.byHash, s.clashing = make(map[uint64]uint32), make(map[string]uint32)
	}
	if _, taken := s.byHash[h]; taken {
		s.clashing[string(text)] = n
	} else {
		s.byHash[h] = n
	}
	return n, true
}
