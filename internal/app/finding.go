package app

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"rivgate/config"
	"rivgate/internal/pace"
)

// Finding is something wrong, or unsafe, with what a configuration names.
type Finding struct {
	config.Problem
	Warning bool // does not stop a start
}

// String is "FILE:LINE: KEY: TEXT", with "warning: " before the text of a warning.
func (f Finding) String() string {
	if f.Warning {
		f.Text = "warning: " + f.Text
	}
	return f.Problem.String()
}

// Findings are all that was found, errors and warnings.
type Findings []Finding

// sort orders f by place, as a reader of the files meets them.
func (f Findings) sort() {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// Err is the errors among f, one a line, or nil if there are none.
func (f Findings) Err() error {
	var problems config.Errors
	for _, finding := range f {
		if !finding.Warning {
			problems = append(problems, finding.Problem)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// findings collects while loading.
type findings struct {
	cfg  *config.Config
	list Findings
	pace *pace.Pace // of reading catalogue and tree
}

// add takes problems as they are.
func (f *findings) add(problems []config.Problem, warnings bool) {
	for _, problem := range problems {
		f.list = append(f.list, Finding{Problem: problem, Warning: warnings})
	}
}

// fail notes err at key, or at its own places where it knows them.
func (f *findings) fail(key string, err error) {
	var problems config.Errors
	if errors.As(err, &problems) {
		f.add(problems, false)
		return
	}
	f.list = append(f.list, Finding{Problem: f.cfg.Problem(key, oneLine(err.Error()))})
}

func (f *findings) warn(key, text string) {
	f.list = append(f.list, Finding{Problem: f.cfg.Problem(key, oneLine(text)), Warning: true})
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
