package deploy_test

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"rivgate/internal/app"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// hsaJob is the update job's surroundings: a server of files that asks for a
// certificate, a gateway, and a volume.
type hsaJob struct {
	volume   string
	served   []byte // by the file server
	answer   string // of the gateway
	asked    atomic.Int32
	identity *lab.Identity
	env      []string
}

func newHSAJob(t *testing.T, fileName string) *hsaJob {
	t.Helper()
	for _, tool := range []string{"sh", "curl", "awk", "unzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the job's script needs %s, which is not here: not tested", tool)
		}
	}
	ca := labtest.CA(t, "HSA")
	j := &hsaJob{volume: t.TempDir(), identity: labtest.Issue(t, ca, lab.Subject{CN: "job"}, lab.ForClient())}
	files := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if j.served == nil {
			http.NotFound(w, nil)
			return
		}
		_, _ = w.Write(j.served)
	}))
	server := labtest.Issue(t, ca, lab.Subject{CN: "files"}, lab.ForServer("127.0.0.1"))
	files.TLS = &tls.Config{Certificates: []tls.Certificate{server.TLS()}, ClientCAs: ca.Pool(), ClientAuth: tls.RequireAndVerifyClientCert}
	files.Config.ErrorLog = log.New(t.Output(), "", 0) // a handshake fails on purpose
	files.StartTLS()
	t.Cleanup(files.Close)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/resethsacache" {
			j.asked.Add(1)
			_, _ = w.Write([]byte(j.answer))
		}
	}))
	t.Cleanup(gateway.Close)

	secrets, tools := t.TempDir(), t.TempDir()
	cert, key, err := j.identity.WriteFiles(secrets, "client")
	must(t, err)
	must(t, ca.WriteFile(filepath.Join(secrets, "ca.crt")))
	// A name server's answer for a name with one address, and how busybox prints it.
	lookup := "#!/bin/sh\nprintf 'Server:\\t\\t10.96.0.10\\nAddress:\\t10.96.0.10:53\\n\\nName:\\t%s\\nAddress: 127.0.0.1\\n' \"$1\"\n"
	must(t, os.WriteFile(filepath.Join(tools, "nslookup"), []byte(lookup), 0o755))
	_, port, err := net.SplitHostPort(gateway.Listener.Addr().String())
	must(t, err)
	j.env = append(
		os.Environ(),
		"PATH="+tools+":"+os.Getenv("PATH"), "HSA_URL="+files.URL+"/"+fileName,
		"HSA_NEW="+j.file()+".new", "HSA_FILE="+j.file(), "HSA_MAX_SHRINK=50",
		"HSA_CERT="+cert, "HSA_KEY="+key, "HSA_CA="+filepath.Join(secrets, "ca.crt"),
		"GATEWAY_HOST=rivgate-admin", "GATEWAY_PORT="+port,
	)
	return j
}

func (j *hsaJob) file() string { return filepath.Join(j.volume, "hsacache.xml") }

// run runs half of the script, with what is set added to its environment.
func (j *hsaJob) run(half string, set ...string) (string, error) {
	script := exec.Command("sh", "helm/rivgate/files/update-hsa.sh", half)
	script.Env = append(j.env, set...)
	out, err := script.CombinedOutput()
	return string(out), err
}

const resetWentWell = "Successfully reset HSA cache. \nHSA cache size was: 1 \nHSA cache now is: 1."

func hsaFile(t *testing.T) []byte {
	t.Helper()
	return lab.HSAFile(labtest.CA(t, "time").Cert.NotBefore, lab.Unit{ID: "SE", DN: "c=SE", Name: "root"})
}

func TestHSAUpdate(t *testing.T) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	entry, err := archive.Create("hsaunits.xml")
	must(t, err)
	content := hsaFile(t)
	_, err = entry.Write(content)
	must(t, err)
	must(t, archive.Close())
	for name, served := range map[string][]byte{"hsacache.xml": content, "hsaunits.zip": packed.Bytes()} {
		t.Run(name, func(t *testing.T) {
			j := newHSAJob(t, name)
			j.served, j.answer = served, resetWentWell
			must(t, os.WriteFile(j.file(), []byte("<old/>"), 0o600))
			for _, half := range []string{"fetch", "publish"} {
				if got := read(t, j.file()); got != "<old/>" {
					t.Errorf("before %s the file is %q", half, got)
				}
				if out, err := j.run(half); err != nil {
					t.Fatalf("%s: %v\n%s", half, err, out)
				}
			}
			if got := read(t, j.file()); got != string(content) {
				t.Errorf("%q", got)
			}
			if left, _ := filepath.Glob(filepath.Join(j.volume, "*.*.*")); len(left) > 0 || j.asked.Load() != 1 {
				t.Errorf("%d resets, left behind: %q", j.asked.Load(), left)
			}
		})
	}
}

// Whatever goes wrong, the job fails, and says what; before the rename the old
// file stays.
func TestHSAUpdateFailsVisibly(t *testing.T) {
	j := newHSAJob(t, "hsacache.xml")
	must(t, os.WriteFile(j.file(), bytes.Repeat([]byte("x"), 1000), 0o600))
	stays := func(half, says string, set ...string) {
		t.Helper()
		out, err := j.run(half, set...)
		if err == nil || !strings.Contains(out, says) {
			t.Errorf("%s: %v, said %q, not %q", half, err, out, says)
		}
		if got := len(read(t, j.file())); got != 1000 {
			t.Errorf("%s: the old file has %d bytes", half, got)
		}
	}
	stays("fetch", "404")
	j.served = hsaFile(t)
	stays("fetch", "curl: ", "HSA_CA=/dev/null")
	stays("fetch", "curl: ", "HSA_URL="+strings.Replace("https://127.0.0.1:1/", "https", "http", 1))
	must(t, os.WriteFile(j.file()+".new", bytes.Repeat([]byte("x"), 499), 0o600))
	stays("publish", "more than 50 % would be lost")
	if j.asked.Load() != 0 {
		t.Errorf("%d resets", j.asked.Load())
	}

	j.answer = "Reset HSA cache failed."
	must(t, os.WriteFile(j.file()+".new", bytes.Repeat([]byte("x"), 500), 0o600))
	if out, err := j.run("publish"); err == nil || !strings.Contains(out, "Reset HSA cache failed") {
		t.Errorf("a gateway that could not read the file: %v\n%s", err, out)
	}
	must(t, os.WriteFile(j.file()+".new", bytes.Repeat([]byte("x"), 500), 0o600))
	if out, err := j.run("publish", "GATEWAY_PORT=1"); err == nil {
		t.Errorf("a gateway that is not there: %s", out)
	}
}

// Between the halves rivgate reads the new file: a damaged one is not published.
func TestHSAUpdateChecksTheFile(t *testing.T) {
	data := one(t, rendered(t, "everything.yaml"), "ConfigMap", "-hsa-update").Data
	if data["update-hsa.sh"] == "" || strings.TrimSpace(data["update-hsa.sh"]) != strings.TrimSpace(read(t, "helm/rivgate/files/update-hsa.sh")) {
		t.Error("the job's script is not files/update-hsa.sh")
	}
	for name, test := range map[string]struct {
		content string
		good    bool
	}{"good": {string(hsaFile(t)), true}, "damaged": {"<hsaUnits><hsaUnit>", false}} {
		dir := t.TempDir()
		path := filepath.Join(dir, "check.yaml")
		must(t, os.WriteFile(path, []byte(strings.ReplaceAll(data["check.yaml"], "/var/lib/rivgate-hsa", dir)), 0o600))
		must(t, os.WriteFile(filepath.Join(dir, "hsacache.xml.new"), []byte(test.content), 0o600))
		if err := app.Check(path, "test").Err(); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
