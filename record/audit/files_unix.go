//go:build unix

package audit

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock takes path's lock; it is free again when the file is closed.
func lock(path string) (*os.File, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errTaken
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// mayWrite asks the system whether this process may write to what is at path.
func mayWrite(path string, folder bool) error {
	var how uint32 = 2 // access(2): to write
	if folder {
		how |= 1 // and to enter
	}
	if err := syscall.Access(path, how); err != nil {
		return &os.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}
