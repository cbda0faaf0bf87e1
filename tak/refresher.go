package tak

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Options are where a Refresher reads the catalogue and how often.
type Options struct {
	// Client fetches from TAK; nil: File is the only source.
	Client *Client
	// File is a local copy that is read at every refresh. Without effect when
	// there is a Client.
	File string
	// LocalCopy is where what TAK said is saved, and what a start without TAK
	// falls back to; empty: nowhere.
	LocalCopy string
	// Interval is the pause between refreshes while all is well; 0: none come
	// by themselves.
	Interval time.Duration
	// Retry is the pause after an attempt that did not end in RefreshOK; 0:
	// none comes by itself.
	Retry time.Duration
	// MaxShrink is how many percent of either table's rows a refresh may lose
	// against the running catalogue; 100 never refuses.
	MaxShrink int
	// Logger gets one line per attempt and the catalogue's warnings; nil: none.
	Logger *slog.Logger
	// OnChange is told of every new catalogue once it is the current one, before
	// the attempt's callers are answered. Calls do not overlap.
	OnChange func(*Catalogue)
	// OnAttempt is told of every finished attempt, before its callers are
	// answered. Calls do not overlap. May be nil.
	OnAttempt func(Report)
	// HostName stands in the report; empty: the system's, or UNKNOWN.
	HostName string
}

// Refresher keeps the current catalogue. It is safe for concurrent use.
type Refresher struct {
	options   Options
	current   atomic.Pointer[Catalogue]
	attempted chan struct{} // something to look at for Run

	replacing sync.Mutex // held while a catalogue is put in force

	life     context.Context // of every attempt
	end      context.CancelFunc
	attempts sync.WaitGroup // begun with mu held

	mu          sync.Mutex
	running     *run // nil: no attempt is being made
	last        *Report
	lastSuccess time.Time
}

// run is one attempt that callers share.
type run struct {
	done   chan struct{}
	report Report // to be read once done is closed
}

// NewRefresher makes a Refresher without catalogue.
func NewRefresher(o Options) *Refresher {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HostName == "" {
		o.HostName = hostName()
	}
	r := &Refresher{options: o, attempted: make(chan struct{}, 1)}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// Close ends the attempt that is being made and waits until it has left nothing
// behind; from then on every attempt fails at once. The catalogue stays.
func (r *Refresher) Close() {
	r.mu.Lock()
	r.end()
	r.mu.Unlock()
	r.attempts.Wait()
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "UNKNOWN"
	}
	return name
}

// Current is the catalogue in force, which OnChange may not have put to use yet; nil
// as long as there has been none, which callers see as VP008.
func (r *Refresher) Current() *Catalogue { return r.current.Load() }

// Last is the report of the last finished attempt; false before the first.
func (r *Refresher) Last() (report Report, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return Report{}, false
	}
	return *r.last, true
}

// LastSuccess is when the last attempt that ended in RefreshOK began; zero
// before the first. The age of the data in force counts from here.
func (r *Refresher) LastSuccess() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lastSuccess
}

// Refresh makes one attempt and reports it. A caller that comes while one is
// being made waits for it and gets its report. The attempt does not end with
// ctx: a caller that leaves gets a report with ctx's error, and the others and
// the catalogue get what they asked for. With a catalogue in force an attempt
// takes its time, so that calls keep theirs.
func (r *Refresher) Refresh(ctx context.Context) Report {
	if err := ctx.Err(); err != nil {
		return r.abandoned(err)
	}
	joined := r.join(context.WithoutCancel(ctx))
	if joined == nil {
		return r.abandoned(context.Canceled)
	}
	select {
	case <-joined.done:
		return joined.report
	case <-ctx.Done():
		return r.abandoned(ctx.Err())
	}
}

// join returns the attempt being made, begun if need be; nil once r is closed.
func (r *Refresher) join(ctx context.Context) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.life.Err() != nil {
		return nil
	}
	if r.running == nil {
		current := &run{done: make(chan struct{})}
		r.running = current
		r.attempts.Go(func() {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(r.life, cancel)()
			r.finish(ctx, current)
		})
	}
	return r.running
}

// finish makes the attempt and tells everyone, unless Close ended it.
func (r *Refresher) finish(ctx context.Context, current *run) {
	current.report = r.attempt(ctx)
	if ctx.Err() == nil {
		r.log(current.report)
		if r.options.OnAttempt != nil {
			r.options.OnAttempt(current.report)
		}
	}
	r.mu.Lock()
	r.last = &current.report
	if current.report.Status == RefreshOK {
		r.lastSuccess = current.report.At
	}
	r.running = nil
	r.mu.Unlock()
	close(current.done)
	select {
	case r.attempted <- struct{}{}:
	default:
	}
}

// abandoned is the report for a caller that did not wait.
func (r *Refresher) abandoned(cause error) Report {
	report := Report{Status: RefreshFailed, At: time.Now(), Err: cause}
	if c := r.Current(); c != nil {
		report.Status = ReusingExisting
		report.Routes, report.Permissions = c.RouteCount(), c.PermissionCount()
	}
	return report
}

// Run refreshes in the background until ctx ends: after Retry while the last
// attempt did not end in RefreshOK, else after Interval. Attempts made by
// others count. It makes no attempt at once.
func (r *Refresher) Run(ctx context.Context) {
	for {
		var due <-chan time.Time
		if pause := r.pause(); pause > 0 {
			due = time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.attempted:
		case <-due:
			r.Refresh(ctx)
		}
	}
}

// pause is how long to wait for the next attempt; 0: for ever.
func (r *Refresher) pause() time.Duration {
	if last, ok := r.Last(); ok && last.Status == RefreshOK {
		return r.options.Interval
	}
	return r.options.Retry
}

// replace puts a catalogue in force.
func (r *Refresher) replace(next *Catalogue) {
	r.replacing.Lock()
	defer r.replacing.Unlock()
	r.put(next)
}

// Adopt takes over what another Refresher has: the catalogue, and what is known of
// the last attempt. It is for a Refresher that has made none. OnChange is not told.
func (r *Refresher) Adopt(from *Refresher) {
	from.mu.Lock()
	last, lastSuccess := from.last, from.lastSuccess
	from.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current.Store(from.Current())
	r.last, r.lastSuccess = last, lastSuccess
}

// Restore puts the local copy in force while there is no catalogue, and tells
// whether it did: for a start on which TAK is slow to answer. An attempt that
// is being made goes on, and what it brings takes the copy's place.
func (r *Refresher) Restore() bool {
	restored, err := restore(r.options.LocalCopy, nil)
	if err != nil {
		return false
	}
	r.replacing.Lock()
	defer r.replacing.Unlock()
	if r.Current() != nil {
		return false
	}
	r.put(restored)
	return true
}

// put is replace for who holds replacing.
//
// The collection at the end is for catalogues of hundreds of thousands of rows:
// the replaced one is garbage as large as the new one, and left alone it would
// still be there, and count for how far the heap may grow, at the next refresh.
func (r *Refresher) put(next *Catalogue) {
	hadOne := r.current.Swap(next) != nil
	if r.options.OnChange != nil {
		r.options.OnChange(next)
	}
	if hadOne {
		runtime.GC()
	}
}

// log tells operators of an attempt nobody may be waiting for.
func (r *Refresher) log(report Report) {
	attrs := []any{
		"status", report.Status, "routes", report.Routes, "permissions", report.Permissions,
		"took", report.Took,
	}
	level := slog.LevelInfo
	switch report.Status {
	case RefreshOK:
	case RefreshFailed:
		level = slog.LevelError
	default:
		level = slog.LevelWarn
	}
	if report.Err != nil {
		attrs = append(attrs, "error", report.Err)
	}
	ctx := context.Background()
	r.options.Logger.Log(ctx, level, "catalogue refresh", attrs...)
	if report.CopyErr != nil {
		r.options.Logger.Warn("the catalogue could not be saved", "file", r.options.LocalCopy, "error", report.CopyErr)
	}
	r.logWarnings(report.Status)
}

// logWarnings tells what is wrong with rows of a new catalogue.
func (r *Refresher) logWarnings(status Status) {
	c := r.Current()
	if c == nil || status != RefreshOK && status != RestoredFromLocal {
		return
	}
	for _, w := range c.Warnings() {
		r.options.Logger.Warn("catalogue row", "line", w.Line, "problem", w.Text)
	}
}
