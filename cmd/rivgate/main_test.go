package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rivgate/internal/lab"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rivgate": main})
}

// TestScripts runs the command itself, one story a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"mint": mint, "mint-stores": mintStores},
	})
}

// mint writes a CA, a gateway's certificate and key, a catalogue and an HSA
// file into a folder of the script's.
func mint(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mint FOLDER")
	}
	dir := ts.MkAbs(args[0])
	check := func(err error) {
		if err != nil {
			ts.Fatalf("mint: %v", err)
		}
	}
	check(os.MkdirAll(dir, 0o755))
	ca, err := lab.NewCA("CA")
	check(err)
	check(ca.WriteFile(filepath.Join(dir, "ca.crt")))
	gateway, err := ca.Issue(lab.Subject{SerialNumber: "SE0000000000-GATE"}, lab.Hosts("localhost"))
	check(err)
	_, _, err = gateway.WriteFiles(dir, "gateway")
	check(err)
	catalogue := &lab.Catalogue{}
	catalogue.Route("urn:riv:test:GetThingResponder:1", "RIVTABP21", "http://127.0.0.1:9/", "SE0000000000-UNIT1")
	catalogue.Route("urn:riv:test:GetThingResponder:1", "RIVTABP21", "http://localhost:8080/vp", "SE0000000000-UNIT2")
	catalogue.Permit("SE0000000000-CONS1", "urn:riv:test:GetThingResponder:1", "SE0000000000-UNIT1")
	check(catalogue.WriteLocalCopy(filepath.Join(dir, "tak.xml")))
	check(lab.WriteHSAFile(filepath.Join(dir, "hsa.xml"), lab.Unit{ID: "SE", DN: "c=SE", Name: "root"}))
}
