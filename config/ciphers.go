package config

import (
	"crypto/tls"
	"slices"
	"strings"
)

// tlsVersions are the file's words for TLS versions.
var tlsVersions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

// suiteNamed finds a suite of crypto/tls by its IANA name.
func suiteNamed(name string) (suite *tls.CipherSuite, weak bool) {
	named := func(s *tls.CipherSuite) bool { return s.Name == name }
	if i := slices.IndexFunc(tls.CipherSuites(), named); i >= 0 {
		return tls.CipherSuites()[i], false
	}
	if i := slices.IndexFunc(tls.InsecureCipherSuites(), named); i >= 0 {
		return tls.InsecureCipherSuites()[i], true
	}
	return nil, false
}

// onlyTLS13 tells the suites that crypto/tls turns on and off by itself.
func onlyTLS13(suite *tls.CipherSuite) bool {
	return slices.Equal(suite.SupportedVersions, []uint16{tls.VersionTLS13})
}

// suitesRemain tells whether a connection below TLS 1.3 could use one of the
// suites, or whether none is asked of them.
func suitesRemain(suites []string, minVersion, maxVersion string) bool {
	if len(suites) == 0 || minVersion == "1.3" {
		return true
	}
	return slices.ContainsFunc(suites, func(name string) bool {
		suite, _ := suiteNamed(name)
		return suite != nil && slices.ContainsFunc(suite.SupportedVersions, func(v uint16) bool {
			return v != tls.VersionTLS13 && v >= tlsVersions[minVersion] && v <= tlsVersions[maxVersion]
		})
	})
}

// suiteWarning says why naming a suite does not do what it seems to; empty if it does.
func suiteWarning(name string) string {
	suite, weak := suiteNamed(name)
	switch {
	case suite == nil && strings.HasPrefix(name, "TLS_"):
		return name + " is not supported and is left out"
	case suite == nil:
		return printable(name) + " is not the IANA name of a cipher suite and is left out"
	case onlyTLS13(suite):
		return name + " cannot be chosen: the suites of TLS 1.3 are all on whenever TLS 1.3 is"
	case weak:
		return name + " is weak"
	}
	return ""
}
