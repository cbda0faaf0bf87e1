package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"
)

// Timeouts is a timeout file: how long producers may take, by contract.
type Timeouts struct {
	// Contracts has the exact contract names; case counts.
	Contracts map[string]time.Duration
	// Default holds for every other contract; nil if the file has no such row.
	Default *time.Duration
	// Warnings names the rows that a later row for the same contract replaces.
	Warnings []Problem
}

// timeoutRow is one object of VP's timeoutconfig.json. VP reads routetimeout
// and never uses it. The bounds are those of the file's Java integers.
type timeoutRow struct {
	Contract        string `yaml:"tjanstekontrakt" required:"true"`
	RouteTimeout    int    `yaml:"routetimeout" max:"2147483647"`
	ProducerTimeout int    `yaml:"producertimeout" required:"true" positive:"true" max:"2147483647"`
}

// LoadTimeouts reads VP's timeoutconfig.json: an array of objects with
// tjanstekontrakt, routetimeout and producertimeout (milliseconds), and no
// other properties. The row named defaultName is the default. The error is an
// Errors; a missing file is one too, where VP warns and goes on with 29 s.
func LoadTimeouts(path, defaultName string) (*Timeouts, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Errors{{File: path, Text: reason(err)}}
	}
	return ParseTimeouts(path, data, defaultName)
}

// ParseTimeouts is LoadTimeouts for data already read; name is what problems
// call the file.
func ParseTimeouts(name string, data []byte, defaultName string) (*Timeouts, error) {
	if err := jsonSyntax(name, data); err != nil {
		return nil, err
	}
	root, problem := document(name, data) // JSON is YAML, whose tree knows its lines
	if problem != nil {
		return nil, Errors{*problem}
	}
	var rows []timeoutRow
	d := newDecoder(name, "", nil)
	d.value(root, "", reflect.ValueOf(&rows).Elem(), "")
	if len(d.problems) > 0 {
		sortByLine(d.problems)
		return nil, d.problems
	}
	return timeouts(d, rows, defaultName), nil
}

func timeouts(d *decoder, rows []timeoutRow, defaultName string) *Timeouts {
	t := &Timeouts{Contracts: map[string]time.Duration{}}
	latest := map[string]string{}
	for i, row := range rows {
		key := fmt.Sprintf("[%d]", i)
		if earlier, taken := latest[row.Contract]; taken {
			t.Warnings = append(t.Warnings, Problem{
				File: d.file, Line: d.lines[earlier], Key: earlier,
				Text: "replaced by " + key + ", which is for the same contract",
			})
		}
		latest[row.Contract] = key
		timeout := time.Duration(row.ProducerTimeout) * time.Millisecond
		if row.Contract == defaultName {
			t.Default = &timeout
		} else {
			t.Contracts[row.Contract] = timeout
		}
	}
	return t
}

func jsonSyntax(name string, data []byte) error {
	var anything any
	err := json.Unmarshal(data, &anything)
	if err == nil {
		return nil
	}
	line := 1
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = lineAt(data, syntax.Offset)
	}
	return Errors{{File: name, Line: line, Text: "not JSON: " + err.Error()}}
}

// lineAt is the line of the byte before offset, where a JSON error is.
func lineAt(data []byte, offset int64) int {
	line := 1
	for _, b := range data[:min(max(offset-1, 0), int64(len(data)))] {
		if b == '\n' {
			line++
		}
	}
	return line
}
