package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// decoder is one walk over one file's node tree, along the types that the tree
// is to fill. It goes on after a problem, so that all of them are found; how
// deep it goes is bounded by the types, whatever the file's aliases do.
//
// yaml.v3's own decoder is not used beyond the tree: it stops being strict
// inside custom unmarshallers and forgets where a value stood.
type decoder struct {
	file, dir string
	env       func(string) (string, bool)
	lines     map[string]int // of every key path the file sets
	problems  Errors
}

func newDecoder(file, dir string, env func(string) (string, bool)) *decoder {
	return &decoder{file: file, dir: dir, env: env, lines: map[string]int{"": 1}}
}

func (d *decoder) problem(line int, key, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Key: key, Text: fmt.Sprintf(format, args...)})
}

// value decodes n, the value of key, into v.
func (d *decoder) value(n *yaml.Node, key string, v reflect.Value, tag reflect.StructTag) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		d.problem(nearestLine(d.lines, key), key, "no value: give one, or remove the key")
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, key, v.Elem(), tag)
	case isSection(v.Type()):
		if d.isKind(n, yaml.MappingNode, key, "keys and values") {
			d.section(n, key, v)
		}
	case v.Kind() == reflect.Slice:
		if d.isKind(n, yaml.SequenceNode, key, "a list") {
			d.list(n, key, v, tag)
		}
	case d.isKind(n, yaml.ScalarNode, key, "one value"):
		if err := d.scalar(n, v, tag); err != nil {
			d.problem(nearestLine(d.lines, key), key, "%v", err)
		}
	}
}

// isSection tells the structs that are mappings in the file from those that
// are single values.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[netip.Prefix]()
}

func (d *decoder) isKind(n *yaml.Node, kind yaml.Kind, key, want string) bool {
	if n.Kind == kind {
		return true
	}
	found := map[yaml.Kind]string{yaml.MappingNode: "keys and values", yaml.SequenceNode: "a list"}[n.Kind]
	if found == "" {
		found = "one value"
	}
	d.problem(nearestLine(d.lines, key), key, "wrong type: want %s, found %s", want, found)
	return false
}

func (d *decoder) list(n *yaml.Node, key string, v reflect.Value, tag reflect.StructTag) {
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		child, element := key+"["+strconv.Itoa(i)+"]", v.Index(i)
		d.lines[child] = item.Line
		before := len(d.problems)
		d.value(item, child, element, tag)
		if len(d.problems) == before && element.Kind() == reflect.String && element.Len() == 0 {
			d.problem(item.Line, child, "empty")
		}
	}
}

// section decodes the mapping n into the struct v, defaults first. A nil n is
// a section the file leaves out, which has its defaults and may lack what is
// required like any other.
func (d *decoder) section(n *yaml.Node, key string, v reflect.Value) {
	members := d.members(n, key, v.Type())
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("yaml")
		if name == "" {
			continue
		}
		field, child, before := v.Field(i), join(key, name), len(d.problems)
		d.setDefault(field, tag)
		member, present := members[name]
		if present {
			d.value(member, child, field, tag)
		} else if isSection(field.Type()) {
			d.section(nil, child, field)
		}
		if tag.Get("required") == "true" && isEmpty(field) && len(d.problems) == before {
			d.problem(nearestLine(d.lines, child), child, "%s", absence(present))
		}
	}
}

// members are the mapping's values by key; what the type does not have, and
// what is given twice, is a problem.
func (d *decoder) members(n *yaml.Node, key string, t reflect.Type) map[string]*yaml.Node {
	members := map[string]*yaml.Node{}
	if n == nil {
		return members
	}
	known := names(t)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		child := join(key, printable(name.Value))
		switch {
		case name.Kind != yaml.ScalarNode:
			d.problem(name.Line, key, "a key is one word")
		case name.ShortTag() == "!!merge":
			d.problem(name.Line, child, "merging is not supported: repeat the keys, or alias a whole value")
		case !slices.Contains(known, name.Value):
			d.problem(name.Line, child, "unknown key%s", suggestion(name.Value, known))
		case members[name.Value] != nil:
			d.problem(name.Line, child, "given twice, first on line %d", d.lines[child])
		default:
			d.lines[child] = name.Line
			members[name.Value] = value
		}
	}
	return members
}

func absence(present bool) string {
	if present {
		return "must not be empty"
	}
	return "missing"
}

func isEmpty(v reflect.Value) bool {
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
