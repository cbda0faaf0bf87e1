package config

import "strings"

// For is the TLS towards the producer at host and port: Default with what the
// first matching override names. index is that override's, -1 for none.
func (t ProducerTLS) For(host string, port int) (tls ClientTLS, index int) {
	for i, override := range t.Overrides {
		if override.Match.Matches(host, port) {
			return override.Over(t.Default), i
		}
	}
	return t.Default, -1
}

// Matches tells whether a producer is meant: by whole host name or by its end,
// without case, and by port where one is set. A match that names nothing
// matches nobody.
func (m TLSMatch) Matches(host string, port int) bool {
	switch {
	case m == TLSMatch{}, m.Port != 0 && m.Port != port:
		return false
	case m.Host != "":
		return strings.EqualFold(host, m.Host)
	default:
		return len(host) >= len(m.Suffix) && strings.EqualFold(host[len(host)-len(m.Suffix):], m.Suffix)
	}
}

// Over is base with what the override names. The parts of an identity belong
// together: an override that names one of them replaces all of them.
func (o TLSOverride) Over(base ClientTLS) ClientTLS {
	if o.namesIdentity() {
		base.Certificate, base.Key, base.PKCS12, base.PasswordFile = "", "", "", ""
	}
	replace(&base.Certificate, o.Certificate)
	replace(&base.Key, o.Key)
	replace(&base.PKCS12, o.PKCS12)
	replace(&base.PasswordFile, o.PasswordFile)
	replace(&base.CA, o.CA)
	replace(&base.MinVersion, o.MinVersion)
	replace(&base.MaxVersion, o.MaxVersion)
	replace(&base.CipherSuites, o.CipherSuites)
	replace(&base.VerifyHost, o.VerifyHost)
	return base
}

func (o TLSOverride) namesIdentity() bool {
	return o.Certificate != nil || o.Key != nil || o.PKCS12 != nil || o.PasswordFile != nil
}

func replace[T any](value *T, named *T) {
	if named != nil {
		*value = *named
	}
}
