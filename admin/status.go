package admin

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"
)

// statusPage is VP's /status: its keys, in a logical order (VP's is that of a
// hash), all values text. What belongs to Java has the Go equivalent.
type statusPage struct {
	Name                string
	Version             string
	BuildTime           string
	ServiceStatus       string
	Uptime              string
	ManagementName      string
	JavaVersion         string
	CamelVersion        string
	TakCacheInitialized string
	TakCacheResetInfo   string
	HsaCacheInitialized string
	HsaCacheResetInfo   string
	JvmTotalMemory      string
	JvmFreeMemory       string
	JvmUsedMemory       string
	JvmMaxMemory        string
	DirectMemBufferPool string `json:",omitempty"` // ?memory
	NonHeapMemory       string `json:",omitempty"`
	NettyDirectMemory   string `json:",omitempty"`
	Endpoints           []string
}

// nettyPage is VP's /status?netty, for the one arena that Go has.
type nettyPage struct {
	DirectArena1 string
	NettyTotal   string
}

// status answers in VP's form, which is matched as raw text. VP also takes
// headers named memory and netty for the question; here only the query asks.
func (a *Admin) status(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	m := readMemory()
	var page any
	if query.Has("netty") {
		page = nettyPage{DirectArena1: m.arena(), NettyTotal: m.arenas()}
	} else {
		page = newStatusPage(a.o.State(), m, query.Has("memory"))
	}
	text, err := indented(page)
	if err != nil {
		writeText(w, http.StatusInternalServerError, "the status cannot be written\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, text)
}

func newStatusPage(s State, m memory, withMemory bool) statusPage {
	page := statusPage{
		Name:                "rivgate",
		Version:             s.Version,
		BuildTime:           buildTime(s.Built),
		ServiceStatus:       serviceStatus(s.Draining),
		Uptime:              uptime(time.Since(s.Started)),
		ManagementName:      s.Instance,
		JavaVersion:         runtime.Version(),
		CamelVersion:        s.Version,
		TakCacheInitialized: strconv.FormatBool(s.Catalogue.InForce),
		TakCacheResetInfo:   s.Catalogue.resetInfo(),
		HsaCacheInitialized: strconv.FormatBool(s.HSA.InForce),
		HsaCacheResetInfo:   s.HSA.resetInfo(),
		JvmTotalMemory:      size(m.total()),
		JvmFreeMemory:       size(m.total() - m.objects),
		JvmUsedMemory:       size(m.objects),
		JvmMaxMemory:        m.max(),
		Endpoints:           append([]string{}, s.Endpoints...), // none is [], not null
	}
	if withMemory {
		page.DirectMemBufferPool = m.bufferPool()
		page.NonHeapMemory = m.nonHeap()
		page.NettyDirectMemory = m.direct()
	}
	return page
}

func serviceStatus(draining bool) string {
	if draining {
		return "Stopping"
	}
	return "Started"
}

// buildTime is an instant to the millisecond, as Java prints it.
func buildTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func uptime(d time.Duration) string {
	seconds := int64(d / time.Second)
	return fmt.Sprintf("%d days, %d hours, %d minutes, %d seconds",
		seconds/86400, seconds/3600%24, seconds/60%60, seconds%60)
}

const resetTime = "2006-01-02T15:04"

func (s *CatalogueState) resetInfo() string {
	if len(s.Results) == 0 {
		return notInitialized
	}
	last := s.last()
	return fmt.Sprintf("Date:%s Status:%s vagval:%d behorigheter:%d",
		last.At.Format(resetTime), last.Status, last.Routes, last.Permissions)
}

func (s *HSAState) resetInfo() string {
	if len(s.Results) == 0 {
		return notInitialized
	}
	last := s.Results[0]
	return fmt.Sprintf("Date:%s Status:%t oldNum:%d newNum:%d",
		last.At.Format(resetTime), last.Error == "", last.Old, last.New)
}
