package migrate

import (
	"errors"
	"slices"
)

// clientTLS is one TLS configuration of VP towards producers.
type clientTLS struct {
	material
	tlsRange
	suites []string
}

// incomingTLS fills the https listener, which VP configures by its old keys
// only; the error says why there can be none.
func (t *translation) incomingTLS(listener *node) error {
	m, err := t.incomingMaterial()
	switch {
	case err != nil:
		return err
	case m.certificate == "":
		return errors.New("it has no certificate")
	case len(m.ca) == 0:
		return errors.New("it has no truststore: a listener says which authorities issue its callers' certificates")
	}
	n := listener.section("tls")
	n.set("certificate", text(m.certificate))
	n.set("key", text(m.key))
	n.list("client_ca", m.ca)
	const protocols = "tp.tls.allowedIncomingProtocols"
	versions := t.protocols(protocols, "", n.path("min_version"))
	suites := t.suites("tp.tls.allowedIncomingCipherSuites", "", n.path("cipher_suites"), &versions)
	writeRange(n, versions, suites, clientTLS{tlsRange: defaultRange})
	return nil
}

// incomingMaterial is what VP's listener shows and believes. Where a consumer
// bundle is set VP takes that for its listener too, by mistake.
func (t *translation) incomingMaterial() (material, error) {
	const bundle = "tp.tls.store.consumer.bundle"
	if name := t.get(bundle); name != "" {
		t.changed(bundle, "listeners[].tls", "used for the https listener too, because VP does so; tp.tls.store.producer.bundle is read by nothing")
		return t.bundle(name)
	}
	m, err := t.oldIdentity("producer", "server")
	if err != nil {
		return m, err
	}
	m.ca, err = t.oldTrust()
	return m, err
}

func (t *translation) outgoingTLS(n *node) {
	base := t.defaultTLS()
	section := n.section("default")
	writeTLS(section, base, clientTLS{tlsRange: defaultRange})
	t.verifyHost(section)
	overrides := n.section("overrides")
	names := map[string]bool{}
	for _, i := range t.overrideIndexes() {
		t.override(overrides, i, base, names)
	}
}

func (t *translation) verifyHost(n *node) {
	const key = "producer.https.hostnameVerification"
	verify, known := isTrue(t.get(key))
	if known && !verify {
		n.set("verify_host", "false", t.unsafe(key, n.path("verify_host"),
			"as in VP, any server with a certificate of the same authorities can pose as any producer; true here, and false in an override for the producers that need it, is better"))
		return
	}
	t.carry(n, "verify_host", key, asBool)
}

const defaultConfig = "vp.tls.default-config"

// defaultTLS is vp.tls.default-config, or VP's old keys where that is not set.
func (t *translation) defaultTLS() clientTLS {
	const target = "producers.tls.default"
	if t.usesDefaultConfig() {
		if t.get(defaultConfig+".name") == "" {
			t.changed(defaultConfig+".bundle", target, "without a name every https call fails in VP; not here")
		}
		if t.in.chart && !t.in.isGiven(defaultConfig+".cipher-suites-include") {
			t.changed(defaultConfig+".cipher-suites-include", target+".cipher_suites", "the 40 suites of the chart are not named: Go's own choice holds")
		}
		return t.tlsConfig(defaultConfig, target)
	}
	var c clientTLS
	c.material = t.oldOutgoing()
	c.tlsRange = t.protocols("tp.tls.allowedOutgoingProtocols", "", target+".min_version")
	c.suites = t.suites("tp.tls.allowedOutgoingCipherSuites", "", target+".cipher_suites", &c.tlsRange)
	return c
}

func (t *translation) usesDefaultConfig() bool {
	return t.in.chart || len(t.in.under(defaultConfig)) > 0
}

func (t *translation) oldOutgoing() material {
	const target, bundle = "producers.tls.default", "tp.tls.store.consumer.bundle"
	if name := t.get(bundle); name != "" {
		m, err := t.bundle(name)
		if err != nil {
			t.tell(Unread, bundle, target, err.Error())
		}
		t.kept(bundle, target)
		return m
	}
	m, err := t.oldIdentity("consumer", "client")
	if err != nil {
		t.changed("tp.tls.store.consumer.file", target, "no certificate is shown to producers: "+err.Error())
	}
	m.ca, err = t.oldTrust()
	if err != nil {
		t.changed("tp.tls.store.truststore.file", target+".ca", "the system's authorities are believed: "+err.Error())
	}
	return m
}

// tlsConfig reads the default or an override of vp.tls.
func (t *translation) tlsConfig(prefix, target string) clientTLS {
	var c clientTLS
	var err error
	if c.material, err = t.bundle(t.get(prefix + ".bundle")); err != nil {
		t.tell(Unread, prefix+".bundle", target, err.Error())
	}
	t.kept(prefix+".bundle", target+".certificate")
	t.kept(prefix+".name", target)
	c.tlsRange = t.protocols(prefix+".protocols-include", prefix+".protocols-exclude", target+".min_version")
	c.suites = t.suites(prefix+".cipher-suites-include", prefix+".cipher-suites-exclude", target+".cipher_suites", &c.tlsRange)
	return c
}

// writeTLS writes what c has and base has not; what base alone has is taken back.
func writeTLS(n *node, c, base clientTLS) {
	if c.certificate != base.certificate || c.key != base.key {
		n.set("certificate", text(c.certificate))
		n.set("key", text(c.key))
	}
	if !slices.Equal(c.ca, base.ca) {
		n.list("ca", c.ca)
	}
	writeRange(n, c.tlsRange, c.suites, base)
}

func writeRange(n *node, versions tlsRange, suites []string, base clientTLS) {
	if versions.low != base.low {
		n.set("min_version", text(versions.low))
	}
	if versions.high != base.high {
		n.set("max_version", text(versions.high))
	}
	if !slices.Equal(suites, base.suites) {
		n.list("cipher_suites", suites)
	}
}
