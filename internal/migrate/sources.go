package migrate

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// readSettings reads files in order. The error names every file that cannot be
// read, and where.
func readSettings(files []string) (*settings, error) {
	in := newSettings()
	var wrong []error
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil {
			err = in.read(file, data)
		}
		wrong = append(wrong, err)
	}
	return in, errors.Join(wrong...)
}

// read takes in one file, as what its name or its beginning says it is.
func (s *settings) read(file string, data []byte) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".yaml", ".yml":
		return s.readChart(file, data)
	case ".properties":
		return s.readProperties(file, data)
	}
	if text := decodeText(data); isEnvironment(text) {
		for _, variable := range parseEnvironment(text) {
			s.set(file, variable, true)
		}
		return nil
	}
	return s.readProperties(file, data)
}

func (s *settings) readProperties(file string, data []byte) error {
	properties, err := parseProperties(file, data)
	if err != nil {
		return err
	}
	for _, p := range properties {
		s.set(file, p, false)
	}
	return nil
}

var variable = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// isEnvironment tells a file of variables by its first line. VP's keys have
// dots, which names of variables cannot have.
func isEnvironment(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			return variable.MatchString(line)
		}
	}
	return false
}

// parseEnvironment reads NAME=value lines as env prints them. What is no such
// line belongs to the value before it, which then has several lines; so do all
// lines up to the end of a PEM block, whose base64 may look like a variable.
func parseEnvironment(text string) []property {
	var variables []property
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		last := len(variables) - 1
		match := variable.FindStringSubmatch(line)
		switch {
		case last >= 0 && inPEM(variables[last].value):
			variables[last].value += "\n" + line
		case match != nil:
			variables = append(variables, property{match[1], match[2], number})
		case last >= 0 && line != "" && line[0] != '#':
			variables[last].value += "\n" + line
		}
	}
	return variables
}

// inPEM tells whether a PEM block begins in text that does not end there.
func inPEM(text string) bool {
	return strings.Count(text, "-----BEGIN ") > strings.Count(text, "-----END ")
}
