package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// anyTag is the type of a value that came from the environment: text that may
// be read as whatever its key wants.
const anyTag = ""

// typeNames are YAML's types in words.
var typeNames = map[string]string{
	"!!str": "text", "!!int": "a number", "!!float": "a number", "!!bool": "true or false", "!!timestamp": "a date",
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, tag reflect.StructTag) error {
	text, replaced, err := d.expand(n.Value)
	if err != nil {
		return err
	}
	yamlTag := n.ShortTag()
	if replaced {
		yamlTag = anyTag
	}
	if tag.Get("oneof") != "" {
		yamlTag = anyTag // a closed set of words leaves no doubt: 1.2 is "1.2"
	}
	if err := setScalar(v, text, yamlTag); err != nil {
		return err
	}
	if err := checkScalar(v, tag); err != nil {
		return err
	}
	d.resolve(v, tag)
	return nil
}

// resolve makes a path of the file start at the file's folder, unless it is
// one of the words that are taken as they stand.
func (d *decoder) resolve(v reflect.Value, tag reflect.StructTag) {
	if v.Type() != reflect.TypeFor[Path]() {
		return
	}
	path := v.String()
	if path == "" || filepath.IsAbs(path) || slices.Contains(strings.Fields(tag.Get("words")), path) {
		return
	}
	v.SetString(filepath.Join(d.dir, path))
}

// setDefault gives v what its default tag says; items of a list are separated
// by commas. It panics when a type and its tag disagree.
func (d *decoder) setDefault(v reflect.Value, tag reflect.StructTag) {
	text, ok := tag.Lookup("default")
	if !ok {
		return
	}
	if v.Kind() == reflect.Slice {
		items := strings.Split(text, ",")
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			d.setDefaultText(v.Index(i), item, tag)
		}
		return
	}
	d.setDefaultText(v, text, tag)
}

func (d *decoder) setDefaultText(v reflect.Value, text string, tag reflect.StructTag) {
	if err := setScalar(v, text, anyTag); err != nil {
		panic("config: default " + text + ": " + err.Error())
	}
	d.resolve(v, tag)
}

// setScalar reads text as v's type. yamlTag is what YAML takes the text for.
func setScalar(v reflect.Value, text, yamlTag string) error {
	switch target := v.Addr().Interface().(type) {
	case *string:
		return setText(v, text, yamlTag)
	case *Path:
		return setText(v, text, yamlTag)
	case *bool:
		return setBool(target, text, yamlTag)
	case *int:
		return setInt(target, text, yamlTag)
	case *float64:
		return setFloat(target, text, yamlTag)
	case *Size:
		return setParsed(target, text, ParseSize)
	case *netip.Prefix:
		return setParsed(target, text, parseNetwork)
	case *time.Duration:
		return setParsed(target, text, parseDuration)
	default:
		return fmt.Errorf("nothing reads a %s", v.Type())
	}
}

func setParsed[T any](target *T, text string, parse func(string) (T, error)) error {
	value, err := parse(text)
	if err == nil {
		*target = value
	}
	return err
}

func setText(v reflect.Value, text, yamlTag string) error {
	if yamlTag != "!!str" && yamlTag != anyTag {
		return fmt.Errorf("wrong type: want text, found %s (%s): write it in quotes", typeName(yamlTag), text)
	}
	v.SetString(text)
	return nil
}

func setBool(target *bool, text, yamlTag string) error {
	if yamlTag != "!!bool" && yamlTag != anyTag {
		return fmt.Errorf("wrong type: want true or false, found %s (%s)", typeName(yamlTag), printable(text))
	}
	switch strings.ToLower(text) {
	case "true":
		*target = true
	case "false":
		*target = false
	default:
		return fmt.Errorf("want true or false, found %s", printable(text))
	}
	return nil
}

func setInt(target *int, text, yamlTag string) error {
	if yamlTag != "!!int" && yamlTag != anyTag {
		return fmt.Errorf("wrong type: want a whole number, found %s (%s)", typeName(yamlTag), printable(text))
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || int64(int(value)) != value {
		return fmt.Errorf("want a whole number in decimal digits, found %s", printable(text))
	}
	*target = int(value)
	return nil
}

func setFloat(target *float64, text, yamlTag string) error {
	if yamlTag != "!!float" && yamlTag != "!!int" && yamlTag != anyTag {
		return fmt.Errorf("wrong type: want a number, found %s (%s)", typeName(yamlTag), printable(text))
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != value {
		return fmt.Errorf("want a number, found %s", printable(text))
	}
	*target = value
	return nil
}

func typeName(yamlTag string) string {
	if name, known := typeNames[yamlTag]; known {
		return name
	}
	return yamlTag
}
