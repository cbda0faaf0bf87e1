package interop

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var writeTable = flag.Bool("table", false, "write README.md's table instead of comparing it")

// The table stands between these lines.
const (
	tableBegin = "<!-- make interop compares this table with what it sees; interop/run.sh -table writes it -->\n"
	tableEnd   = "<!-- end -->\n"
)

// checkTable compares README.md's table with the reports.
func checkTable(t *testing.T, reports []report) {
	t.Helper()
	page, err := os.ReadFile("README.md")
	must(t, err)
	before, rest, begins := bytes.Cut(page, []byte(tableBegin))
	old, after, ends := bytes.Cut(rest, []byte(tableEnd))
	if !begins || !ends {
		t.Fatal("README.md has no place for the table")
	}
	table := tableOf(reports)
	switch {
	case *writeTable:
		must(t, os.WriteFile("README.md", slices.Concat(before, []byte(tableBegin+table+tableEnd), after), 0o644))
	case string(old) != table:
		t.Errorf("README.md's table is not what was seen, which is:\n%s", table)
	}
}

// tableOf has a row for each case and a column for each client.
func tableOf(reports []report) string {
	var table strings.Builder
	row := func(first string, cell func(report) string) {
		table.WriteString("| " + first + " |")
		for _, r := range reports {
			table.WriteString(" " + cell(r) + " |")
		}
		table.WriteString("\n")
	}
	row("", func(r report) string { return r.Library })
	row("---", func(report) string { return "---" })
	for i, c := range cases() {
		row(c.title(), func(r report) string { return r.Outcomes[i].cell() })
	}
	return table.String()
}

func (c testCase) title() string {
	if c.want.code != "" {
		return c.says + ": " + string(c.want.code)
	}
	return c.says
}

// cell is what came of a case: for a fault the exception's class without its package.
func (o outcome) cell() string {
	switch o.Kind {
	case faulted:
		return "`" + o.Exception[strings.LastIndexByte(o.Exception, '.')+1:] + "`"
	case lacking:
		return "–"
	}
	return o.Kind
}
