// Package proc tells what processes have used, as Linux counts it.
package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Group is a process and its descendants, at the time it was asked for.
type Group []int

// tick is what the kernel counts processor time in towards programs
// (USER_HZ): a hundredth of a second on every architecture Go runs on.
const tick = time.Second / 100

// Of is the group of the process given.
func Of(pid int) (Group, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, path := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		fields, err := stat(child)
		if err != nil {
			continue // it has ended since
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	group := Group{pid}
	for i := 0; i < len(group); i++ {
		group = append(group, children[group[i]]...)
	}
	return group, nil
}

// CPU is the processor time the group has used, in user and kernel mode, by
// all threads, ended ones included.
func (g Group) CPU() (time.Duration, error) {
	var ticks int64
	for _, pid := range g {
		fields, err := stat(pid)
		if err != nil {
			return 0, err
		}
		for _, field := range fields[11:13] { // utime, stime
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * tick, nil
}

// stat is /proc/PID/stat after the name of the command: the state comes first
// (proc(5) counts it as the third field).
func stat(pid int) ([]string, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	text := string(content)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return nil, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	return fields, nil
}

// Resident is the memory the group holds, in bytes. What processes share is
// counted for each.
func (g Group) Resident() (int64, error) { return g.status("VmRSS") }

// Peak is the most each has held since ResetPeak, added up.
func (g Group) Peak() (int64, error) { return g.status("VmHWM") }

// ResetPeak makes Peak begin anew.
func (g Group) ResetPeak() error {
	for _, pid := range g {
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
			return err
		}
	}
	return nil
}

// status adds up a field of /proc/PID/status that is given in kB.
func (g Group) status(field string) (int64, error) {
	var sum int64
	for _, pid := range g {
		path := fmt.Sprintf("/proc/%d/status", pid)
		content, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		_, after, found := strings.Cut(string(content), "\n"+field+":")
		values := strings.Fields(after)
		if !found || len(values) < 2 || values[1] != "kB" {
			return 0, fmt.Errorf("%s: no %s", path, field)
		}
		kilobytes, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		sum += kilobytes << 10
	}
	return sum, nil
}

// Descriptors is how many files and sockets the group has open.
func (g Group) Descriptors() (int, error) {
	open := 0
	for _, pid := range g {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			return 0, err
		}
		open += len(entries)
	}
	return open, nil
}
