package e2e

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// operated is a world whose gateway asks a TAK and has operators' listeners.
type operated struct {
	*world
	tak   *lab.TAK
	admin []string // host:port of the operators' listeners, in the order of the configuration
}

// newOperated starts one. admin is the YAML of the admin section, extra is
// added to the configuration.
func newOperated(t *testing.T, admin, extra string) *operated {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	o := &operated{world: w, tak: labtest.TAK(t, *w.catalogue())}
	o.start(t, o.yaml(admin)+extra)
	return o
}

// start runs the gateway, anew where one has been stopped.
func (o *operated) start(t *testing.T, yaml string) {
	t.Helper()
	o.gate = startConfigured(t, o.gate.dir, yaml)
	o.admin = labtest.Addresses(o.gate.log.lines("listening"), "admin")
}

// startBare runs the gateway anew without TAK and without a local copy.
func (o *operated) startBare(t *testing.T) {
	t.Helper()
	o.gate.stop()
	must(t, o.tak.Become(lab.Down))
	must(t, os.Remove(filepath.Join(o.gate.dir, "copy.xml")))
	o.start(t, o.yaml(oneAdmin))
}

const oneAdmin = `{address: "127.0.0.1:0"}`

func (o *operated) yaml(admin string) string {
	return strings.NewReplacer(`admin: {address: ""}`, "admin: "+admin,
		"tak: {file: tak.xml}", "tak: {address: "+strconv.Quote(o.tak.URL())+", local_copy: copy.xml}").Replace(baseConfig)
}

// told is an answer of an operators' listener.
type told struct {
	status int
	header http.Header
	body   string
}

// ask makes a request of the first operators' listener.
func (o *operated) ask(t *testing.T, method, path, body string, header ...string) told {
	t.Helper()
	return askAt(t, method, "http://"+o.admin[0]+path, body, header...)
}

func (o *operated) get(t *testing.T, path string) told { return o.ask(t, http.MethodGet, path, "") }

// askAt makes a request. header is names and values in turn.
func askAt(t *testing.T, method, url, body string, header ...string) told {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	must(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	client := lab.Client(nil)
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	must(t, err)
	defer answer.Body.Close()
	var content bytes.Buffer
	_, err = io.Copy(&content, answer.Body)
	must(t, err)
	return told{answer.StatusCode, answer.Header, content.String()}
}

// want checks status and body.
func (a told) want(t *testing.T, status int, body string) {
	t.Helper()
	if a.status != status || a.body != body {
		t.Errorf("HTTP %d %q\nwant %d %q", a.status, a.body, status, body)
	}
}

// probed are the expressions a status probe is configured with, and the form of
// every other line of a status: "Key": "value", one blank after the colon.
func probed(o *operated) []string {
	const size = `(-?\d+ B|\d{1,4}\.\d [KMGTPE]B)`
	routes, permissions := strconv.Itoa(len(o.catalogue().Routes)), strconv.Itoa(len(o.catalogue().Permissions))
	return []string{
		`"Name": "[^"]+"`, `"Version": "[^"]+"`, `"BuildTime": "[^"]*"`, `"ManagementName": "[^"]+"`, `"JavaVersion": "[^"]+"`, `"CamelVersion": "[^"]+"`,
		`"ServiceStatus": "Started"`,
		`"Uptime": "\d+ days, \d+ hours, \d+ minutes, \d+ seconds"`,
		`"TakCacheInitialized": "true"`,
		`"TakCacheResetInfo": "Date:\d{4}-\d\d-\d\dT\d\d:\d\d Status:REFRESH_OK vagval:` + routes + ` behorigheter:` + permissions + `"`,
		`"HsaCacheInitialized": "true"`,
		`"HsaCacheResetInfo": "Date:\d{4}-\d\d-\d\dT\d\d:\d\d Status:true oldNum:0 newNum:4"`, // the start's own reading
		`"JvmTotalMemory": "` + size + `"`, `"JvmFreeMemory": "` + size + `"`, `"JvmUsedMemory": "` + size + `"`, `"JvmMaxMemory": "` + size + `"`,
		`(?s)"Endpoints": \[\s+"http://` + regexp.QuoteMeta(o.gate.http) + `/vp"\s+\]`,
		`(?s)^\{\s.*\}$`,
	}
}

func TestStatusProbe(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	status := o.ask(t, http.MethodGet, "/status", "", "Connection", "close")
	if status.status != 200 || status.header.Get("Content-Type") != "application/json" {
		t.Errorf("HTTP %d %v", status.status, status.header)
	}
	for _, form := range probed(o) {
		if !regexp.MustCompile(form).MatchString(status.body) {
			t.Errorf("no %s in\n%s", form, status.body)
		}
	}
	if keys := len(regexp.MustCompile(`(?m)^  "\w+": `).FindAllString(status.body, -1)); keys != 17 {
		t.Errorf("%d keys, want VP's 17", keys)
	}
	for _, key := range []string{"DirectMemBufferPool", "NonHeapMemory", "NettyDirectMemory"} {
		if strings.Contains(status.body, key) {
			t.Errorf("%s without ?memory", key)
		}
	}
	memory := o.get(t, "/status?memory").body
	for _, form := range []string{
		`"NettyDirectMemory": "Direct: `, `"DirectMemBufferPool": "Used: [^"]+, Count: \d+, Max Capacity: [^"]+"`,
		`"NonHeapMemory": "Init: [^"]+ Used: [^"]+, Committed: [^"]+, Max: [^"]+"`, `"ServiceStatus": "Started"`,
	} {
		if !regexp.MustCompile(form).MatchString(memory) {
			t.Errorf("no %s in\n%s", form, memory)
		}
	}
	netty := o.get(t, "/status?netty").body
	if !strings.Contains(netty, `"DirectArena1": "`) || !strings.Contains(netty, `"NettyTotal": "`) || strings.Contains(netty, "ServiceStatus") {
		t.Errorf("%s", netty)
	}
	o.get(t, "/status/x").want(t, 404, "unknown path\n")
}

// What /resetcache says, as recorded of VP, with the time, the host, the file
// and the counts of here.
const (
	resetBegin  = "<br>Host: HOST<br>Time: TIME<br>Initialize TAK cache resources..."
	resetLoaded = resetBegin + "<br>Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy..." +
		"<br>Succesfully saved virtualizations and permissions to local TAK copy: FILE" + resetCounts
	resetKept = resetBegin + "<br>Failed to get virtualizations and/or permissions from TAK, see logfiles for details. " +
		"Will continue to use already loaded TAK data." + resetCounts
	resetCounts = "<br>Init TAK cache loaded number of permissions: PERMISSIONS" +
		"<br>Init TAK cache loaded number of virtualizations: ROUTES<br>Init done, was successful: true"
	resetFailed = resetBegin + "<br>Failed to get virtualizations and/or permissions from TAK, see logfiles for details. " +
		"Restore from local TAK copy...<br>Failed to restore virtualizations and permissions from local TAK copy: FILE" +
		"<br>Reason for failure: java.lang.IllegalArgumentException: FILE (No such file or directory)" +
		"<br>Init TAK cache loaded number of permissions: 0<br>Init TAK cache loaded number of virtualizations: 0" +
		"<br>Init done, was successful: false"
)

// wantReset checks an answer of /resetcache, byte for byte but for what differs
// from run to run.
func (o *operated) wantReset(t *testing.T, a told, want string) {
	t.Helper()
	if a.status != 200 || a.header.Get("Content-Type") != "text/html;" {
		t.Errorf("HTTP %d, Content-Type %q", a.status, a.header.Get("Content-Type"))
	}
	got := regexp.MustCompile(`^<br>Host: [^<]+<br>Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d<br>`).ReplaceAllString(a.body, "<br>Host: HOST<br>Time: TIME<br>")
	want = strings.NewReplacer("FILE", filepath.Join(o.gate.dir, "copy.xml"),
		"PERMISSIONS", strconv.Itoa(len(o.catalogue().Permissions)), "ROUTES", strconv.Itoa(len(o.catalogue().Routes))).Replace(want)
	if got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}

func TestResetCacheTellsWhatVPTells(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	o.wantReset(t, o.get(t, "/resetcache"), resetLoaded)
	must(t, o.tak.Become(lab.Down))
	o.wantReset(t, o.get(t, "/resetcache"), resetKept)
	if status := o.get(t, "/status").body; !strings.Contains(status, "Status:REUSING_EXISTING_CACHE vagval:") || !strings.Contains(status, `"TakCacheInitialized": "true"`) {
		t.Errorf("%s", status)
	}
	if reply := o.call(t, "HTTPS21"); reply.Status != 200 {
		t.Errorf("HTTP %d while TAK is down", reply.Status)
	}
	must(t, o.tak.Become(lab.Empty))
	o.wantReset(t, o.get(t, "/resetcache"), resetKept)
	must(t, o.tak.Become(lab.Healthy))
	o.wantReset(t, o.ask(t, http.MethodPost, "/resetcache", ""), resetLoaded)
}

func TestResetCacheWithoutAnyCatalogue(t *testing.T) {
	o := newOperated(t, oneAdmin, "")
	o.startBare(t)
	o.wantReset(t, o.get(t, "/resetcache"), resetFailed)
	if status := o.get(t, "/status").body; !strings.Contains(status, "Status:REFRESH_FAILED vagval:0 behorigheter:0") || !strings.Contains(status, `"TakCacheInitialized": "false"`) {
		t.Errorf("%s", status)
	}
	wantFault(t, o.call(t, "HTTPS21"), "VP008 ")
	must(t, o.tak.Become(lab.Healthy))
	o.wantReset(t, o.get(t, "/resetcache"), resetLoaded)
	if reply := o.call(t, "HTTPS21"); reply.Status != 200 {
		t.Errorf("HTTP %d after the catalogue has come", reply.Status)
	}
}
