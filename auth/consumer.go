package auth

import (
	"strings"

	"rivgate/fault"
)

// OriginalConsumer is the id of the one who started the chain of calls, to be
// sent on in x-rivta-original-serviceconsumer-hsaid: what the caller named, else
// the sender itself. The sender is what Identify gave for the same Evidence.
//
// A sender that names one without being allowed to is VP013 if the policy
// enforces its list; otherwise the value stands and warning is true. A header
// that is given twice is VP013 always.
func (p *Policy) OriginalConsumer(in Evidence, s Sender) (value string, warning bool, err error) {
	values := in.Header[originalKey]
	if len(values) == 0 {
		return s.ID, false, nil
	}
	if len(values) > 1 {
		return "", false, fault.New(fault.VP013, "Header "+OriginalConsumerHeader+" is given more than once.")
	}
	allowed := p.mayNameConsumer(in, s)
	if !allowed && p.enforce {
		return "", false, fault.New(fault.VP013, "Sender is not approved to set header "+OriginalConsumerHeader+".")
	}
	if values[0] == "" {
		return s.ID, !allowed, nil
	}
	return values[0], !allowed, nil
}

func (p *Policy) mayNameConsumer(in Evidence, s Sender) bool {
	return len(p.allowed) == 0 || p.allowed[strings.TrimSpace(s.ID)] || p.fromOwnPlatform(in)
}

// fromOwnPlatform tells whether a trusted proxy passes on this instance's id;
// unlike an internal call it need not carry a sender id too. In VP the header
// alone is enough, from anyone.
func (p *Policy) fromOwnPlatform(in Evidence) bool {
	if in.TLS || !p.trusts(normal(in.Remote)) {
		return false
	}
	instances, err := instanceSpelling().read(in.Header)
	return err == nil && p.isOwn(instances)
}
