package tak

import (
	"iter"
	"time"

	"rivgate/internal/pace"
	"rivgate/internal/texts"
)

// Origin says where a catalogue was read from.
type Origin string

// The origins.
const (
	FromTAK  Origin = "tak"
	FromCopy Origin = "local copy"
	InMemory Origin = "memory" // made by New
)

// Warning is something in a catalogue that did not stop its load. Line is the
// line of the answer or file, from 1.
type Warning struct {
	Line int
	Text string
}

// Catalogue is one generation of both tables. It never changes and is safe for
// concurrent use.
type Catalogue struct {
	routes        table[routeRow]
	permissions   table[permissionRow]
	routeIDs      texts.List
	permissionIDs texts.List
	texts         texts.List // of the rows, by number

	parties       symbols // receivers and senders
	contracts     symbols
	contractNames []string // by number, as the last row has it
	byRoute       index[routeKey]
	byPermission  index[permissionKey]

	revision string
	loaded   time.Time
	origin   Origin
	warnings []Warning
}

type routeKey struct{ receiver, contract uint32 }

type permissionKey struct{ receiver, sender, contract uint32 }

// New makes a catalogue of rows in the order given.
func New(routes []Route, permissions []Permission) *Catalogue {
	b := newBuilder(nil, lenient, nil)
	for _, row := range routes {
		_ = b.addRoute(newRecord(row.ID, row.Receiver, row.Profile, row.Contract,
			row.Valid.From(), row.Valid.To(), row.Address), 0)
	}
	for _, row := range permissions {
		_ = b.addPermission(newRecord(row.ID, row.Receiver, row.Sender, row.Contract,
			row.Valid.From(), row.Valid.To()), 0)
	}
	c, _ := b.catalogue(InMemory)
	return c
}

// Revision names the content: 16 hexadecimal digits that begin the SHA-256 of
// the catalogue written as a local copy. Equal catalogues have equal revisions
// on every instance, and sha256sum of the local copy begins with it.
func (c *Catalogue) Revision() string { return c.revision }

// Loaded is when the catalogue was read.
func (c *Catalogue) Loaded() time.Time { return c.loaded }

// Origin is where the catalogue was read from.
func (c *Catalogue) Origin() Origin { return c.origin }

// Warnings are what was found wrong with single rows.
func (c *Catalogue) Warnings() []Warning { return c.warnings }

// RouteCount is the number of routes, whether or not they hold now.
func (c *Catalogue) RouteCount() int { return c.routes.length }

// PermissionCount is the number of permissions, whether or not they hold now.
func (c *Catalogue) PermissionCount() int { return c.permissions.length }

// AllRoutes yields every route in the catalogue's order.
func (c *Catalogue) AllRoutes() iter.Seq[Route] {
	return func(yield func(Route) bool) {
		for i := range c.routes.length {
			if !yield(c.route(i)) {
				return
			}
		}
	}
}

// FirstRoutes yields for every address the first route that leads there: many lead
// to the same.
func (c *Catalogue) FirstRoutes() iter.Seq[Route] {
	return func(yield func(Route) bool) {
		seen := make([]bool, c.texts.Len())
		for i := range c.routes.length {
			address := c.routes.at(i).address
			if seen[address] {
				continue
			}
			seen[address] = true
			if !yield(c.route(i)) {
				return
			}
		}
	}
}

// AllPermissions yields every permission in the catalogue's order.
func (c *Catalogue) AllPermissions() iter.Seq[Permission] {
	return func(yield func(Permission) bool) {
		for i := range c.permissions.length {
			if !yield(c.permission(i)) {
				return
			}
		}
	}
}

// Contract is the catalogue's spelling of a contract that any row has, found
// without regard to case. The spellings are a bounded set, which what callers
// write is not.
func (c *Catalogue) Contract(namespace string) (spelling string, ok bool) {
	n, ok := c.contracts.find(namespace)
	if !ok {
		return "", false
	}
	return c.contractNames[n], true
}

// HasContract tells whether a contract is known in exactly this spelling.
func (c *Catalogue) HasContract(namespace string) bool {
	spelling, ok := c.Contract(namespace)
	return ok && spelling == namespace
}

// reindex builds the indexes of finished tables.
func (c *Catalogue) reindex(p *pace.Pace) {
	met := &met{parties: make([]uint32, c.texts.Len()), contracts: make([]uint32, c.texts.Len())}
	c.byRoute = newIndex(c.routes.length, func(i int) (routeKey, bool) {
		p.Step()
		row := c.routes.at(i)
		key := routeKey{c.party(row.receiver, met), c.contract(row.contract, met)}
		return key, c.given(row.receiver) && c.given(row.contract)
	})
	c.byPermission = newIndex(c.permissions.length, func(i int) (permissionKey, bool) {
		p.Step()
		row := c.permissions.at(i)
		key := permissionKey{c.party(row.receiver, met), c.party(row.sender, met), c.contract(row.contract, met)}
		return key, c.given(row.receiver) && c.given(row.sender) && c.given(row.contract)
	})
}

// met are the symbols' numbers + 1 of texts met before; 0: not met.
type met struct{ parties, contracts []uint32 }

func (c *Catalogue) given(text uint32) bool { return c.texts.At(text) != "" }

func (c *Catalogue) party(text uint32, m *met) uint32 {
	if m.parties[text] == 0 {
		n, _ := c.parties.number(c.texts.At(text))
		m.parties[text] = n + 1
	}
	return m.parties[text] - 1
}

func (c *Catalogue) contract(text uint32, m *met) uint32 {
	if m.contracts[text] == 0 {
		n, isNew := c.contracts.number(c.texts.At(text))
		if isNew {
			c.contractNames = append(c.contractNames, c.texts.At(text))
		}
		m.contracts[text] = n + 1
	}
	return m.contracts[text] - 1
}
