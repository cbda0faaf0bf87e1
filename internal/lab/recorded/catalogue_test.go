package recorded_test

import (
	"encoding/xml"
	"os"
	"testing"
)

type route struct {
	Receiver string `xml:"receiverId"`
	Contract string `xml:"tjansteKontrakt"`
	Profile  string `xml:"rivProfil"`
	Address  string `xml:"adress"`
	To       string `xml:"tomTidpunkt"`
}

type permission struct {
	Receiver string `xml:"receiverId"`
	Sender   string `xml:"senderId"`
	Contract string `xml:"tjansteKontrakt"`
}

type localCopy struct {
	Routes      []route      `xml:"virtualiseringsInfo"`
	Permissions []permission `xml:"anropsBehorighetsInfo"`
}

func readCopy(t *testing.T, path string) localCopy {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var local localCopy
	if err := xml.Unmarshal(file, &local); err != nil {
		t.Fatal(err)
	}
	return local
}

func routes(t *testing.T, path string) []route { return readCopy(t, path).Routes }

func TestCatalogueRows(t *testing.T) {
	const (
		g = "urn:riv:test:GetThingResponder:1"
		d = "urn:riv:test:DefaultThingResponder:1"
	)
	world := build(t)
	local := readCopy(t, world.Catalogue)
	byReceiver := make(map[string][]route)
	for _, row := range local.Routes {
		byReceiver[row.Receiver] = append(byReceiver[row.Receiver], row)
	}
	for receiver, want := range map[string]route{
		"HTTP21":            {"HTTP21", g, "RIVTABP21", world.Plain.URL("/ok?x=1&y=2"), "2123-08-09T14:25:24.260+02:00"},
		"HTTPS21":           {"HTTPS21", g, "RIVTABP21", world.Secure.URL("/ok"), "2123-08-09T14:25:24.260+02:00"},
		"HTTP20":            {"HTTP20", g, "RIVTABP20", world.Plain.URL("/ok"), "2123-08-09T14:25:24.260+02:00"},
		"UNKPROF":           {"UNKPROF", g, "RIVTABP22", world.Plain.URL("/ok"), "2123-08-09T14:25:24.260+02:00"},
		"EXPIRED":           {"EXPIRED", g, "RIVTABP21", world.Plain.URL("/ok"), "2014-08-09T13:25:24.260+02:00"},
		"NOADDR":            {"NOADDR", g, "RIVTABP21", "", "2123-08-09T14:25:24.260+02:00"},
		"*":                 {"*", d, "RIVTABP21", world.Plain.URL("/default"), "2123-08-09T14:25:24.260+02:00"},
		"SE0000000003-1234": {"SE0000000003-1234", d, "RIVTABP21", world.Plain.URL("/climbed"), "2123-08-09T14:25:24.260+02:00"},
		"Q-EARLY103":        {"Q-EARLY103", g, "RIVTABP21", world.Plain.URL("/early103"), "2123-08-09T14:25:24.260+02:00"},
	} {
		if got := byReceiver[receiver]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v", receiver, got)
		}
	}
	if got := byReceiver["MULTI"]; len(got) != 2 || got[0].Profile == got[1].Profile {
		t.Errorf("MULTI: %+v", got)
	}

	permitted := make(map[permission]bool)
	for _, row := range local.Permissions {
		permitted[row] = true
	}
	for row, want := range map[permission]bool{
		{"HTTP21", "SE0000000000-CONS1", g}:            true,
		{"HTTP21", "SE0000000000-VP01", g}:             true,
		{"NOPERM", "SE0000000000-CONS1", g}:            false,
		{"*", "SE0000000000-CONS1", d}:                 true,
		{"*", "SE0000000000-VP01", d}:                  false,
		{"SE0000000003-1234", "SE0000000000-CONS1", d}: false,
		{"NOWHERE", "SE0000000000-CONS1", g}:           true,
	} {
		if permitted[row] != want {
			t.Errorf("%+v: permitted %v", row, !want)
		}
	}
}
