package auth

import (
	"crypto/x509"
	"errors"

	"rivgate/fault"
)

// handshakeSender reads the sender id from the TLS peer's certificate.
func (p *Policy) handshakeSender(c *x509.Certificate) (string, error) {
	const missing = "No senderId found in Certificate: "
	if c == nil {
		return "", fault.New(fault.VP002, missing+"null")
	}
	id, err := senderID(c.RawSubject, p.attribute)
	if err != nil {
		return "", fault.Wrap(fault.VP002, missing+printSubject(c.RawSubject), err)
	}
	return id, nil
}

// headerSender reads the sender id from the certificate header. The proxy has
// verified the certificate: neither chain nor dates are looked at, as in VP.
func (p *Policy) headerSender(values []string) (string, error) {
	if len(values) == 0 {
		return "", fault.New(fault.VP002, "No certificate found in httpheader "+p.certificateName)
	}
	der, err := decodeCertificate(values[0])
	if errors.Is(err, errUnknownForm) {
		return "", p.unknownCertificate(err)
	}
	if err != nil {
		return "", p.unreadableCertificate(err)
	}
	subject, err := subjectOf(der)
	if err != nil {
		return "", p.unreadableCertificate(err)
	}
	id, err := senderID(subject, p.attribute)
	if errors.Is(err, errNoSender) {
		return "", fault.Wrap(fault.VP002, "No senderId found in Certificate", err)
	}
	if err != nil {
		return "", p.unreadableCertificate(err)
	}
	return id, nil
}

// The misspellings in these two are VP's, and others match on them.

func (p *Policy) unknownCertificate(cause error) error {
	return fault.Wrap(fault.VP002, "Exception, unkown certificate type found in httpheader "+p.certificateName, cause)
}

func (p *Policy) unreadableCertificate(cause error) error {
	return fault.Wrap(fault.VP002, "Exception occured parsing certificate in httpheader "+p.certificateName, cause)
}
