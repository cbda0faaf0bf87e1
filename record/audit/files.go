package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// mode keeps the log from everybody else.
const mode = 0o600

// file is the end of a file that lines are appended to.
type file interface {
	Write(p []byte) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
	Stat() (os.FileInfo, error)
}

// files is the folder the log is in.
type files interface {
	// open opens a file to append to, and makes one if there is none.
	open(path string) (file, error)
	rename(from, to string) error
}

// disk is the real thing.
type disk struct{}

func (disk) open(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// rename also makes sure that the new name outlives a crash, as far as the
// system can say.
func (disk) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if folder, err := os.Open(filepath.Dir(to)); err == nil {
		_ = folder.Sync() // not every file system can
		_ = folder.Close()
	}
	return nil
}

// Writable tells whether a log could be written at path, changing nothing.
func Writable(path string) error {
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", folder)
	}
	if err := mayWrite(folder, true); err != nil {
		return err
	}
	info, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no ordinary file", path)
	}
	return mayWrite(path, false)
}

// openLock opens the file whose lock keeps other processes from writing the
// same log. It is a file of its own, because the log's changes its name.
func openLock(path string) (*os.File, error) {
	return os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, mode)
}
