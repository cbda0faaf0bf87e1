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
// be read only once, they are read in the order given. The error names the file.
func ReadFiles(names []string, stdin io.Reader, zone *time.Location, each func(Event)) (Counts, error) {
	names = slices.Clone(names)
	if !slices.ContainsFunc(names, onlyOnce) {
		if err := sortByTime(names, zone); err != nil {
			return Counts{}, err
		}
	}
	r := NewReader(zone)
	for _, name := range names {
		if err := r.readFile(name, stdin, each); err != nil {
			return r.Counts, fmt.Errorf("%s: %w", name, err)
		}
	}
	r.End()
	return r.Counts, nil
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
			return fmt.Errorf("%s: %w", name, err)
		}
		began[name] = at
	}
	slices.SortStableFunc(names, func(a, b string) int { return began[a].Compare(began[b]) })
	return nil
}

func firstTime(name string, zone *time.Location) (time.Time, error) {
	file, err := os.Open(name)
	if err != nil {
		return time.Time{}, err
	}
	defer file.Close()
	r := NewReader(zone)
	if err := r.Open(file); err != nil {
		return time.Time{}, err
	}
	e, err := r.Next()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return e.At, err
}
