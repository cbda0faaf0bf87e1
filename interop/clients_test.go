//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
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
	return out.Bytes()
}

// The Java client is compiled with what wsdl2java makes of the WSDLs.
func TestCXF(t *testing.T) {
	w := newWorld(t)
	jars := libraries + "/java/lib/*"
	generated, classes := t.TempDir(), t.TempDir()
	java := func(args ...string) []byte {
		return output(t, "java", append([]string{
			"-cp", classes + ":" + jars,
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
	w.check(t, read(t, java("Client", w.writeScenario(t))), nil)
}

// wsdls are the addresses of the WSDLs.
func (w *world) wsdls() (addresses []string) {
	for _, contract := range []string{"booking/GetBookings", "archive/StoreDocument"} {
		for _, profile := range []string{"rivtabp21", "rivtabp20"} {
			addresses = append(addresses, baseOf(w.address)+"/example/"+contract+"/1/"+profile+"?wsdl")
		}
	}
	return addresses
}
