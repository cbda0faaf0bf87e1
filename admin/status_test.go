package admin_test

import (
	"encoding/json"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/admin"
)

// statusForms are the forms of VP's values. They are held against VP's own
// answers and against ours.
func statusForms() map[string]string {
	const size = `(-?\d+ B|\d{1,4}\.\d [KMGTPE]B)`
	const arena = `active alloc:\d+\(alloc:\d+, dealloc:\d+\), ActiveBytes: \d+, ThreadCaches: \d+`
	return map[string]string{
		"Name":                `[\w-]+`,
		"Version":             `\d+\.\d+\.\d+(-SNAPSHOT)?`,
		"BuildTime":           `2026-11-21T19:03:15\.406Z`,
		"ServiceStatus":       `Started`,
		"Uptime":              `\d+ days, \d+ hours, \d+ minutes, \d+ seconds`,
		"ManagementName":      `[\w-]+`,
		"JavaVersion":         `\S+`,
		"CamelVersion":        `\d+\.\d+\.\d+`,
		"TakCacheInitialized": `true|false`,
		"TakCacheResetInfo":   `Date:2026-11-21T19:\d\d Status:(REFRESH_OK vagval:535 behorigheter:1066|REFRESH_FAILED vagval:0 behorigheter:0)`,
		"HsaCacheInitialized": `true`,
		"HsaCacheResetInfo":   `Date:2026-11-21T19:10 Status:true oldNum:0 newNum:4`,
		"JvmTotalMemory":      size,
		"JvmFreeMemory":       size,
		"JvmUsedMemory":       size,
		"JvmMaxMemory":        size,
		"DirectMemBufferPool": "Used: " + size + `, Count: \d+, Max Capacity: ` + size,
		"NonHeapMemory":       "Init: " + size + " Used: " + size + ", Committed: " + size + ", Max: -1 B",
		"NettyDirectMemory":   "Direct: " + size + `\(Arenas:\d+\), Heap: 0 B\(Arenas:\d+\), ThreadCaches: \d+`,
		"DirectArena1":        arena,
		"DirectArena2":        arena,
		"DirectArena3":        arena,
		"DirectArena4":        arena,
		"NettyTotal":          `direct bytes:\d+\(active allocs:\d+, Arenas:\d+\), Heap bytes: 0\(Arenas:\d+\), ThreadCaches: \d+`,
	}
}

// checkForms holds a status against VP's forms and returns its keys, sorted.
func checkForms(t *testing.T, text string) []string {
	t.Helper()
	var page map[string]any
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var keys []string
	for key, value := range page {
		keys = append(keys, key)
		if key == "Endpoints" {
			for _, endpoint := range value.([]any) {
				if !regexp.MustCompile(`^http://localhost:\d+/\w+$`).MatchString(endpoint.(string)) {
					t.Errorf("endpoint %q", endpoint)
				}
			}
			continue
		}
		form := regexp.MustCompile("^(" + statusForms()[key] + ")$")
		if s, isText := value.(string); !isText || !form.MatchString(s) {
			t.Errorf("%s is %v, want text like %s", key, value, form)
		}
	}
	slices.Sort(keys)
	return keys
}

func TestStatusHasVPsForm(t *testing.T) {
	tests := []struct {
		name, target, vp string
		change           func(*admin.State)
	}{
		{name: "plain", target: "/status", vp: "vp-status.json"},
		{name: "with memory", target: "/status?memory", vp: "vp-status-memory.json"},
		{name: "with memory, given a value", target: "/status/?x&memory=1", vp: "vp-status-memory.json"},
		{name: "no catalogue", target: "/status", vp: "vp-status-failed.json", change: func(s *admin.State) {
			s.Catalogue = admin.CatalogueState{Results: []admin.CatalogueResult{{At: began, Status: "REFRESH_FAILED"}}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vp, err := os.ReadFile("testdata/" + tt.vp)
			if err != nil {
				t.Fatal(err)
			}
			want := checkForms(t, string(vp))
			h := withState(func(s *admin.State) {
				if tt.change != nil {
					tt.change(s)
				}
			})
			for _, method := range []string{"GET", "POST"} {
				w := ask(h, method, tt.target)
				if got := checkForms(t, w.Body.String()); !slices.Equal(got, want) {
					t.Errorf("%s: keys\n%v\nwant VP's\n%v", method, got, want)
				}
				if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
					t.Errorf("%s: %d, %q", method, w.Code, w.Header().Get("Content-Type"))
				}
			}
		})
	}
}

func TestStatusNetty(t *testing.T) {
	vp, err := os.ReadFile("testdata/vp-status-netty.json")
	if err != nil {
		t.Fatal(err)
	}
	inVP := checkForms(t, string(vp))
	for _, target := range []string{"/status?netty", "/status?memory&netty"} {
		keys := checkForms(t, ask(newAdmin(nil), "GET", target).Body.String())
		if !slices.Equal(keys, []string{"DirectArena1", "NettyTotal"}) {
			t.Errorf("%s: keys %v", target, keys)
		}
		for _, key := range keys {
			if !slices.Contains(inVP, key) {
				t.Errorf("VP has no %s", key)
			}
		}
	}
}

// The probes in front of gateways match on the raw text.
func TestStatusProbesMatch(t *testing.T) {
	body := ask(newAdmin(nil), "GET", "/status?memory").Body.String() + ask(newAdmin(nil), "GET", "/status?netty").Body.String()
	for _, want := range []string{
		`"ServiceStatus": "Started"`,
		`"TakCacheInitialized": "true"`,
		`"HsaCacheInitialized": "true"`,
		`"NettyDirectMemory": "Direct:`,
		`"DirectArena1": "active alloc:\d+`,
		`"NettyTotal": "direct bytes:\d+`,
		`"ManagementName": "DEMO"`,
		`"Version": "1\.2\.3"`,
		`"TakCacheResetInfo": "Date:\d{4}-\d{2}-\d{2}T\d{2}:\d{2} Status:REFRESH_OK vagval:\d+ behorigheter:\d+"`,
		`"HsaCacheResetInfo": "Date:\d{4}-\d{2}-\d{2}T\d{2}:\d{2} Status:true oldNum:\d+ newNum:\d+"`,
		`(?m)^  "Endpoints": \[$`,
		`(?m)^    "http://localhost:8080/vp"$`,
	} {
		if !regexp.MustCompile(want).MatchString(body) {
			t.Errorf("%s does not match\n%s", want, body)
		}
	}
	plain := ask(newAdmin(nil), "GET", "/status").Body.String()
	if !strings.HasPrefix(plain, "{") || !strings.HasSuffix(plain, "}") {
		t.Errorf("begins and ends with\n%s", plain)
	}
}

func TestStatusValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		time.Sleep(3*24*time.Hour + 12*time.Hour + 4*time.Minute + 9*time.Second + 999*time.Millisecond)
		tests := []struct {
			name   string
			change func(*admin.State)
			want   []string
		}{
			{"all well", func(s *admin.State) { s.Started = started }, []string{
				`"Uptime": "3 days, 12 hours, 4 minutes, 9 seconds"`, `"JavaVersion": "` + runtime.Version() + `"`,
				`"CamelVersion": "1.2.3"`, `"Name": "rivgate"`,
			}},
			{"before the first attempts", func(s *admin.State) { s.Catalogue, s.HSA = admin.CatalogueState{}, admin.HSAState{} }, []string{
				`"TakCacheInitialized": "false"`, `"TakCacheResetInfo": "Not initialized"`,
				`"HsaCacheInitialized": "false"`, `"HsaCacheResetInfo": "Not initialized"`,
			}},
			{"catalogue failed, an older one in force", func(s *admin.State) {
				s.Catalogue.Results = []admin.CatalogueResult{{At: began, Status: "REUSING_EXISTING_CACHE", Routes: 12, Permissions: 33}, s.Catalogue.Results[0]}
			}, []string{
				`"TakCacheInitialized": "true"`,
				`"TakCacheResetInfo": "Date:2026-11-21T19:12 Status:REUSING_EXISTING_CACHE vagval:12 behorigheter:33"`,
			}},
			{"HSA failed, the older tree in force", func(s *admin.State) {
				s.HSA.Results = []admin.HSAResult{{At: began, Old: 4, New: 4, Error: errDamaged.Error()}}
			}, []string{
				`"HsaCacheInitialized": "true"`, `"HsaCacheResetInfo": "Date:2026-11-21T19:12 Status:false oldNum:4 newNum:4"`,
			}},
			{"draining", func(s *admin.State) { s.Draining = true }, []string{`"ServiceStatus": "Stopping"`}},
			{"no plain listener", func(s *admin.State) { s.Endpoints = nil }, []string{`"Endpoints": []`}},
			{"unknown build time", func(s *admin.State) { s.Built = time.Time{} }, []string{`"BuildTime": ""`}},
			{"characters of HTML", func(s *admin.State) { s.Instance = `a<b>&"c` }, []string{`"ManagementName": "a<b>&\"c"`}},
		}
		for _, tt := range tests {
			body := ask(withState(tt.change), "GET", "/status").Body.String()
			for _, want := range tt.want {
				if !strings.Contains(body, want) {
					t.Errorf("%s: no %s in\n%s", tt.name, want, body)
				}
			}
		}
	})
}

func TestMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(1536 << 20)
	defer debug.SetMemoryLimit(before)
	if body := ask(newAdmin(nil), "GET", "/status").Body.String(); !strings.Contains(body, `"JvmMaxMemory": "1.5 GB"`) {
		t.Errorf("limit of 1.5 GB:\n%s", body)
	}
}
