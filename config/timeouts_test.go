package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"rivgate/config"
)

func TestParseTimeouts(t *testing.T) {
	got, err := config.ParseTimeouts("timeoutconfig.json", []byte(`[
	{"tjanstekontrakt": "urn:riv:example:GetResponder:1", "routetimeout": 30000, "producertimeout": 1},
	{"tjanstekontrakt": "default_timeouts", "routetimeout": 30000, "producertimeout": 29000},
	{"producertimeout": 2500, "tjanstekontrakt": "urn:riv:example:GetResponder:1"},
	{"tjanstekontrakt": "urn:riv:example:getresponder:1", "producertimeout": 60000}
]`), "default_timeouts")
	if err != nil {
		t.Fatal(err)
	}
	standard := 29 * time.Second
	want := &config.Timeouts{
		Contracts: map[string]time.Duration{"urn:riv:example:GetResponder:1": 2500 * time.Millisecond, "urn:riv:example:getresponder:1": time.Minute},
		Default:   &standard,
		Warnings:  []config.Problem{{File: "timeoutconfig.json", Line: 2, Key: "[0]", Text: "replaced by [2], which is for the same contract"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseTimeoutsWithoutDefault(t *testing.T) {
	got, err := config.ParseTimeouts("a", []byte(`[]`), "default_timeouts")
	if err != nil || got.Default != nil || len(got.Contracts) != 0 || got.Warnings != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseTimeoutsErrors(t *testing.T) {
	const row = `{"tjanstekontrakt": "a", "producertimeout": 1}`
	cases := []struct{ name, text, want string }{
		{"not JSON", "[\n{tjanstekontrakt: a}]", "a:2: not JSON: invalid character 't' looking for beginning of object key string"},
		{"cut off", "[\n" + row + ",\n", "a:2: not JSON: unexpected end of JSON input"},
		{"empty", "", "a:1: not JSON: unexpected end of JSON input"},
		{"two values", "[]\n[]", "a:2: not JSON: invalid character '[' after top-level value"},
		{"an object", row, "a:1: wrong type: want a list, found keys and values"},
		{
			"unknown property", "[" + row + ",\n{\"tjanstekontrakt\": \"b\", \"producerTimeout\": 1}]",
			"a:2: [1].producerTimeout: unknown key: did you mean producertimeout?\na:2: [1].producertimeout: missing",
		},
		{
			"wrong types", "[{\"tjanstekontrakt\": 1,\n\"producertimeout\": \"1\",\n\"routetimeout\": 1.5}]",
			"a:1: [0].tjanstekontrakt: wrong type: want text, found a number (1): write it in quotes\n" +
				"a:2: [0].producertimeout: wrong type: want a whole number, found text (1)\n" +
				"a:3: [0].routetimeout: wrong type: want a whole number, found a number (1.5)",
		},
		{"null", "[{\"tjanstekontrakt\": \"a\", \"producertimeout\": null}]", "a:1: [0].producertimeout: no value: give one, or remove the key"},
		{"endless wait", "[{\"tjanstekontrakt\": \"a\", \"producertimeout\": 0}]", "a:1: [0].producertimeout: must be above 0"},
		{"too large", "[{\"tjanstekontrakt\": \"a\", \"producertimeout\": 2147483648}]", "a:1: [0].producertimeout: 2147483648 is above 2147483647"},
		{"no contract", "[{\"producertimeout\": 1}]", "a:1: [0].tjanstekontrakt: missing"},
		{"null file", "null", "a:1: wrong type: want a list, found keys and values"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.ParseTimeouts("a", []byte(c.text), "default_timeouts")
			if got != nil || err == nil || err.Error() != c.want {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

func TestLoadTimeoutsMissingFile(t *testing.T) {
	_, err := config.LoadTimeouts("testdata/absent.json", "default_timeouts")
	if err == nil || !strings.HasPrefix(err.Error(), "testdata/absent.json: ") {
		t.Errorf("got %v", err)
	}
}
