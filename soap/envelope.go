package soap

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// The namespaces that count.
const (
	// Namespace11 is the namespace of SOAP 1.1 envelopes.
	Namespace11 = "http://schemas.xmlsoap.org/soap/envelope/"
	// Namespace12 is the namespace of SOAP 1.2 envelopes.
	Namespace12 = "http://www.w3.org/2003/05/soap-envelope"
	// NamespaceRegistry holds LogicalAddress, RIV-TA profile 2.1.
	NamespaceRegistry = "urn:riv:itintegration:registry:1"
	// NamespaceAddressing holds To, RIV-TA profile 2.0.
	NamespaceAddressing = "http://www.w3.org/2005/08/addressing"
)

// Envelope is what the head of a request says.
type Envelope struct {
	// Version is known from the root, and before that from Content-Type.
	Version Version
	// Body is the name of Body's first child, the zero Name if there is none.
	// Its namespace is the service contract; empty means no namespace.
	Body Name
	// HasBody is false when Body was empty.
	HasBody bool
	// LogicalAddress is {urn:riv:itintegration:registry:1}LogicalAddress and
	// To is {http://www.w3.org/2005/08/addressing}To, as direct children of
	// the SOAP Header. Nil: absent. Which one decides is not for this package.
	LogicalAddress *Address
	To             *Address
}

// envelopeReader applies the rules of SOAP to the tokens of a scanner.
type envelopeReader struct {
	s     *scanner
	space []byte // namespace of the root
	env   *Envelope
}

// readEnvelope scans up to the start tag of Body's first child, or to Body's
// end if it has none, into env. What the version was before is kept until the
// root is known; on errors, the rest of env is of no use.
func (s *scanner) readEnvelope(env *Envelope) error {
	*env = Envelope{Version: env.Version}
	r := envelopeReader{s: s, env: env}
	return r.read()
}

func (r *envelopeReader) read() error {
	if err := r.root(); err != nil {
		return err
	}
	for headers := 0; ; {
		t, err := r.nextElement()
		if err != nil {
			return err
		}
		if t == endTag {
			return r.s.fail(r.s.pos, "Envelope without Body")
		}
		switch {
		case r.is(r.s.tag, "Body"):
			return r.body()
		case !r.is(r.s.tag, "Header"):
			return r.s.fail(r.s.pos, "Unexpected element <%s> before Body in Envelope", r.s.top())
		case headers > 0:
			return r.s.fail(r.s.pos, "More than one Header in Envelope")
		}
		headers++
		if err := r.header(); err != nil {
			return err
		}
	}
}

// is tells whether t is the element local in the root's SOAP namespace.
func (r *envelopeReader) is(t tag, local string) bool {
	return string(r.s.local(t.name, t.prefix)) == local && bytes.Equal(t.space, r.space)
}

// nextElement passes to the next child of Envelope or to its end tag. Text
// between the children is refused.
func (r *envelopeReader) nextElement() (token, error) {
	for {
		t, err := r.s.next()
		switch {
		case err != nil, t == startTag, t == endTag:
			return t, err
		case t == characters && !r.s.spaces:
			return t, r.s.fail(r.s.pos, "Unexpected text in element <%s>", r.s.top())
		}
	}
}

func (r *envelopeReader) root() error {
	for {
		t, err := r.s.next()
		if err != nil {
			return err
		}
		if t == startTag {
			break
		}
	}
	version := versionOf(r.s.tag.space)
	r.space = r.s.tag.space
	if version == Unknown || !r.is(r.s.tag, "Envelope") {
		return r.s.fail(r.s.pos, "Root element <%s> is not a SOAP Envelope", r.s.top())
	}
	r.env.Version = version
	return nil
}

// versionOf is the version whose namespace space is, Unknown for any other.
func versionOf(space []byte) Version {
	switch string(space) {
	case Namespace11:
		return V11
	case Namespace12:
		return V12
	}
	return Unknown
}

// header reads the children of Header up to its end tag.
func (r *envelopeReader) header() error {
	for {
		t, err := r.s.next()
		if err != nil || t == endTag {
			return err
		}
		if t != startTag {
			continue
		}
		if err := r.block(); err != nil {
			return err
		}
	}
}

// block reads the child of Header whose start tag was just passed.
func (r *envelopeReader) block() (err error) {
	if err := r.refuseNested(); err != nil {
		return err
	}
	address := r.address()
	if address == nil {
		return r.skip()
	}
	if *address != nil {
		return r.s.fail(r.s.pos, "More than one <%s> in Header", r.s.top())
	}
	*address, err = r.s.readAddress()
	return err
}

// address is where the addressing header whose start tag was just read
// belongs, nil if it is another header.
func (r *envelopeReader) address() **Address {
	t := r.s.tag
	local := r.s.local(t.name, t.prefix)
	switch {
	case string(t.space) == NamespaceRegistry && string(local) == "LogicalAddress":
		return &r.env.LogicalAddress
	case string(t.space) == NamespaceAddressing && string(local) == "To":
		return &r.env.To
	}
	return nil
}

// skip passes to the end of the element whose start tag was just read.
func (r *envelopeReader) skip() error {
	for depth := len(r.s.open) - 1; ; {
		t, err := r.s.next()
		if err != nil {
			return err
		}
		switch t {
		case startTag:
			if err := r.refuseNested(); err != nil {
				return err
			}
		case endTag:
			if len(r.s.open) == depth {
				return nil
			}
		}
	}
}

// refuseNested refuses a SOAP Envelope, Header or Body of either version
// inside Header: readers that go by names alone would take it for the real
// one.
func (r *envelopeReader) refuseNested() error {
	t := r.s.tag
	if versionOf(t.space) == Unknown {
		return nil
	}
	switch string(r.s.local(t.name, t.prefix)) {
	case "Envelope", "Header", "Body":
		return r.s.fail(r.s.pos, "Unexpected element <%s> inside Header", r.s.top())
	}
	return nil
}

// body reads up to the start tag of Body's first child.
func (r *envelopeReader) body() error {
	for {
		t, err := r.s.next()
		if err != nil || t == endTag {
			return err
		}
		if t == startTag {
			t := r.s.tag
			r.env.HasBody = true
			r.env.Body = Name{Space: string(t.space), Local: string(r.s.local(t.name, t.prefix))}
			return nil
		}
	}
}

// isASCII tells whether what a call is decided by is ASCII.
func (e *Envelope) isASCII() bool {
	said := e.Body.Space + e.Body.Local
	for _, a := range []*Address{e.LogicalAddress, e.To} {
		if a != nil {
			said += a.Value
		}
	}
	return strings.IndexFunc(said, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
}
