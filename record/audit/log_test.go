package audit

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// crowded is a disk on which only so much has room, and where things fail when
// they are told to.
type crowded struct {
	disk
	room      atomic.Int64  // bytes that can still be written
	renames   atomic.Bool   // fail
	stuck     chan struct{} // closed: writes go on; nil: they do
	truncate  atomic.Bool   // fails
	truncates atomic.Int64  // tries
}

func newCrowded(room int64) *crowded {
	c := &crowded{}
	c.room.Store(room)
	return c
}

func (c *crowded) open(path string) (file, error) {
	f, err := c.disk.open(path)
	return &crowdedFile{f, c}, err
}

func (c *crowded) rename(from, to string) error {
	if c.renames.Load() {
		return syscall.EACCES
	}
	return c.disk.rename(from, to)
}

type crowdedFile struct {
	file
	on *crowded
}

// Write writes what has room, as a disk does, and says that it was not all.
func (f *crowdedFile) Write(p []byte) (int, error) {
	if f.on.stuck != nil {
		<-f.on.stuck
	}
	n := min(f.on.room.Load(), int64(len(p)))
	f.on.room.Add(-n)
	wrote, err := f.file.Write(p[:n])
	if err == nil && wrote < len(p) {
		err = syscall.ENOSPC
	}
	return wrote, err
}

func (f *crowdedFile) Truncate(size int64) error {
	f.on.truncates.Add(1)
	if f.on.truncate.Load() {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

// eventually waits for what the writer brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

// linesOf are the lines of files, oldest first, after they were verified as one
// chain from its beginning.
func linesOf(t *testing.T, path string) (lines []written) {
	t.Helper()
	names, err := rotated(path)
	if err != nil {
		t.Fatal(err)
	}
	var contents [][]byte
	for _, name := range append(names, path) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, content)
		for line := range bytes.Lines(content) {
			lines = append(lines, readLine(t, line))
		}
	}
	if problems, _ := problemsIn(t, "", "", contents...); len(problems) > 0 {
		t.Fatalf("%v in %d lines", problems, len(lines))
	}
	return lines
}

// kinds are the lines' kinds, calls by their correlation id.
func kinds(lines []written) (all []string) {
	for _, line := range lines {
		switch line.Kind {
		case "call":
			all = append(all, line.Correlation)
		case "checkpoint", "stop":
			all = append(all, line.Kind)
		default:
			all = append(all, line.Kind+" "+line.Outcome)
		}
	}
	return all
}

// call adds a call of that correlation id.
func (log *Log) call(id string) {
	c := answered()
	c.CorrelationID = id
	log.Finished(c)
}

func logFile(t testing.TB) string { return filepath.Join(t.TempDir(), "audit.log") }

func closed(t *testing.T, log *Log) {
	t.Helper()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantKinds(t *testing.T, path string, want ...string) {
	t.Helper()
	if got := kinds(linesOf(t, path)); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestLinesFromStartToStop(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path})
	log.Finished(refused())
	log.Act("127.0.0.1:50000", "reload: failed: no such file")
	closed(t, log)
	lines := linesOf(t, path)
	if len(lines) != 4 {
		t.Fatalf("%+v", lines)
	}
	call := lines[1]
	call.Prev, call.Hash = "", ""
	if want := (written{
		Seq: 2, Time: time.Date(2026, 11, 21, 19, 24, 28, 307e6, time.UTC), Kind: "call",
		Sender: "SE0000000000-CONS1", Original: "SE0000000000-CONS1", Contract: "urn:riv:test:GetThingResponder:1", Receiver: "SE0000000000-UNIT1",
		Target: "https://producer.example.org:8443/thing", Outcome: "fault", Code: "VP007", Correlation: "7f2a61d2-8a2e-4c5b-9d55-52b3a0a1f001",
	}); call != want {
		t.Errorf("got  %+v\nwant %+v", call, want)
	}
	if act := lines[2]; act.Kind != "admin" || act.Sender != "127.0.0.1:50000" || act.Outcome != "reload: failed: no such file" {
		t.Errorf("%+v", act)
	}
	if lines[0].Outcome != "rivgate test" || lines[3].Kind != "stop" {
		t.Errorf("%+v", lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestChainGoesOnAfterRestart(t *testing.T) {
	path := logFile(t)
	for i := range 3 {
		log := mustOpen(t, Options{File: path})
		log.call(fmt.Sprint(i))
		closed(t, log)
	}
	wantKinds(t, path, "start rivgate test", "0", "stop", "start rivgate test", "1", "stop", "start rivgate test", "2", "stop")
}

// Nothing is lost or mixed up when many write and files are changed meanwhile.
func TestRotationWhileManyWrite(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path, Rotate: 20 << 10, Checkpoint: 100, Refuse: true})
	const writers, each = 8, 250
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			for j := range each {
				log.call(fmt.Sprintf("%d/%d", i, j))
			}
		})
	}
	writing.Wait()
	closed(t, log)
	counts, next := make(map[string]int), make(map[string]int)
	for _, line := range linesOf(t, path) {
		counts[line.Kind]++
		if line.Kind == "call" {
			writer, _, _ := strings.Cut(line.Correlation, "/")
			if want := fmt.Sprintf("%s/%d", writer, next[writer]); line.Correlation != want {
				t.Fatalf("%s where %s was to be", line.Correlation, want)
			}
			next[writer]++
		}
	}
	files, err := rotated(path)
	if err != nil {
		t.Fatal(err)
	}
	if counts["call"] != writers*each || counts["rotate"] != len(files) || len(files) < 20 || counts["checkpoint"] < writers*each/100 {
		t.Errorf("%v in %d files", counts, len(files)+1)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Size() < 20<<10 || info.Size() > 22<<10 {
			t.Errorf("%s: %v", file, info.Size())
		}
	}
}

func TestFilesTooSmallForALine(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path, Rotate: 1})
	for i := range 3 {
		log.call(fmt.Sprint(i))
	}
	closed(t, log)
	if lines := linesOf(t, path); len(lines) != 5+3 { // two lines a file; three begin one
		t.Errorf("%q", kinds(lines))
	}
}

// A file with the name that a file should be given is not replaced.
func TestRotationReplacesNothing(t *testing.T) {
	path := logFile(t)
	there := path + "-0000000000000001"
	if err := os.WriteFile(there, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openWith(Options{File: path}, disk{}, quick); err == nil {
		t.Fatal("the chain goes on from a file that is no audit log")
	}
	if err := os.Remove(there); err != nil {
		t.Fatal(err)
	}
	log := mustOpen(t, Options{File: path, Rotate: 1})
	if err := os.WriteFile(there, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	log.call("a")
	closed(t, log)
	if kept, err := os.ReadFile(there); err != nil || string(kept) != "kept" {
		t.Errorf("%q, %v", kept, err)
	}
	if _, err := os.Stat(there + ".2"); err != nil {
		t.Error(err)
	}
}

func TestRotationThatFails(t *testing.T) {
	path, c := logFile(t), newCrowded(math.MaxInt64)
	c.renames.Store(true)
	var told bytes.Buffer
	log, err := openWith(Options{File: path, Rotate: 1000, Logger: slog.New(slog.NewTextHandler(&told, nil))}, c, quick)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		log.call(fmt.Sprint(i))
	}
	closed(t, log)
	if lines := linesOf(t, path); len(lines) != 12 || strings.Count(told.String(), "no other file can be begun") != 1 {
		t.Errorf("%d lines; %s", len(lines), told.String())
	}
}

// A full disk: state, one message a change, no half lines, and all is written
// when there is room again.
func TestFullDisk(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		t.Run(fmt.Sprintf("refuse %v", refuse), func(t *testing.T) {
			path, c := logFile(t), newCrowded(1000)
			var told syncBuffer
			log, err := openWith(Options{File: path, Refuse: refuse, Checkpoint: 2, Logger: slog.New(slog.NewTextHandler(&told, nil))}, c, quick)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				log.call(fmt.Sprint(i))
			}
			eventually(t, "the failure", func() bool { return log.Status().Failing != "" })
			if err := log.Refusal(); (err != nil) != refuse {
				t.Errorf("refusal %v", err)
			}
			log.call("4")
			c.room.Store(100) // not enough for a line
			eventually(t, "another half line", func() bool { return c.room.Load() == 0 })
			c.truncate.Store(true)
			c.room.Store(math.MaxInt64)
			tried := c.truncates.Load()
			eventually(t, "another try", func() bool { return c.truncates.Load() > tried+1 })
			if c.room.Load() < math.MaxInt64 {
				t.Error("lines were written after half a line")
			}
			c.truncate.Store(false)
			eventually(t, "the recovery", func() bool { return log.Status().Failing == "" })
			if err := log.Refusal(); err != nil {
				t.Error(err)
			}
			closed(t, log)
			var calls []string
			for _, line := range linesOf(t, path) {
				if line.Kind == "call" {
					calls = append(calls, line.Correlation)
				}
			}
			if !slices.Equal(calls, []string{"0", "1", "2", "3", "4"}) || log.Status().Lost != 0 {
				t.Errorf("calls %v, %+v", calls, log.Status())
			}
			for _, text := range []string{"no line can be written", "lines are written again"} {
				if got := strings.Count(told.String(), text); got != 1 {
					t.Errorf("%d times %q:\n%s", got, text, told.String())
				}
			}
		})
	}
}

// What has no place in the queue is counted, and a line tells of it.
func TestLostLinesAreTold(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		t.Run(fmt.Sprintf("refuse %v", refuse), func(t *testing.T) {
			path, c := logFile(t), newCrowded(0)
			few := quick
			few.queue = 1000
			log, err := openWith(Options{File: path, Refuse: refuse}, c, few)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the failure", func() bool { return log.Status().Failing != "" })
			const calls = 20
			for i := range calls {
				log.call(fmt.Sprint(i))
			}
			lost := log.Status().Lost
			if lost == 0 || lost == calls {
				t.Fatalf("%d lines lost", lost)
			}
			c.room.Store(math.MaxInt64)
			eventually(t, "the recovery", func() bool { return log.Status().Failing == "" })
			log.call("after")
			closed(t, log)
			want := []string{"start rivgate test"}
			for i := range calls - int(lost) {
				want = append(want, fmt.Sprint(i))
			}
			wantKinds(t, path, append(want, fmt.Sprintf("gap %d lines lost", lost), "after", "stop")...)
		})
	}
}

// While the disk is only slow, refuse makes calls wait for it and continue does
// not.
func TestSlowDisk(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		t.Run(fmt.Sprintf("refuse %v", refuse), func(t *testing.T) {
			path, c := logFile(t), newCrowded(math.MaxInt64)
			c.stuck = make(chan struct{})
			few := quick
			few.queue = 1000
			log, err := openWith(Options{File: path, Refuse: refuse}, c, few)
			if err != nil {
				t.Fatal(err)
			}
			const calls = 20
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range calls {
					log.call(fmt.Sprint(i))
				}
			}()
			if refuse {
				eventually(t, "the refusal of calls", func() bool { return log.Refusal() != nil })
			} else {
				<-done
			}
			close(c.stuck)
			<-done
			closed(t, log)
			if lost := log.Status().Lost; (lost == 0) != refuse {
				t.Errorf("%d lines lost", lost)
			}
			if err := log.Refusal(); err != nil {
				t.Error(err)
			}
			linesOf(t, path)
		})
	}
}

// No call waits for ever.
func TestPatienceEnds(t *testing.T) {
	path, c := logFile(t), newCrowded(math.MaxInt64)
	c.stuck = make(chan struct{})
	few := quick
	few.queue, few.patience = 1000, time.Millisecond
	log, err := openWith(Options{File: path, Refuse: true}, c, few)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		log.call(fmt.Sprint(i))
	}
	close(c.stuck)
	closed(t, log)
	if log.Status().Lost == 0 {
		t.Error("nothing was lost")
	}
}

func TestStopWhileTheDiskIsFull(t *testing.T) {
	path, c := logFile(t), newCrowded(0)
	log, err := openWith(Options{File: path}, c, quick)
	if err != nil {
		t.Fatal(err)
	}
	log.call("a")
	err = log.Close()
	if err == nil || !strings.Contains(err.Error(), "the last 3 lines could not be written: ") || log.Status().Lost != 3 {
		t.Errorf("%v, %+v", err, log.Status())
	}
	log.call("late")
	if got := log.Status().Lost; got != 4 {
		t.Errorf("%d lines lost", got)
	}
}

// What a crash left half written is kept, and told of.
func TestTornEnd(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		path := logFile(t)
		log := mustOpen(t, Options{File: path})
		closed(t, log)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		torn := whole[:len(whole)-20] // within the stop line
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		log = mustOpen(t, Options{File: path, Refuse: refuse})
		closed(t, log)
		kept := path + ".torn-0000000000000002"
		tail := torn[bytes.IndexByte(torn, '\n')+1:]
		wantKinds(t, path, "start rivgate test", fmt.Sprintf("recovered %d bytes set aside in %s", len(tail), filepath.Base(kept)), "start rivgate test", "stop")
		if got, err := os.ReadFile(kept); err != nil || !bytes.Equal(got, tail) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// A crash at any byte leaves a log that goes on and verifies.
func TestCrashAtAnyByte(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path})
	log.call("a")
	closed(t, log)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := range len(whole) + 1 {
		path := filepath.Join(t.TempDir(), "audit.log")
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		log := mustOpen(t, Options{File: path, Refuse: true})
		closed(t, log)
		linesOf(t, path)
	}
}

// Whole lines that are not what was written are no crash.
func TestDamagedEnd(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path})
	log.call("a")
	closed(t, log)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Replace(whole, []byte(`"kind":"stop"`), []byte(`"kind":"Stop"`), 1)
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openWith(Options{File: path, Refuse: true}, disk{}, quick); !errors.Is(err, errDamage) {
		t.Errorf("refuse starts: %v", err)
	}
	log = mustOpen(t, Options{File: path})
	closed(t, log)
	if got := kinds(linesOf(t, path)); len(got) != 5 || !strings.HasPrefix(got[2], "recovered ") {
		t.Errorf("%q", got)
	}
}

func TestFilesThatAreNoAuditLog(t *testing.T) {
	for name, content := range map[string]string{"text": "Nov 21 syslog: hello\n", "text without end": "hello", "zeros": strings.Repeat("\x00", 5000), "long": strings.Repeat("x\n", lookBack)} {
		path := logFile(t)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openWith(Options{File: path}, disk{}, quick); !errors.Is(err, errNoLog) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%s was changed", name)
		}
	}
}

// A crash between the two steps of a rotation, and an operator who moves the
// file away while nothing runs.
func TestStartWithoutCurrentFile(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path})
	closed(t, log)
	if err := os.Rename(path, path+"-0000000000000001"); err != nil {
		t.Fatal(err)
	}
	log = mustOpen(t, Options{File: path})
	closed(t, log)
	wantKinds(t, path, "start rivgate test", "stop", "rotate after audit.log-0000000000000001", "start rivgate test", "stop")
}

// Somebody moves the file away while it is written.
func TestFileMovedAway(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path})
	log.call("a")
	eventually(t, "the line", func() bool { return log.Status().Head == 2 })
	if err := os.Rename(path, path+"-0000000000000001"); err != nil {
		t.Fatal(err)
	}
	log.call("b")
	closed(t, log)
	wantKinds(t, path, "start rivgate test", "a", "rotate the file before was moved or removed", "b", "stop")
}

// Somebody cuts the file while it is written: nothing is put in its place, and
// verifying shows it.
func TestFileCut(t *testing.T) {
	path := logFile(t)
	var told syncBuffer
	log := mustOpen(t, Options{File: path, Logger: slog.New(slog.NewTextHandler(&told, nil))})
	log.call("a")
	eventually(t, "the line", func() bool { return log.Status().Head == 2 })
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	log.call("b")
	closed(t, log)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	problems, _ := problemsIn(t, "", "", content)
	if want := []string{"f0:1: the chain begins with seq 3: what was before is missing"}; !slices.Equal(problems, want) {
		t.Errorf("%q", problems)
	}
	if !strings.Contains(told.String(), "somebody else has changed the file") {
		t.Errorf("the log does not say so:\n%s", told.String())
	}
}

func TestOneWriterAtATime(t *testing.T) {
	path := logFile(t)
	log := mustOpen(t, Options{File: path})
	if _, err := openWith(Options{File: path}, disk{}, quick); !errors.Is(err, errTaken) {
		t.Errorf("a second writer: %v", err)
	}
	closed(t, log)
	closed(t, mustOpen(t, Options{File: path}))
}

// Checkpoints are told elsewhere, with the head they have in the file.
func TestCheckpointsAreTold(t *testing.T) {
	path := logFile(t)
	var told syncBuffer
	log := mustOpen(t, Options{File: path, Checkpoint: 3, Logger: slog.New(slog.NewTextHandler(&told, nil))})
	for i := range 7 {
		log.call(fmt.Sprint(i))
	}
	closed(t, log)
	checkpoints := 0
	for _, line := range linesOf(t, path) {
		if line.Kind == "checkpoint" || line.Kind == "stop" {
			checkpoints++
			if want := fmt.Sprintf("result=%s seq=%d head=%s", line.Kind, line.Seq, line.Hash); !strings.Contains(told.String(), want) {
				t.Errorf("no %q in\n%s", want, told.String())
			}
		}
	}
	if checkpoints != 3 { // two of 8 lines, and the end
		t.Errorf("%d checkpoints", checkpoints)
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	if err := Writable(filepath.Join(dir, "audit.log")); err != nil {
		t.Error(err)
	}
	for _, path := range []string{filepath.Join(dir, "nowhere", "audit.log"), dir} {
		if Writable(path) == nil {
			t.Errorf("%s is writable", path)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it left %v", entries)
	}
}

// The cheapest of many runs counts, see record's test of the same kind.
func TestCallsCostNoAllocations(t *testing.T) {
	log := mustOpen(t, Options{File: logFile(t)})
	call := answered()
	least := 100.0
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() { log.Finished(call) }))
	}
	if least > 0 {
		t.Errorf("%v allocations", least)
	}
}

// syncBuffer is a buffer that several write to.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
