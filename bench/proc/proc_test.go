package proc_test

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"rivgate/bench/proc"
)

func TestOwnProcess(t *testing.T) {
	group, err := proc.Of(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	before, err := group.CPU()
	if err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(30 * time.Second); ; {
		used, err := group.CPU()
		if err != nil {
			t.Fatal(err)
		}
		if used-before >= 50*time.Millisecond {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("half a minute of work counts as %s", used-before)
		}
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	with, err := group.Descriptors()
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	if without, err := group.Descriptors(); err != nil || without != with-1 {
		t.Errorf("%d descriptors with a file and %d without, %v", with, without, err)
	}
}

// The peak remembers what has been given back, until it is told not to.
func TestPeak(t *testing.T) {
	group := proc.Group{os.Getpid()}
	if err := group.ResetPeak(); err != nil {
		t.Skip("this system lets nobody do that: ", err)
	}
	before, err := group.Peak()
	if err != nil {
		t.Fatal(err)
	}
	const much = 64 << 20
	block := make([]byte, much)
	for i := 0; i < len(block); i += os.Getpagesize() {
		block[i] = 1
	}
	runtime.KeepAlive(block)
	resident, err := group.Resident()
	if err != nil {
		t.Fatal(err)
	}
	if peak, err := group.Peak(); err != nil || peak < before+much/2 || peak < resident/2 {
		t.Errorf("the peak went from %d to %d with %d more held, %v", before, peak, much, err)
	}
}

func TestDescendants(t *testing.T) {
	parent := exec.Command("sh", "-c", "sleep 60 & wait")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var group proc.Group
	t.Cleanup(func() {
		for _, pid := range group {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		_ = parent.Wait()
	})
	for limit := time.Now().Add(30 * time.Second); len(group) < 2; {
		var err error
		if group, err = proc.Of(parent.Process.Pid); err != nil || time.Now().After(limit) {
			t.Fatalf("%v is all there is, %v", group, err)
		}
	}
	if group[0] != parent.Process.Pid {
		t.Errorf("the group begins with %d", group[0])
	}
}
