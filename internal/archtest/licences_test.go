package archtest

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var writeLicences = flag.Bool("licences", false, "write the licences of what is linked into docs/licences.md")

const licencesPage = "../../docs/licences.md"

// known are licences by sentences that stand in no other.
var known = []struct {
	name      string
	sentences []string
}{
	{"Apache-2.0", []string{"apache license version 2.0, january 2004"}},
	{"Apache-2.0", []string{"licensed under the apache license, version 2.0"}},
	{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining a copy", `the software is provided "as is"`}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "neither the name of"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"}},
	{"MPL-2.0", []string{"mozilla public license, version 2.0"}},
	{"GPL", []string{"gnu general public license"}},
	{"LGPL", []string{"gnu lesser general public license"}},
	{"AGPL", []string{"gnu affero general public license"}},
}

// permissive are the licences that ask for no more than to be named.
var permissive = []string{"Apache-2.0", "MIT", "BSD-3-Clause", "BSD-2-Clause", "ISC"}

// weighed are modules under another licence, and why they may be linked.
var weighed = map[string]string{
	"github.com/hashicorp/golang-lru/v2": "MPL-2.0 asks for the source of its own files alone, and they are linked as they are published",
}

// recognise names the licences in a text, empty for one that is not known.
func recognise(text string) []string {
	plain := strings.ToLower(strings.Join(strings.Fields(text), " "))
	var found []string
	for _, licence := range known {
		if slices.ContainsFunc(licence.sentences, func(s string) bool { return !strings.Contains(plain, s) }) {
			continue
		}
		switch {
		case slices.Contains(found, licence.name):
		case licence.name == "BSD-2-Clause" && slices.Contains(found, "BSD-3-Clause"):
		case strings.HasSuffix(licence.name, "GPL") && slices.Contains(found, "MPL-2.0"): // which names them as compatible
		default:
			found = append(found, licence.name)
		}
	}
	return found
}

// linked is a module with code in the binary.
type linked struct {
	path, version string
	licences      []string
	notice        bool // it has a NOTICE, which goes with the binary
}

// linkedModules are those of a release: Linux on amd64.
func linkedModules(t *testing.T) []*linked {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Standard,Module", module+"/cmd/rivgate")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	modules := map[string]*linked{"std": {path: "Go standard library and runtime", version: "Go's own", licences: []string{"BSD-3-Clause"}}}
	looked := make(map[string]bool)
	look := func(m *linked, dir string) {
		if !looked[dir] {
			looked[dir] = true
			m.read(t, dir)
		}
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		m := modules[p.Module.Path]
		if m == nil {
			m = &linked{path: p.Module.Path, version: p.Module.Version}
			modules[p.Module.Path] = m
		}
		for dir := p.Dir; len(dir) >= len(p.Module.Dir); dir = filepath.Dir(dir) {
			look(m, dir)
		}
	}
	if len(modules) < 10 {
		t.Fatalf("%d modules found; the check would be blind", len(modules))
	}
	return slices.SortedFunc(maps.Values(modules), func(a, b *linked) int { return strings.Compare(a.path, b.path) })
}

// read adds what a folder's licence files say.
func (m *linked) read(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		switch {
		case entry.IsDir() || strings.HasSuffix(name, ".GO"):
		case strings.HasPrefix(name, "NOTICE"):
			m.notice = true
		case strings.HasPrefix(name, "LICENSE"), strings.HasPrefix(name, "LICENCE"), strings.HasPrefix(name, "COPYING"):
			text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			found := recognise(string(text))
			if len(found) == 0 {
				t.Errorf("%s: %s is no licence that is known", m.path, entry.Name())
			}
			m.licences = append(m.licences, found...)
		}
	}
}

// TestLicences compares docs/licences.md with what is linked, and lets nothing
// in that asks for more than to be named.
func TestLicences(t *testing.T) {
	var page strings.Builder
	page.WriteString(`# Licences

What is linked into ` + "`rivgate`" + ` for Linux on amd64, and under which licences. The licence texts, and the NOTICE files where there are any, are those of the
modules at these versions; whoever passes the binary on passes them on too. A test compares this page with what is linked and fails for a licence that is
unknown, or asks for more than to be named; ` + "`make licences`" + ` writes it. rivgate itself is Apache-2.0.

| module | version | licence | NOTICE |
|---|---|---|---|
`)
	for _, m := range linkedModules(t) {
		slices.Sort(m.licences)
		m.licences = slices.Compact(m.licences)
		if len(m.licences) == 0 {
			t.Errorf("%s has no licence", m.path)
		}
		for _, licence := range m.licences {
			if !slices.Contains(permissive, licence) && weighed[m.path] == "" {
				t.Errorf("%s is under %s", m.path, licence)
			}
		}
		notice := ""
		if m.notice {
			notice = "yes"
		}
		fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", m.path, m.version, strings.Join(m.licences, ", "), notice)
	}
	page.WriteString("\n")
	for _, path := range slices.Sorted(maps.Keys(weighed)) {
		fmt.Fprintf(&page, "%s: %s.\n", path, weighed[path])
	}
	if *writeLicences && !t.Failed() {
		if err := os.WriteFile(licencesPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(licencesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != page.String() {
		t.Errorf("docs/licences.md is not what is linked; make licences writes it. It should be\n%s", page.String())
	}
}

func TestRecogniseLicences(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License\n  Version 2.0, January 2004":                                            "Apache-2.0",
		"GNU GENERAL PUBLIC LICENSE\nVersion 3":                                                  "GPL",
		"GNU LESSER\nGENERAL PUBLIC LICENSE":                                                     "LGPL",
		"All rights reserved. You may look at this.":                                             "",
		"Redistribution and use in source and binary forms are permitted":                        "BSD-2-Clause",
		"Redistribution and use in source and binary forms are permitted. Neither the name of X": "BSD-3-Clause",
		"Mozilla Public License, version 2.0 … the GNU General Public License":                   "MPL-2.0",
		"Apache License Version 2.0, January 2004 … GNU Affero General Public License":           "Apache-2.0,AGPL",
	} {
		if got := strings.Join(recognise(text), ","); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
