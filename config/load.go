package config

import (
	"cmp"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// Load reads the file at path, with ${NAME} taken from the process's
// environment and relative paths taken from the file's folder. The error, if
// any, is an Errors with every problem at once. The files that the
// configuration names are not opened.
func Load(path string) (*Config, error) {
	c, problems := LoadPartly(path)
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

// LoadPartly is Load for those who have more to examine: it returns what could
// be read beside the problems. Keys with problems, and required keys that are
// missing, have their defaults. The Config is nil when the file is no YAML.
func LoadPartly(path string) (*Config, Errors) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Errors{{File: path, Text: reason(err)}}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Errors{{File: path, Text: err.Error()}}
	}
	return parse(path, data, dir, os.LookupEnv)
}

// Parse is Load for data already read: name is what problems call the file,
// dir is where relative paths start, and env answers for ${NAME} (nil leaves
// references as they are). Either the Config or the error is nil.
func Parse(name string, data []byte, dir string, env func(string) (string, bool)) (*Config, error) {
	c, problems := parse(name, data, dir, env)
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}

func parse(name string, data []byte, dir string, env func(string) (string, bool)) (*Config, Errors) {
	root, problem := document(name, data)
	if problem != nil {
		return nil, Errors{*problem}
	}
	d := newDecoder(name, dir, env)
	c := &Config{file: name, lines: d.lines}
	d.value(root, "", reflect.ValueOf(c).Elem(), "")
	if c.Instance.Name == "" {
		c.Instance.Name = c.Instance.ID
	}
	problems := append(d.problems, validate(c, d.problems)...)
	sortByLine(problems)
	return c, problems
}

func sortByLine(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}
