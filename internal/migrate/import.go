package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rivgate/config"
)

// Options say what to import.
type Options struct {
	// Files hold VP's settings; where two set the same key the later one wins.
	// *.yaml and *.yml are values of VP's Helm chart, *.properties are Java
	// properties, others are told apart by their first line: NAME=value as env
	// prints it, or Java properties.
	Files []string
	// Out is where the configuration is to be written. Certificates and keys
	// taken from stores go beside it. Nothing is written before Result.Write.
	Out string
	// Dir is VP's working folder, where its relative paths start; empty: the
	// current folder.
	Dir string
}

// Result is an imported configuration, not yet written.
type Result struct {
	Files  []File // the configuration first
	Report *Report
}

// File is one file of a result.
type File struct {
	Path    string
	Content []byte
	Secret  bool // for its owner alone
}

// Import reads o.Files and the stores they name. The error tells of files that
// cannot be read at all; a store that cannot, or a setting that cannot be
// expressed, is an item of the report.
func Import(o Options) (*Result, error) {
	if len(o.Files) == 0 {
		return nil, errors.New("no file to read VP's settings from")
	}
	in, err := readSettings(o.Files)
	if err != nil {
		return nil, err
	}
	outDir, err := filepath.Abs(filepath.Dir(o.Out))
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(filepath.Base(o.Out), filepath.Ext(o.Out))
	t := newTranslation(in, dir, outDir, base)
	content := t.document().render()
	t.leftovers()
	t.verify(o.Out, content)
	files := append([]File{{Path: o.Out, Content: content}}, t.files...)
	return &Result{Files: files, Report: t.report}, nil
}

// verify holds the result against the rules that serve will hold it against.
func (t *translation) verify(name string, content []byte) {
	unset := func(string) (string, bool) { return "", false }
	_, err := config.Parse(name, content, t.outDir, unset)
	var problems config.Errors
	if !errors.As(err, &problems) {
		return
	}
	for _, problem := range problems {
		t.report.add(Item{
			Outcome: Unread, Key: problem.Key, Origin: fmt.Sprintf("%s:%d", name, problem.Line),
			Reason: "not accepted, set it by hand: " + problem.Text,
		})
	}
}

// Write writes every file. With force, files that exist are replaced; without
// it nothing at all is written if one exists. Secret files get mode 0600.
func (r *Result) Write(force bool) error {
	for _, file := range r.Files {
		_, err := os.Lstat(file.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !force:
			return fmt.Errorf("%s exists: nothing is written without --force", file.Path)
		}
	}
	for _, file := range r.Files {
		if err := file.write(); err != nil {
			return err
		}
	}
	return nil
}

// write makes the file anew, so that the mode of an older one does not stay.
func (f File) write() error {
	if err := os.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := fs.FileMode(0o644)
	if f.Secret {
		mode = 0o600
	}
	out, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.Content)
	return errors.Join(err, out.Close())
}
