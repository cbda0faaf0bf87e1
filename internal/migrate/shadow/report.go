package shadow

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"rivgate/internal/migrate/vplog"
	"rivgate/proxy"
)

// Report is what a comparison found. Its JSON form is a contract. It holds ids
// and addresses, and nothing of what callers sent.
type Report struct {
	Log       vplog.Counts        `json:"log"`
	First     time.Time           `json:"first,omitzero"` // when the first call began
	Last      time.Time           `json:"last,omitzero"`
	Calls     int64               `json:"calls"`
	Same      int64               `json:"same"`
	Intended  int64               `json:"intended"`  // differences that docs/deviations.md explains
	Different int64               `json:"different"` // the others
	Unjudged  map[string]int64    `json:"not_judged"`
	Rehearsed Rehearsed           `json:"rehearsed"`
	Groups    []*Group            `json:"groups"`
	LeftOut   map[Kind]int64      `json:"groups_left_out,omitempty"` // calls in groups beyond the report's size
	View      proxy.ExplainedView `json:"view"`
}

// Rehearsed tells of copies of requests.
type Rehearsed struct {
	Taken    int64            `json:"taken"`
	Compared int64            `json:"compared"`          // with VP's log
	Unkept   int64            `json:"unkept"`            // without an id, broken off, or more than wait for VP's log
	Results  map[string]int64 `json:"results,omitempty"` // by code, "" for those that would be made

	Unusable      int64      `json:"unusable"` // files that hold no whole request, which were not taken
	UnusableFiles []Unusable `json:"unusable_files,omitempty"`
}

// Unusable is a file that holds no copy of a request, or not a whole one.
type Unusable struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Group is differences of one kind.
type Group struct {
	Kind        Kind              `json:"kind"`
	Count       int64             `json:"count"`
	Contract    string            `json:"contract"`
	VP          Outcome           `json:"vp"`
	Own         Outcome           `json:"rivgate"`
	Detail      string            `json:"detail,omitempty"`  // of rivgate's fault
	Misread     string            `json:"misread,omitempty"` // what rivgate read otherwise
	Copied      bool              `json:"copied"`            // known from copies of the requests
	Row         int               `json:"row,omitempty"`     // of docs/deviations.md
	Intended    bool              `json:"intended"`
	Example     Example           `json:"example"`
	Explanation proxy.Explanation `json:"explanation"`
}

// Example is one call of a group.
type Example struct {
	At          time.Time `json:"at,omitzero"`
	Trace       string    `json:"trace"`
	Transaction string    `json:"transaction"`
	Sender      string    `json:"sender"`
	Original    string    `json:"original,omitempty"`
	Receiver    string    `json:"receiver"`
	Profile     string    `json:"profile,omitempty"`
}

func exampleOf(c *vplog.Call) Example {
	return Example{c.Start, c.Trace, c.Transaction, c.Sender, c.Original, c.Receiver, c.Profile}
}

// Report tells what was found so far.
func (s *Comparison) Report(log vplog.Counts) *Report {
	r := &Report{
		Log: log, First: s.first, Last: s.last, Calls: s.calls, Same: s.same,
		Unjudged: s.unjudged, LeftOut: s.leftOut, Rehearsed: s.rehearsed.told(), Groups: slices.Collect(maps.Values(s.groups)),
		View: s.view.Explained(),
	}
	r.Rehearsed.Compared = s.rehearsals
	for _, group := range r.Groups {
		if group.Intended {
			r.Intended += group.Count
		} else {
			r.Different += group.Count
		}
	}
	for _, count := range s.leftOut {
		r.Different += count
	}
	slices.SortFunc(r.Groups, func(a, b *Group) int {
		return cmp.Or(
			order(a)-order(b),
			cmp.Compare(b.Count, a.Count),
			cmp.Compare(a.Contract, b.Contract),
			cmp.Compare(a.VP.String()+" "+a.Own.String()+" "+a.Misread, b.VP.String()+" "+b.Own.String()+" "+b.Misread),
		)
	})
	return r
}

// order is gravest first, and last what is intended.
func order(g *Group) int {
	if g.Intended {
		return len(kinds)
	}
	return slices.Index(kinds, g.Kind)
}

func (r *Rehearsals) told() Rehearsed {
	if r == nil {
		return Rehearsed{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return Rehearsed{
		Taken: r.taken, Unkept: r.unkept, Results: maps.Clone(r.byResult),
		Unusable: r.unusable, UnusableFiles: slices.Clone(r.unusableFiles),
	}
}

// Failed tells why a comparison is no agreement, nil if it is one.
func (r *Report) Failed() error {
	var why []error
	failed := func(failed bool, format string, values ...any) {
		if failed {
			why = append(why, fmt.Errorf(format, values...))
		}
	}
	copies := &r.Rehearsed
	failed(r.Different > 0, "calls that are different: %d", r.Different)
	failed(r.Judged() == 0, "nothing was compared: no call in a log could be judged")
	failed(r.Judged() > 0 && copies.Taken > 0 && copies.Compared == 0,
		"no copy was compared: none has the correlation id of a call in the log")
	failed(copies.Unusable > 0, "copies that cannot be used: %d", copies.Unusable)
	failed(len(r.Log.Damaged) > 0, "damaged files of the log: %d", len(r.Log.Damaged))
	return errors.Join(why...)
}

// Judged is how many calls could be compared.
func (r *Report) Judged() int64 { return r.Same + r.Intended + r.Different }

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
