package audit

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"rivgate/record"
)

// Options make a Log.
type Options struct {
	File       string
	Rotate     int64 // bytes at which a new file begins; 0: never
	Checkpoint int   // lines between checkpoints; 0: none
	Refuse     bool  // calls are refused while no line can be written
	Version    string
	Logger     *slog.Logger // is told of checkpoints, and of what goes wrong
}

const (
	// queueBytes bounds the lines that wait for the disk: some ten thousand.
	queueBytes = 4 << 20
	// linger is how long lines are gathered before they are written together.
	linger = 5 * time.Millisecond
	// retryAfter is how long after an error the disk is tried again.
	retryAfter = time.Second
	// patience is how long a call waits for a place in the queue while the disk
	// is slow. It is below what callers wait for.
	patience = 5 * time.Second
)

// Log writes an audit log. It is safe for concurrent use.
type Log struct {
	o       Options
	limits  limits
	failing atomic.Pointer[string] // why no line can be written; nil: it can
	full    atomic.Bool            // the queue is
	headSeq atomic.Uint64
	lost    atomic.Uint64
	wake    chan struct{} // holds one if there is something to write
	stop    chan struct{} // closed by Close
	done    chan struct{} // closed when the writer has ended
	ended   error         // what it could not do; to be read after that

	mu      sync.Mutex
	pending []byte        // entries, each with a line break after it
	room    chan struct{} // closed when pending was taken, or waiting makes no sense any more
	untold  uint64        // lost entries that no line tells of
	closed  bool
}

// limits are the constants above, which tests change.
type limits struct {
	queue                   int
	linger, retry, patience time.Duration
}

// Status is how a Log fares.
type Status struct {
	Failing string // why no line can be written; empty: it can
	Head    uint64 // the last line's seq
	Lost    uint64 // lines since the start that will never be written
}

// Open opens the log, taking up the chain where it ends, and begins to write.
// It fails where the file cannot be used, where another process writes it, and
// where its end is damaged (see docs/audit.md).
func Open(o Options) (*Log, error) {
	return open(o, disk{}, limits{queueBytes, linger, retryAfter, patience})
}

func open(o Options, f files, l limits) (*Log, error) {
	log := &Log{
		o: o, limits: l,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
		room: make(chan struct{}),
	}
	w, err := newWriter(log, f)
	if err != nil {
		return nil, err
	}
	log.headSeq.Store(w.last.seq)
	go w.run()
	log.add(note(kindStart, "rivgate "+o.Version))
	return log, nil
}

// Finished implements record.Sink. It waits only where calls are refused when
// no line can be written, and then only while the disk is slow.
func (log *Log) Finished(c *record.Call) { log.add(callEntry(c)) }

// Act tells of an attempt to change something: who made it, and what came of
// it, in any text.
func (log *Log) Act(who, outcome string) {
	e := note(kindAdmin, outcome)
	e.sender = who
	log.add(e)
}

// Refusal is why no call may be served now, nil if it may.
func (log *Log) Refusal() error {
	if !log.o.Refuse {
		return nil
	}
	if why := log.failing.Load(); why != nil {
		return errors.New(*why)
	}
	if log.full.Load() {
		return errors.New("the disk is too slow")
	}
	return nil
}

// Status tells how the log fares.
func (log *Log) Status() Status {
	s := Status{Head: log.headSeq.Load(), Lost: log.lost.Load()}
	if why := log.failing.Load(); why != nil {
		s.Failing = *why
	}
	return s
}

// Close writes what waits and a last line, and closes the file. The error says
// what could not be written. What is added later is lost.
func (log *Log) Close() error {
	log.mu.Lock()
	if !log.closed {
		log.closed = true
		log.tellGap()
		log.push(note(kindStop, ""))
		close(log.stop)
	}
	log.mu.Unlock()
	<-log.done
	return log.ended
}

// add queues an entry. It is written, or it is counted as lost.
func (log *Log) add(e entry) {
	var room [1024]byte
	text := append(e.appendTo(room[:0]), '\n')
	var gaveUp <-chan time.Time
	log.mu.Lock()
	for len(log.pending)+len(text) > log.limits.queue && !log.closed {
		log.full.Store(true)
		if !log.o.Refuse || log.failing.Load() != nil {
			break
		}
		if gaveUp == nil {
			gaveUp = time.After(log.limits.patience)
		}
		taken := log.room
		log.mu.Unlock()
		select {
		case <-taken:
			log.mu.Lock()
			continue
		case <-gaveUp:
		}
		log.mu.Lock()
		break
	}
	if log.closed || len(log.pending)+len(text) > log.limits.queue {
		log.untold++
		log.lost.Add(1)
		log.mu.Unlock()
		return
	}
	first := len(log.pending) == 0
	log.pending = append(log.pending, text...)
	log.mu.Unlock()
	if first {
		select {
		case log.wake <- struct{}{}:
		default:
		}
	}
}

// push queues an entry of the log's own, whatever waits. log.mu is held.
func (log *Log) push(e entry) { log.pending = append(e.appendTo(log.pending), '\n') }

// tellGap queues a line that tells of the entries that were lost since the last
// such line. log.mu is held.
func (log *Log) tellGap() {
	if log.untold > 0 {
		log.push(note(kindGap, fmt.Sprintf("%d lines lost", log.untold)))
		log.untold = 0
	}
}

// take gives the writer all that waits, for the empty buffer it brings. What
// was lost was lost after that. last tells that nothing comes any more.
func (log *Log) take(empty []byte) (taken []byte, last bool) {
	log.mu.Lock()
	defer log.mu.Unlock()
	if !log.closed {
		log.tellGap()
	}
	taken, log.pending = log.pending, empty
	log.makeRoom()
	return taken, log.closed
}

// makeRoom lets those who wait for it look again. log.mu is held.
func (log *Log) makeRoom() {
	if log.full.Swap(false) {
		close(log.room)
		log.room = make(chan struct{})
	}
}
