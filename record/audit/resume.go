package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

var (
	errTaken  = errors.New("another process writes this audit log")
	errNoLog  = errors.New("no audit log: no line was found at its end; name another file")
	errDamage = errors.New("the end is damaged: lines there are not what was written; look at it, move the file away and start anew, or set audit.on_full to continue")
)

// lookBack is how much of a file's end is searched for the last good line.
const lookBack = 1 << 20

// ending is what a file ends with.
type ending struct {
	last  head   // the last good line
	first uint64 // seq of the file's first line
	tail  []byte // what follows the last good line
	size  int64  // without tail
}

// damaged tells whether lines were changed after they were written. A crash
// alone leaves one line without its end.
func (e *ending) damaged() bool { return bytes.IndexByte(e.tail, '\n') >= 0 }

// endingOf reads how a file ends. A file that is not there ends with nothing.
func endingOf(path string) (e ending, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return ending{last: beginning}, nil
	}
	if err != nil {
		return e, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return e, err
	}
	from := max(info.Size()-lookBack, 0)
	text := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(text, from); err != nil && !errors.Is(err, io.EOF) {
		return e, err
	}
	good, end := lastGood(text)
	e = ending{last: head{good.seq, good.hash}, tail: text[end:], size: from + int64(end)}
	switch {
	case end > 0:
	case from == 0 && len(text) < maxLine && !e.damaged() && bytes.HasPrefix(text, []byte(`{"seq":`)[:min(len(text), 7)]):
		e.last = beginning // nothing, or the first line's beginning
		return e, nil
	default:
		return e, errNoLog
	}
	opening := make([]byte, maxLine)
	n, err := f.ReadAt(opening, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return e, err
	}
	e.first = good.seq // of a file whose first line is damaged
	if first, err := parse(opening[:bytes.IndexByte(opening[:n], '\n')+1]); err == nil {
		e.first = first.seq
	}
	return e, nil
}

// lastGood finds the last line in text that is what was written, and where it
// ends; end is 0 if there is none.
func lastGood(text []byte) (line parsed, end int) {
	end = bytes.LastIndexByte(text, '\n') + 1
	for end > 0 {
		start := bytes.LastIndexByte(text[:end-1], '\n') + 1
		if p, err := parse(text[start:end]); err == nil && p.whole {
			return p, end
		}
		end = start
	}
	return parsed{}, 0
}

// rotated lists the files that were the log before path was begun, oldest
// first: their names sort so.
func rotated(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	name := regexp.MustCompile(`^` + regexp.QuoteMeta(filepath.Base(path)) + `-\d{16,}(\.\d+)?$`)
	var found []string
	for _, entry := range entries { // sorted
		if name.MatchString(entry.Name()) {
			found = append(found, filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
	slices.Sort(found)
	return found, nil
}

// named is path, separator and seq, and what it takes that no such file is there.
func named(path, separator string, seq uint64) string {
	name := fmt.Sprintf("%s%s%016d", path, separator, seq)
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s%s%016d.%d", path, separator, seq, i)
	}
}

// setAside keeps what a crash left after the last good line.
func setAside(path string, e *ending) (kept string, err error) {
	kept = named(path, ".torn-", e.last.seq+1)
	f, err := os.OpenFile(kept, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return "", err
	}
	_, err = f.Write(e.tail)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	return kept, os.Truncate(path, e.size)
}
