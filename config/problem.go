package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong, or unsafe, and where.
type Problem struct {
	File string
	Line int    // 0: the file as a whole
	Key  string // as in listeners[0].tls.certificate; empty: the file as a whole
	Text string
}

// String is FILE:LINE: KEY: TEXT, without the parts that are not known.
func (p Problem) String() string {
	text := p.File
	if p.Line > 0 {
		text += fmt.Sprintf(":%d", p.Line)
	}
	text += ": "
	if p.Key != "" {
		text += p.Key + ": "
	}
	return text + p.Text
}

// Errors is every problem that keeps a file from being used, in the order of
// its lines; never empty when returned as an error.
type Errors []Problem

// Error is one problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, problem := range e {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}
