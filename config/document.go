package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// document reads the one YAML document of a file. An empty one is an empty
// mapping, so that it is told what it lacks.
func document(name string, data []byte) (*yaml.Node, *Problem) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	} else if err != nil {
		return nil, syntaxProblem(name, err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return content(first), nil
	case err != nil:
		return nil, syntaxProblem(name, err)
	default:
		return nil, &Problem{File: name, Line: second.Line, Text: "a second YAML document begins: one file is one document"}
	}
}

func content(document yaml.Node) *yaml.Node {
	if len(document.Content) == 0 || document.Content[0].ShortTag() == "!!null" {
		return &yaml.Node{Kind: yaml.MappingNode}
	}
	return document.Content[0]
}

var yamlPosition = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxProblem takes the line out of a yaml.v3 error, which has it in its text only.
func syntaxProblem(name string, err error) *Problem {
	text := err.Error()
	match := yamlPosition.FindStringSubmatch(text)
	if match == nil {
		return &Problem{File: name, Line: 1, Text: text}
	}
	line, err := strconv.Atoi(match[1])
	if err != nil {
		line = 1
	}
	return &Problem{File: name, Line: line, Text: "not YAML, here or just below: " + strings.TrimPrefix(text, match[0])}
}

// reason is err without the path that a Problem names already.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
