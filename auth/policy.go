package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Options is what a Policy is built from. NewPolicy copies what it keeps.
type Options struct {
	// InstanceID is this gateway's own id: what x-vp-instance-id is compared
	// with and what is written into the routing history.
	InstanceID string

	// Proxies are the networks whose peers may use a plain listener and assert
	// identity by header there. None means nobody.
	Proxies []netip.Prefix

	// ClientIPHeader is where a proxy tells whom it speaks for. Empty: nowhere.
	ClientIPHeader string

	// CertificateHeader is where a proxy passes the client's certificate on.
	// The name x-vp-auth-cert is also read when spelt with underscores; other
	// names are read as they stand, because no proxy clears a spelling that it
	// does not set itself.
	CertificateHeader string

	// SenderAttribute is the subject attribute that holds the sender id, by
	// short name (serialNumber, CN, O, OU, C … without regard to case) or as a
	// dotted object identifier.
	SenderAttribute string

	// OriginalConsumer rules who may name the original consumer.
	OriginalConsumer OriginalConsumer

	// RoutingHistory turns on the history that finds loops. When off, the
	// header passes as it came and nothing is checked.
	RoutingHistory bool

	// CorrelationIDLimit is the longest correlation id taken over from the
	// caller, in bytes; 0 is no limit.
	CorrelationIDLimit int
}

// OriginalConsumer rules who may set x-rivta-original-serviceconsumer-hsaid.
type OriginalConsumer struct {
	AllowedSenders []string // exact sender ids; none means everybody
	Enforce        bool     // refuse the others with VP013 instead of warning
}

// Policy identifies callers. It is immutable and safe for concurrent use.
type Policy struct {
	instanceID string
	proxies    []netip.Prefix

	clientIPName    string // as configured, for fault texts
	certificateName string
	clientIP        string // canonical key
	certificate     spelling

	attribute []byte // object identifier, DER content octets

	allowed        map[string]bool
	enforce        bool
	routingHistory bool
	correlationMax int
}

// NewPolicy builds a Policy. All that is wrong with the options is reported at
// once, joined as by errors.Join.
func NewPolicy(o Options) (*Policy, error) {
	attribute, attributeErr := attributeOID(o.SenderAttribute)
	proxies, proxiesErr := normalPrefixes(o.Proxies)
	err := errors.Join(checkInstanceID(o.InstanceID), attributeErr, proxiesErr)
	if err != nil {
		return nil, err
	}
	return &Policy{
		instanceID:      o.InstanceID,
		proxies:         proxies,
		clientIPName:    o.ClientIPHeader,
		certificateName: o.CertificateHeader,
		clientIP:        http.CanonicalHeaderKey(o.ClientIPHeader),
		certificate:     certificateSpelling(o.CertificateHeader),
		attribute:       attribute,
		allowed:         allowedSet(o.OriginalConsumer.AllowedSenders),
		enforce:         o.OriginalConsumer.Enforce,
		routingHistory:  o.RoutingHistory,
		correlationMax:  o.CorrelationIDLimit,
	}, nil
}

// checkInstanceID refuses ids that a routing history could not carry, since a
// gateway that does not recognise itself there never finds a loop.
func checkInstanceID(id string) error {
	switch {
	case id == "":
		return errors.New("instance id is empty")
	case strings.ContainsFunc(id, isHistorySeparator) || strings.TrimSpace(id) != id || hasControl(id):
		return fmt.Errorf("instance id %q holds a separator, a control character or outer space", id)
	}
	return nil
}

// allowedSet is the list as a set, trimmed and without its empty entries as VP
// reads it.
func allowedSet(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		if id = strings.TrimSpace(id); id != "" {
			set[id] = true
		}
	}
	return set
}
