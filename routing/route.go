package routing

import (
	"slices"
	"time"

	"rivgate/tak"
)

// routeAnswer is how many routes were found, and the first of them.
type routeAnswer struct {
	route   tak.Route
	matched string // the receiver that they were found for
	count   int
}

// findRoute looks for the receiver's own route, then for its parents' up to the
// root, nearest first, then for the default route; the first that has rows ends
// it. A receiver in parts is looked for part by part instead.
func (v *View) findRoute(q *Question, search tak.Search, holds *span, t *Trace) (found routeAnswer) {
	try := func(receiver string, how Stage) bool {
		answer, until := routesOf(search, receiver, how, t)
		found = answer
		holds.shorten(until)
		return answer.count > 0
	}
	if v.inParts(q.Receiver) {
		t.markRoutes(markLeaf)
		tryAll(slices.Values(v.parts(q.Receiver)), RouteLeaf, try)
		return found
	}
	if try(q.Receiver, RouteExact) {
		return found
	}
	if v.rules.HSARoutes.enabled(q.contract()) {
		t.markRoutes(markParent)
		if tryAll(v.tree.Climb(q.Receiver), RouteParent, try) {
			return found
		}
	}
	t.markRoutes(markDefault)
	try(defaultReceiver, RouteDefault)
	return found
}

// routesOf looks up one receiver. The answer can change at until, if ever.
func routesOf(search tak.Search, receiver string, how Stage, t *Trace) (found routeAnswer, until time.Time) {
	var buf [2]tak.Route
	rows, until := search.Routes(receiver, buf[:0])
	t.addRoutes(how, receiver, rows)
	if len(rows) == 0 {
		return routeAnswer{}, until
	}
	return routeAnswer{rows[0], receiver, len(rows)}, until
}
