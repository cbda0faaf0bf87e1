package config

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// validator makes the checks that span keys.
type validator struct {
	*Config
	decoding Errors // what the walk found already
	problems Errors
}

// validate finds what contradicts itself in a decoded file. A key that could
// not be decoded has no second problem: decoding tells those.
func validate(c *Config, decoding Errors) Errors {
	v := &validator{Config: c, decoding: decoding}
	v.listeners()
	v.addresses()
	v.catalogue()
	v.virtualisations()
	v.producerTLS()
	v.wsdlSources()
	return v.problems
}

func (v *validator) problem(key, format string, args ...any) {
	known := func(p Problem) bool { return within(p.Key, key) || within(key, p.Key) }
	if !slices.ContainsFunc(v.decoding, known) {
		v.problems = append(v.problems, v.Problem(key, fmt.Sprintf(format, args...)))
	}
}

// unique makes a problem of every item whose value an earlier one has. Empty
// values are the required tag's business.
func (v *validator) unique(n int, key, value func(i int) string) {
	first := map[string]int{}
	for i := range n {
		earlier, taken := first[value(i)]
		switch {
		case value(i) == "":
		case taken:
			v.problem(key(i), "the same as %s", key(earlier))
		default:
			first[value(i)] = i
		}
	}
}

func (v *validator) listeners() {
	v.unique(len(v.Listeners),
		func(i int) string { return fmt.Sprintf("listeners[%d].name", i) },
		func(i int) string { return v.Listeners[i].Name })
	for i, listener := range v.Listeners {
		if listener.TLS != nil {
			v.listenerTLS(fmt.Sprintf("listeners[%d].tls", i), listener.TLS)
		}
	}
}

func (v *validator) listenerTLS(key string, t *ListenerTLS) {
	id := credentials{t.Certificate, t.Key, t.PKCS12, t.PasswordFile}
	if id == (credentials{}) {
		v.problem(key+".certificate", "missing: a TLS listener needs certificate and key, or pkcs12")
	}
	v.credentials(key, id)
	v.versions(key, t.CipherSuites, t.MinVersion, t.MaxVersion)
	if r := t.Revocation; r.Mode != RevocationOff && len(r.CRL) == 0 && !r.OCSP {
		v.problem(key+".revocation.mode", "%s needs crl or ocsp", r.Mode)
	}
}

// credentials are the parts of a TLS identity in one of its two forms.
type credentials struct{ certificate, key, pkcs12, password Path }

func (v *validator) credentials(key string, c credentials) {
	switch {
	case c.pkcs12 != "" && c.certificate != "":
		v.problem(key+".pkcs12", "excludes certificate")
	case c.pkcs12 != "" && c.key != "":
		v.problem(key+".pkcs12", "excludes key")
	case c.certificate != "" && c.key == "":
		v.problem(key+".key", "missing: certificate needs it")
	case c.key != "" && c.certificate == "":
		v.problem(key+".certificate", "missing: key needs it")
	}
	if c.password != "" && c.pkcs12 == "" {
		v.problem(key+".password_file", "belongs to pkcs12, which is not set")
	}
}

func (v *validator) versions(key string, suites []string, minVersion, maxVersion string) {
	if tlsVersions[minVersion] > tlsVersions[maxVersion] {
		v.problem(key+".min_version", "%s is above max_version %s", minVersion, maxVersion)
		return
	}
	if !suitesRemain(suites, minVersion, maxVersion) {
		v.problem(key+".cipher_suites", "none of these can be used below TLS 1.3: name others, or set min_version to \"1.3\"")
	}
}

// addresses refuses two listeners on one address, which could not be bound.
func (v *validator) addresses() {
	keys, addresses := v.bound()
	for i := range addresses {
		for j := range i {
			if overlap(addresses[i], addresses[j]) {
				v.problem(keys[i], "%s is taken by %s", addresses[i], keys[j])
				break
			}
		}
	}
}

// bound lists every address to listen on, with its key.
func (c *Config) bound() (keys, addresses []string) {
	add := func(key, address string) {
		if address != "" {
			keys, addresses = append(keys, key), append(addresses, address)
		}
	}
	for i, listener := range c.Listeners {
		add(fmt.Sprintf("listeners[%d].address", i), listener.Address)
	}
	add("admin.address", c.Admin.Address)
	for i, also := range c.Admin.Also {
		add(fmt.Sprintf("admin.also[%d].address", i), also.Address)
	}
	return keys, addresses
}

func overlap(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	return hostA == hostB || isEveryInterface(hostA) || isEveryInterface(hostB)
}

func isEveryInterface(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

func (v *validator) catalogue() {
	switch {
	case v.TAK.File != "" && v.TAK.Address != "":
		v.problem("tak.file", "excludes address")
	case v.TAK.File == "" && v.TAK.Address == "":
		v.problem("tak.address", "missing: the catalogue comes from address or file")
	}
	v.clientTLS("tak.tls", v.TAK.TLS)
}

func (v *validator) clientTLS(key string, t ClientTLS) {
	v.credentials(key, credentials{t.Certificate, t.Key, t.PKCS12, t.PasswordFile})
	v.versions(key, t.CipherSuites, t.MinVersion, t.MaxVersion)
}

func (v *validator) virtualisations() {
	overrides := v.Virtualisations.Overrides
	v.unique(len(overrides),
		func(i int) string { return fmt.Sprintf("virtualisations.overrides[%d]", i) },
		func(i int) string {
			if overrides[i].Contract == "" {
				return ""
			}
			return overrides[i].Contract + "\n" + strings.ToLower(overrides[i].Receiver)
		})
}

func (v *validator) producerTLS() {
	base := v.Producers.TLS.Default
	v.clientTLS("producers.tls.default", base)
	for i, override := range v.Producers.TLS.Overrides {
		key := fmt.Sprintf("producers.tls.overrides[%d]", i)
		switch {
		case override.Match == TLSMatch{}:
			v.problem(key+".match", "names nothing: want host, suffix or port")
		case override.Match.Host != "" && override.Match.Suffix != "":
			v.problem(key+".match.host", "excludes suffix")
		}
		merged := override.Over(base)
		if override.namesIdentity() {
			v.credentials(key, credentials{merged.Certificate, merged.Key, merged.PKCS12, merged.PasswordFile})
		}
		if override.MinVersion != nil || override.MaxVersion != nil || override.CipherSuites != nil {
			v.versions(key, merged.CipherSuites, merged.MinVersion, merged.MaxVersion)
		}
	}
}

func (v *validator) wsdlSources() {
	v.unique(len(v.WSDL.Sources),
		func(i int) string { return fmt.Sprintf("wsdl.sources[%d].contract", i) },
		func(i int) string { return v.WSDL.Sources[i].Contract })
}
