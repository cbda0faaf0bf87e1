package admin_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/admin"
)

// The bodies are those a running VP sent.
func TestCatalogueResetAnswer(t *testing.T) {
	tests := []struct {
		name  string
		reset admin.CatalogueReset
		body  string
		act   string
	}{
		{
			"success",
			admin.CatalogueReset{Lines: []string{
				"Host: localhost", "Time: 2026-11-21 19:12:12", "Initialize TAK cache resources...",
				"Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy...",
				"Succesfully saved virtualizations and permissions to local TAK copy: /data/tak.xml",
				"Init TAK cache loaded number of permissions: 1066", "Init TAK cache loaded number of virtualizations: 535",
				"Init done, was successful: true",
			}},
			"<br>Host: localhost<br>Time: 2026-11-21 19:12:12<br>Initialize TAK cache resources...<br>Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy...<br>Succesfully saved virtualizations and permissions to local TAK copy: /data/tak.xml<br>Init TAK cache loaded number of permissions: 1066<br>Init TAK cache loaded number of virtualizations: 535<br>Init done, was successful: true",
			"resetcache: ok",
		},
		{
			"failure",
			admin.CatalogueReset{Lines: []string{
				"Host: localhost", "Time: 2026-11-21 19:11:38", "Initialize TAK cache resources...",
				"Failed to get virtualizations and/or permissions from TAK, see logfiles for details. Restore from local TAK copy...",
				"Failed to restore virtualizations and permissions from local TAK copy: /data/tak.xml",
				"Reason for failure: java.lang.IllegalArgumentException: /data/tak.xml (No such file or directory)",
				"Init TAK cache loaded number of permissions: 0", "Init TAK cache loaded number of virtualizations: 0",
				"Init done, was successful: false",
			}, Err: errDamaged},
			"<br>Host: localhost<br>Time: 2026-11-21 19:11:38<br>Initialize TAK cache resources...<br>Failed to get virtualizations and/or permissions from TAK, see logfiles for details. Restore from local TAK copy...<br>Failed to restore virtualizations and permissions from local TAK copy: /data/tak.xml<br>Reason for failure: java.lang.IllegalArgumentException: /data/tak.xml (No such file or directory)<br>Init TAK cache loaded number of permissions: 0<br>Init TAK cache loaded number of virtualizations: 0<br>Init done, was successful: false",
			"resetcache: failed: " + errDamaged.Error(),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen acts
			h := newAdmin(func(o *admin.Options) {
				o.ResetCatalogue = func(context.Context) admin.CatalogueReset { return tt.reset }
				o.Act = seen.add
			})
			for _, method := range []string{"GET", "POST"} {
				answer := overSocket(t, h, method, "/resetcache")
				if answer.status != 200 || answer.body != tt.body {
					t.Errorf("%s: %d\n%s\nwant\n%s", method, answer.status, answer.body, tt.body)
				}
				if !slices.Equal(answer.header["Content-Type"], []string{"text/html;"}) {
					t.Errorf("Content-Type: %q", answer.header["Content-Type"])
				}
			}
			if got := seen.results(); !slices.Equal(got, []string{tt.act, tt.act}) {
				t.Errorf("acts: %q", got)
			}
		})
	}
}

func TestHSAResetAnswer(t *testing.T) {
	one := []string{"/data/hsa.xml"}
	const start = "Start a reset of HSA cache using files: [/data/hsa.xml]\n"
	tests := []struct {
		name  string
		reset admin.HSAReset
		body  string
	}{
		{
			"success",
			admin.HSAReset{Files: one, Old: 4, New: 4},
			start + "Successfully reset HSA cache. \nHSA cache size was: 4 \nHSA cache now is: 4.",
		},
		{
			"success after nothing",
			admin.HSAReset{Files: one, Old: 0, New: 2},
			start + "Successfully reset HSA cache. \nHSA cache size was: 0 \nHSA cache now is: 2.",
		},
		{
			"failure",
			admin.HSAReset{Files: one, Old: 4, New: 4, Err: errDamaged},
			start + "Reset HSA cache failed.se.skl.tp.hsa.cache.HsaCacheInitializationException: Failed to initialize HSA cache!",
		},
		{"one unit", admin.HSAReset{Files: one, Old: 4, New: 1}, start + "Warning: HSA cache reset to 1. Was 4 entries!"},
		{"no unit", admin.HSAReset{Files: one, Old: 1, New: 0}, start + "Warning: HSA cache reset to 0. Was 1 entries!"},
		{
			"two files",
			admin.HSAReset{Files: []string{"a", "b"}, Old: 1, New: 0},
			"Start a reset of HSA cache using files: [a, b]\nWarning: HSA cache reset to 0. Was 1 entries!",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newAdmin(func(o *admin.Options) {
				o.ResetHSA = func(context.Context) admin.HSAReset { return tt.reset }
			})
			answer := overSocket(t, h, "GET", "/resethsacache")
			if answer.status != 200 || answer.body != tt.body {
				t.Errorf("%d\n%q\nwant\n%q", answer.status, answer.body, tt.body)
			}
			if guessed, sent := answer.header["Content-Type"]; sent {
				t.Errorf("VP sends no Content-Type; got %q", guessed)
			}
		})
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// overSocket asks a real server, whose headers net/http completes.
func overSocket(t *testing.T, h http.Handler, method, target string) answer {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config = admin.NewServer(h)
	server.Start()
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(body)}
}

func TestConcurrentResetsShareOneRun(t *testing.T) {
	for _, path := range []string{"/resetcache", "/resethsacache"} {
		synctest.Test(t, func(t *testing.T) {
			var runs atomic.Int64
			var seen acts
			h := newAdmin(func(o *admin.Options) {
				o.ResetCatalogue = func(context.Context) admin.CatalogueReset {
					time.Sleep(time.Minute)
					runs.Add(1)
					return admin.CatalogueReset{Lines: []string{"the one run"}}
				}
				o.ResetHSA = func(context.Context) admin.HSAReset {
					time.Sleep(time.Minute)
					return admin.HSAReset{New: 100 + int(runs.Add(1))}
				}
				o.Act = seen.add
			})
			const callers = 8
			bodies := make(chan string, callers)
			for range callers {
				go func() { bodies <- ask(h, "GET", path).Body.String() }()
			}
			first := <-bodies
			for range callers - 1 {
				if body := <-bodies; body != first {
					t.Errorf("answers differ: %q and %q", first, body)
				}
			}
			if runs.Load() != 1 || len(seen.results()) != callers {
				t.Errorf("%s: %d runs and %d acts for %d callers", path, runs.Load(), len(seen.results()), callers)
			}
			ask(h, "GET", path)
			if runs.Load() != 2 {
				t.Errorf("%s: %d runs after a later caller, want 2", path, runs.Load())
			}
		})
	}
}

func TestResetOutlivesTheCallerThatBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newAdmin(func(o *admin.Options) {
			o.ResetHSA = func(ctx context.Context) admin.HSAReset {
				select {
				case <-ctx.Done():
					return admin.HSAReset{Err: ctx.Err()}
				case <-time.After(time.Minute):
					return admin.HSAReset{Old: 3, New: 5}
				}
			}
		})
		leaving, leave := context.WithCancel(t.Context())
		go h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(leaving, "GET", "/resethsacache", nil))
		synctest.Wait()
		var second string
		go func() { second = ask(h, "GET", "/resethsacache").Body.String() }()
		synctest.Wait()
		leave()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		const want = "Start a reset of HSA cache using files: []\nSuccessfully reset HSA cache. \nHSA cache size was: 3 \nHSA cache now is: 5."
		if second != want {
			t.Errorf("got %q", second)
		}
	})
}

func TestLeavingWhileAnothersRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen acts
		h := newAdmin(func(o *admin.Options) {
			o.ResetHSA = func(context.Context) admin.HSAReset {
				time.Sleep(time.Minute)
				return admin.HSAReset{New: 5}
			}
			o.Act = seen.add
		})
		go ask(h, "GET", "/resethsacache")
		synctest.Wait()
		leaving, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(leaving, "GET", "/resethsacache", nil))
		if got := seen.results(); !slices.Equal(got, []string{"resethsacache: failed: context deadline exceeded"}) {
			t.Errorf("acts: %q", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := seen.results(); len(got) != 2 || got[1] != "resethsacache: ok" {
			t.Errorf("acts: %q", got)
		}
	})
}

func TestRunThatPanicsBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs int
		var seen acts
		h := newAdmin(func(o *admin.Options) {
			o.ResetHSA = func(context.Context) admin.HSAReset {
				if runs++; runs == 1 {
					time.Sleep(time.Minute)
					panic("broken")
				}
				return admin.HSAReset{New: 5}
			}
			o.Act = seen.add
		})
		go func() {
			defer func() { _ = recover() }() // as net/http does
			ask(h, "GET", "/resethsacache")
		}()
		synctest.Wait()
		if w := ask(h, "GET", "/resethsacache"); w.Code != http.StatusInternalServerError {
			t.Errorf("who waited for it got %d %q, want 500", w.Code, w.Body)
		}
		if w := ask(h, "GET", "/resethsacache"); w.Code != http.StatusOK {
			t.Errorf("the next one got %d", w.Code)
		}
		synctest.Wait()
		if got := seen.results(); len(got) != 3 || !slices.Contains(got, "resethsacache: failed: it did not end") {
			t.Errorf("acts: %q", got)
		}
	})
}
