package migrate

import (
	"regexp"
	"strings"
	"sync"
)

// fate is what VP does with a key.
type fate int

const (
	live fate = iota // translated by one of the sections
	java             // read by VP, and about Java or its frameworks
	dead             // read by no code of VP, whatever its documentation says
)

// vpKey is one key of VP.
type vpKey struct {
	name  string
	jar   string // its default in the jar
	chart string // what VP's Helm chart sets
	same  bool   // the jar's default is rivgate's too, and need not be written
	fate  fate
	why   string // what is told of keys that are not live
}

const (
	whyActuator = "health and metrics are always served, in Spring's form too"
	whyThreads  = "there are no worker threads to count"
	whyAccess   = "log of Java's management server; every call is in the log anyway"
	whySpring1  = "dead in VP: a name of Spring Boot 1"
)

// vpKeys are the keys of VP outside the families of families.go. Jar and chart
// defaults are those of VP 4.9.
var vpKeys = []vpKey{
	{name: "vp.instance.id", jar: "dev_env", chart: "default_instance"},
	{name: "vp.instance.name", jar: "SKLTP_DEFAULT_NAME", chart: "SKLTP-DEFAULT"},
	{name: "vp.host", jar: "localhost", fate: java, why: "a placeholder: put into the values that name it"},
	{name: "vp.http.route.url", jar: "http://${vp.host}:12312/vp", chart: "http://0.0.0.0:8080/vp"},
	{name: "vp.https.route.url", jar: "https://${vp.host}:443/vp", chart: "https://0.0.0.0:20000/vp"},
	{name: "vp.status.url", jar: "http://${vp.host}:1080/status", chart: "http://0.0.0.0:8080/status"},
	{name: "vp.reset.cache.url", jar: "http://${vp.host}:23000/resetcache", chart: "http://0.0.0.0:23000/resetcache"},
	{name: "vp.hsa.reset.cache.url", jar: "http://${vp.host}:24000/resethsacache", chart: "http://0.0.0.0:24000/resethsacache"},
	{name: "server.port", jar: "8880", chart: "8089"},
	{name: "camel.springboot.name", jar: "vp-services", fate: java, why: "the name of a Camel context; log lines name rivgate"},
	{name: "camel.main.name", jar: "vp-services", fate: java, why: "the name of a Camel context; log lines name rivgate"},
	{name: "spring.profiles.include", jar: "security", fate: java, why: "Spring profiles: give every property file of VP with --properties"},
	{name: "spring.profiles.active", fate: java, why: "Spring profiles: give every property file of VP with --properties"},
	{name: "vp.use.routing.history", jar: "true", chart: "true", same: true},

	{name: "certificate.senderid.subject.pattern", jar: `(?:2.5.4.5|SERIALNUMBER)=([^,]+)`, same: true},
	{name: "http.forwarded.header.xfor", jar: "X-Forwarded-For", same: true},
	{name: "http.forwarded.header.host", jar: "X-VP-Forwarded-Host", same: true},
	{name: "http.forwarded.header.port", jar: "X-VP-Forwarded-Port", same: true},
	{name: "http.forwarded.header.proto", jar: "X-VP-Forwarded-Proto", same: true},
	{name: "http.forwarded.header.auth_cert", jar: "x-vp-auth-cert", chart: "X-Forwarded-Tls-Client-Cert", same: true},
	{name: "ip.whitelist", jar: "127.0.0.1", chart: "127.0.0.1,10."},
	{name: "sender.id.allowed.list", chart: "TSTNMT2321000156-B02", same: true},
	{name: "throw.vp013.when.originalconsumer.not.allowed", jar: "false", chart: "false", same: true},
	{name: "propagate.correlation.id.for.https", jar: "false", chart: "true", same: true},

	{name: "takcache.endpoint.address", jar: "http://localhost:8882/takmockservice", chart: "http://tak-services-svc:8080/tak-services/SokVagvalsInfo/v2"},
	{name: "takcache.persistent.file.name", chart: "/var/run/vp/data/localCache"}, // the jar's is c:/tmp/vp-camel/local-tak-cache.xml
	{name: "takcache.header.user.agent", jar: "SKLTP VP/3.1", fate: java, why: "TAK is asked as rivgate/VERSION"},
	{name: "hsa.files", chart: "/etc/vp/config/hsacachecomplementary.xml,/var/run/vp/hsafiles/hsacache.xml"}, // the jar's are below c:/vp
	{name: "hsa.lookup.behorighet.defaultEnabled", jar: "true", same: true},
	{name: "hsa.lookup.behorighet.exceptedNamespaces", same: true},
	{name: "hsa.lookup.vagval.defaultEnabled", jar: "true", same: true},
	{name: "hsa.lookup.vagval.exceptedNamespaces", same: true},
	{name: "defaultrouting.delimiter", jar: "#", same: true},
	{name: "defaultrouting.allowedContracts", chart: strings.Join(chartVGVEContracts, ","), same: true},
	{name: "defaultrouting.allowedSenderIds", same: true},
	{name: "vagvalrouter.default.routing.address.delimiter", fate: dead, why: "dead in VP: the delimiter is defaultrouting.delimiter, to vg_ve.delimiter"},

	{name: "producer.http.connect.timeout", jar: "2000", same: true},
	{name: "producer.https.connect.timeout", jar: "2000", same: true},
	{name: "producer.http.disconnect", jar: "false", same: true},
	{name: "producer.https.disconnect", jar: "false", same: true},
	{name: "producer.http.keepAlive", jar: "true", chart: "true", same: true},
	{name: "producer.https.keepAlive", jar: "true", chart: "true", same: true},
	{name: "producer.http.workers", jar: "50", fate: java, why: whyThreads},
	{name: "producer.https.workers", jar: "150", fate: java, why: whyThreads},
	{name: "producer.https.hostnameVerification", jar: "false"},
	{name: "producer.chunked.encoding", jar: "false", fate: java, why: "requests go out chunked exactly when their length is not known"},
	{name: "vp.producer.retry.attempts", jar: "1", same: true},
	{name: "vp.producer.retry.delay", jar: "2000", same: true},
	{name: "vp.max.receive.length", jar: "15728640", chart: "52428800"},
	{name: "vp.header.user.agent", jar: "SKLTP VP/4.3.x"},
	{name: "vp.header.content.type", jar: "text/xml;charset=UTF-8", same: true},
	{name: "headers.reg.exp.requestHeadersToRemove", jar: requestHeadersToRemove, chart: requestHeadersToRemove, same: true},
	{name: "headers.reg.exp.requestHeadersToKeep", jar: requestHeadersToKeep, same: true},
	{name: "headers.reg.exp.responseHeadersToRemove", jar: responseHeadersToRemove, same: true},
	{name: "headers.reg.exp.responseHeadersToKeep", same: true},
	{name: "timeout.json.file", jar: "timeoutconfig.json", chart: "/etc/vp/config/timeoutconfig.json"},
	{name: "timeout.json.file.default.tjanstekontrakt.name", jar: "default_timeouts", chart: "default_timeouts", same: true},

	{name: "wsdl.json.file", jar: "wsdlconfig.json", chart: "/etc/vp/config/wsdlconfig.json"},
	{name: "wsdlfiles.directory"}, // the jar's is C:/vp/wsdl/; the chart names a folder that it never mounts

	{name: "vp.logging.style", jar: "LEGACY"},
	{name: "message.logger.method", jar: "classic", fate: dead, why: "dead in VP as a key: the style is vp.logging.style, to log.format"},
	{name: "memory.logger.period.seconds", jar: "0", fate: java, why: "memory is in /metrics and in /status?memory"},
	{name: "management.server.port"},
	{name: "management.endpoints.web.exposure.include", jar: "health", chart: "health,metrics,prometheus"},
	{name: "management.endpoint.health.probes.enabled", fate: java, why: whyActuator},
	{name: "management.endpoint.health.show-details", fate: java, why: whyActuator},
	{name: "management.health.livenessState.enabled", fate: java, why: whyActuator},
	{name: "management.health.readinessState.enabled", fate: java, why: whyActuator},
	{name: "management.endpoint.health.group.readiness.include", fate: java, why: "readiness is a catalogue, and not draining"},
	{name: "management.endpoint.health.group.liveness.include", fate: java, why: whyActuator},
	{name: "management.endpoint.health.validate-group-membership", fate: java, why: whyActuator},
	{name: "management.endpoint.prometheus.enabled", fate: java, why: whyActuator},
	{name: "server.undertow.accesslog.dir", fate: java, why: whyAccess},
	{name: "server.undertow.accesslog.enabled", fate: java, why: whyAccess},
	{name: "server.undertow.accesslog.pattern", fate: java, why: whyAccess},
	{name: "server.undertow.accesslog.prefix", fate: java, why: whyAccess},
	{name: "server.undertow.accesslog.rotate", fate: java, why: whyAccess},
	{name: "server.undertow.accesslog.suffix", fate: java, why: whyAccess},
	{name: "server.forward-headers-strategy", fate: java, why: "about Java's management server"},
	{name: "management.security.enabled", fate: dead, why: whySpring1},
	{name: "endpoints.health.enabled", fate: dead, why: whySpring1},
	{name: "endpoints.camelroutes.enabled", fate: dead, why: whySpring1},
	{name: "endpoints.camelroutes.read-only", fate: dead, why: whySpring1},
	{name: "server.use.forward.headers", fate: dead, why: "dead in VP: read by nothing"},
	{name: "server.use-forward-headers", fate: dead, why: "dead in VP: read by nothing"},
	{name: "vp.connection.timeout", fate: dead, why: "dead in VP: the timeouts are producer.http(s).connect.timeout, to producers.connect_timeout"},
	{name: "vagvalrouter.sender.ip.adress.http.header", fate: dead, why: "dead in VP: the header is http.forwarded.header.xfor, to trust.client_ip_header"},
	{name: "vp.maxreceive.length", fate: dead, why: "dead in VP: the length is vp.max.receive.length, to limits.max_body"},
	{name: "camel.observation.enabled", fate: java, why: "spans go out when tracing.otlp_endpoint is set"},
	{name: "BASE_PATH", fate: java, why: "a placeholder: put into the values that name it"},
	{name: "DATA_PATH", fate: java, why: "a placeholder: put into the values that name it"},
	{name: "CONFIGURATION_VERSION_FILE", fate: dead, why: "dead in VP: read by nothing"},
	{name: "JAVA_OPTS", fate: java, why: "there is no Java; -D settings in it that name keys of VP have to be given in a property file"},

	{name: "tp.tls.store.location", jar: "classpath:/certs/"},
	{name: "tp.tls.store.truststore.file", jar: "truststore.jks"},
	{name: "tp.tls.store.truststore.password", jar: "password"},
	{name: "tp.tls.store.producer.file", jar: "tp.jks"},
	{name: "tp.tls.store.producer.password", jar: "password"},
	{name: "tp.tls.store.producer.keyPassword", jar: "password"},
	{name: "tp.tls.store.consumer.file", jar: "client.jks"},
	{name: "tp.tls.store.consumer.password", jar: "password"},
	{name: "tp.tls.store.consumer.keyPassword", jar: "password"},
	{name: "tp.tls.store.consumer.bundle"},
	{name: "tp.tls.store.producer.bundle", fate: dead, why: "dead in VP: read by nothing; its listener takes tp.tls.store.consumer.bundle"},
	{name: "tp.tls.allowedIncomingProtocols", jar: "TLSv1,TLSv1.1,TLSv1.2"},
	{name: "tp.tls.allowedOutgoingProtocols", jar: "TLSv1,TLSv1.1,TLSv1.2"},
	{name: "tp.tls.allowedIncomingCipherSuites", jar: "*"},
	{name: "tp.tls.allowedOutgoingCipherSuites", jar: "*"},
	{name: "vp.tls.default-config.name", chart: "main"},
	{name: "vp.tls.default-config.bundle", chart: "clientcert"},
	{name: "vp.tls.default-config.protocols-include", chart: "TLSv1.3,TLSv1.2"},
	{name: "vp.tls.default-config.protocols-exclude"},
	{name: "vp.tls.default-config.cipher-suites-include"},
	{name: "vp.tls.default-config.cipher-suites-exclude"},
	{name: "vp.tls.mtls-verification-enabled", jar: "false", fate: java, why: "it only logged; a producer that asks for a certificate gets the one of producers.tls"},
}

// VP's own lists of headers.
const (
	requestHeadersToRemove  = `(?i)x-vp.*|PEER_CERTIFICATES|X-Forwarded.*|MULE_.*|X-MULE_.*|Connection|accept-encoding|X-Forwarded-Tls-Client-Cert`
	requestHeadersToKeep    = `(?i)x-vp-sender-id|x-vp-instance-id`
	responseHeadersToRemove = `(?i)SOAPAction|MULE_.*|X-MULE_.*|LOCAL_CERTIFICATE|PEER_CERTIFICATES|http.method`
)

var chartVGVEContracts = []string{
	"urn:riv:ehr:accesscontrol:AssertCareEngagementResponder:1",
	"urn:riv:insuranceprocess:healthreporting:ReceiveMedicalCertificateQuestionResponder:1",
	"urn:riv:insuranceprocess:healthreporting:ReceiveMedicalCertificateAnswerResponder:1",
}

var keysByFold = sync.OnceValue(func() map[string]vpKey {
	index := make(map[string]vpKey, len(vpKeys))
	for _, key := range vpKeys {
		index[fold(key.name)] = key
	}
	return index
})

// keyNamed is the key of that name in any of its spellings.
func keyNamed(name string) (vpKey, bool) {
	key, ok := keysByFold()[fold(name)]
	return key, ok
}

// family is a set of keys whose names have a part that is free.
type family struct {
	names *regexp.Regexp // of folded names
	why   string         // what is told of those that nothing used
}

var families = []family{
	{regexp.MustCompile(`^spring\.ssl\.bundle\.(pem|jks)\..+\.(keystore|truststore|key|options|reloadonupdate)\b`), "a bundle that nothing uses"},
	{regexp.MustCompile(`^vp\.tls\.overrides\.\d+\.`), "belongs to an override that VP ignores"},
	{regexp.MustCompile(`^logging\.`), "levels are log.level, what is written of a call is log.events and log.payload"},
	{regexp.MustCompile(`^(management|server|spring|camel)\.`), "about Java's frameworks"},
}
