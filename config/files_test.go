package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rivgate/config"
)

// environment is what the files under testdata find in ${NAME}.
var environment = map[string]string{
	"ID":      "SE0000000000-VP01",
	"MAPPING": "{file: tak.xml}",
	"NESTED":  "${ID}",
	"NUMBER":  "42",
	"EMPTY":   "",
}

func lookup(name string) (string, bool) {
	value, set := environment[name]
	return value, set
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("gateway.yaml", []byte(text), "/etc/rivgate", lookup)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func files(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %s (%v)", pattern, err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = data
	}
	return files
}

func TestGoodFiles(t *testing.T) {
	for name, data := range files(t, "*.good.yaml") {
		if _, err := config.Parse(name, data, ".", lookup); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// The first lines of a bad file are its problems, all of them and in order:
// "# want: LINE: KEY: TEXT".
func TestBadFiles(t *testing.T) {
	for name, data := range files(t, "*.bad.yaml") {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse(name, data, ".", lookup)
			if c != nil {
				t.Error("a configuration came with the error")
			}
			problems, ok := errors.AsType[config.Errors](err)
			if !ok {
				t.Fatalf("error is %T (%v), want config.Errors", err, err)
			}
			got := make([]string, len(problems))
			for i, p := range problems {
				got[i] = strings.TrimPrefix(p.String(), name+":")
			}
			if want := wanted(data); !slices.Equal(got, want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func wanted(data []byte) []string {
	var want []string
	for line := range strings.Lines(string(data)) {
		if text, ok := strings.CutPrefix(line, "# want: "); ok {
			want = append(want, strings.TrimSuffix(text, "\n"))
		}
	}
	return want
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gateway.yaml")
	text := "instance: {id: \"${RIVGATE_TEST_ID}\"}\n" +
		"listeners: [{name: a, address: \":0\", tls: {certificate: ../a.crt, key: /keys/a.key, client_ca: [ca/root.crt]}}]\n" +
		"tak: {file: tak.xml}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RIVGATE_TEST_ID", "SE0000000000-VP09")
	t.Chdir(filepath.Dir(dir))
	c, err := config.Load(filepath.Join(filepath.Base(dir), "gateway.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	tls := c.Listeners[0].TLS
	got := fmt.Sprint(c.Instance.ID, tls.Certificate, tls.Key, tls.ClientCA, c.TAK.File, c.TAK.LocalCopy, c.TAK.TLS.Certificate, c.Log.Output)
	want := fmt.Sprint("SE0000000000-VP09", filepath.Dir(dir)+"/a.crt", "/keys/a.key", []string{dir + "/ca/root.crt"}, dir+"/tak.xml", dir+"/data/tak-cache.xml", "", "stdout")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLoadMissingFile(t *testing.T) {
	_, err := config.Load("testdata/absent.yaml")
	if want := "testdata/absent.yaml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
