package wsdl

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

const (
	head = `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:riv:a:b:C:1:rivtabp21">`
	tail = `</w:definitions>`
)

// documentSeeds are documents that are odd in one way each, and those of testdata.
func documentSeeds(t testing.TB) [][]byte {
	t.Helper()
	seeds := [][]byte{
		[]byte(head + `<s:address location="http://backend.internal/x"/>` + tail),
		[]byte(head + `<w:import location="a"/><w:import location="b.wsdl" namespace="n"/>` + tail),
		[]byte(head + `<x:import schemaLocation="//backend.internal/a.xsd"/><x:include schemaLocation="/b%20.xsd?q=1#f"/>` + tail),
		[]byte(head + `<x:import schemaLocation="&#9;a&amp;b.xsd&#10;"/><x:import schemaLocation="&quot;'"/>` + tail),
		[]byte(head + `<s:address location="a" location="b" s:location="c"/>` + tail),
		[]byte(head + `<x:import xmlns:x="urn:other" schemaLocation="a"/><x:redefine schemaLocation=""/>` + tail),
		[]byte(head + `<a>http://backend.internal/ <![CDATA[http://backend.internal:80/]]>]]&gt;</a><!--backend.internal--><?p backend.internal?>` + tail),
		[]byte(head + `<a b="http://u:p@BACKEND.internal:1/x?y#z backend.internal." xmlns:h="http://backend.internal/"/>` + tail),
		[]byte(`<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import location=" x "/></definitions>`),
		[]byte(`<schema xmlns="http://www.w3.org/2001/XMLSchema"><override schemaLocation="../../etc/passwd"/></schema>`),
		[]byte("\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?>" + head + "\xe5" + tail),
		[]byte("\xff\xfe<\x00a\x00/\x00>\x00"),
		[]byte(`<?xml version="1.0" encoding="UTF-16" standalone="no"?>` + head + tail),
		[]byte(`junk <?xml version="1.0"?>` + head + tail),
		[]byte(`<!DOCTYPE a [<!ENTITY b "c">]>` + head + `&b;` + tail),
		[]byte(head + `<:a :="" a:="1" :b="2"/>` + tail),
	}
	for _, pattern := range []string{"testdata/*/*.wsdl", "testdata/rivta/*/*.xsd", "testdata/rivta/*/*/*.*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			seeds = append(seeds, data)
		}
	}
	return seeds
}

func listSeeds() []string {
	return []string{
		`[]`, `[{"tjanstekontrakt": "a", "wsdlfilepath": "b", "wsdlurl": "c"}]`, `{}`, `[{}]`, `null`, ``, `[{"wsdlurl": 1}]`,
		`[{"wsdlurl": "\ud800"}]`, "[{\n\"x\"", `[[]]`, "\xef\xbb\xbf[]", `[],`, `[] []`, "[\x00]", `[{"wsdlurl":{}}`,
	}
}

func TestSeeds(t *testing.T) {
	if len(documentSeeds(t)) < 25 || len(listSeeds()) < 15 {
		t.Error("seeds are missing")
	}
}

// FuzzPage: whatever is read is written as XML, every service address is the
// gateway's, and every reference is too, or is none that a host is named in.
func FuzzPage(f *testing.F) {
	for _, seed := range documentSeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files := &fileReader{documents: map[string]*document{}}
		if d, err := newDocument("/f/x", "/f/x", data, resolveFile); err == nil {
			checkPage(t, newLibrary(files, []*document{d}), false)
		}
		source := &url.URL{Scheme: "http", Host: "backend.internal", Path: "/svc"}
		fetched := &fetcher{source: source, hosts: map[string]bool{"backend.internal": true}}
		if d, err := newDocument(source.String(), source.String(), data, fetched.resolve); err == nil {
			hostsOf(d.tree.Root(), fetched.hosts)
			checkPage(t, newLibrary(fetched, []*document{d}), true)
		}
	})
}

func checkPage(t *testing.T, lib library, fetched bool) {
	t.Helper()
	const base = "https://gw--x.example:8443/vp/a%26b"
	out := lib.root.render(base, lib.links)
	decoder := xml.NewDecoder(strings.NewReader(string(out)))
	decoder.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not UTF-8") }
	for {
		if _, err := decoder.RawToken(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in %q", err, out)
		}
	}
	doc, err := parse(out)
	if err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	checkElement(t, doc.Root(), base, fetched)
}

func checkElement(t *testing.T, e *etree.Element, base string, fetched bool) {
	t.Helper()
	if a := addressOf(e); a != nil && a.Value != base {
		t.Fatalf("address %q", a.Value)
	}
	if a, _ := referenceOf(e); a != nil && !strings.HasPrefix(a.Value, base+"?xsd=") {
		ref, err := resolveFile("/f/x", strings.TrimSpace(a.Value), false)
		if err != nil || ref.place == within {
			t.Fatalf("reference %q", a.Value)
		}
		if u, err := url.Parse(strings.TrimSpace(a.Value)); fetched && (err != nil || u.Host != "" && !isPublic(u.Hostname())) {
			t.Fatalf("fetched reference %q", a.Value)
		}
	}
	for _, child := range e.ChildElements() {
		checkElement(t, child, base, fetched)
	}
}

// FuzzList: either rows without gaps or an error with a line of the file.
func FuzzList(f *testing.F) {
	for _, seed := range listSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := parseList("f", data)
		lines := 1 + strings.Count(string(data), "\n")
		if err != nil {
			failed, ok := errors.AsType[*FileError](err)
			if !ok || failed.Line < 1 || failed.Line > lines || rows != nil {
				t.Fatalf("%v with %v", err, rows)
			}
			return
		}
		for _, row := range rows {
			if row.contract == "" || row.file == "" || row.path == "" || row.line < 1 || row.line > lines {
				t.Fatalf("%+v", row)
			}
		}
	})
}
