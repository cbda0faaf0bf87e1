package tak_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/tak"
)

var answerSeeds = []string{
	routes(1), theRoutes, routes(0), soapFault,
	answer(getRoutes, `<virtualiseringsInfo><new xmlns:p="urn:p" p:a="1" p:b="&#13;" xml:lang="sv"><p:x> </p:x> y</new></virtualiseringsInfo>`),
	answer(getRoutes, `<virtualiseringsInfo><filterInfo xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true" i:type="x"/></virtualiseringsInfo>`),
	answer(getRoutes, `<virtualiseringsInfo><receiverId>&lt;]]&gt;&#13;</receiverId><fromTidpunkt>2014-08-13T24:00:00+02:00</fromTidpunkt></virtualiseringsInfo>`),
	"<x/>", "",
}

var copySeeds = []string{
	theCopy, copyWith(copyRoute + copyPermission), copyWith(copyPermission + copyRoute + copyRoute), copyWith(""),
	copyWith(strings.ReplaceAll(copyRoute, "2014-08-13T00:00:00", "x") + copyPermission), "",
}

func TestSeedsExist(t *testing.T) {
	if len(answerSeeds) == 0 || len(copySeeds) == 0 {
		t.Fatal("no seeds")
	}
}

// transport answers without a network.
type transport func(*http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(f(r)))}, nil
}

// FuzzAnswer: an answer that is accepted has rows, its copy is well-formed XML,
// and reading the copy gives the same catalogue.
func FuzzAnswer(f *testing.F) {
	for _, seed := range answerSeeds {
		f.Add(seed)
	}
	goodPermissions := permissions(2)
	f.Fuzz(func(t *testing.T, fuzzed string) {
		client, err := tak.NewClient(tak.ClientOptions{Address: "http://tak.example.org/", HTTP: &http.Client{Transport: transport(func(r *http.Request) string {
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), getRoutes) {
				return fuzzed
			}
			return goodPermissions
		})}})
		if err != nil {
			t.Fatal(err)
		}
		var form bytes.Buffer
		c, err := client.Fetch(context.Background(), &form, nil)
		if err != nil {
			return
		}
		if c.RouteCount() == 0 {
			t.Error("a catalogue without routes")
		}
		checkWellFormed(t, form.Bytes())
		again := readCopyOf(t, form.Bytes())
		if again.Revision() != c.Revision() || !slices.Equal(slices.Collect(again.AllRoutes()), slices.Collect(c.AllRoutes())) ||
			!slices.Equal(slices.Collect(again.AllPermissions()), slices.Collect(c.AllPermissions())) {
			t.Errorf("the copy reads as another catalogue:\n%s", form.Bytes())
		}
		checkFindable(t, c)
	})
}

// checkWellFormed asks encoding/xml, which knows fewer names than XML has.
func checkWellFormed(t *testing.T, document []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			if !strings.Contains(err.Error(), "invalid XML name") {
				t.Errorf("%v in %s", err, document)
			}
			return
		}
	}
}

func readCopyOf(t *testing.T, content []byte) *tak.Catalogue {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.xml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := tak.ReadCopy(path, nil)
	if err != nil {
		t.Fatalf("%v in %s", err, content)
	}
	return c
}

// checkFindable: every route that holds now is found by its own key, or
// another of that key is.
func checkFindable(t *testing.T, c *tak.Catalogue) {
	t.Helper()
	now := time.Now()
	for row := range c.AllRoutes() {
		rows, until := routesOf(c, row.Contract, now, row.Receiver, nil)
		named := row.Receiver != "" && row.Contract != ""
		if named && row.Valid.Holds(now) && len(rows) == 0 {
			t.Errorf("%+v is not found", row)
		}
		if !until.IsZero() && !until.After(now) {
			t.Errorf("%+v may change at %v, which has passed", row, until)
		}
		for _, found := range rows {
			if !found.Valid.Holds(now) {
				t.Errorf("%+v is found and does not hold", found)
			}
		}
	}
}

// FuzzCopy: a copy that is accepted has rows in both tables, is whole, and its
// rows are found.
func FuzzCopy(f *testing.F) {
	for _, seed := range copySeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "copy.xml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := tak.ReadCopy(path, nil)
		if (err == nil) == (c == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		if err != nil {
			return
		}
		if c.RouteCount() == 0 || c.PermissionCount() == 0 {
			t.Error("an empty table")
		}
		checkFindable(t, c)
		if cut := bytes.LastIndexByte(content, '<'); cut > 0 {
			if _, err := tak.ReadCopy(writeFile(t, string(content[:cut])), nil); err == nil && !bytes.Contains(content[cut:], []byte("<!--")) && !bytes.Contains(content[cut:], []byte("<?")) {
				t.Errorf("accepted without its end %q", content[cut:])
			}
		}
	})
}
