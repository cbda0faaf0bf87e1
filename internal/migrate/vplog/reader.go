package vplog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"time"
)

// longestLine bounds a line in bytes. VP writes whole messages, and takes some of
// 50 MiB.
const longestLine = 128 << 20

// Counts say what a log consists of.
type Counts struct {
	Lines  int64 `json:"lines"`
	Events int64 `json:"events"`
	Other  int64 `json:"other"`  // lines that are about no call
	Broken int64 `json:"broken"` // cut, too long, or no event though they begin as one

	Damaged []Damage `json:"damaged,omitempty"`
}

// Damage is a file that could not be read to its end.
type Damage struct {
	File  string    `json:"file"`
	Lines int64     `json:"lines"`         // that were read of it
	Last  time.Time `json:"last,omitzero"` // when the last event that was read was written
	Why   string    `json:"why"`
}

// Reader reads events from one log after another. It is not for concurrent use.
type Reader struct {
	Counts Counts
	zone   *time.Location
	in     *bufio.Reader
	line   []byte
	block  *block // of the older text, while one is being read
	next   *block // begun by the line before, if that was no part of a message
}

// NewReader makes a Reader. The older text has no zone in its times: zone is
// where VP ran.
func NewReader(zone *time.Location) *Reader { return &Reader{zone: zone} }

// Open makes r go on with another log, compressed with gzip or not. An event may
// begin in one file and end in the next.
func (r *Reader) Open(log io.Reader) error {
	in, err := Uncompressed(log)
	if err != nil {
		return err
	}
	r.in = in
	return nil
}

// Uncompressed reads what log holds, taking gzip off if it is there.
func Uncompressed(log io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(log, 1<<20)
	if magic, _ := in.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return in, nil // what cannot be read shows when it is read
	}
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(unpacked, 1<<20), nil
}

// Next is the next event. At a log's end it is io.EOF; any other error is from
// reading.
func (r *Reader) Next() (Event, error) {
	for {
		line, err := r.nextLine()
		if err != nil {
			return Event{}, err
		}
		if e, ok := r.read(line); ok {
			r.Counts.Events++
			return e, nil
		}
	}
}

// End tells r that no log follows: what has only begun counts as broken.
func (r *Reader) End() {
	if r.block != nil {
		r.block, r.next = nil, nil
		r.Counts.Broken++
	}
}

// nextLine is the next line without its end; it is good until the next call. One
// that is too long is counted and passed over.
func (r *Reader) nextLine() ([]byte, error) {
	for {
		r.line = r.line[:0]
		tooLong := false
		for {
			piece, err := r.in.ReadSlice('\n')
			if tooLong = tooLong || len(r.line)+len(piece) > longestLine; !tooLong {
				if err == nil && len(r.line) == 0 {
					r.Counts.Lines++
					return bytes.TrimRight(piece, "\r\n"), nil // the usual case, without a copy
				}
				r.line = append(r.line, piece...)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if err != nil && (!errors.Is(err, io.EOF) || len(r.line) == 0 && !tooLong) {
				return nil, err
			}
			break
		}
		r.Counts.Lines++
		if !tooLong {
			return bytes.TrimRight(r.line, "\r\n"), nil
		}
		r.Counts.Broken++
		r.line = nil
	}
}

// read makes an event of a line, or of the line that completes one.
func (r *Reader) read(line []byte) (Event, bool) {
	at, begins := textTimeOf(line, r.zone)
	if r.block != nil {
		if r.replaced(line, at) {
			return Event{}, false
		}
		done, failed := r.block.line(line)
		if !done && !failed {
			return Event{}, false
		}
		e := r.block.event
		r.block = nil
		if done {
			return e, r.judge(e.told())
		}
		r.Counts.Broken++ // and the line may begin something else
	}
	if begins {
		r.block = &block{event: Event{At: at}}
		return Event{}, false
	}
	return r.readECS(line)
}

// replaced tells whether a line is the beginning of another event, so that the one
// being read was cut. It takes two lines to know: messages may quote one. The first
// may stand behind what was cut, and then nothing says where its time begins.
func (r *Reader) replaced(line []byte, at time.Time) bool {
	next := r.next
	if r.next = nil; bytes.HasSuffix(line, mark) && r.block.begun {
		r.next = &block{event: Event{At: at}}
		return true
	}
	if next == nil || !isStart(line) {
		return false
	}
	r.Counts.Broken++
	next.begun = true
	r.block = next
	return true
}

// judge counts what ended without becoming an event.
func (r *Reader) judge(told bool) bool {
	if !told {
		r.Counts.Broken++
	}
	return told
}

// readECS reads a line that is JSON, perhaps behind what a container's log puts
// before it.
func (r *Reader) readECS(line []byte) (e Event, ok bool) {
	from := bytes.IndexByte(line, '{')
	if from < 0 || from > 128 {
		r.Counts.Other++
		return e, false
	}
	var message []byte
	whole := fields(line[from:], func(name, value []byte) {
		if string(name) == "message" {
			message = value
		}
		e.set(name, value)
	})
	switch {
	case !whole && from > 0: // text with a brace in it
		r.Counts.Other++
		return e, false
	case !whole:
		r.Counts.Broken++
		return e, false
	case bytes.HasPrefix(message, mark):
		e, ok = within(message, e.At)
		return e, r.judge(ok && e.told())
	case !e.told():
		r.Counts.Other++
		return e, false
	}
	return e, true
}
