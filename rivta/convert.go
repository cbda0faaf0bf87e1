package rivta

import (
	"strconv"

	"rivgate/fault"
	"rivgate/soap"
)

// element is the routing element of a profile.
type element struct {
	namespace, local string
	prefix           string // to make up a new prefix from
}

func (p Profile) element() (element, bool) {
	switch p {
	case RIVTABP20:
		return element{addressingNamespace, addressingElement, "wsa"}, true
	case RIVTABP21:
		return element{registryNamespace, registryElement, "riv"}, true
	}
	return element{}, false
}

// Convert gives the edits that turn a request into profile to, in the order of
// their places; none if it has that profile already. Only the routing element
// is touched: its name and the declaration of its namespace. No other element
// or attribute changes its name or namespace, and every other byte stays.
//
// A request that carries both routing elements cannot become 2.0, where its To
// would decide: VP015. A request or target without profile is VP012.
func Convert(env soap.Envelope, to Profile) ([]soap.Edit, error) {
	target, known := to.element()
	from, _, addressed := Address(env)
	switch {
	case !known || !addressed:
		return nil, fault.Newf(fault.VP012, "No conversion from RIV-TA profile %s to %s", from, to)
	case from == to:
		return nil, nil
	case env.LogicalAddress == nil:
		return rename(env.To, target), nil
	case env.To != nil:
		return nil, fault.New(fault.VP015, "The request has both LogicalAddress and To, and the service producer needs rivtabp20")
	}
	return rename(env.LogicalAddress, target), nil
}

// rename makes the element at a the target. Its prefix is bound anew on the
// element itself, where nothing but the element's own name can depend on it:
// an address has no children. If an attribute does, a new prefix is taken.
func rename(a *soap.Address, target element) []soap.Edit {
	prefix := a.Prefix
	if a.PrefixOnAttributes {
		prefix = unusedPrefix(a, target.prefix)
	}
	name := qualified(prefix, target.local)
	start := soap.Edit{Span: a.StartName, New: name}
	edits := make([]soap.Edit, 0, 3)
	if a.Declared && prefix == a.Prefix {
		edits = append(edits, start, soap.Edit{Span: a.Declaration, New: target.namespace})
	} else {
		start.New += " " + declaration(prefix, target.namespace)
		edits = append(edits, start)
	}
	if a.EndName.Start < a.EndName.End {
		edits = append(edits, soap.Edit{Span: a.EndName, New: name})
	}
	return edits
}

func qualified(prefix, local string) string {
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

func declaration(prefix, namespace string) string {
	if prefix == "" {
		return `xmlns="` + namespace + `"`
	}
	return "xmlns:" + prefix + `="` + namespace + `"`
}

// unusedPrefix is a prefix that is not in scope at the element, so that binding
// it takes nothing from anyone.
func unusedPrefix(a *soap.Address, base string) string {
	prefix := base
	for n := 1; a.InScope(prefix); n++ {
		prefix = base + strconv.Itoa(n)
	}
	return prefix
}
