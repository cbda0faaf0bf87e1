package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unit is a unit file's settings, by section and key.
func unit(t *testing.T, path string) map[string][]string {
	t.Helper()
	settings := make(map[string][]string)
	section := ""
	for line := range strings.Lines(read(t, path)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			key, value, found := strings.Cut(line, "=")
			if !found {
				t.Errorf("%s: %q", path, line)
			}
			settings[section+"."+key] = append(settings[section+"."+key], value)
		}
	}
	return settings
}

func TestSystemdUnits(t *testing.T) {
	service := unit(t, "systemd/rivgate.service")
	for key, want := range map[string]string{
		"Type": "notify", "ExecStart": "/usr/local/bin/rivgate serve --config /etc/rivgate/rivgate.yaml", "ExecReload": "/bin/kill -HUP $MAINPID",
		"User": "rivgate", "StateDirectory": "rivgate", "CapabilityBoundingSet": "", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
		"MemoryDenyWriteExecute": "yes", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "SystemCallArchitectures": "native",
	} {
		if got := service["Service."+key]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s=%q, want %q", key, got, want)
		}
	}
	if got := service["Service.SystemCallFilter"]; !slices.Equal(got, []string{"@system-service", "~@privileged"}) {
		t.Errorf("SystemCallFilter=%q", got)
	}
	socket := unit(t, "systemd/rivgate.socket")
	if got := socket["Socket.FileDescriptorName"]; !slices.Equal(got, []string{"https"}) {
		t.Errorf("the socket is passed as %q", got)
	}
	if !strings.Contains(read(t, "systemd/rivgate.sysusers"), "\nu "+service["Service.User"][0]+" ") {
		t.Error("the user is not made")
	}
}

// systemd itself reads the units, where it is installed. It measures exposure
// from 0, nothing, to 10.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here: TestSystemdUnits alone has read the units")
	}
	binary, err := command()
	must(t, err)
	dir := t.TempDir()
	text := strings.Replace(read(t, "systemd/rivgate.service"), "/usr/local/bin/rivgate", binary, 1)
	must(t, os.WriteFile(filepath.Join(dir, "rivgate.service"), []byte(text), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "rivgate.socket"), []byte(read(t, "systemd/rivgate.socket")), 0o600))
	verify := exec.Command(analyze, "verify", "--man=no", filepath.Join(dir, "rivgate.socket"), filepath.Join(dir, "rivgate.service"))
	out, err := verify.CombinedOutput()
	complaints := regexp.MustCompile(`(?m)^.*rivgate\.(service|socket):.*$`).FindAllString(string(out), -1)
	if err != nil || len(complaints) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = exec.Command(analyze, "security", "--offline=true", "--no-pager", filepath.Join(dir, "rivgate.service")).CombinedOutput()
	must(t, err)
	level := regexp.MustCompile(`Overall exposure level for rivgate\.service: ([0-9.]+)`).FindStringSubmatch(string(out))
	if level == nil {
		t.Fatalf("%s", out)
	}
	exposure, err := strconv.ParseFloat(level[1], 64)
	must(t, err)
	if exposure > 2 {
		t.Errorf("exposure %.1f\n%s", exposure, out)
	}
	t.Logf("exposure %.1f", exposure)
}
