//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Where `make interop` installs the libraries of the clients.
const libraries = "../bin/interop"

func TestZeep(t *testing.T) {
	w := newWorld(t)
	report := read(t, output(t, libraries+"/python/bin/python", "python/client.py", w.writeScenario(t)))
	w.check(t, report, []string{"mtom", "mtom-converted", "mtom-converted-back"})
}

func TestNodeSOAP(t *testing.T) {
	w := newWorld(t)
	t.Setenv("NODE_PATH", libraries+"/node/node_modules")
	w.check(t, read(t, output(t, "node", "node/client.js", w.writeScenario(t))), nil)
}

// read reads a client's report.
func read(t *testing.T, printed []byte) []outcome {
	t.Helper()
	var report []outcome
	if err := json.Unmarshal(printed, &report); err != nil {
		t.Fatalf("report: %v\n%s", err, printed)
	}
	return report
}

func output(t *testing.T, command string, args ...string) []byte {
	t.Helper()
	if found, err := filepath.Abs(command); err == nil && filepath.Base(command) != command {
		command = found
	}
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Env = append(os.Environ(), "NO_PROXY=*")
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", command, err, complaints.Bytes(), out.Bytes())
	}
	t.Logf("%s", complaints.Bytes())
	return out.Bytes()
}

// The Java client is compiled with what wsdl2java makes of the WSDLs.
func TestCXF(t *testing.T) {
	w := newWorld(t)
	jars := libraries + "/java/lib/*"
	generated, classes := "/tmp/gen", t.TempDir()
	java := func(class string, args ...string) []byte {
		return output(t, "java", append([]string{
			"-cp", classes + ":" + jars,
			"-Djavax.net.ssl.trustStore=" + w.dir + "/ca.p12", "-Djavax.net.ssl.trustStorePassword=" + storesKey,
			"-Djavax.net.ssl.keyStore=" + w.dir + "/consumer.p12", "-Djavax.net.ssl.keyStorePassword=" + storesKey,
			class,
		}, args...)...)
	}
	t.Logf("%s", java("org.apache.cxf.tools.wsdlto.WSDLToJava", "-verbose", "-noAddressBinding", "-d", generated, "-wsdlList", w.writeList(t)))
	sources := []string{"-encoding", "UTF-8", "-d", classes, "-cp", jars, "java/Client.java"}
	must(t, filepath.WalkDir(generated, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".java" {
			sources = append(sources, path)
		}
		return err
	}))
	output(t, "javac", sources...)
	w.check(t, read(t, java("Client", w.writeScenario(t))), nil)
}

// writeList writes a file with the addresses of the WSDLs.
func (w *world) writeList(t *testing.T) (path string) {
	t.Helper()
	var list strings.Builder
	for _, contract := range []string{"booking/GetBookings", "archive/StoreDocument"} {
		for _, profile := range []string{"rivtabp21", "rivtabp20"} {
			list.WriteString(baseOf(w.address) + "/example/" + contract + "/1/" + profile + "?wsdl\n")
		}
	}
	path = filepath.Join(w.dir, "wsdls.txt")
	must(t, os.WriteFile(path, []byte(list.String()), 0o600))
	return path
}
