package migrate_test

import (
	"slices"
	"strings"
	"testing"

	"rivgate/internal/migrate"
)

// referenceKeys are all keys of VP with a value that is not its default, and
// what must become of each when it alone is given.
var referenceKeys = []struct {
	key, value string
	want       migrate.Outcome
}{
	{"vp.instance.id", "SE0000000000-VP01", migrate.Kept},
	{"vp.instance.name", "REGION", migrate.Kept},
	{"vp.host", "127.0.0.1", migrate.Dropped},
	{"vp.http.route.url", "http://127.0.0.1:8080/vp", migrate.Kept},
	{"vp.https.route.url", "https://127.0.0.1:8443/vp", migrate.Changed}, // its store is in VP's jar
	{"vp.status.url", "http://127.0.0.1:1081/status", migrate.Kept},
	{"vp.reset.cache.url", "http://127.0.0.1:23001/resetcache", migrate.Kept},
	{"vp.hsa.reset.cache.url", "http://127.0.0.1:24001/resethsacache", migrate.Kept},
	{"server.port", "8089", migrate.Kept},
	{"camel.springboot.name", "vp", migrate.Dropped},
	{"camel.main.name", "vp", migrate.Dropped},
	{"spring.profiles.include", "custom", migrate.Dropped},
	{"vp.use.routing.history", "false", migrate.Kept},

	{"certificate.senderid.subject.pattern", "OU=([^,]+)", migrate.Changed},
	{"http.forwarded.header.xfor", "X-Real-IP", migrate.Changed},
	{"http.forwarded.header.host", "X-Host", migrate.Kept},
	{"http.forwarded.header.port", "X-Port", migrate.Kept},
	{"http.forwarded.header.proto", "X-Proto", migrate.Kept},
	{"http.forwarded.header.auth_cert", "X-Cert", migrate.Kept},
	{"ip.whitelist", "10.", migrate.Kept},
	{"sender.id.allowed.list", "SE0000000000-A, SE0000000000-B", migrate.Kept},
	{"throw.vp013.when.originalconsumer.not.allowed", "true", migrate.Kept},
	{"propagate.correlation.id.for.https", "true", migrate.Kept},

	{"takcache.endpoint.address", "http://tak.example.se/v2", migrate.Kept},
	{"takcache.persistent.file.name", "/var/vp/tak.xml", migrate.Kept},
	{"takcache.header.user.agent", "VP", migrate.Dropped},
	{"hsa.files", "/nowhere/hsa.xml", migrate.Changed},
	{"hsa.lookup.behorighet.defaultEnabled", "false", migrate.Kept},
	{"hsa.lookup.behorighet.exceptedNamespaces", "urn:riv:a", migrate.Kept},
	{"hsa.lookup.vagval.defaultEnabled", "false", migrate.Kept},
	{"hsa.lookup.vagval.exceptedNamespaces", "urn:riv:a", migrate.Kept},
	{"defaultrouting.delimiter", "%", migrate.Kept},
	{"defaultrouting.allowedContracts", "urn:riv:a", migrate.Kept},
	{"defaultrouting.allowedSenderIds", "SE0000000000-A", migrate.Kept},
	{"vagvalrouter.default.routing.address.delimiter", "#", migrate.Dropped},

	{"producer.http.connect.timeout", "3000", migrate.Kept},
	{"producer.https.connect.timeout", "3000", migrate.Kept},
	{"producer.http.disconnect", "true", migrate.Changed},
	{"producer.https.disconnect", "true", migrate.Changed},
	{"producer.http.keepAlive", "false", migrate.Changed},
	{"producer.https.keepAlive", "false", migrate.Changed},
	{"producer.http.workers", "7", migrate.Dropped},
	{"producer.https.workers", "7", migrate.Dropped},
	{"producer.https.hostnameVerification", "false", migrate.Unsafe},
	{"producer.chunked.encoding", "true", migrate.Dropped},
	{"vp.producer.retry.attempts", "2", migrate.Changed},
	{"vp.producer.retry.delay", "500", migrate.Kept},
	{"vp.max.receive.length", "1048576", migrate.Changed},
	{"vp.header.user.agent", "SKLTP VP/3.1", migrate.Kept},
	{"vp.header.content.type", "text/plain", migrate.Dropped},
	{"headers.reg.exp.requestHeadersToRemove", "(?i)X-Local", migrate.Changed},
	{"headers.reg.exp.requestHeadersToKeep", "(?i)x-vp-other", migrate.Changed},
	{"headers.reg.exp.responseHeadersToRemove", "(?i)Server", migrate.Changed},
	{"headers.reg.exp.responseHeadersToKeep", "(?i)Via", migrate.Changed},
	{"timeout.json.file", "/nowhere/timeoutconfig.json", migrate.Changed},
	{"timeout.json.file.default.tjanstekontrakt.name", "others", migrate.Kept},
	{"wsdl.json.file", "/nowhere/wsdlconfig.json", migrate.Changed},
	{"wsdlfiles.directory", "/nowhere/wsdl", migrate.Changed},

	{"vp.logging.style", "ECS", migrate.Kept},
	{"message.logger.method", "ecs", migrate.Dropped},
	{"memory.logger.period.seconds", "60", migrate.Dropped},
	{"management.endpoints.web.exposure.include", "health,prometheus", migrate.Kept},
	{"management.endpoint.health.probes.enabled", "false", migrate.Dropped},
	{"management.endpoint.health.show-details", "never", migrate.Dropped},
	{"management.health.livenessState.enabled", "false", migrate.Dropped},
	{"management.health.readinessState.enabled", "false", migrate.Dropped},
	{"management.endpoint.health.group.readiness.include", "takCache", migrate.Dropped},
	{"management.endpoint.health.group.liveness.include", "livenessState", migrate.Dropped},
	{"management.endpoint.health.validate-group-membership", "true", migrate.Dropped},
	{"management.endpoint.prometheus.enabled", "false", migrate.Dropped},
	{"server.undertow.accesslog.dir", "/var/log", migrate.Dropped},
	{"server.undertow.accesslog.enabled", "true", migrate.Dropped},
	{"server.undertow.accesslog.pattern", "common", migrate.Dropped},
	{"server.undertow.accesslog.prefix", "a", migrate.Dropped},
	{"server.undertow.accesslog.rotate", "true", migrate.Dropped},
	{"server.undertow.accesslog.suffix", ".log", migrate.Dropped},
	{"server.forward-headers-strategy", "NATIVE", migrate.Dropped},
	{"management.security.enabled", "true", migrate.Dropped},
	{"endpoints.health.enabled", "false", migrate.Dropped},
	{"endpoints.camelroutes.enabled", "false", migrate.Dropped},
	{"endpoints.camelroutes.read-only", "false", migrate.Dropped},
	{"server.use.forward.headers", "true", migrate.Dropped},
	{"server.use-forward-headers", "true", migrate.Dropped},
	{"vp.connection.timeout", "1", migrate.Dropped},
	{"vagvalrouter.sender.ip.adress.http.header", "X", migrate.Dropped},
	{"vp.maxreceive.length", "1", migrate.Dropped},
	{"camel.observation.enabled", "false", migrate.Dropped},
	{"BASE_PATH", "/etc/vp", migrate.Dropped},
	{"DATA_PATH", "/var/vp", migrate.Dropped},
	{"CONFIGURATION_VERSION_FILE", "/etc/version", migrate.Dropped},

	{"tp.tls.store.location", "/nowhere", migrate.Kept},
	{"tp.tls.store.truststore.file", "t.jks", migrate.Changed},
	{"tp.tls.store.truststore.password", "x", migrate.Dropped},
	{"tp.tls.store.producer.file", "p.jks", migrate.Dropped},
	{"tp.tls.store.producer.password", "x", migrate.Dropped},
	{"tp.tls.store.producer.keyPassword", "x", migrate.Dropped},
	{"tp.tls.store.consumer.file", "c.jks", migrate.Changed},
	{"tp.tls.store.consumer.password", "x", migrate.Dropped},
	{"tp.tls.store.consumer.keyPassword", "x", migrate.Dropped},
	{"tp.tls.store.consumer.bundle", "missing", migrate.Unread},
	{"tp.tls.store.producer.bundle", "x", migrate.Dropped},
	{"tp.tls.allowedIncomingProtocols", "TLSv1.2", migrate.Dropped}, // without the listener's store there is no listener
	{"tp.tls.allowedOutgoingProtocols", "TLSv1.2,TLSv1.3", migrate.Kept},
	{"tp.tls.allowedIncomingCipherSuites", "*", migrate.Dropped},
	{"tp.tls.allowedOutgoingCipherSuites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", migrate.Kept},
	{"spring.ssl.bundle.pem.x.keystore.certificate", "a.crt", migrate.Dropped},
	{"spring.ssl.bundle.pem.x.keystore.private-key", "a.key", migrate.Dropped},
	{"spring.ssl.bundle.pem.x.keystore.private-key-password", "x", migrate.Dropped},
	{"spring.ssl.bundle.pem.x.truststore.certificate", "ca.crt", migrate.Dropped},
	{"spring.ssl.bundle.jks.x.keystore.location", "a.jks", migrate.Dropped},
	{"spring.ssl.bundle.jks.x.keystore.password", "x", migrate.Dropped},
	{"spring.ssl.bundle.jks.x.keystore.type", "JKS", migrate.Dropped},
	{"vp.tls.default-config.name", "main", migrate.Kept},
	{"vp.tls.default-config.bundle", "missing", migrate.Unread},
	{"vp.tls.default-config.protocols-include", "TLSv1.3", migrate.Kept},
	{"vp.tls.default-config.protocols-exclude", "TLSv1.3", migrate.Kept},
	{"vp.tls.default-config.cipher-suites-include", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", migrate.Kept},
	{"vp.tls.default-config.cipher-suites-exclude", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", migrate.Kept},
	{"vp.tls.overrides[0].name", "x", migrate.Dropped}, // without a match
	{"vp.tls.overrides[0].bundle", "x", migrate.Dropped},
	{"vp.tls.overrides[0].protocols-include", "TLSv1.3", migrate.Dropped},
	{"vp.tls.overrides[0].protocols-exclude", "TLSv1.3", migrate.Dropped},
	{"vp.tls.overrides[0].cipher-suites-include", "x", migrate.Dropped},
	{"vp.tls.overrides[0].cipher-suites-exclude", "x", migrate.Dropped},
	{"vp.tls.overrides[0].match.domain-name", "x", migrate.Dropped},
	{"vp.tls.overrides[0].match.domain-suffix", "x", migrate.Dropped},
	{"vp.tls.overrides[0].match.port", "1", migrate.Dropped},
	{"vp.tls.mtls-verification-enabled", "true", migrate.Dropped},
}

// Every key of VP is told of, under its own name, and taken for nothing else.
func TestEveryKeyOfVPIsHandled(t *testing.T) {
	for _, k := range referenceKeys {
		t.Run(k.key, func(t *testing.T) {
			w := newWorld(t)
			result := w.properties(k.key + "=" + k.value + "\n")
			if got := outcomes(result, k.key); !slices.Contains(got, k.want) {
				t.Errorf("outcomes %v, want %s:\n%s", got, k.want, printed(t, result))
			}
			for _, item := range result.Report.Items {
				if item.Key == k.key && strings.Contains(item.Reason, "not a key of VP") {
					t.Error(item)
				}
			}
		})
	}
}

func TestKeysThatVPDoesNotHave(t *testing.T) {
	w := newWorld(t)
	result := w.properties("vp.instance.idd=x\nhawtio.authentication.enabled=true\n")
	w.wantItem(result, "vp.instance.idd", migrate.Dropped, "not a key of VP")
	w.wantItem(result, "hawtio.authentication.enabled", migrate.Dropped, "not a key of VP")
}

func TestDeadKeysAreNamedAsDead(t *testing.T) {
	w := newWorld(t)
	dead := []string{
		"vagvalrouter.default.routing.address.delimiter", "message.logger.method", "vp.connection.timeout",
		"vagvalrouter.sender.ip.adress.http.header", "vp.maxreceive.length", "management.security.enabled", "tp.tls.store.producer.bundle",
	}
	result := w.properties(strings.Join(dead, "=x\n") + "=x\n")
	for _, key := range dead {
		w.wantItem(result, key, migrate.Dropped, "dead in VP")
	}
}
