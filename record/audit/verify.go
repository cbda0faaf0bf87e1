package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Problem is what is wrong with a line.
type Problem struct {
	File string
	Line int // 1 is the first; 0: the problem is with the whole
	Text string
}

// String is FILE:LINE: TEXT.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Summary is what was found in a file.
type Summary struct {
	Lines       int // that could be read
	First, Last uint64
	Head        string // the last line's hash
	Checkpoints int
}

// Verifier reads the files of a chain, one after the other.
type Verifier struct {
	report   func(Problem)
	expected *hash // the last line's; nil: any
	last     head
	// What is known of last: neither is after a line that could not be read,
	// the hash alone where a chain is taken up in the middle.
	knowsSeq, knowsHash bool
	lines               int
}

// NewVerifier makes a Verifier of a chain that follows the line whose hash is
// after, or, if that is empty, of a chain from its beginning. The last line's
// hash must be expected, unless that is empty. Each problem is reported as it is
// found. The error says which of the two hashes is none.
func NewVerifier(after, expected string, report func(Problem)) (*Verifier, error) {
	v := &Verifier{report: report, last: beginning, knowsSeq: after == "", knowsHash: true}
	if after != "" {
		var err error
		if v.last.hash, err = parseHash(after); err != nil {
			return nil, err
		}
	}
	if expected != "" {
		want, err := parseHash(expected)
		if err != nil {
			return nil, err
		}
		v.expected = &want
	}
	return v, nil
}

func parseHash(text string) (hash, error) {
	r := &lineReader{rest: []byte(text)}
	h := r.hash()
	if r.err != nil || len(r.rest) > 0 {
		return h, fmt.Errorf("%q is no hash: want %d digits, 0-9 and a-f", text, hashWidth)
	}
	return h, nil
}

// File reads a file of the chain. The error is why it could not be read to its
// end.
func (v *Verifier) File(name string, content io.Reader) (Summary, error) {
	var s Summary
	reader := bufio.NewReaderSize(content, maxLine)
	for number := 1; ; number++ {
		line, err := reader.ReadSlice('\n')
		switch {
		case err == nil:
			v.line(&s, Problem{File: name, Line: number}, line)
		case errors.Is(err, bufio.ErrBufferFull):
			v.unreadable(Problem{name, number, "not a line of an audit log: it is longer than any"})
			if err := skipLine(reader); err != nil {
				return s, ignoreEOF(err)
			}
		case errors.Is(err, io.EOF) && len(line) > 0:
			v.unreadable(Problem{name, number, "torn: the last line has no end"})
			return s, nil
		default:
			return s, ignoreEOF(err)
		}
	}
}

func skipLine(reader *bufio.Reader) error {
	for {
		if _, err := reader.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (v *Verifier) unreadable(p Problem) {
	v.report(p)
	v.knowsSeq, v.knowsHash = false, false
}

// line holds a line against the one before, and goes on from what it says of
// itself, so that one wrong line is not told of at every later one.
func (v *Verifier) line(s *Summary, at Problem, text []byte) {
	p, err := parse(text)
	if err != nil {
		at.Text = "not a line of an audit log: " + err.Error()
		v.unreadable(at)
		return
	}
	v.lines++
	switch {
	case v.knowsSeq && p.seq != v.last.seq+1 && v.last == beginning:
		at.Text = fmt.Sprintf("the chain begins with seq %d: what was before is missing", p.seq)
	case v.knowsSeq && p.seq <= v.last.seq:
		at.Text = fmt.Sprintf("moved or repeated: seq %d after %d", p.seq, v.last.seq)
	case v.knowsSeq && p.seq != v.last.seq+1:
		at.Text = fmt.Sprintf("moved, or lines before it removed: seq %d after %d", p.seq, v.last.seq)
	case !p.whole:
		at.Text = "changed: the hash is not the line's"
	case v.knowsHash && p.prev != v.last.hash:
		at.Text = "changed, moved or inserted: prev is not the hash of the line before"
	}
	if at.Text != "" {
		v.report(at)
	}
	v.last, v.knowsSeq, v.knowsHash = head{p.seq, p.hash}, true, true
	if s.Lines++; s.Lines == 1 {
		s.First = p.seq
	}
	if p.kind == kindCheckpoint {
		s.Checkpoints++
	}
	s.Last, s.Head = p.seq, p.hash.String()
}

// End tells of what shows only when all files have been read: lines that are
// missing at the end of the last, or added to it.
func (v *Verifier) End(name string) {
	if v.lines == 0 {
		v.report(Problem{File: name, Text: "there is no line"})
	}
	if v.expected != nil && v.last.hash != *v.expected {
		v.report(Problem{File: name, Text: fmt.Sprintf("lines were removed or added at the end: the head is %s, want %s",
			v.last.hash.String(), v.expected.String())})
	}
}
