package vplog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Stdin is the name under which ReadFiles reads its stdin.
const Stdin = "-"

// ReadFiles reads the files of a log, oldest first whatever they are called: by
// when their first event was written. With stdin or a pipe among them, which can
// be read only once, they are read in the order given. A file that breaks off is
// told of in the counts, and the others are read. The error tells of one that
// cannot be opened, or is given twice and would count twice.
func ReadFiles(names []string, stdin io.Reader, zone *time.Location, each func(Event)) (Counts, error) {
	if err := noneTwice(names); err != nil {
		return Counts{}, err
	}
	names = slices.Clone(names)
	if !slices.ContainsFunc(names, onlyOnce) {
		if err := sortByTime(names, zone); err != nil {
			return Counts{}, err
		}
	}
	r := NewReader(zone)
	for _, name := range names {
		if err := r.readFile(name, stdin, each); err != nil {
			return r.Counts, err
		}
	}
	r.End()
	return r.Counts, nil
}

// noneTwice refuses names of the same file. A name without a file is told by who
// opens it.
func noneTwice(names []string) error {
	for i, name := range names {
		for _, earlier := range names[:i] {
			if sameFile(name, earlier) {
				return fmt.Errorf("%s is the same file as %s: its calls would count twice", name, earlier)
			}
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	if a == Stdin || b == Stdin {
		return a == b
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// onlyOnce tells whether what a name stands for is gone once it was read. A name
// without a file is told by who opens it.
func onlyOnce(name string) bool {
	if name == Stdin {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular()
}

func (r *Reader) readFile(name string, stdin io.Reader, each func(Event)) error {
	log := stdin
	if name != Stdin {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		log = file
	}
	before, last := r.Counts.Lines, time.Time{}
	err := r.readLog(log, func(e Event) {
		last = e.At
		each(e)
	})
	if err != nil {
		r.End() // the next file does not go on where this one broke off
		r.Counts.Damaged = append(r.Counts.Damaged, Damage{name, r.Counts.Lines - before, last, err.Error()})
	}
	return nil
}

// readLog gives what it reads of a log, and why that did not reach the log's end.
func (r *Reader) readLog(log io.Reader, each func(Event)) error {
	if err := r.Open(log); err != nil {
		return err
	}
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		each(e)
	}
}

// sortByTime orders files by their first events; those without any come first.
func sortByTime(names []string, zone *time.Location) error {
	began := make(map[string]time.Time, len(names))
	for _, name := range names {
		at, err := firstTime(name, zone)
		if err != nil {
			return err
		}
		began[name] = at
	}
	slices.SortStableFunc(names, func(a, b string) int { return began[a].Compare(began[b]) })
	return nil
}

// firstTime is when a file's first event was written. Damage before it shows when
// the file is read.
func firstTime(name string, zone *time.Location) (time.Time, error) {
	file, err := os.Open(name)
	if err != nil {
		return time.Time{}, err
	}
	defer file.Close()
	r := NewReader(zone)
	if r.Open(file) != nil {
		return time.Time{}, nil
	}
	e, _ := r.Next()
	return e.At, nil
}
