package hsa_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/hsa"
)

// file writes an HSA file of units given as "ID|DN".
func file(t testing.TB, units ...string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<FileGetHsaUnitsResponse xmlns="urn:riv:hsa:HsaWsResponder:3">` +
		`<startDate>2013-03-15T15:38:42.597+01:00</startDate>` +
		`<endDate>2013-03-15T15:38:45.721+01:00</endDate><hsaUnits>` + "\n")
	for _, unit := range units {
		id, dn, _ := strings.Cut(unit, "|")
		fmt.Fprintf(&b, "<hsaUnit><hsaIdentity>%s</hsaIdentity><DN>%s</DN><name>n</name></hsaUnit>\n", id, dn)
	}
	b.WriteString(`</hsaUnits></FileGetHsaUnitsResponse>`)
	return raw(t, b.String())
}

func raw(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hsa.xml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, files ...string) (*hsa.Tree, []hsa.Warning) {
	t.Helper()
	tree, warnings, err := hsa.Load(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree, warnings
}

func TestParent(t *testing.T) {
	for _, test := range []struct {
		name  string
		files [][]string
		want  map[string]string
	}{
		{
			"missing levels are skipped",
			[][]string{{"A|ou=a,ou=m,o=b,c=SE", "B|o=b,c=SE"}},
			map[string]string{"A": "B", "B": "SE", "a": "SE", "unknown": "SE"},
		},
		{
			"ids keep their blanks",
			[][]string{{" A |ou=a,o=b", "B|o=b"}},
			map[string]string{" A ": "B", "A": "SE"},
		},
		{
			"escaped commas split too",
			[][]string{{`A|ou=a\, z,o=b,c=SE`, "B|o=b,c=SE"}},
			map[string]string{"A": "B"},
		},
		{
			"a later file replaces by name",
			[][]string{{"A|ou=x,o=b", "B|o=b"}, {"C|ou=x,o=b"}},
			map[string]string{"A": "SE", "C": "B"},
		},
		{
			"a root of another country",
			[][]string{{"B|c=XX", "A|o=a,c=XX"}},
			map[string]string{"B": "SE", "A": "B"},
		},
		{
			"child in the first file, parent in the second",
			[][]string{{"A|ou=a,o=b"}, {"B|o=b"}},
			map[string]string{"A": "B"},
		},
		{
			"blanks around parts do not count",
			[][]string{{"A|ou=a,  o=b ,\tc=SE", "B|o=b,c=SE"}},
			map[string]string{"A": "B"},
		},
		{
			"empty parts do not count",
			[][]string{{"A|ou=a,,o=b,", "B|,o=b"}},
			map[string]string{"A": "B"},
		},
		{
			"case of names counts",
			[][]string{{"A|ou=a,O=b", "B|o=b"}},
			map[string]string{"A": "SE"},
		},
		{
			"a name of blanks has no parent",
			[][]string{{"A| ", "B|o=b"}},
			map[string]string{"A": "SE"},
		},
		{
			"a line break inside a part stays",
			[][]string{{"A|ou=a,ou=x\ny,c=SE", "B|ou=x\ny,c=SE"}},
			map[string]string{"A": "B"},
		},
		{
			"entities",
			[][]string{{"A|ou=a&amp;b,o=c&amp;d", "B|o=c&amp;d"}},
			map[string]string{"A": "B"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var files []string
			for _, units := range test.files {
				files = append(files, file(t, units...))
			}
			tree, _ := load(t, files...)
			for id, want := range test.want {
				if got := tree.Parent(id); got != want {
					t.Errorf("parent of %q is %q, want %q", id, got, want)
				}
			}
		})
	}
}

// theTree is a directory as upstream's tests have it.
func theTree(t testing.TB) *hsa.Tree {
	tree, _ := load(t, file(t,
		"SE0000000001-1234|ou=1,ou=2,ou=3,ou=4,c=SE",
		"SE0000000000-1234|ou=0,ou=2,ou=3,ou=4,c=SE",
		"SE0000000002-1234|ou=2,ou=3,ou=4,c=SE",
		"SE0000000003-1234|ou=3,ou=4,c=SE",
		"SE0000000004-1234|ou=4,c=SE",
		"SE0000000005-1234|ou=5,ou=3,ou=4,c=SE",
		"SE|c=SE",
	))
	return tree
}

func TestClimb(t *testing.T) {
	tree := theTree(t)
	for _, test := range []struct {
		tree *hsa.Tree
		id   string
		want []string
	}{
		{tree, "SE0000000001-1234", []string{"SE0000000002-1234", "SE0000000003-1234", "SE0000000004-1234", "SE"}},
		{tree, "SE0000000005-1234", []string{"SE0000000003-1234", "SE0000000004-1234", "SE"}},
		{tree, "se0000000001-1234", []string{"SE"}},
		{tree, "unknown", []string{"SE"}},
		{tree, "se", []string{"SE"}},
		{tree, "SE", nil},
		{nil, "SE0000000001-1234", []string{"SE"}},
		{nil, "SE", nil},
	} {
		if got := above(test.tree, test.id); !slices.Equal(got, test.want) {
			t.Errorf("climb from %q: %q, want %q", test.id, got, test.want)
		}
	}
	if tree.Len() != 7 || (*hsa.Tree)(nil).Len() != 0 {
		t.Errorf("%d units", tree.Len())
	}
}

// TestCircle: an ancestor that carries a descendant's id closes a circle. VP
// climbs in it for ever.
func TestCircle(t *testing.T) {
	tree, warnings := load(t, file(t,
		"A|c=SE", "B|o=b,c=SE", "A|ou=a,o=b,c=SE", // A → B → A
		"C|ou=c,ou=a,o=b,c=SE", // C → A → B → A
		"D|x=1", "D|y=2,x=1",   // D → D
	))
	for id, want := range map[string][]string{
		"A": {"B", "SE"}, "B": {"A", "SE"}, "C": {"A", "B", "SE"}, "D": {"SE"},
	} {
		if got := above(tree, id); !slices.Equal(got, want) {
			t.Errorf("climb from %s: %q, want %q", id, got, want)
		}
	}
	told := 0
	for _, w := range warnings {
		if strings.Contains(w.Text, "more than one DN") {
			told++
		}
	}
	if told != 2 {
		t.Errorf("warnings: %v", warnings)
	}
}

func unit(inside string) string {
	return "<r>\n<endDate>2013-03-15T15:38:45.721+01:00</endDate>\n" + inside + "</r>"
}

const good = "<hsaUnit><hsaIdentity>G</hsaIdentity><DN>o=g</DN><name/></hsaUnit>"

func TestLoadFails(t *testing.T) {
	for _, test := range []struct {
		name, content string
		line          int
	}{
		{"malformed", unit(good)[:100], 3},
		{"no endDate", "<r>" + good + "</r>", 0},
		{"one name twice", unit(good + "\n<hsaUnit><hsaIdentity>H</hsaIdentity><DN> o=g </DN><name/></hsaUnit>"), 4},
		{"a name without parts", unit("<hsaUnit><hsaIdentity>H</hsaIdentity><DN></DN><name/></hsaUnit>"), 3},
		{"a name of commas", unit("<hsaUnit><hsaIdentity>H</hsaIdentity><DN>,</DN><name/></hsaUnit>"), 3},
		{"an element in the name", unit("<hsaUnit><hsaIdentity>H</hsaIdentity><DN>o=<b/>h</DN><name/></hsaUnit>"), 3},
		{"an element in the id", unit("<hsaUnit><hsaIdentity><b/></hsaIdentity></hsaUnit>"), 3},
		{"bytes of ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + unit("<name>\xE5</name>"), 3},
		{"UTF-16", "\xFE\xFF\x00<\x00r\x00/\x00>", 1},
		{"not XML", "id;dn;name", 1},
		{"empty", "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := raw(t, test.content)
			tree, _, err := hsa.Load([]string{file(t, "A|o=a"), path}, nil)
			failure, ok := errors.AsType[*hsa.LoadError](err)
			if !ok || tree != nil || failure.File != path || failure.Line != test.line {
				t.Errorf("got %v, %v; want a LoadError on line %d", tree, err, test.line)
			}
		})
	}
	if _, _, err := hsa.Load([]string{filepath.Join(t.TempDir(), "missing.xml")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestTolerated(t *testing.T) {
	for _, test := range []struct {
		name, content string
		units         int
		warnings      []string // beside those of parentless units
	}{
		{"declared ISO-8859-1 but UTF-8", "<?xml version='1.0' encoding='ISO-8859-1'?>" + unit(good+"<x>å</x>"), 1, nil},
		{"a byte order mark", "\xEF\xBB\xBF" + unit(good), 1, nil},
		{"a DOCTYPE", "<!DOCTYPE r [<!ENTITY e 'x'>]>" + unit(good), 1, nil},
		{"other namespaces and prefixes", `<p:r xmlns:p="urn:x" xmlns="urn:y"><p:endDate>2013-03-15T15:38:45.721Z</p:endDate>` + good + "</p:r>", 1, nil},
		{"CDATA and comments", unit("<hsaUnit><hsaIdentity><![CDATA[H]]></hsaIdentity><DN>o=<!-- x -->h</DN><name/></hsaUnit>"), 1, nil},
		{"no units", unit(""), 0, nil},
		{"archived units", unit("<hsaUnit><hsaIdentity>H</hsaIdentity><DN>o=h</DN><name/><unitIsArchived>true</unitIsArchived></hsaUnit>"), 1, nil},
		{"dates of units", unit("<hsaUnit><hsaIdentity>H</hsaIdentity><DN>o=h</DN><name/><endDate>x</endDate></hsaUnit>"), 1, nil},
		{"blank id", unit(good + "<hsaUnit><hsaIdentity> \n</hsaIdentity><DN>o=h</DN><name/></hsaUnit>"), 1, []string{"HsaObject entry invalid @ LineNo:3, entry: "}},
		{"no id", unit(good + "\n\n<hsaUnit><DN>o=h</DN><name/></hsaUnit>"), 1, []string{"HsaObject entry invalid @ LineNo:5, entry: "}},
		{"no DN", unit(good + "<hsaUnit><hsaIdentity>H</hsaIdentity><name/></hsaUnit>"), 1, []string{"HsaObject entry invalid @ LineNo:3, entry: "}},
		{"no name", unit(good + "<hsaUnit><hsaIdentity>H</hsaIdentity><DN>o=h</DN></hsaUnit>"), 1, []string{"HsaObject entry invalid @ LineNo:3, entry: "}},
		{"an invalid unit's DN may come again", unit("<hsaUnit><DN>o=g</DN></hsaUnit>" + good), 1, []string{"HsaObject entry invalid @ LineNo:3, entry: "}},
		{"endDate without milliseconds", "<r><endDate>2013-03-15T15:38:45+01:00</endDate>" + good + "</r>", 1, []string{`endDate "2013-03-15T15:38:45+01:00"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, warnings := load(t, raw(t, test.content))
			if tree.Len() != test.units {
				t.Errorf("%d units, want %d", tree.Len(), test.units)
			}
			warnings = slices.DeleteFunc(warnings, func(w hsa.Warning) bool { return strings.HasPrefix(w.Text, "No parent for ") })
			if len(warnings) != len(test.warnings) {
				t.Fatalf("warnings %v, want %v", warnings, test.warnings)
			}
			for i, want := range test.warnings {
				if !strings.HasPrefix(warnings[i].Text, want) {
					t.Errorf("warning %q, want %q", warnings[i].Text, want)
				}
			}
		})
	}
}

func TestParentlessAreTold(t *testing.T) {
	path := file(t, "A|o=a,c=XX", "SE|c=SE") // the root is nobody's child, and that is as it should be
	_, warnings := load(t, path)
	want := []hsa.Warning{{File: path, Line: 3, Text: "No parent for HSA-ID=A, DN=o=a,c=XX"}}
	if !slices.Equal(warnings, want) {
		t.Errorf("got %v, want %v", warnings, want)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	var units []string
	for i := range 1500 {
		units = append(units, fmt.Sprintf("A%d|o=%d", i, i))
	}
	_, warnings := load(t, file(t, units...))
	if len(warnings) != 1001 || warnings[1000].Text != "and 500 more warnings" {
		t.Errorf("%d warnings, the last is %v", len(warnings), warnings[len(warnings)-1])
	}
}

func TestCreated(t *testing.T) {
	older := raw(t, "<r><endDate>2013-03-15T15:38:45.721+01:00</endDate><endDate>2030-01-01T00:00:00.000Z</endDate></r>")
	newer := raw(t, "<r><endDate>2014-03-15T15:38:45.721Z</endDate></r>")
	unknown := raw(t, "<r><endDate>soon</endDate></r>")
	for _, test := range []struct {
		name  string
		files []string
		want  time.Time
	}{
		{"the first endDate of a file", []string{older}, time.Date(2013, 3, 15, 14, 38, 45, 721e6, time.UTC)},
		{"the latest of all files", []string{older, newer, older}, time.Date(2014, 3, 15, 15, 38, 45, 721e6, time.UTC)},
		{"unknown", []string{unknown}, time.Time{}},
		{"no files", nil, time.Time{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, _ := load(t, test.files...)
			if !tree.Created().Equal(test.want) {
				t.Errorf("got %v, want %v", tree.Created(), test.want)
			}
		})
	}
}

// manyUnits is a directory of the size of the national one.
func manyUnits(tb testing.TB, n int) string {
	units := []string{"SE|c=SE"}
	for i := range n {
		units = append(units, fmt.Sprintf("SE0000000000-%06X|ou=Enhet %d,ou=Område %d,o=Regionen,l=Län,c=SE", i, i, i/50))
	}
	return file(tb, units...)
}

func BenchmarkLoad(b *testing.B) {
	path := manyUnits(b, 200_000)
	before := liveHeap()
	var tree *hsa.Tree
	for b.Loop() {
		tree, _ = load(b, path)
	}
	b.ReportMetric(float64(liveHeap()-before)/200_001, "B/unit")
	runtime.KeepAlive(tree)
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// above is where a climb from id leads, or the beginning of one without end.
func above(tree *hsa.Tree, id string) (ids []string) {
	climb := tree.Climb(id)
	for id, more := climb.Next(); more && len(ids) < tree.Len()+2; id, more = climb.Next() {
		ids = append(ids, id)
	}
	return ids
}

func BenchmarkClimb(b *testing.B) {
	tree := theTree(b)
	b.ReportAllocs()
	for b.Loop() {
		for climb, more := tree.Climb("SE0000000001-1234"), true; more; _, more = climb.Next() {
		}
	}
}
