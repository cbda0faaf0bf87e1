package routing

import (
	"strings"

	"rivgate/hsa"
	"rivgate/tak"
)

// Rules are the configured part of a View. NewView copies the lists.
type Rules struct {
	// HSARoutes and HSAPermissions tell for which contracts a receiver without
	// a row of its own is looked for among its parents in the HSA tree.
	HSARoutes, HSAPermissions Lookup

	// Delimiter parts a receiver into several (VG#VE routing). Every character
	// of it separates. Empty turns that off.
	Delimiter string

	// Contracts and Senders are who may call a receiver that holds the
	// delimiter; exact and case-sensitive, an empty list is everybody.
	Contracts, Senders []string

	// CacheSize is how many decisions are remembered; 0 or less is none.
	CacheSize int

	// CheckAddress tells why a route's address cannot be called. It is asked
	// once for each address when a View is built. Nil accepts all.
	CheckAddress func(address string) error
}

// Lookup turns climbing of the HSA tree on or off for contracts.
type Lookup struct {
	Enabled bool
	Except  []string // prefixes of the contracts for which Enabled is flipped
}

// enabled tells whether contract climbs. As in VP the exceptions are prefixes,
// case-sensitive, and blank ones count for nothing.
func (l Lookup) enabled(contract string) bool {
	for _, prefix := range l.Except {
		if strings.TrimSpace(prefix) != "" && strings.HasPrefix(contract, prefix) {
			return !l.Enabled
		}
	}
	return l.Enabled
}

// View is what route and permission are decided by. Apart from its memory of earlier
// answers, which never changes one, it is immutable; it is safe for concurrent
// use. A new catalogue or tree needs a new View, whose memory is empty.
type View struct {
	catalogue *tak.Catalogue
	tree      *hsa.Tree
	rules     Rules
	unusable  map[string]error // addresses that cannot be called

	decisions memory
}

// NewView builds a View. Without a catalogue every decision is VP008; a nil
// tree is an empty one, in which every unit's parent is the root.
func NewView(c *tak.Catalogue, t *hsa.Tree, r Rules) *View {
	r.HSARoutes.Except = cloned(r.HSARoutes.Except)
	r.HSAPermissions.Except = cloned(r.HSAPermissions.Except)
	r.Contracts, r.Senders = cloned(r.Contracts), cloned(r.Senders)
	return &View{
		catalogue: c,
		tree:      t,
		rules:     r,
		unusable:  unusableAddresses(c, r.CheckAddress),
		decisions: newMemory(r.CacheSize),
	}
}

func cloned(list []string) []string { return append([]string(nil), list...) }

// unusableAddresses judges every address once, so that a decision need not.
// Blank ones have a fault of their own.
func unusableAddresses(c *tak.Catalogue, check func(string) error) map[string]error {
	if c == nil || check == nil {
		return nil
	}
	unusable := make(map[string]error)
	for route := range c.FirstRoutes() {
		if err := check(route.Address); err != nil {
			unusable[route.Address] = err
		}
	}
	return unusable
}

// Catalogue is the catalogue the View was built with; nil if there was none.
func (v *View) Catalogue() *tak.Catalogue { return v.catalogue }

// Tree is the HSA tree the View was built with; it may be nil.
func (v *View) Tree() *hsa.Tree { return v.tree }
