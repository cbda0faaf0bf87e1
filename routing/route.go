package routing

import "rivgate/tak"

// routeAnswer is how many routes were found. The first stands in the search until
// the next look.
type routeAnswer struct {
	matched string // the receiver that they were found for
	count   int
}

// route looks for the receiver's own route, then for its parents' up to the
// root, nearest first, then for the default route; the first that has rows ends
// it. A receiver in parts is looked for part by part instead.
func (s *search) route() (found routeAnswer) {
	v, t := s.view, s.trace
	try := func(receiver tak.Receiver, how Stage) bool {
		found = s.routesOf(receiver, how)
		return found.count > 0
	}
	if v.inParts(s.q.Receiver) {
		t.markRoutes(markLeaf)
		tryAll(s.each(v.parts(s.q.Receiver)), RouteLeaf, try)
		return found
	}
	if try(s.receiver, RouteExact) {
		return found
	}
	if v.rules.HSARoutes.enabled(s.q.contract()) {
		t.markRoutes(markParent)
		if tryAll(s.parents(), RouteParent, try) {
			return found
		}
	}
	t.markRoutes(markDefault)
	try(s.rows.Receiver(defaultReceiver), RouteDefault)
	return found
}

// routesOf looks up one receiver.
func (s *search) routesOf(receiver tak.Receiver, how Stage) routeAnswer {
	rows, until := s.rows.Routes(receiver, s.routes[:0])
	s.holds.shorten(until)
	s.trace.addRoutes(how, receiver.ID, rows)
	if len(rows) > 0 {
		s.routes[0] = rows[0] // several may be in memory of their own
	}
	return routeAnswer{receiver.ID, len(rows)}
}
