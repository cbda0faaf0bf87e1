package neighbours

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// values take the place of the @NAMES@ of a snippet.
type values map[string]string

var placeholder = regexp.MustCompile(`@[A-Z]+@`)

// filled is a file of docs/neighbours with values in it and nothing else changed,
// in dir. All its names must have a value.
func filled(t *testing.T, dir, name string, v values) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../../docs/neighbours", name))
	must(t, err)
	text := placeholder.ReplaceAllStringFunc(string(content), func(name string) string {
		value, ok := v[strings.Trim(name, "@")]
		if !ok {
			t.Fatalf("no value for %s", name)
		}
		return value
	})
	return written(t, dir, name, text)
}

func written(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// certificates writes what a proxy's TLS needs, and adds to the values where it is.
func certificates(t *testing.T, dir string, v values, server *lab.Identity, callers *lab.CA) {
	t.Helper()
	certificate, key, err := server.WriteFiles(dir, "server")
	must(t, err)
	keyPEM, err := server.KeyPEM()
	must(t, err)
	ca := filepath.Join(dir, "callers.crt")
	must(t, callers.WriteFile(ca))
	v["CERTIFICATE"], v["KEY"], v["CA"] = certificate, key, ca
	v["PEM"] = written(t, dir, "server.pem", string(server.CertPEM())+string(keyPEM))
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// starter starts a program with a snippet, in a folder, and what the program needs
// around it.
type starter func(t *testing.T, dir, snippet string) *exec.Cmd

// running starts a program and waits until it listens on address.
func running(t *testing.T, start starter, dir, snippet, address string) *labtest.Program {
	t.Helper()
	run := start(t, dir, snippet)
	run.Dir = dir
	p := labtest.Start(t, run)
	p.Eventually(t, "listening", func() bool { return listens(address) })
	return p
}

func listens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func nginx(t *testing.T, dir, snippet string) *exec.Cmd {
	t.Helper()
	user := ""
	if os.Getuid() == 0 { // its workers must reach the folder
		user = "user root;\n"
	}
	main := written(t, dir, "nginx-main.conf", user+`daemon off; pid nginx.pid; error_log stderr warn; worker_processes 2;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path temp1; proxy_temp_path temp2; fastcgi_temp_path temp3; uwsgi_temp_path temp4; scgi_temp_path temp5;
  include `+snippet+`;
}
`)
	return exec.Command("nginx", "-e", "stderr", "-p", dir, "-c", main)
}

func haproxy(_ *testing.T, _, snippet string) *exec.Cmd {
	return exec.Command("haproxy", "-W", "-db", "-f", snippet)
}

func apache(t *testing.T, dir, snippet string) *exec.Cmd {
	t.Helper()
	var main strings.Builder
	main.WriteString("ServerName localhost\nPidFile " + dir + "/apache.pid\nErrorLog /dev/stderr\nServerRoot " + dir + "\nDefaultRuntimeDir " + dir + "\n")
	if os.Getuid() == 0 {
		main.WriteString("User nobody\nGroup nogroup\n")
	}
	for _, module := range []string{"mpm_event", "authz_core", "socache_shmcb", "ssl", "headers", "proxy", "proxy_http"} {
		main.WriteString("LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n")
	}
	main.WriteString("Include " + snippet + "\n")
	return exec.Command("apache2", "-DFOREGROUND", "-f", written(t, dir, "apache-main.conf", main.String()))
}

func caddy(t *testing.T, dir, snippet string) *exec.Cmd {
	t.Helper()
	main := written(t, dir, "main.caddyfile", "{\n\tadmin off\n\tauto_https off\n}\nimport "+snippet+"\n")
	run := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", main)
	run.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return run
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}
