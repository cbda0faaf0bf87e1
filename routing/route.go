package routing

import (
	"slices"
	"strings"
	"time"

	"rivgate/tak"
)

// routeKey is a question for a route. Comparing its fields apart, it cannot mix
// up ids that hold each other's separators.
type routeKey struct{ contract, receiver string }

// clone frees the key from what its strings are pieces of: the question's may
// be small parts of a large buffer.
func (k routeKey) clone() routeKey {
	return routeKey{strings.Clone(k.contract), strings.Clone(k.receiver)}
}

// routeAnswer is how many routes were found, and the first of them.
type routeAnswer struct {
	route   tak.Route
	matched string // the receiver that they were found for
	count   int
}

// findRoute looks for the receiver's own route, then for its parents' up to the
// root, nearest first, then for the default route; the first that has rows ends
// it. A receiver in parts is looked for part by part instead.
func (v *View) findRoute(q *Question, t *Trace) routeAnswer {
	inParts := v.inParts(q.Receiver)
	if !inParts {
		if found, _ := v.routesOf(q, q.Receiver, RouteExact, t); found.count > 0 {
			return found
		}
	}
	if t != nil {
		return v.searchRoute(q, inParts, t).answer
	}
	key := routeKey{q.contract(), q.Receiver}
	if known := v.routes.recall(key, q.At); known != nil {
		return *known
	}
	found := v.searchRoute(q, inParts, t)
	if len(key.contract)+len(key.receiver) <= maxRemembered {
		found.answer.matched = strings.Clone(found.answer.matched)
		v.routes.remember(key.clone(), found)
	}
	return found.answer
}

// searchRoute is the part of findRoute after the receiver itself.
func (v *View) searchRoute(q *Question, inParts bool, t *Trace) *remembered[routeAnswer] {
	found := &remembered[routeAnswer]{span: span{from: q.At}}
	try := func(receiver string, how Stage) bool {
		answer, until := v.routesOf(q, receiver, how, t)
		found.answer = answer
		found.span.shorten(until)
		return answer.count > 0
	}
	if inParts {
		t.markRoutes(markLeaf)
		tryAll(slices.Values(v.parts(q.Receiver)), RouteLeaf, try)
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
func (v *View) routesOf(q *Question, receiver string, how Stage, t *Trace) (found routeAnswer, until time.Time) {
	var buf [2]tak.Route
	rows, until := v.catalogue.Routes(q.contract(), receiver, q.At, buf[:0])
	t.addRoutes(how, receiver, rows)
	if len(rows) == 0 {
		return routeAnswer{}, until
	}
	return routeAnswer{rows[0], receiver, len(rows)}, until
}
