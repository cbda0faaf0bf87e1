package rivta

import (
	"strings"

	"rivgate/fault"
)

// Profile is a RIV-TA basic profile.
type Profile uint8

// The profiles that can be told from a request and converted between.
const (
	Unknown Profile = iota
	RIVTABP20
	RIVTABP21
)

// The profiles' names in the catalogue. In lower case they are VP's names for
// them in faults.
const (
	name20 = "RIVTABP20"
	name21 = "RIVTABP21"
)

// Parse reads a profile's name without regard to case, as VP compares the
// catalogue's. Every other text is Unknown.
func Parse(name string) Profile {
	switch {
	case name == name21 || strings.EqualFold(name, name21):
		return RIVTABP21
	case name == name20 || strings.EqualFold(name, name20):
		return RIVTABP20
	}
	return Unknown
}

// String is the profile's name in the catalogue, "RIVTABP21", or "unknown".
func (p Profile) String() string {
	switch p {
	case RIVTABP20:
		return name20
	case RIVTABP21:
		return name21
	}
	return "unknown"
}

// Wire is the profile's name in faults, logs and WSDL addresses, "rivtabp21".
func (p Profile) Wire() string { return strings.ToLower(p.String()) }

// Convertible tells whether a request of profile in can be sent to a producer
// whose route names the profile out: nil, or VP005. A request whose profile is
// Unknown is VP001. The detail of VP005 names the inbound profile, as VP does.
func Convertible(in Profile, out string) *fault.Error {
	if in == Unknown {
		return fault.New(fault.VP001, "No RIV version configured")
	}
	if Parse(out) == Unknown {
		return fault.New(fault.VP005, "No receiverId (logical address) with matching Riv-version found for "+in.Wire())
	}
	return nil
}
