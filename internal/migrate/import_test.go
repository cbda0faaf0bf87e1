package migrate_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"rivgate/config"
	"rivgate/internal/migrate"
)

// VP as it comes out of its jar: nothing is set.
func TestDefaultConfiguration(t *testing.T) {
	w := newWorld(t)
	result := w.properties("")
	cfg := w.load(result)
	w.check(result)
	equal(t, "instance.id", cfg.Instance.ID, "dev_env")
	equal(t, "instance.name", cfg.Instance.Name, "SKLTP_DEFAULT_NAME")
	equal(t, "listeners", len(cfg.Listeners), 1) // the key of the other is in the jar, and DSA
	equal(t, "listeners[0].address", cfg.Listeners[0].Address, "localhost:12312")
	equal(t, "listeners[0].path", cfg.Listeners[0].Path, "/vp")
	equal(t, "admin.address", cfg.Admin.Address, "localhost:1080")
	wantAlso(t, cfg, map[string]string{"localhost:23000": "resetcache", "localhost:24000": "resethsacache", ":8880": "health"})
	equalLists(t, "trust.proxies", cfg.Trust.Proxies, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
	equal(t, "trust.sender_attribute", cfg.Trust.SenderAttribute, "serialNumber")
	equal(t, "trust.certificate_header", cfg.Trust.CertificateHeader, "x-vp-auth-cert")
	equal(t, "trust.routing_history", cfg.Trust.RoutingHistory, true)
	equal(t, "trust.original_consumer.enforce", cfg.Trust.OriginalConsumer.Enforce, false)
	equal(t, "tak.address", cfg.TAK.Address, "http://localhost:8882/takmockservice")
	equal(t, "tak.follow_wsdl", cfg.TAK.FollowWSDL, true)
	equal(t, "hsa.routes.enabled", cfg.HSA.Routes.Enabled, true)
	equal(t, "hsa.permissions.enabled", cfg.HSA.Permissions.Enabled, true)
	equal(t, "vg_ve.delimiter", cfg.VGVE.Delimiter, "#")
	equal(t, "virtualisations.default.timeout", cfg.Virtualisations.Default.Timeout, 29*time.Second)
	equal(t, "virtualisations.default.keep_alive", cfg.Virtualisations.Default.KeepAlive, true)
	equal(t, "virtualisations.timeout_default_name", cfg.Virtualisations.TimeoutDefaultName, "default_timeouts")
	equal(t, "producers.connect_timeout", cfg.Producers.ConnectTimeout, 2*time.Second)
	equal(t, "producers.retry", cfg.Producers.Retry, config.Retry{Attempts: 1, Delay: 2 * time.Second})
	equal(t, "producers.user_agent", cfg.Producers.UserAgent, "SKLTP VP/4.3.x")
	equal(t, "producers.propagate_correlation_id", cfg.Producers.PropagateCorrelationID, config.PropagateCorrelationID{HTTP: true})
	equal(t, "producers.tls.default.verify_host", cfg.Producers.TLS.Default.VerifyHost, false)
	equal(t, "limits.max_body", cfg.Limits.MaxBody, 15<<20)
	equal(t, "log.format", cfg.Log.Format, "legacy")
	equal(t, "log.events", cfg.Log.Events, "vp")
	equal(t, "log.compat_types", cfg.Log.CompatTypes, "strings")
	equal(t, "log.payload", cfg.Log.Payload, "off")
	w.wantItem(result, "producer.https.hostnameVerification", migrate.Unsafe, "pose as any producer")
	w.wantItem(result, "vp.https.route.url", migrate.Changed, "inside VP's jar")
}

func wantAlso(t *testing.T, cfg *config.Config, want map[string]string) {
	t.Helper()
	for _, also := range cfg.Admin.Also {
		if serve := strings.Join(also.Serve, ","); want[also.Address] != serve {
			t.Errorf("admin.also %s serves %s, want %s", also.Address, serve, want[also.Address])
		}
		delete(want, also.Address)
	}
	for address := range want {
		t.Errorf("admin.also has no %s", address)
	}
}

// The settings of an installation, none of them VP's default.
const fullProperties = `
vp.instance.id=SE0000000000-VP01
vp.instance.name=REGION Väst
vp.host=10.1.2.3
vp.http.route.url=http://${vp.host}:8080/vp/
vp.https.route.url=https://0.0.0.0:20000
vp.status.url=http://localhost:1080/vpstatus
vp.reset.cache.url=http://0.0.0.0:23000/resetcache
vp.hsa.reset.cache.url=http://0.0.0.0:23000/resethsacache
server.port=8089
management.endpoints.web.exposure.include=*
vp.use.routing.history=TRUE
certificate.senderid.subject.pattern=OU=([^,]+)
http.forwarded.header.xfor=X-Real-IP
http.forwarded.header.auth_cert=X-Forwarded-Tls-Client-Cert
http.forwarded.header.host=X-Host
ip.whitelist=127.0.0.1, 10.,192.168.7.
sender.id.allowed.list=SE0000000000-A, , SE0000000000-B
throw.vp013.when.originalconsumer.not.allowed=true
propagate.correlation.id.for.https=true
takcache.endpoint.address=https://vp:` + storePassword + `@tak.example.se/SokVagvalsInfo/v2
takcache.persistent.file.name=data/localCache
hsa.files=b.xml,classpath:a.xml,a.xml
hsa.lookup.vagval.defaultEnabled=false
hsa.lookup.vagval.exceptedNamespaces=urn:riv:a,urn:riv:b
defaultrouting.delimiter=
defaultrouting.allowedContracts=urn:riv:a
producer.http.connect.timeout=1500
producer.https.connect.timeout=4000
producer.http.disconnect=true
producer.https.hostnameVerification=true
vp.producer.retry.attempts=-1
vp.producer.retry.delay=250
vp.max.receive.length=157286640
vp.header.user.agent=SKLTP VP/3.1
headers.reg.exp.requestHeadersToRemove=(?i)x-vp.*|PEER_CERTIFICATES|X-Forwarded.*|MULE_.*|X-MULE_.*|Connection|accept-encoding|X-Forwarded-Tls-Client-Cert|x-local.*|Cookie|x(a|b)|Via
headers.reg.exp.requestHeadersToKeep=(?i)x-vp-sender-id|x-vp-instance-id|Via
headers.reg.exp.responseHeadersToRemove=(?i)SOAPAction|MULE_.*|X-MULE_.*|LOCAL_CERTIFICATE|PEER_CERTIFICATES|http.method|Server
timeout.json.file=timeoutconfig.json
timeout.json.file.default.tjanstekontrakt.name=others
wsdl.json.file=wsdlconfig.json
wsdlfiles.directory=wsdl
vp.logging.style=ECS
`

func TestFullConfiguration(t *testing.T) {
	w := newWorld(t)
	const hsa = `<HsaUnitsResponse xmlns="urn:riv:hsa"><hsaUnits><hsaUnit><hsaIdentity>SE</hsaIdentity><DN>c=SE</DN><name>root</name></hsaUnit></hsaUnits></HsaUnitsResponse>`
	w.write("a.xml", hsa)
	w.write("b.xml", hsa)
	w.write("timeoutconfig.json", `[{"tjanstekontrakt": "others", "routetimeout": 30000, "producertimeout": 35000}]`)
	w.write("wsdlconfig.json", `[{"tjanstekontrakt": "urn:riv:a", "wsdlfilepath": "classpath:a.wsdl", "wsdlurl": "vp/a"}]`)
	if err := os.Mkdir(w.path("wsdl"), 0o755); err != nil {
		t.Fatal(err)
	}
	result := w.properties(fullProperties)
	cfg := w.load(result)
	wantNoSecrets(t, result)
	if n := result.Report.Count(migrate.Unread); n > 0 {
		t.Errorf("%d items unread:\n%s", n, printed(t, result))
	}
	equal(t, "instance.id", cfg.Instance.ID, "SE0000000000-VP01")
	equal(t, "instance.name", cfg.Instance.Name, "REGION Väst")
	equal(t, "listeners[0].address", cfg.Listeners[0].Address, "10.1.2.3:8080")
	equal(t, "listeners[0].path", cfg.Listeners[0].Path, "/vp")
	equal(t, "admin.address", cfg.Admin.Address, "localhost:1080")
	wantAlso(t, cfg, map[string]string{"0.0.0.0:23000": "resetcache,resethsacache", ":8089": "health,metrics"})
	equal(t, "trust.routing_history", cfg.Trust.RoutingHistory, false) // VP compares with true exactly
	equal(t, "trust.sender_attribute", cfg.Trust.SenderAttribute, "OU")
	equal(t, "trust.client_ip_header", cfg.Trust.ClientIPHeader, "X-Real-IP")
	equal(t, "trust.certificate_header", cfg.Trust.CertificateHeader, "X-Forwarded-Tls-Client-Cert")
	equal(t, "headers.forwarded.host", cfg.Headers.Forwarded.Host, "X-Host")
	equalLists(t, "trust.proxies", cfg.Trust.Proxies, []netip.Prefix{
		netip.MustParsePrefix("127.0.0.1/32"),
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.7.0/24"),
	})
	equalLists(t, "trust.original_consumer.allowed_senders", cfg.Trust.OriginalConsumer.AllowedSenders, []string{"SE0000000000-A", "SE0000000000-B"})
	equal(t, "trust.original_consumer.enforce", cfg.Trust.OriginalConsumer.Enforce, true)
	equal(t, "producers.propagate_correlation_id.https", cfg.Producers.PropagateCorrelationID.HTTPS, true)
	equal(t, "tak.address", cfg.TAK.Address, "https://tak.example.se/SokVagvalsInfo/v2")
	equal(t, "tak.local_copy", string(cfg.TAK.LocalCopy), w.path("data/localCache"))
	equalLists(t, "hsa.files", cfg.HSA.Files, []config.Path{config.Path(w.path("b.xml")), config.Path(w.path("a.xml"))})
	equal(t, "hsa.routes.enabled", cfg.HSA.Routes.Enabled, false)
	equalLists(t, "hsa.routes.except", cfg.HSA.Routes.Except, []string{"urn:riv:a", "urn:riv:b"})
	equal(t, "hsa.permissions.enabled", cfg.HSA.Permissions.Enabled, true)
	equal(t, "vg_ve.delimiter", cfg.VGVE.Delimiter, "")
	equalLists(t, "vg_ve.contracts", cfg.VGVE.Contracts, []string{"urn:riv:a"})
	equal(t, "producers.connect_timeout", cfg.Producers.ConnectTimeout, 4*time.Second)
	equal(t, "virtualisations.default.keep_alive", cfg.Virtualisations.Default.KeepAlive, false)
	equal(t, "virtualisations.timeout_file", string(cfg.Virtualisations.TimeoutFile), w.path("timeoutconfig.json"))
	equal(t, "virtualisations.timeout_default_name", cfg.Virtualisations.TimeoutDefaultName, "others")
	equal(t, "producers.tls.default.verify_host", cfg.Producers.TLS.Default.VerifyHost, true)
	equal(t, "producers.retry", cfg.Producers.Retry, config.Retry{Attempts: 10, Delay: 250 * time.Millisecond})
	equal(t, "producers.user_agent", cfg.Producers.UserAgent, "SKLTP VP/3.1")
	equal(t, "limits.max_body", cfg.Limits.MaxBody, 157286640)
	equalLists(t, "headers.remove_request", cfg.Headers.RemoveRequest, []string{"x-local*", "Cookie"})
	equalLists(t, "headers.remove_response", cfg.Headers.RemoveResponse, []string{"Server"})
	equal(t, "wsdl.file", string(cfg.WSDL.File), w.path("wsdlconfig.json"))
	equal(t, "wsdl.directory", string(cfg.WSDL.Directory), w.path("wsdl"))
	equal(t, "log.format", cfg.Log.Format, "ecs")

	w.wantItem(result, "vp.status.url", migrate.Changed, "the path is /status")
	w.wantItem(result, "takcache.endpoint.address", migrate.Unsafe, "left out")
	w.wantItem(result, "hsa.files", migrate.Changed, "classpath:a.xml")
	w.wantItem(result, "producer.http.connect.timeout", migrate.Changed, "the longer one, 4s")
	w.wantItem(result, "vp.producer.retry.attempts", migrate.Changed, "for ever")
	w.wantItem(result, "headers.reg.exp.requestHeadersToRemove", migrate.Unsafe, "x(a|b)")
	w.wantItem(result, "headers.reg.exp.requestHeadersToKeep", migrate.Changed, "Via")
	w.wantItem(result, "wsdl.json.file", migrate.Changed, "urn:riv:a")
}

// Later files win, over what they were written in.
func TestLaterFilesWin(t *testing.T) {
	w := newWorld(t)
	first := w.write("application.properties", "vp.instance.id=first\nvp.instance.name=FIRST\nvp.http.route.url=http://127.0.0.1:1/vp\n")
	second := w.write("pod.env", "HOME=/root\nVP_INSTANCE_ID=second\nVP_HTTP_ROUTE_URL=http://127.0.0.1:2/vp\n")
	third := w.write("application-custom.properties", "vp.instance.id=third\n")
	result := w.run(first, second, third)
	cfg := w.load(result)
	equal(t, "instance.id", cfg.Instance.ID, "third")
	equal(t, "instance.name", cfg.Instance.Name, "FIRST")
	equal(t, "listeners[0].address", cfg.Listeners[0].Address, "127.0.0.1:2")
	w.wantItem(result, "other environment variables", migrate.Dropped, "HOME")
}

func TestChart(t *testing.T) {
	w := newWorld(t)
	result := w.run(w.write("values.yaml", `
skltp: {instanceId: SE0000000000-VP01, maxReceiveLength: "1048576", urls: {httpRoute: "http://0.0.0.0:9080/vp"}}
paths: {base: /srv/vp}
server: {port: "8090"}
management: {endpointsWebExposureInclude: [health, prometheus]}
ipWhiteList_vp: {prefixes: [127.0.0.1, '10.']}
senderIdAllowedList: SE0000000000-A
producer: {httpWorkers: 4}
messageLoggerMethod: ecs
deployment: {replicaCount: 3}
environment: {variables: {config_maps: [mine], secrets: []}}
tls:
  bundles: [{name: clientcert, tlsSecret: s, truststoreConfigMap: c}]
  defaultConfig: {name: main, bundle: clientcert, protocolsInclude: [TLSv1.3, TLSv1.2], cipherSuitesInclude: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256]}
  overrides: [{name: old, bundle: clientcert, match: {domainSuffix: .example.se, port: 8443}, protocolsInclude: [TLSv1.2]}]
whatever: 1
`))
	cfg := w.load(result)
	equal(t, "instance.id", cfg.Instance.ID, "SE0000000000-VP01")
	equal(t, "instance.name", cfg.Instance.Name, "SKLTP-DEFAULT") // the chart's default
	equal(t, "listeners[0].address", cfg.Listeners[0].Address, "0.0.0.0:9080")
	equal(t, "admin.address", cfg.Admin.Address, "0.0.0.0:8080") // where the chart has the status, free now
	wantAlso(t, cfg, map[string]string{"0.0.0.0:23000": "resetcache", "0.0.0.0:24000": "resethsacache", ":8090": "health,metrics"})
	equal(t, "limits.max_body", cfg.Limits.MaxBody, 1<<20)
	equal(t, "trust.certificate_header", cfg.Trust.CertificateHeader, "X-Forwarded-Tls-Client-Cert")
	equalLists(t, "trust.original_consumer.allowed_senders", cfg.Trust.OriginalConsumer.AllowedSenders, []string{"SE0000000000-A"})
	equal(t, "hsa.files[0]", string(cfg.HSA.Files[0]), "/srv/vp/config/hsacachecomplementary.xml")
	equal(t, "tak.local_copy", string(cfg.TAK.LocalCopy), "/var/run/vp/data/localCache")
	equal(t, "producers.tls.default.key", string(cfg.Producers.TLS.Default.Key), "/srv/vp/certs/clientcert-keystore/tls.key")
	equal(t, "producers.tls.default.ca", string(cfg.Producers.TLS.Default.CA[0]), "/srv/vp/certs/clientcert-truststore/ca.crt")
	old, index := cfg.Producers.TLS.For("a.example.se", 8443)
	equal(t, "override", index, 0)
	equal(t, "its max_version", old.MaxVersion, "1.2")
	equal(t, "its cipher suites", len(old.CipherSuites), 0)
	w.wantItem(result, "vp.tls.default-config.cipher-suites-include", migrate.Changed, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")
	w.wantItem(result, "environment.variables.config_maps", migrate.Dropped, "as env prints them")
	w.wantItem(result, "deployment", migrate.Dropped, "not the gateway")
	w.wantItem(result, "message.logger.method", migrate.Dropped, "dead in VP")
	w.wantItem(result, "whatever", migrate.Dropped, "not a value of VP's chart")
	if got := outcomes(result, "environment.variables.secrets"); len(got) > 0 {
		t.Errorf("an empty list is told of: %v", got)
	}
}

// VP's own chart puts the status on the port of the calls.
func TestStatusOnThePortOfTheCalls(t *testing.T) {
	w := newWorld(t)
	result := w.properties("vp.http.route.url=http://0.0.0.0:8080/vp\nvp.status.url=http://0.0.0.0:8080/status\nserver.port=8081\nvp.reset.cache.url=http://localhost:8080/resetcache\n")
	cfg := w.load(result)
	equal(t, "admin.address", cfg.Admin.Address, "0.0.0.0:8081")
	wantAlso(t, cfg, map[string]string{"localhost:24000": "resethsacache"})
	w.wantItem(result, "vp.status.url", migrate.Changed, "asked at 0.0.0.0:8081 now")
	w.wantItem(result, "server.port", migrate.Changed, "asked at admin.address")
	w.wantItem(result, "vp.reset.cache.url", migrate.Changed, "asked at admin.address")
}

func TestUnknownPatternIsToBeDecided(t *testing.T) {
	w := newWorld(t)
	result := w.properties("certificate.senderid.subject.pattern=OU=(SE[^,]+)\n")
	w.load(result)
	w.wantItem(result, "certificate.senderid.subject.pattern", migrate.Unsafe, "decide")
}

func TestEmptyWhitelist(t *testing.T) {
	w := newWorld(t)
	result := w.properties("ip.whitelist=\n")
	equal(t, "trust.proxies", len(w.load(result).Trust.Proxies), 0)
	w.wantItem(result, "ip.whitelist", migrate.Changed, "nobody")
}

// What cannot be said is left out, told, and fails no other setting.
func TestUnusableValues(t *testing.T) {
	for key, value := range map[string]string{
		"vp.http.route.url": "localhost", "vp.status.url": "x", "vp.reset.cache.url": "ftp://x/", "takcache.endpoint.address": "http://a:b c/",
		"vp.max.receive.length": "0", "vp.producer.retry.delay": "-1", "vp.producer.retry.attempts": "x", "producer.http.connect.timeout": "0",
		"producer.http.keepAlive": "maybe", "producer.https.hostnameVerification": "maybe", "vp.instance.id": "a#b", "vp.instance.name": "${NAME_OF_THIS}",
		"hsa.lookup.vagval.defaultEnabled": "x", "http.forwarded.header.xfor": "not a header",
	} {
		t.Run(key, func(t *testing.T) {
			w := newWorld(t)
			result := w.properties(key + "=" + value + "\n")
			if result.Report.Count(migrate.Unread) == 0 {
				t.Errorf("nothing is told:\n%s\n%s", result.Files[0].Content, printed(t, result))
			}
		})
	}
}

func TestImportNeedsFiles(t *testing.T) {
	w := newWorld(t)
	for name, files := range map[string][]string{
		"none":      nil,
		"missing":   {w.path("none.properties")},
		"no YAML":   {w.write("values.yaml", "a: [\n")},
		"no escape": {w.write("bad.properties", `a=\u12`)},
	} {
		if _, err := migrate.Import(migrate.Options{Files: files, Out: w.path("out.yaml")}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Everything that keeps files from being read is told at once, with file and line,
// since Java would start with none of it.
func TestImportNamesAllThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	files := []string{
		w.write("first.properties", "a=1\nvp.instance.id=\\uZZZZ\nb=\\\n  2\nc=\\u12\n"), w.write("good.properties", "vp.instance.id=x\n"),
		w.path("none.properties"), w.write("values.yaml", "x: 1\na: [\n"), w.write("last.properties", `\uzzzz=1`),
	}
	_, err := migrate.Import(migrate.Options{Files: files, Out: w.path("out.yaml")})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		w.path("first.properties") + `:2: "\\uZZZZ"`, w.path("first.properties") + `:5: "\\u12"`, w.path("none.properties"), w.path("values.yaml") + ":",
		w.path("last.properties") + ":1: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), w.dir); n != 5 {
		t.Errorf("%d places, want 5, each named once:\n%v", n, err)
	}
}

// What exists is never replaced unasked, not even a part of it.
func TestWrite(t *testing.T) {
	p, w := newPKI(t), newWorld(t)
	w.write("tp.jks", jksIdentity(t, p.server, p.ca))
	w.write("client.jks", jksIdentity(t, p.client, p.ca))
	w.write("truststore.jks", jksTrust(t, p.ca))
	result := w.properties(oldStores)
	w.write("rivgate-client.key", "precious")
	if err := result.Write(false); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("got %v, want a refusal", err)
	}
	if _, err := os.Stat(w.path("rivgate.yaml")); !os.IsNotExist(err) {
		t.Errorf("the configuration was written: %v", err)
	}
	if got := string(must[[]byte](t)(os.ReadFile(w.path("rivgate-client.key")))); got != "precious" {
		t.Error("a file was replaced")
	}
	if err := result.Write(true); err != nil {
		t.Fatal(err)
	}
	wantOwnerOnly(t, w.dir, "rivgate-client.key") // although the older one was open
}
