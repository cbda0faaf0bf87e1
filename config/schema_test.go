package config_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"rivgate/config"
)

// key is one key of the file as the types have it, in docs/config.md's words.
type key struct{ Type, Default, Reload string }

// schema lists every key that holds a value, items of lists as name[].
func schema(t *testing.T) map[string]key {
	t.Helper()
	keys := map[string]key{}
	collect(t, keys, reflect.TypeFor[config.Config](), "", "yes")
	return keys
}

func collect(t *testing.T, keys map[string]key, section reflect.Type, prefix, reload string) {
	t.Helper()
	for i := range section.NumField() {
		field := section.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "" {
			continue
		}
		path, reload := prefix+name, reload
		if field.Tag.Get("reload") == "no" {
			reload = "no"
		}
		inner, list := field.Type, false
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Slice {
			inner, list = inner.Elem(), true
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[netip.Prefix]() {
			if list {
				path += "[]"
			}
			collect(t, keys, inner, path+".", reload)
			continue
		}
		keys[path] = key{typeName(t, inner, field.Tag, list), defaultText(field, list), reload}
	}
}

func typeName(t *testing.T, of reflect.Type, tag reflect.StructTag, list bool) string {
	t.Helper()
	names := map[reflect.Type]string{
		reflect.TypeFor[string]():        "text",
		reflect.TypeFor[bool]():          "true or false",
		reflect.TypeFor[int]():           "number",
		reflect.TypeFor[float64]():       "fraction",
		reflect.TypeFor[time.Duration](): "duration",
		reflect.TypeFor[config.Size]():   "size",
		reflect.TypeFor[config.Path]():   "path",
		reflect.TypeFor[netip.Prefix]():  "network",
	}
	name, known := names[of]
	if !known {
		t.Fatalf("no name for type %v", of)
	}
	if words := tag.Get("oneof") + tag.Get("words"); words != "" {
		quoted := "`" + strings.Join(strings.Fields(words), "` `") + "`"
		if tag.Get("words") != "" {
			quoted += " or path"
		}
		name = quoted
	}
	if list {
		return "list of " + name
	}
	return name
}

func defaultText(field reflect.StructField, list bool) string {
	text, has := field.Tag.Lookup("default")
	switch {
	case field.Type.Kind() == reflect.Pointer:
		return "not named"
	case !has && field.Tag.Get("required") == "true":
		return "required"
	case list:
		return "`[" + strings.ReplaceAll(text, ",", ", ") + "]`"
	case text == "":
		return "`\"\"`"
	case strings.HasPrefix(text, "#") || strings.Contains(field.Tag.Get("oneof"), "1.2"): // plain, YAML takes it for something else
		return "`\"" + text + "\"`"
	}
	return "`" + text + "`"
}
