package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// file is one of an archive, by its path within.
type file struct {
	path    string
	mode    int64
	content []byte
}

// taken are the files and folders of the repository that every archive has.
var taken = []string{"LICENSE", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "deploy"}

// sharedFiles are those that are the same for every system.
func (r release) sharedFiles() ([]file, error) {
	var all []file
	for _, name := range taken {
		files, err := folder(filepath.Join(r.source, name), name)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	completion, err := r.completion()
	if err != nil {
		return nil, err
	}
	pages, err := r.manPages()
	if err != nil {
		return nil, err
	}
	return append(append(all, completion...), pages...), nil
}

// folder is path, or everything below it, as name. Tests stay behind.
func folder(path, name string) ([]file, error) {
	var all []file
	err := filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(at, ".go") {
			return err
		}
		content, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		all = append(all, file{name + filepath.ToSlash(strings.TrimPrefix(at, path)), 0o644, content})
		return nil
	})
	return all, err
}

// completion is each shell's, under the name that shell looks for.
func (r release) completion() ([]file, error) {
	var all []file
	for _, shell := range []struct{ name, file string }{
		{"bash", "rivgate.bash"}, {"zsh", "_rivgate"}, {"fish", "rivgate.fish"}, {"powershell", "rivgate.ps1"},
	} {
		script, err := exec.Command(r.host, "completion", shell.name).Output()
		if err != nil {
			return nil, fmt.Errorf("completion for %s: %w", shell.name, err)
		}
		all = append(all, file{"completion/" + shell.file, 0o644, script})
	}
	return all, nil
}

func (r release) manPages() ([]file, error) {
	dir, err := os.MkdirTemp("", "rivgate-man-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if out, err := exec.Command(r.host, "man", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("man pages: %w\n%s", err, out)
	}
	return folder(dir, "man/man1")
}
