package interop

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// libraries is where `make interop` installs what the clients need.
var libraries = flag.String("libraries", "", "folder of the installed libraries; without it Go's client alone is tested")

// report is what a client prints.
type report struct {
	Library  string    `json:"library"` // with its version
	Outcomes []outcome `json:"outcomes"`
}

func TestGo(t *testing.T) {
	w := newWorld(t)
	w.check(t, w.runGo(t, w.writeScenario(t)), nil)
}

// Each client meets a world of its own, and what came of it is README.md's table.
func TestClients(t *testing.T) {
	if *libraries == "" {
		t.Skip("make interop runs the other clients")
	}
	var reports []report
	for _, client := range []struct {
		name  string
		run   func(*world, *testing.T, string) report
		lacks []string
	}{
		{"zeep", (*world).runZeep, []string{"mtom", "mtom-converted", "mtom-converted-back"}},
		{"CXF", (*world).runCXF, nil},
		{"soap", (*world).runSOAP, nil},
		{"Go", (*world).runGo, nil},
	} {
		t.Run(client.name, func(t *testing.T) {
			w := newWorld(t)
			got := client.run(w, t, w.writeScenario(t))
			w.check(t, got, client.lacks)
			reports = append(reports, got)
		})
	}
	if !t.Failed() {
		checkTable(t, reports)
	}
}

func (w *world) runZeep(t *testing.T, scenario string) report {
	t.Helper()
	return read(t, output(t, installed(t, "python/bin/python"), "python/client.py", scenario))
}

func (w *world) runSOAP(t *testing.T, scenario string) report {
	t.Helper()
	t.Setenv("NODE_PATH", installed(t, "node/node_modules"))
	return read(t, output(t, "node", "node/client.js", scenario))
}

// runCXF compiles the client with what wsdl2java makes of the WSDLs.
func (w *world) runCXF(t *testing.T, scenario string) report {
	t.Helper()
	jars := filepath.Join(installed(t, "java/lib"), "*")
	generated, classes := t.TempDir(), t.TempDir()
	java := func(args ...string) []byte {
		t.Helper()
		return output(t, "java", append([]string{
			"-cp", classes + string(filepath.ListSeparator) + jars,
			"-Djavax.net.ssl.trustStore=" + w.dir + "/ca.p12", "-Djavax.net.ssl.trustStorePassword=" + storesKey,
			"-Djavax.net.ssl.keyStore=" + w.dir + "/consumer.p12", "-Djavax.net.ssl.keyStorePassword=" + storesKey,
		}, args...)...)
	}
	java(append([]string{"java/Generate.java", generated}, w.wsdls()...)...)
	sources := []string{"-encoding", "UTF-8", "-d", classes, "-cp", jars, "java/Client.java"}
	must(t, filepath.WalkDir(generated, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".java" {
			sources = append(sources, path)
		}
		return err
	}))
	output(t, "javac", sources...)
	return read(t, java("Client", scenario))
}

// wsdls are the addresses of the WSDLs.
func (w *world) wsdls() (addresses []string) {
	for _, path := range []string{bookingsPath, documentPath} {
		for _, profile := range []string{"rivtabp21", "rivtabp20"} {
			addresses = append(addresses, baseOf(w.address)+path+profile+"?wsdl")
		}
	}
	return addresses
}

func installed(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(*libraries, path))
	must(t, err)
	return path
}

func read(t *testing.T, printed []byte) report {
	t.Helper()
	var r report
	if err := json.Unmarshal(printed, &r); err != nil {
		t.Fatalf("report: %v\n%s", err, printed)
	}
	return r
}

func output(t *testing.T, command string, args ...string) []byte {
	t.Helper()
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", command, err, complaints.Bytes(), out.Bytes())
	}
	return out.Bytes()
}
