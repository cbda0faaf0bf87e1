package lab

import (
	"os"
	"strings"
	"time"
)

// Unit is one organisational unit of an HSA file. Its place in the tree is its
// distinguished name: the unit named by a DN's longest known ending is its
// parent.
type Unit struct{ ID, DN, Name string }

// HSAFile is an HSA export holding the units, in the form of
// FileGetHsaUnitsResponse, made at the time given.
func HSAFile(made time.Time, units ...Unit) []byte {
	const timestamp = "2006-01-02T15:04:05.000-07:00"
	var file strings.Builder
	file.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<FileGetHsaUnitsResponse xmlns="urn:riv:hsa:HsaWsResponder:3">` + "\n")
	file.WriteString("  <startDate>" + made.Format(timestamp) + "</startDate>\n")
	file.WriteString("  <endDate>" + made.Format(timestamp) + "</endDate>\n  <hsaUnits>\n")
	for _, unit := range units {
		file.WriteString("    ")
		writeRow(&file, "hsaUnit", "", [][2]string{{"hsaIdentity", unit.ID}, {"DN", unit.DN}, {"name", unit.Name}})
		file.WriteString("\n")
	}
	file.WriteString("  </hsaUnits>\n</FileGetHsaUnitsResponse>\n")
	return []byte(file.String())
}

// WriteHSAFile writes HSAFile, made now, to a file.
func WriteHSAFile(path string, units ...Unit) error {
	return os.WriteFile(path, HSAFile(time.Now(), units...), 0o644)
}
