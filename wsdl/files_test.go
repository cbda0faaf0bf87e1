package wsdl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"rivgate/wsdl"
)

const (
	thing = "urn:riv:test:domain:GetThing:1:rivtabp21"
	resp  = "urn:riv:test:domain:GetThingResponder:1"
)

// wsdlWith is a WSDL for GetThing with what goes into its schema element.
func wsdlWith(inSchema string) string {
	return `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:r="` +
		resp + `" targetNamespace="` + thing + `"><w:types><x:schema>` + inSchema + `</x:schema></w:types></w:definitions>`
}

func imports(locations ...string) string {
	var all strings.Builder
	for _, location := range locations {
		fmt.Fprintf(&all, `<x:import namespace="urn:n" schemaLocation="%s"/>`, location)
	}
	return all.String()
}

// schema is a schema that tells its name and imports others.
func schema(name string, locations ...string) string {
	return `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:` + name + `">` + imports(locations...) + `</x:schema>`
}

// Equal locations in different folders are told apart by the path from the
// WSDL; VP serves one of them for both.
func TestCollision(t *testing.T) {
	s := load(t, wsdl.Options{Directory: folder(t, map[string]string{
		"a/b/thing.wsdl":  wsdlWith(imports("types.xsd", "sub/a.xsd", "../c/b.xsd")),
		"a/b/types.xsd":   schema("near"),
		"a/b/sub/a.xsd":   schema("a", "types.xsd", "own.xsd", "sub/a.xsd"),
		"a/b/sub/own.xsd": schema("own"),
		// the location of one is the path of another
		"a/b/sub/sub/a.xsd": schema("deep"),
		"a/b/sub/types.xsd": schema("below"),
		"a/c/b.xsd":         schema("b", "types.xsd"),
		"a/c/types.xsd":     schema("beside"),
	})})
	base := gateway + thing21 + "?xsd="
	checkLocations(t, served(t, s, thing21+"?wsdl"), base+"types.xsd", base+"sub/a.xsd", base+"../c/b.xsd")
	checkLocations(t, served(t, s, thing21+"?xsd=sub/a.xsd"), base+"sub/types.xsd", base+"own.xsd", base+"sub/sub/a.xsd")
	checkLocations(t, served(t, s, thing21+"?xsd=../c/b.xsd"), base+"../c/types.xsd")
	for name, namespace := range map[string]string{
		"types.xsd": "near", "sub/types.xsd": "below", "../c/types.xsd": "beside", "own.xsd": "own", "sub/own.xsd": "own",
		"sub/a.xsd": "a", "sub/sub/a.xsd": "deep",
	} {
		contains(t, served(t, s, thing21+"?xsd="+name), `targetNamespace="urn:`+namespace+`"`)
	}
}

// Schema compilers take two addresses for two documents, and what both define
// for defined twice.
func TestOneAddressForADocument(t *testing.T) {
	s := load(t, wsdl.Options{Directory: folder(t, map[string]string{
		"a/thing.wsdl":      wsdlWith(imports("in.xsd", "parts/in.xsd")),
		"a/in.xsd":          schema("in", "../core/booking.xsd", "../core/common.xsd"),
		"a/parts/in.xsd":    schema("part", "../../core/common.xsd"),
		"core/booking.xsd":  schema("booking", "common.xsd", "codes/in.xsd"),
		"core/common.xsd":   schema("common", "./common.xsd"),
		"core/codes/in.xsd": schema("codes", "../common.xsd"),
	})})
	base := gateway + thing21 + "?xsd="
	for name, locations := range map[string][]string{
		"in.xsd":                {base + "../core/booking.xsd", base + "../core/common.xsd"},
		"parts/in.xsd":          {base + "../core/common.xsd"},
		"../core/booking.xsd":   {base + "../core/common.xsd", base + "codes/in.xsd"},
		"../core/common.xsd":    {base + "../core/common.xsd"},
		"../core/codes/in.xsd":  {base + "../core/common.xsd"},
		"common.xsd":            {base + "../core/common.xsd"},
		"../../core/common.xsd": {base + "../core/common.xsd"},
	} {
		checkLocations(t, served(t, s, thing21+"?xsd="+name), locations...)
	}
}

func TestEveryKindOfReference(t *testing.T) {
	s := load(t, wsdl.Options{Directory: folder(t, map[string]string{
		"thing.wsdl": `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:r="` + resp + `" targetNamespace="` + thing + `">
			<import namespace="urn:abstract" location="abstract/part.wsdl"/>
			<service><port><a:address xmlns:a="http://schemas.xmlsoap.org/wsdl/soap12/" location="http://internal/1"/></port>
			<port><a:address xmlns:a="http://schemas.xmlsoap.org/wsdl/http/" location='http://internal/2'/></port>
			<port><address location="not an address"/></port></service></definitions>`,
		"abstract/part.wsdl": `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import namespace="urn:back" location="../thing.wsdl"/><types>
			<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation="a.xsd"/><redefine schemaLocation="b.xsd"/><override schemaLocation="c.xsd"/>
			<import namespace="urn:none"/><import namespace="urn:inline" schemaLocation="#x"/><import schemaLocation="urn:x:y"/><import schemaLocation="ä b.xsd"/></schema></types></definitions>`,
		"abstract/a.xsd":   schema("a"),
		"abstract/b.xsd":   schema("b"),
		"abstract/c.xsd":   schema("c"),
		"abstract/ä b.xsd": schema("umlaut"),
	})}, "part.wsdl: not served: no namespace with rivtabp")
	base := gateway + thing21
	checkLocations(t, served(t, s, thing21+"?wsdl"), base+"?xsd=abstract/part.wsdl", base, base, "not an address")
	checkLocations(t, served(t, s, thing21+"?xsd=abstract/part.wsdl"), base+"?xsd=../thing.wsdl",
		base+"?xsd=a.xsd", base+"?xsd=b.xsd", base+"?xsd=c.xsd", "#x", "urn:x:y", base+"?xsd=%C3%A4+b.xsd")
	contains(t, served(t, s, thing21+"?xsd=%C3%A4+b.xsd"), `"urn:umlaut"`)
	if served(t, s, thing21+"?xsd=../thing.wsdl") != served(t, s, thing21+"?wsdl") {
		t.Error("the WSDL is another document when it is asked for by name")
	}
}

func TestWhatIsReadInAFile(t *testing.T) {
	const declared = `<?xml version="1.0" encoding="%s"?>`
	body := strings.Replace(wsdlWith(`<!--å-->`), "<w:types>", "<w:documentation>åäö</w:documentation><w:types>", 1)
	latin1, err := charmap.ISO8859_1.NewEncoder().String(fmt.Sprintf(declared, "ISO-8859-1") + body)
	must(t, err)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(fmt.Sprintf(declared, "UTF-16") + body)
	must(t, err)
	for _, test := range []struct {
		name, content string
	}{
		{"UTF-8", fmt.Sprintf(declared, "UTF-8") + body},
		{"byte order mark", "\xef\xbb\xbf" + fmt.Sprintf(declared, "utf-8") + body},
		{"junk before the declaration", "\n  ÿ " + fmt.Sprintf(declared, "UTF-8") + body},
		{"ISO-8859-1", latin1},
		{"UTF-16", utf16},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := load(t, wsdl.Options{Directory: folder(t, map[string]string{"thing.wsdl": test.content})})
			if got, want := served(t, s, thing21+"?wsdl"), fmt.Sprintf(declared, "UTF-8")+body; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestWhatIsNotServed(t *testing.T) {
	const declaration = `<?xml version="1.0"?>`
	for _, test := range []struct {
		name, content, warning string
	}{
		{"no interaction", simple("urn:riv:a:b:C:1", resp), "no namespace with rivtabp"},
		{"no contract", simple(thing, "urn:x"), "no namespace with Responder"},
		{"short namespace", simple("urn:riv:C:1:rivtabp21", resp), "too short to derive a path from"},
		{"empty", "", "root elements"},
		{"not XML", "<w:definitions", "EOF"},
		{"broken XML", "<w:definitions>\n<a>\n</b>\n</w:definitions>", "element <a> closed by </b>"},
		{"other XML", "<html/>", "neither a WSDL nor a schema"},
		{"schema", schema("a"), "a schema, not a WSDL"},
		{"no namespace", "<definitions/>", "neither a WSDL nor a schema"},
		{"two roots", simple(thing, resp) + simple(thing, resp), "2 root elements"},
		{"text behind", simple(thing, resp) + "x", "text outside the root element"},
		{"DOCTYPE", `<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + simple(thing, resp), "a DOCTYPE is not accepted"},
		{"DOCTYPE inside", wsdlWith(`<!DOCTYPE d>`), "a DOCTYPE is not accepted"},
		{"entity", wsdlWith(`&e;`), "entity"},
		{"second declaration", declaration + wsdlWith(declaration), "an XML declaration that is not at the beginning"},
		{"too deep", wsdlWith(strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300)), "deeper than 200 elements"},
		{"too large", wsdlWith("<!--" + strings.Repeat("x", 8<<20) + "-->"), "larger than 8388608 bytes"},
		{"unknown encoding", `<?xml version="1.0" encoding="x-none"?>` + simple(thing, resp), `unknown encoding "x-none"`},
		{"an encoding that is no name", `<?xml version="1.0" encoding="latin 1"?>` + simple(thing, resp), `unknown encoding "latin 1"`},
		{"an encoding with a quotation mark", `<?xml version="1.0" encoding='UTF-8"'?>` + simple(thing, resp), `unknown encoding "UTF-8\""`},
		{"not the encoding", wsdlWith("\xe5"), "UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"thing.wsdl": test.content, "other.wsdl": simple("urn:riv:a:b:C:1:rivtabp21", "urn:riv:a:b:CResponder:1")})
			s, warnings, err := wsdl.Load(wsdl.Options{Directory: dir})
			must(t, err)
			if len(warnings) != 1 || warnings[0].File != filepath.Join(dir, "thing.wsdl") || !strings.Contains(warnings[0].Text, test.warning) {
				t.Errorf("warnings %v, want one with %q", warnings, test.warning)
			}
			list := ask(s, "/vp/x?wsdl", plain).body
			if !strings.HasSuffix(list, ":\n"+gateway+"/vp/a/b/C/1/rivtabp21?wsdl") {
				t.Errorf("served are\n%s", list)
			}
		})
	}
}

func TestWarningsKnowTheLine(t *testing.T) {
	dir := folder(t, map[string]string{"thing.wsdl": "<w:definitions>\n<a>\n</b>\n</w:definitions>"})
	_, warnings, err := wsdl.Load(wsdl.Options{Directory: dir})
	must(t, err)
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0].String(), filepath.Join(dir, "thing.wsdl")+":3: ") {
		t.Errorf("%v", warnings)
	}
}

// A location may lead anywhere that the operator wrote, but only schemas are
// served, and a file that never ends is not read.
func TestReferencesOutOfTheFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"in/thing.wsdl": wsdlWith(imports("../out.xsd", "../secret.txt", "/dev/zero", "..", "missing.xsd")),
		"out.xsd":       schema("out"),
		"secret.txt":    "secret",
	})
	s := load(t, wsdl.Options{Directory: dir + "/in"}, "secret.txt: text outside the root element", "/dev/zero: not a file", ": not a file", "missing.xsd: no such file")
	contains(t, served(t, s, thing21+"?xsd=../out.xsd"), "urn:out")
	for _, name := range []string{"../secret.txt", "/dev/zero", "..", "missing.xsd"} {
		if a := ask(s, thing21+"?xsd="+name, plain); a.status != 404 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestPathsFromNamespaces(t *testing.T) {
	for namespace, path := range map[string]string{
		"urn:riv:crm:scheduling:GetX:1:rivtabp21":           "/vp/crm/scheduling/GetX/1/rivtabp21",
		"urn:riv:clinical:healthcond:cert:GetX:2:rivtabp20": "/vp/clinical/healthcond/cert/GetX/2/rivtabp20",
		"urn:riv:insurance:GetX:1:rivtabp21":                "/vp/insurance/GetX/GetX/1/rivtabp21",
	} {
		s := load(t, wsdl.Options{Directory: folder(t, map[string]string{"x.wsdl": simple(namespace, resp)})})
		checkLocations(t, served(t, s, path+"?wsdl"), gateway+path)
	}
}

func TestFolderIsSearched(t *testing.T) {
	dir := folder(t, map[string]string{
		"b/one.WSDL":          simple(thing, resp),
		"a/x/two.wsdl":        simple("urn:riv:a:b:C:1:rivtabp21", "urn:riv:a:b:CResponder:1"),
		"a/x/same.wsdl":       simple("urn:riv:a:b:C:1:rivtabp21", "urn:riv:a:b:CResponder:1"),
		"..2026/one.wsdl":     "not read",
		".hidden/one.wsdl":    "not read",
		"a/.hidden.wsdl":      "not read",
		"a/notes.txt":         "not read",
		"a/wsdl":              "not read",
		"unreferenced/no.xsd": "not read",
	})
	must(t, os.Symlink(dir, filepath.Join(dir, "link")))
	linked := filepath.Join(t.TempDir(), "contracts")
	must(t, os.Symlink(dir, linked))
	s := load(t, wsdl.Options{Directory: linked}, "two.wsdl: not served: "+linked+"/a/x/same.wsdl has the same path")
	served(t, s, thing21+"?wsdl")
	served(t, s, "/vp/a/b/C/1/rivtabp21?wsdl")
	want := []string{linked, linked + "/a", linked + "/a/x", linked + "/b", linked + "/unreferenced"}
	if got := s.Folders(); !slices.Equal(got, want) {
		t.Errorf("folders %v, want %v", got, want)
	}
}

// Each file is read once, however many contracts need it, and a schema that
// cannot be read is told once.
func TestSharedFiles(t *testing.T) {
	s := load(t, wsdl.Options{Directory: folder(t, map[string]string{
		"21.wsdl":    wsdlWith(imports("shared.xsd", "missing.xsd")),
		"20.wsdl":    strings.Replace(wsdlWith(imports("./shared.xsd", "missing.xsd")), "rivtabp21", "rivtabp20", 1),
		"shared.xsd": schema("shared", "shared.xsd"),
	})}, "missing.xsd: no such file")
	checkLocations(t, served(t, s, thing21+"?xsd=shared.xsd"), gateway+thing21+"?xsd=shared.xsd")
	checkLocations(t, served(t, s, thing20+"?xsd=./shared.xsd"), gateway+thing20+"?xsd=./shared.xsd")
}

func TestUnreadablePlacesAreErrors(t *testing.T) {
	dir := t.TempDir()
	for _, o := range []wsdl.Options{
		{Directory: filepath.Join(dir, "none")},
		{File: filepath.Join(dir, "none.json")},
	} {
		_, _, err := wsdl.Load(o)
		if err == nil || err.Error() != filepath.Join(dir, filepath.Base(o.Directory+o.File))+": no such file or directory" {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestReload(t *testing.T) {
	dir := folder(t, map[string]string{"thing.wsdl": simple(thing, resp)})
	options := wsdl.Options{Directory: dir}
	s := load(t, options)
	if _, err := s.Reload(wsdl.Options{Directory: dir, File: filepath.Join(dir, "none.json")}); err == nil {
		t.Fatal("no error")
	}
	served(t, s, thing21+"?wsdl")
	must(t, os.WriteFile(filepath.Join(dir, "thing.wsdl"), []byte(simple("urn:riv:a:b:C:1:rivtabp21", resp)), 0o600))
	served(t, s, thing21+"?wsdl") // what was read stays until it is told
	warnings, err := s.Reload(options)
	must(t, err)
	checkWarnings(t, warnings)
	served(t, s, "/vp/a/b/C/1/rivtabp21?wsdl")
	if a := ask(s, thing21+"?wsdl", plain); a.status != 404 {
		t.Errorf("%+v", a)
	}
}

// What is being asked for and what is being read do not get in each other's way.
func TestAnswersWhileReloading(t *testing.T) {
	s := contracts(t)
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for range 50 {
				if a := ask(s, thing21+"?xsd=registry_1.0.xsd", plain); a.status != 200 {
					t.Errorf("%+v", a)
				}
			}
		})
	}
	for range 10 {
		_, err := s.Reload(wsdl.Options{Directory: "testdata/rivta"})
		must(t, err)
		s.Folders()
	}
	asking.Wait()
}
