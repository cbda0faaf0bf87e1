package tak

import (
	"fmt"
	"time"
)

// Status is how an attempt to refresh ended; the words are VP's.
type Status string

// The statuses. After all but RefreshFailed a catalogue is in force.
const (
	RefreshOK         Status = "REFRESH_OK"                // a new catalogue, from the source it is configured to come from
	ReusingExisting   Status = "REUSING_EXISTING_CACHE"    // failed, the running catalogue stays
	RestoredFromLocal Status = "RESTORED_FROM_LOCAL_CACHE" // failed, the local copy was read instead
	RefreshFailed     Status = "REFRESH_FAILED"            // failed, there is no catalogue
)

// Report is one attempt to refresh.
type Report struct {
	Status Status
	// Lines are VP's log lines in order, as /resetcache prints them.
	Lines       []string
	Routes      int // in force after the attempt
	Permissions int
	At          time.Time // when the attempt began
	Took        time.Duration
	Err         error // why Status is not RefreshOK
	CopyErr     error // why the local copy could not be written
}

// Initialized is what VP means by it: calls can be decided.
func (r Report) Initialized() bool { return r.Status != RefreshFailed }

func (r *Report) say(format string, args ...any) {
	r.Lines = append(r.Lines, fmt.Sprintf(format, args...))
}

// VP's lines, spelling included: other systems match on them.
const (
	lineHost         = "Host: %s"
	lineTime         = "Time: %s"
	lineInitialize   = "Initialize TAK cache resources..."
	lineFetched      = "Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy..."
	lineSaved        = "Succesfully saved virtualizations and permissions to local TAK copy: %s"
	lineNotSaved     = "Failed to save virtualizations and permissions to local TAK copy: %s"
	lineReason       = "Reason for failure: %v"
	lineReuse        = "Failed to get virtualizations and/or permissions from TAK, see logfiles for details. Will continue to use already loaded TAK data."
	lineRestore      = "Failed to get virtualizations and/or permissions from TAK, see logfiles for details. Restore from local TAK copy..."
	lineRestored     = "Succesfully restored virtualizations and permissions from local TAK copy: %s"
	lineNotRestored  = "Failed to restore virtualizations and permissions from local TAK copy: %s"
	linePermissions  = "Init TAK cache loaded number of permissions: %d"
	lineRoutes       = "Init TAK cache loaded number of virtualizations: %d"
	lineDone         = "Init done, was successful: %t"
	timeLayout       = "2006-01-02 15:04:05"
	noFileName       = "null" // how VP prints that no file is configured
	missingFileCause = "java.lang.IllegalArgumentException: %s (No such file or directory)"
)
