package record

import (
	"io"
	"sync"
	"time"
)

// maxPending bounds the bytes of lines that wait while an output does not take
// them. Nothing may wait for a log, so what comes beyond is lost, and counted.
const maxPending = 4 << 20

// output writes lines one after the other. Those that may wait a moment are
// written together: one system call for many calls' lines.
type output struct {
	linger time.Duration // how long a line may wait; 0: it is written at once

	mu      sync.Mutex // guards what follows
	pending []byte
	waiting int // lines in pending
	timer   *time.Timer
	lost    uint64

	writing sync.Mutex // held while writing, taken before mu; guards what follows
	to      io.Writer
	spare   []byte // what pending takes turns with
	said    uint64 // of lost

	// loss makes the line that says how many lines were lost.
	loss func(lines uint64) []byte
}

func newOutput(to io.Writer, linger time.Duration, loss func(lines uint64) []byte) *output {
	o := &output{to: to, linger: linger, loss: loss}
	if linger > 0 {
		o.timer = time.AfterFunc(time.Hour, o.flush)
		o.timer.Stop()
	}
	return o
}

// add takes a line over, and writes it within the linger.
func (o *output) add(line []byte) {
	if o.linger == 0 {
		o.write(line)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting > 0 && len(o.pending)+len(line) > maxPending {
		o.lost++
		return
	}
	o.pending = append(o.pending, line...)
	if o.waiting++; o.waiting == 1 {
		o.timer.Reset(o.linger)
	}
}

// write writes a line at once, after those that wait.
func (o *output) write(line []byte) {
	o.writing.Lock()
	defer o.writing.Unlock()
	o.drain()
	o.put(line, 1)
	o.say()
}

// flush writes what waits.
func (o *output) flush() {
	o.writing.Lock()
	defer o.writing.Unlock()
	o.drain()
}

// direct makes later lines go elsewhere. When it returns nothing is written to
// the output before any more.
func (o *output) direct(to io.Writer) {
	o.writing.Lock()
	defer o.writing.Unlock()
	o.drain()
	o.to = to
}

// drain belongs to whoever holds writing.
func (o *output) drain() {
	o.mu.Lock()
	lines, waiting := o.pending, o.waiting
	o.pending, o.waiting = o.spare[:0], 0
	o.mu.Unlock()
	if waiting > 0 {
		o.put(lines, waiting)
		o.say()
	}
	if cap(lines) > maxPending/4 {
		lines = nil // the room of a rush is given back
	}
	o.spare = lines
}

func (o *output) put(lines []byte, number int) {
	if _, err := o.to.Write(lines); err != nil {
		o.mu.Lock()
		o.lost += uint64(number)
		o.mu.Unlock()
	}
}

// say tells of lines lost since it last could.
func (o *output) say() {
	lost := o.lostLines()
	if lost == o.said {
		return
	}
	if _, err := o.to.Write(o.loss(lost - o.said)); err == nil {
		o.said = lost
	}
}

func (o *output) lostLines() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}
