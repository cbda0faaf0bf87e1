package tak

import "time"

// Routes returns the rows of exactly this contract and receiver that hold at
// an instant, in the catalogue's order, and the next moment at which the
// answer can change (zero: never). Contract and receiver match without regard
// to case, untrimmed; rows without receiver or contract match nothing.
//
// Planned switches: dates without zone make a row hold 14 hours too long at
// both ends, so the old and the new row hold together for some hours. Of several
// rows that hold, those are returned whose days include today in Stockholm; if
// none do, all. More than one row is for the caller to refuse.
//
// The rows are written to buf's memory if they fit.
func (c *Catalogue) Routes(contract, receiver string, at time.Time, buf []Route) (rows []Route, until time.Time) {
	rows = buf[:0]
	first := c.firstRoute(contract, receiver)
	if first == 0 {
		return rows, time.Time{}
	}
	now := at.UnixMilli()
	change := newHorizon(now)
	several := c.byRoute.next[first-1] != 0
	for i := first; i != 0; i = c.byRoute.next[i-1] {
		row := c.routes.at(int(i - 1))
		change.addBounds(row.Valid)
		if several {
			change.addDays(row.Valid)
		}
		if row.Valid.holds(now) {
			rows = append(rows, *row)
		}
	}
	if len(rows) > 1 {
		rows = preferToday(rows, dayInStockholm(at))
	}
	return rows, change.time()
}

// firstRoute is the number of the first row + 1; 0: there is none.
func (c *Catalogue) firstRoute(contract, receiver string) uint32 {
	r, ok := c.parties.find(receiver)
	if !ok {
		return 0
	}
	s, ok := c.contracts.find(contract)
	if !ok {
		return 0
	}
	return c.byRoute.first[routeKey{r, s}]
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

// Permits returns the first row of exactly this contract, receiver and sender
// that holds at an instant, and the next moment at which the answer can change
// (zero: never). All three match without regard to case, untrimmed; rows that
// lack one match nothing.
func (c *Catalogue) Permits(contract, receiver, sender string, at time.Time) (row Permission, ok bool, until time.Time) {
	now := at.UnixMilli()
	change := newHorizon(now)
	for i := c.firstPermission(contract, receiver, sender); i != 0; i = c.byPermission.next[i-1] {
		candidate := c.permissions.at(int(i - 1))
		change.addBounds(candidate.Valid)
		if !ok && candidate.Valid.holds(now) {
			row, ok = *candidate, true
		}
	}
	return row, ok, change.time()
}

// firstPermission is the number of the first row + 1; 0: there is none.
func (c *Catalogue) firstPermission(contract, receiver, sender string) uint32 {
	r, ok := c.parties.find(receiver)
	if !ok {
		return 0
	}
	s, ok := c.parties.find(sender)
	if !ok {
		return 0
	}
	k, ok := c.contracts.find(contract)
	if !ok {
		return 0
	}
	return c.byPermission.first[permissionKey{r, s, k}]
}
