package routing

import (
	"strings"
	"time"

	"rivgate/fault"
	"rivgate/rivta"
	"rivgate/tak"
)

// Question is what a decision is asked for.
type Question struct {
	// Contract is the namespace of the Body's first child. Without one
	// (HasContract false) it is looked up, and printed in faults, as "null".
	Contract    string
	HasContract bool

	// Receiver is the logical address as it came, untrimmed.
	Receiver    string
	HasReceiver bool

	// Sender is the sender's id. RouteOnly leaves it out of the question, and
	// the permission with it.
	Sender    string
	RouteOnly bool

	// Profile is the request's profile. Unknown leaves conversion out of the
	// question.
	Profile rivta.Profile

	// At is the instant the decision is for.
	At time.Time
}

// contract is the contract as VP looks it up and prints it.
func (q *Question) contract() string {
	if !q.HasContract {
		return "null"
	}
	return q.Contract
}

// blankReceiver tells whether there is nothing to route by: no address, or one
// of XML white space only.
func (q *Question) blankReceiver() bool {
	return !q.HasReceiver || strings.TrimLeft(q.Receiver, " \t\r\n") == ""
}

// Decision is where a call goes, or why it does not. What could be found out is
// set also when something else is at fault.
type Decision struct {
	// Route is the one route that was found; zero if there is none or several.
	// ReceiverMatched is the receiver whose row it is: the one asked for, a
	// parent, a part of it, or "*".
	Route           tak.Route
	ReceiverMatched string

	// Permission is the row that lets the sender call, and PermissionMatched
	// its receiver.
	Permission        tak.Permission
	PermissionMatched string

	// Profile is what the producer wants; Unknown if the route's is
	// none that can be converted to.
	Profile rivta.Profile

	// The faults, in the order in which VP checks. RouteFault is VP008, VP003,
	// VP004, VP006 or VP010, PermissionFault is VP007, ConversionFault is VP005.
	RouteFault, PermissionFault, ConversionFault *fault.Error
}

// Fault is the first of the faults, the one a caller sees; nil if the call may
// be made.
func (d *Decision) Fault() *fault.Error {
	switch {
	case d.RouteFault != nil:
		return d.RouteFault
	case d.PermissionFault != nil:
		return d.PermissionFault
	}
	return d.ConversionFault
}
