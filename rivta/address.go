package rivta

import "rivgate/soap"

// The element that carries the logical address in each profile.
const (
	registryNamespace   = "urn:riv:itintegration:registry:1"
	addressingNamespace = "http://www.w3.org/2005/08/addressing"
	registryElement     = "LogicalAddress"
	addressingElement   = "To"
)

// Address is what a request's head says of its profile and logical address. The
// header that carries the address tells the profile; LogicalAddress decides over
// To, since a 2.1 message may use WS-Addressing for ends of its own. The value
// is untrimmed and may be blank; ok is false if there is neither header.
func Address(env soap.Envelope) (profile Profile, value string, ok bool) {
	switch {
	case env.LogicalAddress != nil:
		return RIVTABP21, env.LogicalAddress.Value, true
	case env.To != nil:
		return RIVTABP20, env.To.Value, true
	}
	return Unknown, "", false
}
