package auth

import (
	"crypto/x509"
	"net/http"
	"net/netip"

	"rivgate/fault"
)

// Evidence is what is known of a call from its connection and its headers.
type Evidence struct {
	TLS         bool              // came in on a TLS listener
	Remote      netip.Addr        // the TCP peer
	Certificate *x509.Certificate // the TLS peer's own certificate; nil on a plain listener
	Header      http.Header       // keys as net/http canonicalises them; only read
}

// Source is where a sender's identity was found.
type Source string

// The sources of identity.
const (
	FromTLS               Source = "tls"
	FromCertificateHeader Source = "certificate header"
	FromPlatformHeaders   Source = "platform headers"
)

// Sender is the authenticated caller.
type Sender struct {
	// ID is the sender id. An internal call may carry an empty one, as in VP:
	// no permission is given to it.
	ID string

	// Internal tells that a trusted proxy handed the id over in the platform's
	// own headers with this instance's id.
	Internal bool

	// ClientIP is for logs: the client IP header as it came if a trusted proxy
	// sent one, else the peer's address. It is set on errors too.
	ClientIP string

	// History is the routing history to send on, in one line; empty for none.
	History string

	// Source is where the id was found.
	Source Source

	// Hops is the count to send on plain legs, at least 1.
	Hops int
}

// Identify names the sender. On a TLS listener its certificate decides and no
// header counts. On a plain listener the peer must be a trusted proxy, and then
// the platform's headers decide, else the certificate header.
//
// Errors are *fault.Error in VP's order: VP011 for a peer that is not trusted,
// VP002 for one without usable identity, VP014 for a loop.
func (p *Policy) Identify(in Evidence) (Sender, error) {
	s := Sender{ClientIP: normal(in.Remote).String(), Hops: 1}
	var err error
	if in.TLS {
		err = p.identifyHandshake(in, &s)
	} else {
		err = p.identifyProxied(in, &s)
	}
	if err != nil {
		return Sender{ClientIP: s.ClientIP}, err
	}
	return s, nil
}

func (p *Policy) identifyHandshake(in Evidence, s *Sender) (err error) {
	s.Source = FromTLS
	if s.ID, err = p.handshakeSender(in.Certificate); err != nil {
		return err
	}
	s.History, err = p.extendHistory(in.Header, s.ID)
	return err
}

func (p *Policy) identifyProxied(in Evidence, s *Sender) error {
	if !p.trusts(normal(in.Remote)) {
		return untrusted(s.ClientIP, remoteAddress)
	}
	list, forwarded := p.forwardedFor(in.Header)
	if forwarded {
		s.ClientIP = list
	}
	asserted, err := p.readAsserted(in.Header)
	if err != nil {
		return err
	}
	s.Internal = len(asserted.senders) > 0 && asserted.sameInstance
	if s.Internal && forwarded && !p.trustsAll(list) {
		return untrusted(list, p.clientIPName)
	}
	if err := p.checkRepeated(asserted); err != nil {
		return err
	}
	if s.Internal {
		s.Source, s.ID = FromPlatformHeaders, asserted.senders[0]
		s.History = joinHistory(in.Header[historyKey]) // the platform's own step stands there already
		s.Hops, err = nextHop(in.Header)
		return err
	}
	s.Source = FromCertificateHeader
	if s.ID, err = p.headerSender(asserted.certificates); err != nil {
		return err
	}
	s.History, err = p.extendHistory(in.Header, s.ID)
	return err
}

// asserted is the identity a trusted proxy asserts, before it is judged.
type asserted struct {
	senders, certificates []string
	sameInstance          bool
}

func (p *Policy) readAsserted(h http.Header) (a asserted, err error) {
	if a.senders, err = senderSpelling().read(h); err != nil {
		return asserted{}, err
	}
	if a.certificates, err = p.certificate.read(h); err != nil {
		return asserted{}, err
	}
	instances, err := instanceSpelling().read(h)
	a.sameInstance = p.isOwn(instances)
	return a, err
}

// isOwn tells whether the instance id header is this gateway's. Given twice it
// is nobody's, as in VP, where the values are joined.
func (p *Policy) isOwn(instances []string) bool {
	return len(instances) == 1 && instances[0] == p.instanceID
}

// checkRepeated refuses identity given twice, whether it would decide or not:
// whoever added the second one meant something by it.
func (p *Policy) checkRepeated(a asserted) error {
	if len(a.senders) > 1 {
		return fault.New(fault.VP002, "More than one sender id found in httpheader "+SenderIDHeader)
	}
	if len(a.certificates) > 1 {
		return p.unknownCertificate(nil)
	}
	return nil
}
