package routing

import (
	"slices"

	"rivgate/tak"
)

// maxPermittedParts is how many different parts of a receiver a permission is
// looked for; with more there is none.
const maxPermittedParts = 2

// permissionAnswer is whether a permission was found. It stands in the search.
type permissionAnswer struct {
	matched string // the receiver that it was found for
	ok      bool
}

// permission looks for a permission on the receiver itself, then on the
// default receiver, then on the receiver's parents up to the root: another order
// than for routes. A receiver in parts is looked for part by part instead.
func (s *search) permission() (found permissionAnswer) {
	v, t := s.view, s.trace
	try := func(receiver tak.Receiver, how Stage) bool {
		found = s.permissionOf(receiver, how)
		return found.ok
	}
	if v.inParts(s.q.Receiver) {
		t.markPermissions(markLeaf)
		if parts := v.parts(s.q.Receiver); v.mayCall(parts, &s.q) {
			tryAll(s.each(parts), PermissionLeaf, try)
		} else {
			t.refuseParts(s.q.Receiver)
		}
		return found
	}
	if try(s.receiver, PermissionExact) {
		return found
	}
	t.markPermissions(markDefault)
	if try(s.rows.Receiver(defaultReceiver), PermissionDefault) {
		return found
	}
	if v.rules.HSAPermissions.enabled(s.q.contract()) {
		t.markPermissions(markParent)
		tryAll(s.parents(), PermissionParent, try)
	}
	return found
}

// permissionOf looks up one receiver.
func (s *search) permissionOf(receiver tak.Receiver, how Stage) permissionAnswer {
	ok, until := s.rows.Permits(receiver, &s.permitted)
	s.holds.shorten(until)
	s.trace.addPermission(how, receiver.ID, s.permitted.ID, ok)
	return permissionAnswer{receiver.ID, ok}
}

// mayCall tells whether a permission on a part of the receiver counts.
func (v *View) mayCall(parts []string, q *Question) bool {
	return len(parts) <= maxPermittedParts &&
		listed(v.rules.Contracts, q.contract()) && listed(v.rules.Senders, q.Sender)
}

// listed tells whether a list allows the id: exactly, and an empty list allows
// all.
func listed(list []string, id string) bool { return len(list) == 0 || slices.Contains(list, id) }
