package routing

import (
	"slices"
	"time"

	"rivgate/tak"
)

// maxPermittedParts is how many different parts of a receiver a permission is
// looked for; with more there is none.
const maxPermittedParts = 2

// permissionAnswer is the permission that was found, if any.
type permissionAnswer struct {
	row     tak.Permission
	matched string // the receiver that it was found for
	ok      bool
}

// findPermission looks for a permission on the receiver itself, then on the
// default receiver, then on the receiver's parents up to the root: another order
// than for routes. A receiver in parts is looked for part by part instead.
func (v *View) findPermission(q *Question, search tak.Search, holds *span, t *Trace) (found permissionAnswer) {
	try := func(receiver string, how Stage) bool {
		answer, until := permissionOf(search, receiver, how, t)
		found = answer
		holds.shorten(until)
		return answer.ok
	}
	if v.inParts(q.Receiver) {
		t.markPermissions(markLeaf)
		if parts := v.parts(q.Receiver); v.mayCall(parts, q) {
			tryAll(slices.Values(parts), PermissionLeaf, try)
		} else {
			t.refuseParts(q.Receiver)
		}
		return found
	}
	if try(q.Receiver, PermissionExact) {
		return found
	}
	t.markPermissions(markDefault)
	if try(defaultReceiver, PermissionDefault) {
		return found
	}
	if v.rules.HSAPermissions.enabled(q.contract()) {
		t.markPermissions(markParent)
		tryAll(v.tree.Climb(q.Receiver), PermissionParent, try)
	}
	return found
}

// permissionOf looks up one receiver. The answer can change at until, if ever.
func permissionOf(search tak.Search, receiver string, how Stage, t *Trace) (found permissionAnswer, until time.Time) {
	row, ok, until := search.Permits(receiver)
	t.addPermission(how, receiver, row, ok)
	return permissionAnswer{row, receiver, ok}, until
}

// mayCall tells whether a permission on a part of the receiver counts.
func (v *View) mayCall(parts []string, q *Question) bool {
	return len(parts) <= maxPermittedParts &&
		listed(v.rules.Contracts, q.contract()) && listed(v.rules.Senders, q.Sender)
}

// listed tells whether a list allows the id: exactly, and an empty list allows
// all.
func listed(list []string, id string) bool { return len(list) == 0 || slices.Contains(list, id) }
