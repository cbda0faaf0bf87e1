package shadow

import (
	"strings"

	"rivgate/fault"
	"rivgate/proxy/upstream"
	"rivgate/routing"
)

// deviation is the row of docs/deviations.md that a difference looks like, 0 for
// none. It is intended only where the row alone explains it and nobody loses
// or gains anything by it that was not decided on.
func (s *Comparison) deviation(q *routing.Question, vp, own Outcome, detail string, vpFailed bool) (row int, intended bool) {
	switch {
	case vp.Code == string(fault.VP006) && own.Code == "":
		return 13, s.overlap(q)
	case own.Code == string(fault.VP010) && vp.Code == "" && unusable(vp.Target):
		return 26, vpFailed
	}
	for _, known := range looksLike {
		if string(known.code) == own.Code && (known.detail == "" || strings.Contains(detail, known.detail)) {
			return known.row, false
		}
	}
	return 0, false
}

// looksLike are rows by which rivgate refuses what VP let pass. Whoever is
// refused so has to know, so that none is taken for intended.
var looksLike = []struct {
	code   fault.Code
	detail string
	row    int
}{
	{fault.VP014, "", 24},
	{fault.VP015, "Content-Encoding", 29},
	{fault.VP015, "charset", 4},
	{fault.VP015, "", 1},
	{fault.VP011, "", 8},
	{fault.VP013, "", 9},
	{fault.VP002, "no longer accepted", 11},
	{fault.VP002, "", 18},
}

// unusable tells whether no producer can be called at the address.
func unusable(address string) bool {
	_, err := upstream.ParseTarget(address)
	return err != nil
}

// overlap tells whether several rows were valid by the window alone, so that it
// is their days that chose one.
func (s *Comparison) overlap(q *routing.Question) bool {
	chosen := routing.Decide(s.view.Routing, *q, nil)
	catalogue := s.view.Routing.Catalogue()
	if catalogue == nil || chosen.RouteFault != nil {
		return false
	}
	valid := 0
	for route := range catalogue.AllRoutes() {
		if strings.EqualFold(route.Contract, q.Contract) && strings.EqualFold(route.Receiver, chosen.Route.Receiver) && route.Valid.Holds(q.At) {
			valid++
		}
	}
	return valid > 1
}
