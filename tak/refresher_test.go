package tak_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/tak"
)

var timeLine = regexp.MustCompile(`^Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)

// checkLines compares a report's lines with those expected after the first
// three, which are the same for all.
func checkLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) < 3 || got[0] != "Host: gateway.example.org" || !timeLine.MatchString(got[1]) || got[2] != "Initialize TAK cache resources..." {
		t.Fatalf("lines begin %q", got)
	}
	if !slices.Equal(got[3:], want) {
		t.Errorf("lines %s\nwant  %s", strings.Join(got[3:], "\n      "), strings.Join(want, "\n      "))
	}
}

func counts(permissions, routes int, ok bool) []string {
	return []string{
		fmt.Sprintf("Init TAK cache loaded number of permissions: %d", permissions),
		fmt.Sprintf("Init TAK cache loaded number of virtualizations: %d", routes),
		fmt.Sprintf("Init done, was successful: %t", ok),
	}
}

const (
	fetchedLine = "Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy..."
	reuseLine   = "Failed to get virtualizations and/or permissions from TAK, see logfiles for details. Will continue to use already loaded TAK data."
	restoreLine = "Failed to get virtualizations and/or permissions from TAK, see logfiles for details. Restore from local TAK copy..."
)

// refresher is a Refresher of a fake TAK that keeps its copy at path.
func refresher(t *testing.T, f *fakeTAK, path string) *tak.Refresher {
	t.Helper()
	return tak.NewRefresher(tak.Options{Client: f.client(t), LocalCopy: path, MaxShrink: 50, HostName: "gateway.example.org"})
}

// TestRefreshMatrix: VP's matrix of outcomes, but that both tables are replaced
// together or not at all.
func TestRefreshMatrix(t *testing.T) {
	fault := soapFault
	const inCopyRoutes, inCopyPermissions = 1, 1 // theCopy
	for _, test := range []struct {
		name                string
		warm                bool // 5 routes and 6 permissions are in force
		routes, permissions string
		copy                string // content before; "": there is none
		status              tak.Status
		inForce             [2]int
		asked               []string
		rewritten           bool
	}{
		{name: "cold, good", routes: routes(3), permissions: permissions(4), status: tak.RefreshOK, inForce: [2]int{3, 4}, asked: []string{getRoutes, getPermissions}, rewritten: true},
		{name: "cold, good, a copy is there", routes: routes(3), permissions: permissions(4), copy: theCopy, status: tak.RefreshOK, inForce: [2]int{3, 4}, asked: []string{getRoutes, getPermissions}, rewritten: true},
		{name: "warm, good", warm: true, routes: routes(3), permissions: permissions(4), status: tak.RefreshOK, inForce: [2]int{3, 4}, asked: []string{getRoutes, getPermissions}, rewritten: true},
		{name: "warm, permissions fail", warm: true, routes: routes(3), permissions: fault, status: tak.ReusingExisting, inForce: [2]int{5, 6}, asked: []string{getRoutes, getPermissions}},
		{name: "warm, permissions empty", warm: true, routes: routes(3), permissions: permissions(0), status: tak.ReusingExisting, inForce: [2]int{5, 6}, asked: []string{getRoutes, getPermissions}},
		{name: "warm, routes fail", warm: true, routes: fault, permissions: permissions(4), status: tak.ReusingExisting, inForce: [2]int{5, 6}, asked: []string{getRoutes}},
		{name: "warm, routes empty", warm: true, routes: routes(0), permissions: permissions(4), status: tak.ReusingExisting, inForce: [2]int{5, 6}, asked: []string{getRoutes}},
		{name: "cold, permissions fail, readable copy", routes: routes(3), permissions: fault, copy: theCopy, status: tak.RestoredFromLocal, inForce: [2]int{inCopyRoutes, inCopyPermissions}, asked: []string{getRoutes, getPermissions}},
		{name: "cold, permissions fail, no copy", routes: routes(3), permissions: fault, status: tak.RefreshFailed, asked: []string{getRoutes, getPermissions}},
		{name: "cold, routes fail, readable copy", routes: fault, permissions: permissions(4), copy: theCopy, status: tak.RestoredFromLocal, inForce: [2]int{inCopyRoutes, inCopyPermissions}, asked: []string{getRoutes}},
		{name: "cold, routes fail, bad copy", routes: fault, permissions: permissions(4), copy: theCopy[:200], status: tak.RefreshFailed, asked: []string{getRoutes}},
		{name: "cold, routes fail, copy of one table", routes: fault, permissions: permissions(4), copy: copyWith(copyRoute), status: tak.RefreshFailed, asked: []string{getRoutes}},
		{name: "cold, routes fail, empty copy", routes: fault, permissions: permissions(4), copy: copyWith(""), status: tak.RefreshFailed, asked: []string{getRoutes}},
		{name: "cold, routes empty, no copy", routes: routes(0), permissions: permissions(4), status: tak.RefreshFailed, asked: []string{getRoutes}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newTAK(t)
			path := filepath.Join(t.TempDir(), "tak-cache.xml")
			r := refresher(t, f, path)
			if test.warm {
				f.give(routes(5), permissions(6))
				if report := r.Refresh(context.Background()); report.Status != tak.RefreshOK {
					t.Fatalf("warming up: %+v", report)
				}
				f.operations()
			}
			if test.copy != "" {
				if err := os.WriteFile(path, []byte(test.copy), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before, _ := os.ReadFile(path)
			f.give(test.routes, test.permissions)
			report := r.Refresh(context.Background())
			if report.Status != test.status || [2]int{report.Routes, report.Permissions} != test.inForce {
				t.Errorf("status %s, %d routes, %d permissions: %v", report.Status, report.Routes, report.Permissions, report.Err)
			}
			if (report.Err == nil) != (test.status == tak.RefreshOK) {
				t.Errorf("error %v", report.Err)
			}
			if asked := f.operations(); !slices.Equal(asked, test.asked) {
				t.Errorf("asked for %v, want %v", asked, test.asked)
			}
			if after, _ := os.ReadFile(path); (string(after) != string(before)) != test.rewritten {
				t.Errorf("copy before %q\nafter %q", before, after)
			}
			checkCurrent(t, r, test.inForce)
			checkFolder(t, path)
		})
	}
}

func checkCurrent(t *testing.T, r *tak.Refresher, want [2]int) {
	t.Helper()
	c := r.Current()
	if c == nil {
		if want != [2]int{} {
			t.Error("no catalogue is in force")
		}
		return
	}
	if got := [2]int{c.RouteCount(), c.PermissionCount()}; got != want {
		t.Errorf("in force are %v, want %v", got, want)
	}
}

// checkFolder: nothing but the copy is left behind.
func checkFolder(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != filepath.Base(path) {
			t.Errorf("%s is left behind", entry.Name())
		}
	}
}

// TestLines: the report is VP's, line by line.
func TestLines(t *testing.T) {
	f := newTAK(t)
	path := filepath.Join(t.TempDir(), "tak-cache.xml")
	refresh := func(r *tak.Refresher) []string { return r.Refresh(context.Background()).Lines }

	f.give(soapFault, permissions(4))
	checkLines(t, refresh(refresher(t, f, path)), append([]string{
		restoreLine,
		"Failed to restore virtualizations and permissions from local TAK copy: " + path,
		"Reason for failure: java.lang.IllegalArgumentException: " + path + " (No such file or directory)",
	}, counts(0, 0, false)...)...)
	checkLines(t, refresh(refresher(t, f, "")), append([]string{
		restoreLine,
		"Failed to restore virtualizations and permissions from local TAK copy: null",
		"Reason for failure: No filename defined for local cache",
	}, counts(0, 0, false)...)...)

	f.give(routes(3), permissions(4))
	r := refresher(t, f, path)
	checkLines(t, refresh(r), append([]string{
		fetchedLine,
		"Succesfully saved virtualizations and permissions to local TAK copy: " + path,
	}, counts(4, 3, true)...)...)

	f.give(soapFault, permissions(4))
	checkLines(t, refresh(r), append([]string{reuseLine}, counts(4, 3, true)...)...)
	checkLines(t, refresh(refresher(t, f, path)), append([]string{
		restoreLine,
		"Succesfully restored virtualizations and permissions from local TAK copy: " + path,
	}, counts(4, 3, true)...)...)

	f.give(routes(3), permissions(4))
	checkLines(t, refresh(refresher(t, f, "")), append([]string{
		fetchedLine,
		"Failed to save virtualizations and permissions to local TAK copy: null",
		"Reason for failure: No filename defined for local cache",
	}, counts(4, 3, true)...)...)
}

// TestCopyCannotBeWritten: the status stays good, and the report tells.
func TestCopyCannotBeWritten(t *testing.T) {
	f := newTAK(t)
	f.give(routes(3), permissions(4))
	path := filepath.Join(t.TempDir(), "missing", "tak-cache.xml")
	r := refresher(t, f, path)
	report := r.Refresh(context.Background())
	if report.Status != tak.RefreshOK || report.Err != nil || !errors.Is(report.CopyErr, os.ErrNotExist) {
		t.Errorf("%+v", report)
	}
	if line := "Failed to save virtualizations and permissions to local TAK copy: " + path; !slices.Contains(report.Lines, line) {
		t.Errorf("lines %q", report.Lines)
	}
	checkCurrent(t, r, [2]int{3, 4})
}

func TestCopyKeepsItsMode(t *testing.T) {
	f := newTAK(t)
	f.give(routes(3), permissions(4))
	folder := t.TempDir()
	path, link := filepath.Join(folder, "tak-cache.xml"), filepath.Join(t.TempDir(), "link.xml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	mode := func() os.FileMode {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	refresher(t, f, path).Refresh(context.Background())
	if mode() != 0o600 {
		t.Errorf("a new copy has mode %v", mode())
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	f.give(routes(5), permissions(4))
	refresher(t, f, link).Refresh(context.Background())
	if mode() != 0o640 {
		t.Errorf("a replaced copy has mode %v", mode())
	}
	if c, err := tak.ReadCopy(path, nil); err != nil || c.RouteCount() != 5 {
		t.Errorf("behind the link: %v, %v", c, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link has become %v, %v", info, err)
	}
}

func TestShrinkIsRefused(t *testing.T) {
	for _, test := range []struct {
		name                string
		maxShrink           int
		routes, permissions int // offered; 10 and 20 are in force
		reason              string
	}{
		{"half is accepted", 50, 5, 10, ""},
		{"more than half of the routes", 50, 4, 20, "the number of virtualizations would fall from 10 to 4, by more than 50 percent"},
		{"more than half of the permissions", 50, 10, 9, "the number of permissions would fall from 20 to 9, by more than 50 percent"},
		{"growth", 0, 11, 21, ""},
		{"none may go", 0, 10, 19, "the number of permissions would fall from 20 to 19, by more than 0 percent"},
		{"all may go", 100, 1, 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newTAK(t)
			path := filepath.Join(t.TempDir(), "tak-cache.xml")
			r := tak.NewRefresher(tak.Options{Client: f.client(t), LocalCopy: path, MaxShrink: test.maxShrink, HostName: "gateway.example.org"})
			f.give(routes(10), permissions(20))
			r.Refresh(context.Background())
			before := readFile(t, path)
			f.give(routes(test.routes), permissions(test.permissions))
			report := r.Refresh(context.Background())
			if test.reason == "" {
				checkCurrent(t, r, [2]int{test.routes, test.permissions})
				if report.Status != tak.RefreshOK {
					t.Errorf("%+v", report)
				}
				return
			}
			checkCurrent(t, r, [2]int{10, 20})
			checkLines(t, report.Lines, append([]string{
				reuseLine,
				"Reason for failure: REUSING_EXISTING_CACHE: " + test.reason,
			}, counts(20, 10, true)...)...)
			if _, ok := errors.AsType[*tak.ShrinkError](report.Err); !ok || report.Status != tak.ReusingExisting {
				t.Errorf("%+v", report)
			}
			if readFile(t, path) != before {
				t.Error("the copy was changed")
			}
		})
	}
}

// TestFileAsOnlySource: each refresh reads the file anew.
func TestFileAsOnlySource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tak.xml")
	r := tak.NewRefresher(tak.Options{File: path, MaxShrink: 50, HostName: "gateway.example.org"})
	refresh := func(content string) tak.Report {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return r.Refresh(context.Background())
	}
	report := r.Refresh(context.Background())
	checkLines(t, report.Lines, append([]string{
		"Failed to restore virtualizations and permissions from local TAK copy: " + path,
		"Reason for failure: java.lang.IllegalArgumentException: " + path + " (No such file or directory)",
	}, counts(0, 0, false)...)...)
	if report.Status != tak.RefreshFailed || r.Current() != nil {
		t.Errorf("%+v", report)
	}
	report = refresh(theCopy)
	checkLines(t, report.Lines, append([]string{
		"Succesfully restored virtualizations and permissions from local TAK copy: " + path,
	}, counts(1, 1, true)...)...)
	if report.Status != tak.RefreshOK || report.Err != nil {
		t.Errorf("%+v", report)
	}
	report = refresh(copyWith(strings.Repeat(copyRoute, 9) + strings.Repeat(copyPermission, 9)))
	if report.Status != tak.RefreshOK {
		t.Errorf("%+v", report)
	}
	checkCurrent(t, r, [2]int{9, 9})
	if report = refresh(theCopy[:300]); report.Status != tak.ReusingExisting || report.Err == nil {
		t.Errorf("a damaged file: %+v", report)
	}
	if report = refresh(theCopy); report.Status != tak.ReusingExisting {
		t.Errorf("a shrunken file: %+v", report)
	}
	checkCurrent(t, r, [2]int{9, 9})
}

// TestCallersShareARun: whoever comes during an attempt gets its report.
func TestCallersShareARun(t *testing.T) {
	f := newTAK(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	f.on(getRoutes, func(w http.ResponseWriter, r *http.Request) {
		close(arrived) // a second attempt would panic
		<-release
		says(200, routes(3))(w, r)
	})
	f.on(getPermissions, says(200, permissions(4)))
	r := refresher(t, f, "")
	reports := make(chan tak.Report)
	join := func() { reports <- r.Refresh(context.Background()) }
	go join()
	<-arrived
	for range 7 {
		go join()
	}
	left, leave := context.WithCancel(context.Background())
	time.AfterFunc(time.Millisecond, leave)
	if report := r.Refresh(left); !errors.Is(report.Err, context.Canceled) || report.Status != tak.RefreshFailed {
		t.Errorf("a caller that left: %+v", report)
	}
	waitForRefreshers(t, 8)
	close(release)
	for range 8 {
		if report := <-reports; report.Status != tak.RefreshOK || report.Routes != 3 {
			t.Errorf("%+v", report)
		}
	}
	if asked := f.operations(); len(asked) != 2 {
		t.Errorf("asked for %v", asked)
	}
}

// waitForRefreshers returns once n goroutines are inside Refresh.
func waitForRefreshers(t *testing.T, n int) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		all := string(stacks[:runtime.Stack(stacks, true)])
		if strings.Count(all, "tak.(*Refresher).Refresh(") == n {
			return
		}
	}
	t.Fatalf("%d callers never waited together", n)
}

// TestBackgroundHeals: a start without TAK heals by itself, and the pause is
// the interval once all is well. TAK is a file here: time is simulated.
func TestBackgroundHeals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tak.xml")
	synctest.Test(t, func(t *testing.T) {
		changes := 0
		r := tak.NewRefresher(tak.Options{
			File: path, MaxShrink: 50, Retry: 10 * time.Second, Interval: time.Hour,
			OnChange: func(*tak.Catalogue) { changes++ },
		})
		start := time.Now()
		ctx, stop := context.WithCancel(context.Background())
		r.Refresh(ctx)
		ended := make(chan struct{})
		go func() { defer close(ended); r.Run(ctx) }()
		check := func(at time.Duration, status tak.Status, attempt time.Duration, wantChanges int) {
			t.Helper()
			time.Sleep(time.Until(start.Add(at)))
			synctest.Wait()
			last, ok := r.Last()
			if !ok || last.Status != status || last.At.Sub(start) != attempt || changes != wantChanges {
				t.Errorf("after %v: %+v at %v, %d changes", at, last.Status, last.At.Sub(start), changes)
			}
		}
		check(9*time.Second, tak.RefreshFailed, 0, 0)
		check(35*time.Second, tak.RefreshFailed, 30*time.Second, 0)
		if !r.LastSuccess().IsZero() {
			t.Error("a success before any")
		}
		write(t, path, theCopy)
		check(45*time.Second, tak.RefreshOK, 40*time.Second, 1)
		check(59*time.Minute, tak.RefreshOK, 40*time.Second, 1)
		write(t, path, "damaged")
		check(time.Hour+45*time.Second, tak.ReusingExisting, time.Hour+40*time.Second, 1)
		if got := r.LastSuccess().Sub(start); got != 40*time.Second {
			t.Errorf("last success at %v", got)
		}
		check(time.Hour+55*time.Second, tak.ReusingExisting, time.Hour+50*time.Second, 1)
		write(t, path, theCopy)
		check(time.Hour+65*time.Second, tak.RefreshOK, time.Hour+60*time.Second, 2)
		stop()
		<-ended
	})
}

// TestManualFailureIsRetried: without interval, a failed reset is retried in
// the background.
func TestManualFailureIsRetried(t *testing.T) {
	path := writeFile(t, theCopy)
	synctest.Test(t, func(t *testing.T) {
		r := tak.NewRefresher(tak.Options{File: path, Retry: 10 * time.Second})
		ctx, stop := context.WithCancel(context.Background())
		r.Refresh(ctx)
		go r.Run(ctx)
		time.Sleep(100 * time.Hour)
		write(t, path, "damaged")
		if report := r.Refresh(ctx); report.Status != tak.ReusingExisting {
			t.Fatalf("%+v", report)
		}
		failed := time.Now()
		write(t, path, theCopy)
		time.Sleep(11 * time.Second)
		if last, _ := r.Last(); last.Status != tak.RefreshOK || last.At.Sub(failed) != 10*time.Second {
			t.Errorf("%+v", last)
		}
		stop()
		synctest.Wait()
	})
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTAKGoesAndComes: over a real socket, with a real TAK that stops.
func TestTAKGoesAndComes(t *testing.T) {
	f := newTAK(t)
	f.give(routes(3), permissions(4))
	path := filepath.Join(t.TempDir(), "tak-cache.xml")
	away := newClient(t, tak.ClientOptions{Address: closedAddress(t)})
	if report := refresher(t, f, path).Refresh(context.Background()); report.Status != tak.RefreshOK {
		t.Fatalf("%+v", report)
	}
	changed := make(chan *tak.Catalogue, 10)
	r := tak.NewRefresher(tak.Options{Client: away, LocalCopy: path, MaxShrink: 50, OnChange: func(c *tak.Catalogue) { changed <- c }})
	report := r.Refresh(context.Background())
	if c := <-changed; report.Status != tak.RestoredFromLocal || c.Origin() != tak.FromCopy || c != r.Current() {
		t.Errorf("%+v", report)
	}

	f.on(getRoutes, says(503, ""))
	r = tak.NewRefresher(tak.Options{Client: f.client(t), LocalCopy: path, MaxShrink: 50, Retry: time.Millisecond, OnChange: func(c *tak.Catalogue) { changed <- c }})
	r.Refresh(context.Background())
	<-changed
	ctx, stop := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Go(func() { r.Run(ctx) })
	f.on(getRoutes, says(200, routes(5)))
	if c := <-changed; c.Origin() != tak.FromTAK || c.RouteCount() != 5 {
		t.Errorf("healed with %d routes from %s", c.RouteCount(), c.Origin())
	}
	r.Refresh(ctx) // the attempt that healed goes on after the change: it saves the copy
	stop()
	background.Wait()
}

// closedAddress is an address nobody listens on.
func closedAddress(t *testing.T) string {
	f := newTAK(t)
	f.Close()
	return f.URL
}

// TestRefreshBesideCalls: a first refresh is made at full speed; with a catalogue in
// force it leaves most of the time to calls, and its rests are not held against TAK.
func TestRefreshBesideCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := toilsome{getRoutes: routes(300), getPermissions: permissions(300)}
		client, err := tak.NewClient(tak.ClientOptions{
			Address: "http://tak.example.org/", HTTP: &http.Client{Transport: answers}, Timeout: answers.toil() * 3 / 4, // for each
		})
		if err != nil {
			t.Fatal(err)
		}
		r := tak.NewRefresher(tak.Options{Client: client, MaxShrink: 50})
		refresh := func() time.Duration {
			report := r.Refresh(t.Context())
			if report.Status != tak.RefreshOK {
				t.Fatalf("%+v", report)
			}
			return report.Took
		}
		if took := refresh(); took != answers.toil() {
			t.Errorf("%s of work took %s while nothing was in force", answers.toil(), took)
		}
		if took := refresh(); took < 2*answers.toil() {
			t.Errorf("%s of work took only %s beside calls", answers.toil(), took)
		}
	})
}

// toilsome answers operations so that time passes with every byte read: on a clock
// that stands still while a test works, reading stands for the work.
type toilsome map[string]string

const toilForByte = 100 * time.Nanosecond

// toil is how long reading all answers takes.
func (a toilsome) toil() time.Duration {
	return toilForByte * time.Duration(len(a[getRoutes])+len(a[getPermissions]))
}

func (a toilsome) RoundTrip(r *http.Request) (*http.Response, error) {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	operation := getRoutes
	if strings.Contains(string(asked), getPermissions) {
		operation = getPermissions
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: &toilsomeBody{r.Context(), strings.NewReader(a[operation])}}, nil
}

// toilsomeBody ends with its request's context, as a connection does.
type toilsomeBody struct {
	request context.Context
	*strings.Reader
}

func (b *toilsomeBody) Read(p []byte) (int, error) {
	if b.request.Err() != nil {
		return 0, context.Cause(b.request)
	}
	n, err := b.Reader.Read(p[:min(len(p), 100)])
	time.Sleep(toilForByte * time.Duration(n))
	return n, err
}

func (b *toilsomeBody) Close() error { return nil }

// TestCloseEndsTheAttempt: what a closed Refresher was reading is neither put in force
// nor saved, and leaves no file behind.
func TestCloseEndsTheAttempt(t *testing.T) {
	f := newTAK(t)
	f.give(routes(3), permissions(4))
	folder := t.TempDir()
	path := filepath.Join(folder, "tak-cache.xml")
	var attempts atomic.Int32
	r := tak.NewRefresher(tak.Options{Client: f.client(t), LocalCopy: path, MaxShrink: 100, OnAttempt: func(tak.Report) { attempts.Add(1) }})
	if report := r.Refresh(t.Context()); report.Status != tak.RefreshOK {
		t.Fatalf("%+v", report)
	}
	saved, before := readFile(t, path), r.Current()
	asked, answer := make(chan struct{}), make(chan struct{})
	f.on(getPermissions, func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
	})
	f.on(getRoutes, says(200, routes(5)))
	left := make(chan tak.Report)
	go func() { left <- r.Refresh(t.Context()) }()
	<-asked
	r.Close()
	close(answer)
	if report := <-left; report.Status != tak.ReusingExisting || !errors.Is(report.Err, context.Canceled) {
		t.Errorf("%+v", report)
	}
	if report := r.Refresh(t.Context()); report.Status != tak.ReusingExisting || !errors.Is(report.Err, context.Canceled) {
		t.Errorf("refreshed after Close: %+v", report)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || readFile(t, path) != saved || r.Current() != before || attempts.Load() != 1 {
		t.Errorf("files %v, %v; %d attempts told", entries, err, attempts.Load())
	}
}
