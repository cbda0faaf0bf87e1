package wsdl_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"rivgate/wsdl"
)

func TestListed(t *testing.T) {
	dir := folder(t, map[string]string{
		"conf/wsdlconfig.json": `[
			{"tjanstekontrakt": "urn:riv:test:domain:getthingresponder:1", "wsdlfilepath": "../contracts/20.wsdl", "wsdlurl": "vp/SomeWeirdUrlNotFollowingNamingConventions"},
			{"wsdlurl": "/vp/other", "wsdlfilepath": "` + "ABSOLUTE" + `", "tjanstekontrakt": "urn:x"},
			{"wsdlurl": "vp/none", "wsdlfilepath": "none.wsdl", "tjanstekontrakt": "urn:x"},
			{"wsdlurl": "vp/schema", "wsdlfilepath": "../contracts/a.xsd", "tjanstekontrakt": "urn:x"},
			{"wsdlurl": "vp/SOMEweirdurlnotfollowingnamingconventions", "wsdlfilepath": "../contracts/plain.wsdl", "tjanstekontrakt": "urn:x"},
			{"wsdlurl": "vp/none", "wsdlfilepath": "classpath:x.wsdl", "tjanstekontrakt": "urn:x"}]`,
		"contracts/20.wsdl":    simple("urn:riv:test:domain:GetThing:1:rivtabp20", resp),
		"contracts/21.wsdl":    simple(thing, resp), // its contract is listed
		"contracts/plain.wsdl": `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" name="Plain"/>`,
		"contracts/other.wsdl": simple("urn:riv:a:b:C:1:rivtabp21", "urn:riv:a:b:CResponder:1"),
		"contracts/a.xsd":      schema("a"),
	})
	list := filepath.Join(dir, "conf", "wsdlconfig.json")
	rewrite(t, list, "ABSOLUTE", filepath.Join(dir, "contracts", "plain.wsdl"))
	s := load(t, wsdl.Options{File: list, Directory: filepath.Join(dir, "contracts")},
		"none.wsdl: no such file", list+":4: not served: ", list+":5: not served: a schema, not a WSDL",
		list+":7: not served: classpath:x.wsdl lies within VP", "plain.wsdl: not served: no namespace with rivtabp",
		"plain.wsdl: not served: "+filepath.Join(dir, "contracts", "20.wsdl")+" has the same path")
	contains(t, served(t, s, "/vp/SomeWeirdUrlNotFollowingNamingConventions?wsdl"), "rivtabp20")
	contains(t, served(t, s, "/vp/other?wsdl"), `name="Plain"`)
	want := ":\n" + gateway + "/vp/SomeWeirdUrlNotFollowingNamingConventions?wsdl\n" + gateway + "/vp/a/b/C/1/rivtabp21?wsdl\n" + gateway + "/vp/other?wsdl"
	if list := ask(s, "/vp/x?wsdl", plain).body; !strings.HasSuffix(list, want) {
		t.Errorf("served are\n%s", list)
	}
}

func TestMalformedList(t *testing.T) {
	for _, test := range []struct {
		name, list string
		line       int
		text       string
	}{
		{"empty", "", 1, "unexpected EOF"},
		{"no array", "\n{}", 2, "{ where an array should be"},
		{"null", "null", 1, "<nil> where an array should be"},
		{"no object", "[\n\"a\"]", 2, "a where an object should be"},
		{"not ended", "[\n\n", 3, "unexpected EOF"},
		{"object not ended", "[\n{", 2, "unexpected EOF"},
		{"comma", "[\n{\"wsdlurl\" \"a\"}]", 2, "invalid character '\"' after object key"},
		{"unknown property", "[\n{\"wsdlUrl\": \"a\"}]", 2, `unknown property "wsdlUrl"`},
		{"number", "[\n{\"wsdlurl\":\n 1}]", 3, "wsdlurl: 1 where text should be"},
		{"null property", "[\n{\"wsdlurl\": null}]", 2, "wsdlurl: <nil> where text should be"},
		{"nested", "[\n{\"wsdlurl\": []}]", 2, "wsdlurl: [ where text should be"},
		{"missing", "[\n\n{\"wsdlurl\": \"a\", \"wsdlfilepath\": \"b\"}\n]", 3, "tjanstekontrakt is missing or empty"},
		{"empty property", `[{"wsdlurl": "a", "wsdlfilepath": "", "tjanstekontrakt": "c"}]`, 1, "wsdlfilepath is missing or empty"},
		{"twice", `[{"wsdlurl": "a", "wsdlurl": "b"}]`, 1, "wsdlurl is given twice"},
		{"more", "[]\n[]", 2, "something follows the array"},
		{"junk", "[]\n]", 2, "invalid character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(folder(t, map[string]string{"wsdlconfig.json": test.list}), "wsdlconfig.json")
			_, _, err := wsdl.Load(wsdl.Options{File: file})
			failed, ok := errors.AsType[*wsdl.FileError](err)
			if !ok || failed.File != file || failed.Line != test.line || !strings.Contains(failed.Err.Error(), test.text) {
				t.Errorf("got %v, want line %d, %s", err, test.line, test.text)
			}
		})
	}
}

func TestEmptyList(t *testing.T) {
	for _, list := range []string{"[]", "\xef\xbb\xbf [ ]\n"} {
		load(t, wsdl.Options{File: filepath.Join(folder(t, map[string]string{"l.json": list}), "l.json")})
	}
}
