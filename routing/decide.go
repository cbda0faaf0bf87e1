package routing

import (
	"strings"

	"rivgate/fault"
	"rivgate/rivta"
)

// Decide answers a question from a view. It is pure: the same question to the
// same view has the same answer. Where there are catalogue and receiver, the
// permission is looked up whatever becomes of the route, since it does not depend
// on it.
//
// A trace, when given, is told every step; such a decision neither reads nor
// fills the view's memory, so that each step is really taken. Nor does one about
// the route alone.
func Decide(v *View, q Question, t *Trace) Decision {
	var d Decision
	if v.catalogue == nil {
		d.RouteFault = fault.New(fault.VP008,
			"No contact with TAK at startup, and no local cache to fallback on, not possible to route call")
		t.add(StageCatalogue, "", "no catalogue", "")
		return d
	}
	if q.blankReceiver() {
		d.RouteFault = fault.New(fault.VP003, "No receiverId (logical address) found in message header. ")
		t.add(StageReceiver, q.Receiver, "missing or blank", "")
		return d
	}
	d = v.recallOrFind(&q, t)
	if d.RouteFault == nil && q.Profile != rivta.Unknown {
		d.decideConversion(&q, t)
	}
	return d
}

// recallOrFind is the decision but for its conversion. Exact rows are remembered
// too: one look into the memory costs less than finding both anew.
func (v *View) recallOrFind(q *Question, t *Trace) Decision {
	if t != nil || q.RouteOnly {
		return v.find(q, t).decision
	}
	k := keyOf(q)
	known := v.decisions.recall(k, q.At)
	if known == nil {
		known = v.find(q, nil)
		v.decisions.remember(k, known)
	}
	return known.decision
}

// find takes every step.
func (v *View) find(q *Question, t *Trace) *remembered {
	s := newSearch(v, q, t)
	found := new(remembered)
	found.decision.decideRoute(&s)
	if !q.RouteOnly {
		found.decision.decidePermission(&s)
	}
	found.span = s.holds
	return found
}

func (d *Decision) decideRoute(s *search) {
	q, found := &s.q, s.route()
	switch {
	case found.count == 0:
		d.RouteFault = noRoute(q)
		return
	case found.count > 1:
		d.RouteFault = fault.Newf(fault.VP006,
			"More than one receiverId (logical address) with matching Riv-version found for serviceNamespace: %s, receiverId: %s",
			q.contract(), q.Receiver)
		return
	}
	d.Route, d.ReceiverMatched = s.routes[0], found.matched
	d.Profile = rivta.Parse(d.Route.Profile)
	d.RouteFault = s.view.judgeAddress(d.Route.Address, q, s.trace)
}

func noRoute(q *Question) *fault.Error {
	suffix := ""
	if strings.Contains(q.Receiver, " ") {
		suffix = ". Whitespace detected in incoming request!"
	}
	return fault.Newf(fault.VP004,
		"No receiverId (logical address) found for serviceNamespace: %s, receiverId: %s%s",
		q.contract(), q.Receiver, suffix)
}

// judgeAddress is VP010 for a route's address that is blank or cannot be
// called. VP ends in a fault without code for the second.
func (v *View) judgeAddress(address string, q *Question, t *Trace) *fault.Error {
	if strings.TrimSpace(address) == "" {
		t.add(StageAddress, address, "empty", "")
		return fault.Newf(fault.VP010,
			"Physical Address field is empty in Service Producer for serviceNamespace: %s, receiverId: %s",
			q.contract(), q.Receiver)
	}
	if err := v.unusable[address]; err != nil {
		t.add(StageAddress, address, err.Error(), "")
		return &fault.Error{
			Code: fault.VP010, Cause: err,
			Detail: "Physical Address field is not usable in Service Producer for serviceNamespace: " +
				q.contract() + ", receiverId: " + q.Receiver,
		}
	}
	t.add(StageAddress, address, "usable", "")
	return nil
}

func (d *Decision) decidePermission(s *search) {
	q, found := &s.q, s.permission()
	if !found.ok {
		d.PermissionFault = fault.Newf(fault.VP007,
			"Authorization missing for serviceNamespace: %s, receiverId: %s, senderId: %s",
			q.contract(), q.Receiver, q.Sender)
		return
	}
	d.Permission, d.PermissionMatched = s.permitted, found.matched
}

func (d *Decision) decideConversion(q *Question, t *Trace) {
	d.ConversionFault = rivta.Convertible(q.Profile, d.Route.Profile)
	if t == nil {
		return
	}
	result := "converted"
	switch {
	case d.ConversionFault != nil:
		result = "not possible"
	case d.Profile == q.Profile:
		result = "same"
	}
	t.add(StageProfile, q.Profile.String()+" to "+d.Route.Profile, result, "")
}
