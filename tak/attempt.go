package tak

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"rivgate/internal/pace"
)

// ShrinkError is a refresh refused because a table would lose too many rows.
type ShrinkError struct {
	Table   string
	Have    int // rows in force
	Offered int
	MaxLoss int // percent
}

// Error tells the numbers.
func (e *ShrinkError) Error() string {
	return fmt.Sprintf("the number of %s would fall from %d to %d, by more than %d percent",
		e.Table, e.Have, e.Offered, e.MaxLoss)
}

// attempt refreshes once. Either both tables are replaced or none.
func (r *Refresher) attempt(ctx context.Context) Report {
	report := Report{At: time.Now()}
	report.say(lineHost, r.options.HostName)
	report.say(lineTime, report.At.Local().Format(timeLayout))
	report.say(lineInitialize)
	if r.options.Client == nil {
		r.readFile(ctx, &report)
	} else {
		r.fetch(ctx, &report)
	}
	if running := r.Current(); running != nil {
		report.Routes, report.Permissions = running.RouteCount(), running.PermissionCount()
	}
	report.say(linePermissions, report.Permissions)
	report.say(lineRoutes, report.Routes)
	report.say(lineDone, report.Initialized())
	report.Took = time.Since(report.At)
	return report
}

// pace is how an attempt reads: beside calls it rests; while there is no catalogue
// they wait for it.
func (r *Refresher) pace(ctx context.Context) *pace.Pace {
	if r.Current() == nil {
		return nil
	}
	return pace.New(ctx)
}

// fetch takes the catalogue from TAK and saves it.
func (r *Refresher) fetch(ctx context.Context, report *Report) {
	saving := newCopyFile(r.options.LocalCopy)
	next, err := r.options.Client.Fetch(ctx, saving, r.pace(ctx))
	if err == nil {
		err = errors.Join(ctx.Err(), r.refuseShrink(next))
	}
	if err != nil {
		saving.discard()
		r.fallBack(ctx, report, err)
		return
	}
	report.Status = RefreshOK
	report.say(lineFetched)
	r.replace(next)
	if report.CopyErr = saving.commit(); report.CopyErr != nil {
		report.say(lineNotSaved, orNull(r.options.LocalCopy))
		report.say(lineReason, report.CopyErr)
		return
	}
	report.say(lineSaved, r.options.LocalCopy)
}

// fallBack keeps the running catalogue, or restores the local copy if anybody still
// wants it.
func (r *Refresher) fallBack(ctx context.Context, report *Report, cause error) {
	report.Err = cause
	if r.Current() != nil || ctx.Err() != nil {
		report.say(lineReuse)
		r.keep(report, cause)
		return
	}
	report.say(lineRestore)
	restored, err := restore(r.options.LocalCopy, nil)
	if err != nil {
		report.Status = RefreshFailed
		report.Err = errors.Join(cause, err)
		reportUnreadable(report, r.options.LocalCopy, err)
		return
	}
	report.Status = RestoredFromLocal
	report.say(lineRestored, r.options.LocalCopy)
	r.replace(restored)
}

// readFile takes the catalogue from the file that is its only source.
func (r *Refresher) readFile(ctx context.Context, report *Report) {
	next, err := restore(r.options.File, r.pace(ctx))
	if err == nil {
		err = r.refuseShrink(next)
	} else {
		reportUnreadable(report, r.options.File, err)
	}
	switch {
	case err == nil:
		report.Status = RefreshOK
		report.say(lineRestored, r.options.File)
		r.replace(next)
	case r.Current() != nil:
		report.Err = err
		r.keep(report, err)
	default:
		report.Err = err
		report.Status = RefreshFailed
	}
}

// keep ends an attempt with the running catalogue. VP's lines have no place
// for a refusal, which it does not know; operators must see that one.
func (r *Refresher) keep(report *Report, cause error) {
	report.Status = ReusingExisting
	if refused, ok := errors.AsType[*ShrinkError](cause); ok {
		report.say(lineReason, fmt.Sprintf("%s: %v", ReusingExisting, refused))
	}
}

// refuseShrink compares a catalogue with the running one. A cold start has
// nothing to compare with and accepts what TAK says: restarting is how a
// deliberate clear-out is let through.
func (r *Refresher) refuseShrink(next *Catalogue) error {
	running := r.Current()
	if running == nil {
		return nil
	}
	for _, table := range []struct {
		name          string
		have, offered int
	}{
		{"virtualizations", running.RouteCount(), next.RouteCount()},
		{"permissions", running.PermissionCount(), next.PermissionCount()},
	} {
		if lost := table.have - table.offered; lost*100 > r.options.MaxShrink*table.have {
			return &ShrinkError{table.name, table.have, table.offered, r.options.MaxShrink}
		}
	}
	return nil
}

// restore reads a local copy that may not be configured.
func restore(file string, p *pace.Pace) (*Catalogue, error) {
	if file == "" {
		return nil, errNoCopy
	}
	return ReadCopy(file, p)
}

func reportUnreadable(report *Report, file string, err error) {
	report.say(lineNotRestored, orNull(file))
	if errors.Is(err, fs.ErrNotExist) {
		report.say(lineReason, fmt.Sprintf(missingFileCause, file))
		return
	}
	report.say(lineReason, err)
}

func orNull(file string) string {
	if file == "" {
		return noFileName
	}
	return file
}
