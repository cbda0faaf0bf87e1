package admin

import "time"

// State is the gateway as it is at one moment. Its times are printed in the
// zone they come with, except where said.
type State struct {
	Instance string // the instance's name; VP's ManagementName
	Version  string
	Built    time.Time // zero: unknown; printed in UTC
	Started  time.Time
	Draining bool
	// Endpoints are the base URLs of the plain listeners, without query; VP
	// does not list those with TLS.
	Endpoints []string
	Catalogue CatalogueState
	HSA       HSAState
	Audit     *AuditState // nil: there is no audit log
}

// AuditState is the audit log.
type AuditState struct {
	Failing  string // why no line can be written; empty: it can
	Refusing string // why no call is served for that; empty: calls are
	Lost     uint64 // lines since the start
}

// CatalogueState is the catalogue in force and how it came to be.
type CatalogueState struct {
	InForce     bool // calls can be decided
	Revision    string
	Origin      string    // where it was read from
	Loaded      time.Time // when its source said this; its age counts from here
	Routes      int
	Permissions int
	Results     []CatalogueResult // the last attempt to read it; empty before that
}

// CatalogueResult is one attempt to read the catalogue.
type CatalogueResult struct {
	At          time.Time // when it began
	Took        time.Duration
	Status      string // REFRESH_OK, REUSING_EXISTING_CACHE, RESTORED_FROM_LOCAL_CACHE or REFRESH_FAILED
	Routes      int    // in force after it
	Permissions int
	Error       string // why Status is not REFRESH_OK
	CopyError   string // why the local copy could not be written
}

// HSAState is the HSA tree in force and how it came to be.
type HSAState struct {
	InForce  bool // the files were read at least once
	Revision string
	Files    []string
	Created  time.Time // as the files state; zero: they do not
	Loaded   time.Time // when they were read; the tree's age counts from here
	Units    int
	Results  []HSAResult // the last attempts to read them, newest first
}

// HSAResult is one attempt to read the HSA files.
type HSAResult struct {
	At       time.Time
	Old, New int    // units before and after
	Error    string // why the tree from before stays
}

// last is the newest result, the zero one if there is none.
func (s *CatalogueState) last() CatalogueResult {
	if len(s.Results) == 0 {
		return CatalogueResult{}
	}
	return s.Results[0]
}

// refusing is why no call is served for want of an audit log.
func (s *AuditState) refusing() string {
	if s == nil {
		return ""
	}
	return s.Refusing
}

// NotReady says why calls should be sent elsewhere, nothing if they should come. A
// tree that could not be read is no reason: calls go on with the one from before.
func (s *State) NotReady() []string {
	var reasons []string
	if s.Draining {
		reasons = append(reasons, "draining")
	}
	if !s.Catalogue.InForce {
		reasons = append(reasons, "no catalogue: "+s.Catalogue.refreshStatus())
	}
	if why := s.Audit.refusing(); why != "" {
		reasons = append(reasons, "no audit log: "+why)
	}
	return reasons
}

// notInitialized is what VP says of a cache before the first attempt to fill it.
const notInitialized = "Not initialized"

func (s *CatalogueState) refreshStatus() string {
	if len(s.Results) == 0 {
		return notInitialized
	}
	return s.Results[0].Status
}
