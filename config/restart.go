package config

import (
	"reflect"
	"strconv"
)

// NeedsRestart lists the keys in which next differs from c and that a reload
// cannot change, because sockets that are open depend on them. They are the
// keys whose fields have a reload tag: no for a key and all below it, shape
// for a list whose length, or an optional section whose presence, is fixed.
func (c *Config) NeedsRestart(next *Config) []string {
	var keys []string
	fixedChanges(reflect.ValueOf(c).Elem(), reflect.ValueOf(next).Elem(), "", &keys)
	return keys
}

func fixedChanges(a, b reflect.Value, key string, keys *[]string) {
	for i := range a.NumField() {
		tag := a.Type().Field(i).Tag
		if tag.Get("yaml") == "" {
			continue
		}
		child := join(key, tag.Get("yaml"))
		if tag.Get("reload") == "no" && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			*keys = append(*keys, child)
			continue
		}
		fixedBelow(a.Field(i), b.Field(i), child, tag.Get("reload") == "shape", keys)
	}
}

// fixedBelow looks into a section, an optional section or a list of sections.
func fixedBelow(a, b reflect.Value, key string, fixedShape bool, keys *[]string) {
	switch {
	case isSection(a.Type()):
		fixedChanges(a, b, key, keys)
	case a.Kind() == reflect.Pointer && fixedShape:
		if a.IsNil() != b.IsNil() {
			*keys = append(*keys, key)
		} else if !a.IsNil() {
			fixedChanges(a.Elem(), b.Elem(), key, keys)
		}
	case a.Kind() == reflect.Slice && fixedShape:
		if a.Len() != b.Len() {
			*keys = append(*keys, key)
			return
		}
		for i := range a.Len() {
			fixedChanges(a.Index(i), b.Index(i), key+"["+strconv.Itoa(i)+"]", keys)
		}
	}
}
