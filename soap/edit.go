package soap

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// Body is the whole request as it is to be sent: Head with the edits applied,
// then the rest as it arrives, transcoded if need be. Edits may come in any
// order but must not overlap.
//
// The rest can be read once; a second reader goes on where the first one
// stopped. Reading fails with a *fault.Error (VP015) when bytes turn up that
// are none in the request's charset, and otherwise with the error of the
// request's own reader.
func (m *Message) Body(edits []Edit) io.Reader {
	head, err := apply(m.Head, edits)
	if err != nil {
		return failing{err}
	}
	if m.ended && m.failure == nil {
		return bytes.NewReader(head)
	}
	return io.MultiReader(bytes.NewReader(head), m.rest())
}

// Length is how many bytes Body gives when in bytes were announced for the
// incoming body, -1 if none were; and -1 when that is not known in advance,
// as for a transcoded request that has not been read to its end (see Fill).
func (m *Message) Length(in int64, edits []Edit) int64 {
	grown := 0
	for _, e := range edits {
		grown += len(e.New) - (e.End - e.Start)
	}
	switch {
	case m.ended && m.failure == nil:
		return int64(len(m.Head) + grown)
	case m.Transcoded || in < 0:
		return -1
	}
	return in + int64(grown)
}

// apply is head with the edits applied; without any it is head itself.
func apply(head []byte, edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return head, nil
	}
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.Start - b.Start })
	out := make([]byte, 0, len(head)+256)
	done := 0
	for _, e := range edits {
		if e.Start < done || e.End < e.Start || e.End > len(head) {
			return nil, fmt.Errorf("soap: edit of bytes %d to %d overlaps another or is outside the head", e.Start, e.End)
		}
		out = append(out, head[done:e.Start]...)
		out = append(out, e.New...)
		done = e.End
	}
	return append(out, head[done:]...), nil
}

// failing is a reader that always fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
