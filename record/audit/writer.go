package audit

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"
)

// chunkBytes bounds what is written at once.
const chunkBytes = 256 << 10

// writer gives entries their place in the chain and writes them. It belongs to
// one goroutine.
type writer struct {
	log   *Log
	files files
	path  string
	lock  *os.File

	file  file
	size  int64 // of the file, up to the last line that was written whole
	dirty bool  // there may be half a line after that
	first uint64

	last    head   // of what was written
	opening []byte // entries that come before all others: of a file just begun
	buffer  []byte
	rest    []byte // of buffer: entries that are not written yet
	out     []byte

	since     int       // lines since the last checkpoint
	unsynced  bool      // a checkpoint was written and not yet made sure of
	rotateNot time.Time // until then: it was tried and failed
	stopping  bool      // rest ends with the stop line
}

// newWriter opens the log and finds where its chain ends.
func newWriter(log *Log, f files) (w *writer, err error) {
	w = &writer{log: log, files: f, path: log.o.File}
	if w.lock, err = lock(w.path); err != nil {
		return nil, err
	}
	if err = w.resume(); err != nil {
		w.lock.Close()
		return nil, fmt.Errorf("%s: %w", w.path, err)
	}
	if w.file, err = f.open(w.path); err != nil {
		w.lock.Close()
		return nil, err
	}
	w.announce("open")
	return w, nil
}

// resume takes up the chain where the files end.
func (w *writer) resume() error {
	e, err := endingOf(w.path)
	if err != nil {
		return err
	}
	if e.last == beginning {
		older, err := rotated(w.path)
		if err != nil {
			return err
		}
		if len(older) > 0 {
			newest := older[len(older)-1]
			before, err := endingOf(newest)
			if err == nil && len(before.tail) > 0 {
				err = errDamage
			}
			if err != nil {
				return fmt.Errorf("%s: %w", newest, err)
			}
			e.last = before.last
			w.open(note(kindRotate, "after "+filepath.Base(newest)))
		}
	}
	if len(e.tail) > 0 {
		if e.damaged() && w.log.o.Refuse {
			return errDamage
		}
		kept, err := setAside(w.path, &e)
		if err != nil {
			return err
		}
		w.log.o.Logger.Error("audit", "result", "the end of the file was damaged and has been set aside",
			"bytes", len(e.tail), "file", kept)
		w.open(note(kindRecovered, fmt.Sprintf("%d bytes set aside in %s", len(e.tail), filepath.Base(kept))))
	}
	w.last, w.first, w.size = e.last, e.first, e.size
	return nil
}

// open adds an entry to those that come before all others.
func (w *writer) open(e entry) { w.opening = append(e.appendTo(w.opening), '\n') }

func (w *writer) run() {
	defer close(w.log.done)
	for !w.await() {
		w.write()
	}
	w.write()
	w.end()
}

// await waits for something to write, or after an error for a while; true:
// this was the end.
func (w *writer) await() (stopped bool) {
	pause := w.log.limits.linger
	if w.log.failing.Load() != nil {
		pause = w.log.limits.retry
	} else {
		select {
		case <-w.log.wake:
		case <-w.log.stop:
			return true
		}
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-w.log.stop:
		return true
	}
}

// write writes what waits: first what could not be written before.
func (w *writer) write() {
	err := w.drain()
	if err == nil {
		w.buffer, w.stopping = w.log.take(w.buffer[:0])
		w.rest = w.buffer
		err = w.drain()
	}
	w.tell(err)
}

// tell makes the state visible, and logs a change of it once.
func (w *writer) tell(err error) {
	before := w.log.failing.Load()
	switch {
	case err != nil && before == nil:
		why := err.Error()
		w.log.mu.Lock()
		w.log.failing.Store(&why)
		w.log.makeRoom()
		w.log.mu.Unlock()
		w.log.o.Logger.Error("audit", "result", "no line can be written", "reason", why, "calls", w.policy())
	case err == nil && before != nil:
		w.log.failing.Store(nil)
		w.log.o.Logger.Warn("audit", "result", "lines are written again", "lost", w.log.lost.Load())
	}
}

func (w *writer) policy() string {
	if w.log.o.Refuse {
		return "refused"
	}
	return "served"
}

// drain writes entries until there are none, or something fails. What was not
// written stays.
func (w *writer) drain() error {
	if len(w.opening) == 0 && len(w.rest) == 0 && !w.unsynced {
		return nil
	}
	if err := w.look(); err != nil {
		return err
	}
	for len(w.opening) > 0 || len(w.rest) > 0 || w.unsynced {
		if err := w.mend(); err != nil {
			return err
		}
		if err := w.chunk(); err != nil {
			return err
		}
		if w.first > 0 && w.first < w.last.seq && w.size >= w.fileLimit() && !w.ending(w.rest) {
			w.rotate()
		}
	}
	return nil
}

// ending tells whether the stop line was the last before rest: nothing of the
// log's own comes after it.
func (w *writer) ending(rest []byte) bool { return w.stopping && len(rest) == 0 }

// look finds out whether the file is still where and what it was.
func (w *writer) look() error {
	now, err := w.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(w.path)
	switch {
	case err == nil && os.SameFile(now, there):
		if now.Size() != w.size && !w.dirty {
			w.log.o.Logger.Error("audit", "result", "somebody else has changed the file", "want", w.size, "found", now.Size())
			w.size = now.Size()
		}
		return nil
	case err != nil && !os.IsNotExist(err):
		return err
	}
	w.log.o.Logger.Error("audit", "result", "the file was moved or removed; another is begun", "file", w.path)
	if w.dirty {
		_ = w.file.Truncate(w.size) // what is left shows as torn
	}
	next, err := w.files.open(w.path)
	if err != nil {
		return err
	}
	return w.use(next, "the file before was moved or removed")
}

// use goes on in another file.
func (w *writer) use(next file, why string) error {
	info, err := next.Stat()
	if err != nil {
		_ = next.Close() // nothing was written to it
		return err
	}
	_ = w.file.Close() // a rotation has synced it; of another's file nothing can be said
	w.file, w.size, w.dirty, w.first = next, info.Size(), false, 0
	w.open(note(kindRotate, why))
	return nil
}

// mend finishes what failed before.
func (w *writer) mend() error {
	if w.dirty {
		if err := w.file.Truncate(w.size); err != nil {
			return err
		}
		w.dirty = false
	}
	if w.unsynced {
		if err := w.file.Sync(); err != nil {
			return err
		}
		w.unsynced = false
		w.announce("checkpoint")
	}
	return nil
}

// announce tells the head where it can be kept apart from the file.
func (w *writer) announce(result string) {
	w.log.o.Logger.Info("audit", "result", result, "seq", w.last.seq, "head", w.last.hash.String())
}

// chunk writes some entries: up to a checkpoint, to the file's size, or to what
// is written at once.
func (w *writer) chunk() error {
	next, out, lines := w.last, w.out[:0], 0
	add := func(entries []byte) (rest []byte) {
		end := bytes.IndexByte(entries, '\n')
		out = next.append(out, entries[:end])
		lines++
		return entries[end+1:]
	}
	for opening := w.opening; len(opening) > 0; {
		opening = add(opening)
	}
	checkpoint := func() bool { return w.log.o.Checkpoint > 0 && w.since+lines >= w.log.o.Checkpoint }
	rest, limit := w.rest, w.fileLimit()
	for len(rest) > 0 && !checkpoint() && len(out) < chunkBytes && (lines == 0 || w.size+int64(len(out)) < limit) {
		rest = add(rest)
	}
	due := checkpoint() && !w.ending(rest)
	if due {
		e := note(kindCheckpoint, fmt.Sprintf("%d lines", w.since+lines))
		out = next.append(out, e.appendTo(nil))
	}
	w.out = out[:0]
	if len(out) == 0 {
		return nil
	}
	if _, err := w.file.Write(out); err != nil {
		w.dirty = true
		return err
	}
	if w.first == 0 {
		w.first = w.last.seq + 1
	}
	w.size += int64(len(out))
	w.last, w.rest, w.opening = next, rest, nil
	w.log.headSeq.Store(next.seq)
	w.since += lines
	if due {
		w.since, w.unsynced = 0, true
	}
	return nil
}

// fileLimit is the size at which another file begins.
func (w *writer) fileLimit() int64 {
	if w.log.o.Rotate == 0 || time.Now().Before(w.rotateNot) {
		return math.MaxInt64
	}
	return w.log.o.Rotate
}

// rotate goes on in another file. Where that fails, the file there is grows.
func (w *writer) rotate() {
	if err := w.tryRotate(); err != nil {
		w.rotateNot = time.Now().Add(rotateRetry)
		w.log.o.Logger.Error("audit", "result", "no other file can be begun; this one grows", "reason", err.Error())
		return
	}
	w.announce("rotate")
}

// rotateRetry is how long after a failure the next file is tried for, with a
// line in the log each time.
const rotateRetry = time.Minute

func (w *writer) tryRotate() error {
	if err := w.file.Sync(); err != nil {
		return err
	}
	old := named(w.path, "-", w.first)
	if err := w.files.rename(w.path, old); err != nil {
		return err
	}
	next, err := w.files.open(w.path)
	if err == nil {
		err = w.use(next, "after "+filepath.Base(old))
	}
	if err != nil {
		if back := w.files.rename(old, w.path); back != nil {
			return fmt.Errorf("%w; %w", err, back)
		}
	}
	return err
}

// end makes sure of what was written, and counts what was not.
func (w *writer) end() {
	untaken, _ := w.log.take(nil)
	lost := bytes.Count(w.rest, []byte{'\n'}) + bytes.Count(untaken, []byte{'\n'})
	w.log.lost.Add(uint64(lost))
	if lost > 0 {
		w.log.ended = fmt.Errorf("%s: the last %d lines could not be written: %s", w.path, lost, w.log.Status().Failing)
	} else if err := w.file.Sync(); err != nil {
		w.log.ended = fmt.Errorf("%s: %w", w.path, err)
	}
	w.announce("stop")
	_ = w.file.Close() // it is synced
	w.lock.Close()
}
