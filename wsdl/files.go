package wsdl

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileSet is what a load read.
type fileSet struct {
	listed   []*description // from wsdlconfig.json
	found    []*description // from the folder
	folders  []string
	warnings []Warning
}

// readFiles reads all that o names but its sources.
func readFiles(o Options) (*fileSet, error) {
	r := &fileReader{documents: make(map[string]*document), folders: make(map[string]bool)}
	set := &fileSet{}
	var rows []row
	if o.File != "" {
		var err error
		if rows, err = readList(o.File); err != nil {
			return nil, err
		}
		r.folders[filepath.Dir(o.File)] = true
		set.listed = r.listed(o.File, rows)
	}
	if o.Directory != "" {
		paths, err := r.scan(o.Directory)
		if err != nil {
			return nil, &FileError{File: o.Directory, Err: cause(err)}
		}
		set.found = r.found(paths, rows)
	}
	set.folders = slices.Sorted(maps.Keys(r.folders))
	set.warnings = r.warnings
	return set, nil
}

// fileReader reads documents from files, each once.
type fileReader struct {
	documents map[string]*document // nil: it cannot be read
	folders   map[string]bool
	warnings  []Warning
}

func (r *fileReader) warn(file string, line int, text string) {
	r.warnings = append(r.warnings, Warning{File: file, Line: line, Text: text})
}

// scan is the WSDL files in a folder and its folders, sorted. Names with a dot
// at their beginning are passed over: Kubernetes keeps a second copy there.
func (r *fileReader) scan(directory string) ([]string, error) {
	var paths []string
	err := fs.WalkDir(os.DirFS(directory), ".", func(name string, entry fs.DirEntry, err error) error {
		path := filepath.Join(directory, name)
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			r.warn(path, 0, cause(err).Error())
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir():
			r.folders[path] = true
		case strings.EqualFold(filepath.Ext(name), ".wsdl"):
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

// read reads a file, or warns and gives nil. It does so once for each.
func (r *fileReader) read(path string) *document {
	path = filepath.Clean(path)
	if d, tried := r.documents[path]; tried {
		return d
	}
	r.folders[filepath.Dir(path)] = true
	data, err := readFile(path)
	var d *document
	if err == nil {
		d, err = newDocument(path, path, data, resolveFile)
	}
	if err != nil {
		r.warn(path, lineOf(err), err.Error())
	}
	r.documents[path] = d
	return d
}

// readFile reads a regular file that is not too large to be a description.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, cause(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxDocument+1))
}

// cause is an error of the file system without the path, which stands beside it.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// resolveFile is the resolver for files: a location without host is a file,
// wherever it lies, because who wrote the WSDL's location put it there. Others
// are left as written.
func resolveFile(base, location string, _ bool) (reference, error) {
	u, err := url.Parse(location)
	switch {
	case err != nil:
		u = &url.URL{Path: location}
	case u.Scheme == "file" && u.Host == "":
	case u.Scheme != "" || u.Host != "":
		return reference{place: outside}, nil
	}
	if u.Path == "" {
		return reference{place: outside}, nil
	}
	path := filepath.FromSlash(u.Path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(base), path)
	}
	return reference{place: within, address: filepath.Clean(path)}, nil
}

func (r *fileReader) open(address string) (*document, error) { return r.read(address), nil }

func (r *fileReader) relative(from, to string) string {
	return relativePath(from, to)
}

// relativePath is the way from the folder of one file to another.
func relativePath(from, to string) string {
	way, err := filepath.Rel(filepath.Dir(from), to)
	if err != nil {
		return to
	}
	return filepath.ToSlash(way)
}

func (r *fileReader) shows(string) bool { return true }

func (r *fileReader) internal() *secrets { return nil }
