package tak

import "time"

// Search looks up rows of one contract and one sender at one instant, for one
// receiver after the other. What does not depend on the receiver is found once.
// It is for one goroutine, to be used and forgotten.
type Search struct {
	catalogue        *Catalogue
	at               time.Time
	contract, sender uint32
	known, permitted bool // any row has the contract; and any has the sender
}

// Receiver is a receiver as a Search knows it: found once, it is looked up for
// routes and for permissions.
type Receiver struct {
	ID     string
	number uint32
	known  bool // any row has it
}

// Receiver finds a receiver.
func (s *Search) Receiver(id string) Receiver {
	number, known := s.catalogue.parties.find(id)
	return Receiver{id, number, known}
}

// Search begins one. Contract, sender and receivers match without regard to case,
// untrimmed; rows that lack one match nothing. Routes do not depend on the sender.
func (c *Catalogue) Search(contract, sender string, at time.Time) Search {
	s := Search{catalogue: c, at: at}
	if s.contract, s.known = c.contracts.find(contract); s.known {
		s.sender, s.permitted = c.parties.find(sender)
	}
	return s
}

// Routes returns the rows of exactly this receiver that hold, in the catalogue's
// order, and the next moment at which the answer can change (zero: never).
//
// Planned switches: dates without zone make a row hold 14 hours too long at
// both ends, so the old and the new row hold together for some hours. Of several
// rows that hold, those are returned whose days include today in Stockholm; if
// none do, all. More than one row is for the caller to refuse.
//
// The rows are written to buf's memory if they fit.
func (s *Search) Routes(receiver Receiver, buf []Route) (rows []Route, until time.Time) {
	rows = buf[:0]
	first := s.firstRoute(receiver)
	if first == 0 {
		return rows, time.Time{}
	}
	c, now := s.catalogue, s.at.UnixMilli()
	change := newHorizon(now)
	several := c.byRoute.next[first-1] != 0
	for i := first; i != 0; i = c.byRoute.next[i-1] {
		row := c.routes.at(int(i - 1))
		change.addBounds(row.valid)
		if several {
			change.addDays(row.valid)
		}
		if row.valid.holds(now) {
			rows = append(rows, c.route(int(i-1)))
		}
	}
	if len(rows) > 1 {
		rows = preferToday(rows, dayInStockholm(s.at))
	}
	return rows, change.time()
}

// firstRoute is the number of the first row + 1; 0: there is none.
func (s *Search) firstRoute(receiver Receiver) uint32 {
	if !s.known || !receiver.known {
		return 0
	}
	return s.catalogue.byRoute.first[routeKey{receiver.number, s.contract}]
}

// preferToday keeps the rows whose days include today, or all if none do.
func preferToday(rows []Route, today int64) []Route {
	kept := 0
	for i := range rows {
		if rows[i].Valid.coversDay(today) {
			rows[kept], rows[i] = rows[i], rows[kept]
			kept++
		}
	}
	if kept == 0 {
		return rows
	}
	return rows[:kept]
}

// Permits writes the first row of exactly this receiver that holds to row, and tells
// whether there is one, and the next moment at which the answer can change (zero:
// never).
func (s *Search) Permits(receiver Receiver, row *Permission) (ok bool, until time.Time) {
	first := s.firstPermission(receiver)
	if first == 0 {
		return false, time.Time{}
	}
	c, now := s.catalogue, s.at.UnixMilli()
	change := newHorizon(now)
	for i := first; i != 0; i = c.byPermission.next[i-1] {
		candidate := c.permissions.at(int(i - 1))
		change.addBounds(candidate.valid)
		if !ok && candidate.valid.holds(now) {
			*row, ok = c.permission(int(i-1)), true
		}
	}
	return ok, change.time()
}

// firstPermission is the number of the first row + 1; 0: there is none.
func (s *Search) firstPermission(receiver Receiver) uint32 {
	if !s.permitted || !receiver.known {
		return 0
	}
	return s.catalogue.byPermission.first[permissionKey{receiver.number, s.sender, s.contract}]
}
