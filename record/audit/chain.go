package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// hashWidth is the length of a hash as lines write it.
const hashWidth = 2 * sha256.Size

// hash is a SHA-256 sum in lower-case hexadecimal.
type hash [hashWidth]byte

// genesis is what the first line of a chain has for the hash of the line before.
var genesis = func() (zeros hash) {
	for i := range zeros {
		zeros[i] = '0'
	}
	return zeros
}()

func (h *hash) String() string { return string(h[:]) }

// head is the end of a chain: the last line's number and hash.
type head struct {
	seq  uint64 // 0: there is no line yet
	hash hash
}

// beginning is the head of a chain without lines.
var beginning = head{hash: genesis}

// append appends the next line, made of an entry (see appendTo), and becomes
// its head.
func (h *head) append(dst, entry []byte) []byte {
	start := len(dst)
	h.seq++
	dst = strconv.AppendUint(append(dst, `{"seq":`...), h.seq, 10)
	dst = append(append(dst, `,"time":"`...), entry[:timeWidth]...)
	dst = append(append(dst, `","prev":"`...), h.hash[:]...)
	dst = append(append(dst, `",`...), entry[timeWidth:]...)
	dst = append(dst, '}')
	h.hash = hashOf(dst[start:])
	dst = append(append(dst[:len(dst)-1], beforeHash...), h.hash[:]...)
	return append(dst, afterHash...)
}

func hashOf(text []byte) (h hash) {
	sum := sha256.Sum256(text)
	hex.Encode(h[:], sum[:])
	return h
}

// What stands around a line's hash. Its sum is over the line with neither.
const (
	beforeHash = `,"hash":"`
	afterHash  = "\"}\n"
)
