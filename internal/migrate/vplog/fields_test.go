package vplog

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"
	"unicode/utf8"
)

// FuzzFields holds the scanner against encoding/json: what is an object there is
// one here, with the same values under the same names.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":"b"}`, `{"a.b":"1","a":{"b":2}}`, `{"a":[1,"]",{"b":[]}],"c":null,"d":true}`,
		`{"labels":{"receiverid":"\u00e5\"\\"},"e":-1.5e3}`, `{"a":"b"}x`, `{"a":}`, `{"a" : "\\"}`, `{"labels\u002eerrorCode":"VP007"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := make(map[string]string)
		ok := fields(data, func(name, value []byte) { got[string(name)] = string(value) })
		want := make(map[string]string)
		if !utf8.Valid(data) || !json.Valid(data) || bytes.TrimSpace(data)[0] != '{' || !walk(json.NewDecoder(bytes.NewReader(data)), want) {
			return
		}
		if !ok {
			t.Fatalf("no object: %q", data)
		}
		for name := range want {
			if !wanted([]byte(name)) {
				delete(want, name)
				delete(got, name)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q\n got %q\nwant %q", data, got, want)
		}
	})
}

// walk reads an object's values by dotted name, as slowly as it likes; false
// where it is deeper than fields looks.
func walk(d *json.Decoder, into map[string]string) bool {
	d.UseNumber()
	_, _ = d.Token() // {
	return walkObject(d, "", 1, into)
}

func walkObject(d *json.Decoder, prefix string, depth int, into map[string]string) bool {
	if depth > deepest {
		return false
	}
	for d.More() {
		key, _ := d.Token()
		name := prefix + key.(string)
		switch value, _ := d.Token(); value := value.(type) {
		case json.Delim:
			if value == '[' {
				skip(d)
			} else if !walkObject(d, name+".", depth+1, into) {
				return false
			}
		case string:
			into[name] = value
		case json.Number:
			into[name] = value.String()
		case bool:
			into[name] = map[bool]string{true: "true", false: "false"}[value]
		}
	}
	_, _ = d.Token() // }
	return true
}

func skip(d *json.Decoder) {
	for open := 1; open > 0; {
		switch token, _ := d.Token(); token {
		case json.Delim('['), json.Delim('{'):
			open++
		case json.Delim(']'), json.Delim('}'):
			open--
		}
	}
}
