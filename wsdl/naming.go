package wsdl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// interaction is what the namespace of a RIV-TA interaction says, as in
// urn:riv:crm:scheduling:GetSubjectOfCareSchedule:1:rivtabp21.
type interaction struct {
	name, version, profile string
	path                   string // VP's, without a slash at its beginning
}

// names are the namespaces by which a WSDL's root element tells what it is.
type names struct {
	interaction string
	contracts   []string // in their order
}

// namesOf reads a root element as VP does: a namespace that holds "rivtabp" is
// an interaction's, any other that holds "responder" a contract's, and of
// several the last counts, save that the target namespace goes before all.
func namesOf(root *etree.Element) names {
	var n names
	var target string
	for _, a := range root.Attr {
		isTarget := a.FullKey() == "targetNamespace"
		if !isTarget && a.Space != "xmlns" && a.FullKey() != "xmlns" {
			continue
		}
		switch lower := strings.ToLower(a.Value); {
		case strings.Contains(lower, "rivtabp"):
			n.interaction = a.Value
			if isTarget {
				target = a.Value
			}
		case strings.Contains(lower, "responder"):
			n.contracts = append(n.contracts, a.Value)
		}
	}
	if target != "" {
		n.interaction = target
	}
	return n
}

// contract is the contract that VP takes, empty if there is none.
func (n names) contract() string {
	if len(n.contracts) == 0 {
		return ""
	}
	return n.contracts[len(n.contracts)-1]
}

// describes tells whether contract is among those named, without regard to case.
func (n names) describes(contract string) bool {
	for _, known := range n.contracts {
		if strings.EqualFold(known, contract) {
			return true
		}
	}
	return false
}

// parseInteraction takes an interaction's namespace apart and derives the path
// as VP does: urn:riv:A:B:NAME:VERSION:PROFILE is vp/A/B/NAME/VERSION/PROFILE,
// and without a part B the name stands twice.
func parseInteraction(namespace string) (interaction, error) {
	if namespace == "" {
		return interaction{}, errors.New("no namespace with rivtabp, so its path is not known")
	}
	parts := strings.Split(namespace, ":")
	if len(parts) < 6 {
		return interaction{}, fmt.Errorf("the namespace %q is too short to derive a path from", namespace)
	}
	tail := parts[len(parts)-3:]
	domain := parts[2 : len(parts)-3]
	if len(domain) == 1 {
		domain = []string{domain[0], tail[0]}
	}
	return interaction{
		name:    tail[0],
		version: tail[1],
		profile: tail[2],
		path:    vpPrefix + strings.Join(domain, "/") + "/" + strings.Join(tail, "/"),
	}, nil
}
