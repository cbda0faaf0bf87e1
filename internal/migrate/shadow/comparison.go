package shadow

import (
	"time"

	"rivgate/internal/migrate/vplog"
	"rivgate/proxy"
	"rivgate/rivta"
	"rivgate/routing"
)

// mostGroups and mostReasons bound the report; what comes beyond is counted.
const (
	mostGroups  = 1000
	mostReasons = 100
)

// Comparison takes calls as VP logged them and counts where rivgate decides
// otherwise. It is not for concurrent use.
type Comparison struct {
	view      *proxy.View
	rehearsed *Rehearsals

	calls, same int64
	rehearsals  int64 // calls that were compared with a copy of theirs
	first, last time.Time
	unjudged    map[string]int64
	groups      map[groupKey]*Group
	leftOut     map[Kind]int64
}

// NewComparison compares with what view decides. rehearsed is what became of
// copies of the requests, nil if there are none.
func NewComparison(view *proxy.View, rehearsed *Rehearsals) *Comparison {
	return &Comparison{
		view: view, rehearsed: rehearsed,
		unjudged: make(map[string]int64), groups: make(map[groupKey]*Group), leftOut: make(map[Kind]int64),
	}
}

// own is rivgate's answer to a call.
type own struct {
	Outcome
	detail   string
	question routing.Question
	misread  string // what a copy of the request was read as, where VP read otherwise
	copied   bool
}

// Add compares one call.
func (s *Comparison) Add(c *vplog.Call) {
	s.calls++
	s.span(c.Start)
	vp, why := happened(c)
	if why != "" {
		s.unjudge(why)
		return
	}
	answer, why := s.answer(c, vp)
	if why != "" {
		s.unjudge(why)
		return
	}
	kind := kindOf(vp, answer.Outcome)
	if kind == "" && answer.misread != "" {
		kind = Misread
	}
	if kind == "" {
		s.same++
		return
	}
	s.differ(c, kind, vp, answer)
}

// answer is what became of the call's copy, else what is decided for what the
// log says of it.
func (s *Comparison) answer(c *vplog.Call, vp Outcome) (answer own, why string) {
	if r, ok := s.rehearsed.take(c.Trace); ok {
		s.rehearsals++
		return own{Outcome: r.Outcome, detail: r.Detail, question: r.question(c), misread: r.misread(c), copied: true}, ""
	}
	if why := judgeable(c, vp); why != "" {
		return own{}, why
	}
	answer.question = question(c)
	answer.Outcome, answer.detail = s.decide(answer.question)
	return answer, ""
}

func (s *Comparison) decide(q routing.Question) (o Outcome, detail string) {
	decision := routing.Decide(s.view.Routing, q, nil)
	o.Target = decision.Route.Address
	if failure := decision.Fault(); failure != nil {
		o.Code, detail = string(failure.Code), failure.Detail
	}
	return o, detail
}

// question is what VP read of a call, asked here. VP prints a Body without a
// child as null.
func question(c *vplog.Call) routing.Question {
	return routing.Question{
		Contract: c.Contract, HasContract: c.Contract != "null",
		Receiver: c.Receiver, HasReceiver: c.Receiver != "",
		Sender: c.Sender, Profile: rivta.Parse(c.Profile), At: c.Start,
	}
}

func (s *Comparison) span(at time.Time) {
	if at.IsZero() {
		return
	}
	if s.first.IsZero() || at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}

func (s *Comparison) unjudge(why string) {
	if _, known := s.unjudged[why]; !known && len(s.unjudged) >= mostReasons {
		why = "other reasons"
	}
	s.unjudged[why]++
}

// groupKey is what the calls of a group have in common.
type groupKey struct {
	kind     Kind
	contract string
	vp, own  string
	copied   bool
	misread  string
	row      int
	intended bool
}

// differ counts a difference in its group; the first of each is explained.
func (s *Comparison) differ(c *vplog.Call, kind Kind, vp Outcome, answer own) {
	row, intended := s.deviation(&answer.question, vp, answer.Outcome, answer.detail, c.Failed && c.Code == "")
	key := groupKey{kind, c.Contract, vp.String(), answer.String(), answer.copied, answer.misread, row, intended}
	group := s.groups[key]
	if group == nil {
		if len(s.groups) >= mostGroups {
			s.leftOut[kind]++
			return
		}
		group = &Group{
			Kind: kind, Contract: c.Contract, VP: vp, Own: answer.Outcome, Detail: answer.detail, Misread: answer.misread,
			Copied: answer.copied, Row: row, Intended: intended, Example: exampleOf(c),
		}
		if answer.question.Contract != "" {
			group.Explanation = s.view.Explain(answer.question)
		}
		s.groups[key] = group
	}
	group.Count++
}
