package tak_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rivgate/tak"
)

const copyStart = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><persistentCache xmlns:ns2="urn:skl:tp:vagvalsinfo:v2">`

// theCopy is the form VP writes, byte for byte.
const theCopy = copyStart + `<virtualiseringsInfo><ns2:virtualiseringsInfoId>1</ns2:virtualiseringsInfoId><ns2:receiverId>R1</ns2:receiverId><ns2:rivProfil>RIVTABP21</ns2:rivProfil><ns2:tjansteKontrakt>urn:x:YResponder:1</ns2:tjansteKontrakt><ns2:fromTidpunkt>2014-08-13T00:00:00.000</ns2:fromTidpunkt><ns2:tomTidpunkt>2114-08-13T00:00:00.000</ns2:tomTidpunkt><ns2:adress>http://a/b?c=1&amp;d=2</ns2:adress></virtualiseringsInfo><anropsBehorighetsInfo><ns2:anropsBehorighetsInfoId>7</ns2:anropsBehorighetsInfoId><ns2:receiverId>R1</ns2:receiverId><ns2:senderId>S1</ns2:senderId><ns2:tjansteKontrakt>urn:x</ns2:tjansteKontrakt><ns2:fromTidpunkt>2014-08-13T00:00:00.000</ns2:fromTidpunkt><ns2:tomTidpunkt>2114-08-13T00:00:00.000</ns2:tomTidpunkt><ns2:filterInfo><ns2:serviceDomain>urn:dom</ns2:serviceDomain><ns2:categorization>cat1</ns2:categorization></ns2:filterInfo></anropsBehorighetsInfo></persistentCache>`

// the same as TAK may answer it: other prefixes, white space, another order.
var (
	theRoutes = answer(getRoutes, `
	<x:virtualiseringsInfo xmlns:x="urn:skl:tp:vagvalsinfo:v2">
		<x:adress>http://a/b?c=1&#38;d=2</x:adress>
		<x:virtualiseringsInfoId>1</x:virtualiseringsInfoId>
		<x:receiverId>R1</x:receiverId>
		<x:rivProfil> RIVTABP21 </x:rivProfil>
		<x:tjansteKontrakt>urn:x:YResponder:1
		</x:tjansteKontrakt>
		<x:fromTidpunkt> 2014-08-13T00:00:00.000 </x:fromTidpunkt>
		<x:tomTidpunkt>2114-08-13T00:00:00.000</x:tomTidpunkt>
	</x:virtualiseringsInfo>`)
	thePermissions = answer(getPermissions, `
	<anropsBehorighetsInfo>
		<anropsBehorighetsInfoId>7</anropsBehorighetsInfoId>
		<receiverId>R1</receiverId><senderId><![CDATA[S1]]></senderId>
		<tjansteKontrakt>urn:x</tjansteKontrakt>
		<filterInfo>
			<serviceDomain>urn:dom</serviceDomain>
			<categorization>cat1</categorization>
		</filterInfo>
		<fromTidpunkt>2014-08-13T00:00:00.000</fromTidpunkt>
		<tomTidpunkt>2114-08-13T00:00:00.000</tomTidpunkt>
	</anropsBehorighetsInfo>`)
)

// copyOf is what a fetch of these answers writes.
func copyOf(t *testing.T, routes, permissions string) string {
	t.Helper()
	f := newTAK(t)
	f.give(routes, permissions)
	var b bytes.Buffer
	if _, err := f.client(t).Fetch(context.Background(), &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCopyForm(t *testing.T) {
	if got := copyOf(t, theRoutes, thePermissions); got != theCopy {
		t.Errorf("got  %s\nwant %s", got, theCopy)
	}
}

// TestCopyOfOddities: what rows hold beside their fields, and characters XML
// needs care with, survive into the copy.
func TestCopyOfOddities(t *testing.T) {
	const row = `<anropsBehorighetsInfo>%</anropsBehorighetsInfo>`
	const dates = `<fromTidpunkt>2014-08-13T00:00:00Z</fromTidpunkt><tomTidpunkt>2114-08-13T00:00:00+01:00</tomTidpunkt>`
	const datesInCopy = `<ns2:fromTidpunkt>2014-08-13T00:00:00Z</ns2:fromTidpunkt><ns2:tomTidpunkt>2114-08-13T00:00:00+01:00</ns2:tomTidpunkt>`
	for _, test := range []struct{ name, inside, want string }{
		{
			"ids keep every character", `<receiverId> R&#13;&#10;1 &lt;&gt;&amp;"å</receiverId>` + dates,
			`<ns2:receiverId> R&#xD;` + "\n" + `1 &lt;&gt;&amp;"å</ns2:receiverId>` + datesInCopy,
		},
		{"an empty field is not a missing one", `<receiverId/>` + dates, `<ns2:receiverId></ns2:receiverId>` + datesInCopy},
		{"the last of several counts", `<receiverId>1</receiverId><receiverId>2</receiverId>` + dates, `<ns2:receiverId>2</ns2:receiverId>` + datesInCopy},
		{"an unknown element", dates + `<new>x &amp; y</new>`, datesInCopy + `<ns2:new>x &amp; y</ns2:new>`},
		{
			"a foreign element", `<f:new xmlns:f="urn:f" a="1&#10;" f:b="2"><f:c/></f:new>` + dates,
			datesInCopy + `<ns3:new xmlns:ns3="urn:f" a="1&#xA;" xmlns:ns5="urn:f" ns5:b="2"><ns3:c xmlns:ns3="urn:f"></ns3:c></ns3:new>`,
		},
		{"a field's name in no namespace", `<receiverId xmlns="">1</receiverId>` + dates, datesInCopy + `<receiverId>1</receiverId>`},
		{
			"a nil filter", `<filterInfo xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>` + dates,
			datesInCopy + `<ns2:filterInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"></ns2:filterInfo>`,
		},
		{
			"filters come before unknown elements", `<new/><filterInfo> <serviceDomain> d </serviceDomain> </filterInfo>` + dates,
			datesInCopy + `<ns2:filterInfo><ns2:serviceDomain> d </ns2:serviceDomain></ns2:filterInfo><ns2:new></ns2:new>`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, _ := strings.Cut(copyOf(t, routes(1), answer(getPermissions, strings.ReplaceAll(row, "%", test.inside))), "</virtualiseringsInfo>")
			if want := strings.ReplaceAll(row, "%", test.want) + "</persistentCache>"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestReadCopy(t *testing.T) {
	before := time.Now()
	c, err := tak.ReadCopy(writeFile(t, theCopy), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	rows, _ := routesOf(c, "urn:x:YResponder:1", now, "R1", nil)
	if len(rows) != 1 || rows[0].ID != "1" || rows[0].Address != "http://a/b?c=1&d=2" || rows[0].Profile != "RIVTABP21" {
		t.Errorf("routes %+v", rows)
	}
	if row, ok, _ := permits(c, "urn:x", "S1", now, "R1"); !ok || row.ID != "7" {
		t.Errorf("permission %+v", row)
	}
	if c.Origin() != tak.FromCopy || c.Loaded().Before(before) || c.Loaded().After(now) {
		t.Errorf("origin %s, loaded %v", c.Origin(), c.Loaded())
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(theCopy))); c.Revision() != sum[:16] {
		t.Errorf("revision %s, the copy's SHA-256 is %s", c.Revision(), sum)
	}
	fetched, err := fetch(t, theRoutes, thePermissions)
	if err != nil || fetched.Revision() != c.Revision() {
		t.Errorf("revision %s of TAK's answer, %s of the copy of it", fetched.Revision(), c.Revision())
	}
}

const (
	copyRoute      = `<virtualiseringsInfo><p:receiverId>R</p:receiverId><p:tjansteKontrakt>k</p:tjansteKontrakt><p:fromTidpunkt>2014-08-13T00:00:00</p:fromTidpunkt><p:tomTidpunkt>2114-08-13T00:00:00</p:tomTidpunkt></virtualiseringsInfo>`
	copyPermission = `<anropsBehorighetsInfo><p:receiverId>R</p:receiverId><p:senderId>S</p:senderId><p:tjansteKontrakt>k</p:tjansteKontrakt><p:fromTidpunkt>2014-08-13T00:00:00</p:fromTidpunkt><p:tomTidpunkt>2114-08-13T00:00:00</p:tomTidpunkt></anropsBehorighetsInfo>`
)

func copyWith(inside string) string {
	return `<persistentCache xmlns:p="urn:skl:tp:vagvalsinfo:v2">` + inside + `</persistentCache>`
}

func TestLenientRead(t *testing.T) {
	const both = copyRoute + copyPermission
	for _, test := range []struct {
		name, content       string
		routes, permissions int
		warnings            int
		holds               bool // the one route of R and k
	}{
		{"other prefixes", copyWith(both), 1, 1, 0, true},
		{"the tables the other way round", copyWith(copyPermission + copyRoute), 1, 1, 0, true},
		{"redundant declarations", copyWith(strings.ReplaceAll(both, "<p:receiverId", `<p:receiverId xmlns:p="urn:skl:tp:vagvalsinfo:v2"`)), 1, 1, 0, true},
		{"unknown elements", copyWith("<x><y/></x>text" + both), 1, 1, 0, true},
		{"rows in a namespace are unknown", copyWith(both + `<p:virtualiseringsInfo/>`), 1, 1, 0, true},
		{"fields of a wrong namespace", copyWith(strings.Replace(both, "<p:receiverId>R</p:receiverId>", "<receiverId>R</receiverId>", 1)), 1, 1, 0, false},
		{"a date that is none", copyWith(strings.Replace(both, "2014-08-13T00:00:00", "2014-08-13", 1)), 1, 1, 1, false},
		{"a date that is empty", copyWith(strings.Replace(both, "2014-08-13T00:00:00", "", 1)), 1, 1, 1, false},
		{"a missing date", copyWith(strings.Replace(both, "<p:fromTidpunkt>2014-08-13T00:00:00</p:fromTidpunkt>", "", 1)), 1, 1, 1, false},
		{"an element in a field", copyWith(strings.Replace(both, "R<", "R<p:x>y</p:x><", 1)), 1, 1, 0, true},
		{"a nil row", copyWith(both + `<virtualiseringsInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>`), 1, 1, 0, true},
		{"pretty printed", copyWith("\n" + strings.ReplaceAll(both, "><", ">\n  <") + "\n"), 1, 1, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := tak.ReadCopy(writeFile(t, test.content), nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.RouteCount() != test.routes || c.PermissionCount() != test.permissions || len(c.Warnings()) != test.warnings {
				t.Errorf("%d routes, %d permissions, warnings %v", c.RouteCount(), c.PermissionCount(), c.Warnings())
			}
			if rows, _ := routesOf(c, "k", time.Now(), "R", nil); (len(rows) == 1) != test.holds {
				t.Errorf("routes %v", rows)
			}
		})
	}
}

// A row's dates are its own, whatever the row before it had: the same, others, or
// none that can be read.
func TestDatesOfEachRow(t *testing.T) {
	const fine = "2026-06-10T00:00:00.0001Z" // rounded up where it begins, down where it ends
	dates := [][2]string{
		{fine, fine},
		{fine, fine},
		{"2026-06-10T00:00:00Z", fine},
		{"2026-06-10T00:00:00Z", "2027-01-01T00:00:00"},
		{"never", "2027-01-01T00:00:00"},
		{"never", "2027-01-01T00:00:00"},
		{"2026-06-10T00:00:00Z", "never"},
		{"2026-06-10T00:00:00Z", fine},
		{fine, fine},
	}
	var rows strings.Builder
	for _, d := range dates {
		rows.WriteString(strings.NewReplacer("2014-08-13T00:00:00", d[0], "2114-08-13T00:00:00", d[1]).Replace(copyRoute))
	}
	c, err := tak.ReadCopy(writeFile(t, copyWith(rows.String()+copyPermission)), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for route := range c.AllRoutes() {
		want := func(date string) string {
			if date == "never" {
				return ""
			}
			return date
		}
		if expected := validity(t, want(dates[i][0]), want(dates[i][1])); route.Valid != expected {
			t.Errorf("row %d, %v: valid from %s to %s", i, dates[i], route.Valid.From(), route.Valid.To())
		}
		i++
	}
	if i != len(dates) || len(c.Warnings()) != 3 {
		t.Errorf("%d rows, warnings %v", i, c.Warnings())
	}
}

func TestReadCopyFails(t *testing.T) {
	const both = copyRoute + copyPermission
	for _, test := range []struct {
		name, content string
		empty         bool
	}{
		{"another root", strings.ReplaceAll(copyWith(both), "persistentCache", "cache"), false},
		{"a root with namespace", `<persistentCache xmlns="urn:x"/>`, false},
		{"cut off", copyWith(both)[:len(both)], false},
		{"nothing", "", false},
		{"a DOCTYPE", "<!DOCTYPE persistentCache>" + copyWith(both), false},
		{"no rows", copyWith(""), true},
		{"no permissions", copyWith(copyRoute), true},
		{"no routes", copyWith(copyPermission), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := writeFile(t, test.content)
			c, err := tak.ReadCopy(path, nil)
			format, isFormat := errors.AsType[*tak.FormatError](err)
			if c != nil || err == nil || errors.Is(err, tak.ErrEmpty) != test.empty || isFormat == test.empty {
				t.Fatalf("got %v, %v", c, err)
			}
			if isFormat && (format.Source != path || format.Line != 1) {
				t.Errorf("placed at %s:%d", format.Source, format.Line)
			}
		})
	}
}
