package routing

import (
	"slices"
	"strings"
	"time"

	"rivgate/tak"
)

// maxPermittedParts is how many different parts of a receiver a permission is
// looked for; with more there is none.
const maxPermittedParts = 2

// permissionKey is a question for a permission.
type permissionKey struct{ contract, receiver, sender string }

// clone frees the key from what its strings are pieces of.
func (k permissionKey) clone() permissionKey {
	return permissionKey{strings.Clone(k.contract), strings.Clone(k.receiver), strings.Clone(k.sender)}
}

// permissionAnswer is the permission that was found, if any.
type permissionAnswer struct {
	row     tak.Permission
	matched string // the receiver that it was found for
	ok      bool
}

// findPermission looks for a permission on the receiver itself, then on the
// default receiver, then on the receiver's parents up to the root: another order
// than for routes. A receiver in parts is looked for part by part instead.
func (v *View) findPermission(q *Question, t *Trace) permissionAnswer {
	inParts := v.inParts(q.Receiver)
	if !inParts {
		if found, _ := v.permissionOf(q, q.Receiver, PermissionExact, t); found.ok {
			return found
		}
	}
	if t != nil {
		return v.searchPermission(q, inParts, t).answer
	}
	key := permissionKey{q.contract(), q.Receiver, q.Sender}
	if known := v.permissions.recall(key, q.At); known != nil {
		return *known
	}
	found := v.searchPermission(q, inParts, t)
	if len(key.contract)+len(key.receiver)+len(key.sender) <= maxRemembered {
		found.answer.matched = strings.Clone(found.answer.matched)
		v.permissions.remember(key.clone(), found)
	}
	return found.answer
}

// searchPermission is the part of findPermission after the receiver itself.
func (v *View) searchPermission(q *Question, inParts bool, t *Trace) *remembered[permissionAnswer] {
	found := &remembered[permissionAnswer]{span: span{from: q.At}}
	try := func(receiver string, how Stage) bool {
		answer, until := v.permissionOf(q, receiver, how, t)
		found.answer = answer
		found.span.shorten(until)
		return answer.ok
	}
	if inParts {
		t.markPermissions(markLeaf)
		if parts := v.parts(q.Receiver); v.mayCall(parts, q) {
			tryAll(slices.Values(parts), PermissionLeaf, try)
		} else {
			t.refuseParts(q.Receiver)
		}
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
func (v *View) permissionOf(q *Question, receiver string, how Stage, t *Trace) (found permissionAnswer, until time.Time) {
	row, ok, until := v.catalogue.Permits(q.contract(), receiver, q.Sender, q.At)
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
