package e2e

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const (
	storePassword = "fiktivt-lager"
	keyPassword   = "fiktiv-nyckel"
)

// installation is a folder of VP's, with what stands around it.
type installation struct {
	dir             string
	ca              *lab.CA
	server          *lab.Identity // VP's own, in tp.jks
	client, partner *lab.Identity // towards producers: in client.p12, and as PEM
	consumer        *lab.Identity
	usual, special  *lab.Producer // the second is called as partner
	tak             *lab.TAK
	catalogue       lab.Catalogue
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	ca := labtest.CA(t, "CA")
	issue := func(id string) *lab.Identity {
		return labtest.Issue(t, ca, lab.Subject{SerialNumber: id, CN: "fictive"}, lab.Hosts("localhost", "127.0.0.1"))
	}
	in := &installation{
		dir: t.TempDir(), ca: ca, consumer: issue(consumerID),
		server: issue("SE0000000000-VP01"), client: issue("SE0000000000-VP01C"), partner: issue("SE0000000000-PARTNER"),
	}
	producer := lab.ServerTLS(labtest.Issue(t, ca, lab.Subject{CN: "producer"}, lab.ForServer("127.0.0.1")), ca)
	in.usual = labtest.Producer(t, lab.ProducerOptions{TLS: producer})
	in.special = labtest.Producer(t, lab.ProducerOptions{TLS: producer})
	catalogue := &in.catalogue
	catalogue.Route(getThing, "RIVTABP20", in.usual.URL("/ok"), "SE0000000003-1234")
	catalogue.Route(getThing, "RIVTABP21", in.special.URL("/ok"), "SPECIAL")
	catalogue.Route(slowThing, "RIVTABP21", in.usual.URL("/slow"), "SLOW")
	catalogue.Permit(consumerID, getThing, "SE0000000001-1234", "SPECIAL")
	catalogue.Permit(consumerID, slowThing, "SLOW")
	in.tak = labtest.TAK(t, *catalogue)
	in.writeFiles(t)
	in.writeStores(t)
	return in
}

func (in *installation) write(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join(in.dir, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, content, 0o600))
}

func (in *installation) writeFiles(t *testing.T) {
	t.Helper()
	_, port, err := net.SplitHostPort(in.special.Address())
	must(t, err)
	in.write(t, "application.properties", fmt.Appendf(nil, vpProperties, in.tak.URL(), storePassword, keyPassword))
	in.write(t, "pod.env", fmt.Appendf(nil, vpEnvironment, storePassword, port))
	in.write(t, "timeoutconfig.json", []byte(`[
  {"tjanstekontrakt": "default_timeouts", "routetimeout": 6000, "producertimeout": 5000},
  {"tjanstekontrakt": "`+slowThing+`", "routetimeout": 30000, "producertimeout": 300}
]`))
	in.write(t, "wsdlconfig.json", []byte(`[{"tjanstekontrakt": "urn:riv:test:domain:GetThingResponder:1", "wsdlfilepath": "descriptions/GetThing.wsdl", "wsdlurl": "vp/things"}]`))
	in.write(t, "descriptions/GetThing.wsdl", []byte(strings.NewReplacer("SCHEMA", "thing.xsd", "ADDRESS", "http://original.example/").Replace(thingWSDL)))
	in.write(t, "descriptions/thing.xsd", []byte(thingTypes))
	must(t, lab.WriteHSAFile(filepath.Join(in.dir, "hsa.xml"), tree...))
}

// The settings of a VP. The ports are examples: nothing listens on them here.
const vpProperties = `
vp.instance.id=SE0000000000-VP01
vp.instance.name=REGION
vp.host=127.0.0.1
vp.http.route.url=http://${vp.host}:8080/vp
vp.https.route.url=https://${vp.host}:20000/vp
vp.status.url=http://${vp.host}:1080/status
vp.reset.cache.url=http://${vp.host}:23000/resetcache
vp.hsa.reset.cache.url=http://${vp.host}:24000/resethsacache
vp.use.routing.history=true
certificate.senderid.subject.pattern=(?:2.5.4.5|SERIALNUMBER)=([^,]+)
http.forwarded.header.auth_cert=X-Forwarded-Tls-Client-Cert
ip.whitelist=127.0.0.1
sender.id.allowed.list=SE0000000000-CONS1
throw.vp013.when.originalconsumer.not.allowed=true
takcache.endpoint.address=%s
takcache.persistent.file.name=data/localCache
hsa.files=hsa.xml
producer.https.hostnameVerification=true
producer.https.workers=150
vp.producer.retry.attempts=1
vp.max.receive.length=15728640
vp.header.user.agent=SKLTP VP/4.9
timeout.json.file=timeoutconfig.json
wsdl.json.file=wsdlconfig.json
vp.logging.style=ECS
management.endpoints.web.exposure.include=health,prometheus
tp.tls.store.location=certs
tp.tls.store.truststore.file=truststore.jks
tp.tls.store.truststore.password=%[2]s
tp.tls.store.producer.file=tp.jks
tp.tls.store.producer.password=%[2]s
tp.tls.store.producer.keyPassword=%[3]s
tp.tls.allowedIncomingProtocols=TLSv1.2,TLSv1.3
vp.tls.default-config.name=main
vp.tls.default-config.bundle=client
vp.tls.default-config.protocols-include=TLSv1.2,TLSv1.3
spring.ssl.bundle.jks.client.keystore.location=certs/client.p12
spring.ssl.bundle.jks.client.keystore.type=PKCS12
spring.ssl.bundle.jks.client.truststore.location=certs/truststore.jks
spring.ssl.bundle.jks.client.truststore.password=%[2]s
spring.ssl.bundle.pem.partner.keystore.certificate=certs/partner.crt
spring.ssl.bundle.pem.partner.keystore.private-key=certs/partner.key
spring.ssl.bundle.pem.partner.truststore.certificate=certs/ca.crt
`

const vpEnvironment = `
VP_INSTANCE_NAME=VARIABLE
SPRING_SSL_BUNDLE_JKS_CLIENT_KEYSTORE_PASSWORD=%s
VP_TLS_OVERRIDES_0_NAME=partner
VP_TLS_OVERRIDES_0_BUNDLE=partner
VP_TLS_OVERRIDES_0_MATCH_DOMAINNAME=127.0.0.1
VP_TLS_OVERRIDES_0_MATCH_PORT=%s
`

// writeStores writes the identities in the forms VP takes them in.
func (in *installation) writeStores(t *testing.T) {
	t.Helper()
	certificate := func(c *x509.Certificate) keystore.Certificate {
		return keystore.Certificate{Type: "X.509", Content: c.Raw}
	}
	writeJKS := func(name string, store keystore.KeyStore) {
		var out bytes.Buffer
		must(t, store.Store(&out, []byte(storePassword)))
		in.write(t, name, out.Bytes())
	}
	key, err := x509.MarshalPKCS8PrivateKey(in.server.Key)
	must(t, err)
	server, trust := keystore.New(), keystore.New()
	must(t, server.SetPrivateKeyEntry("vp", keystore.PrivateKeyEntry{
		PrivateKey: key, CertificateChain: []keystore.Certificate{certificate(in.server.Cert), certificate(in.ca.Cert)},
	}, []byte(keyPassword)))
	must(t, trust.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{Certificate: certificate(in.ca.Cert)}))
	writeJKS("certs/tp.jks", server)
	writeJKS("certs/truststore.jks", trust)
	client, err := pkcs12.Modern.Encode(in.client.Key, in.client.Cert, []*x509.Certificate{in.ca.Cert}, storePassword)
	must(t, err)
	in.write(t, "certs/client.p12", client)
	_, _, err = in.partner.WriteFiles(filepath.Join(in.dir, "certs"), "partner")
	must(t, err)
	must(t, in.ca.WriteFile(filepath.Join(in.dir, "certs", "ca.crt")))
}

// A whole VP is imported, checked, started, and serves.
func TestImportedInstallationServes(t *testing.T) {
	in := newInstallation(t)
	path := filepath.Join(in.dir, "rivgate.yaml")
	stdout, stderr, code := command(t, "import-vp", "--vp-dir", in.dir, "--out", path,
		"--properties", filepath.Join(in.dir, "application.properties"), "--properties", filepath.Join(in.dir, "pod.env"))
	if code != 0 || stderr != "" {
		t.Fatalf("import-vp: exit code %d\n%s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, "fiktiv") {
		t.Errorf("a password is printed:\n%s", stdout)
	}
	if stdout, stderr, code = command(t, "check", "--config", path); code != 0 {
		t.Fatalf("check: exit code %d\n%s%s", code, stdout, stderr)
	}

	yaml, err := os.ReadFile(path)
	must(t, err)
	// Ports alone are changed, because those of the example may be taken here.
	ports := regexp.MustCompile(`(address: "?(?:127\.0\.0\.1)?):\d+("?[,\s])`)
	if n := len(ports.FindAll(yaml, -1)); n != 6 {
		t.Fatalf("%d listeners, want those of VP's six ports in\n%s", n, yaml)
	}
	p := serve(t, in.dir, ports.ReplaceAllString(string(yaml), "$1:0$2"))
	w := &world{ca: in.ca, consumer: in.consumer}
	reached := func(receiver string, producer *lab.Producer, as *lab.Identity, element string) {
		t.Helper()
		reply := w.callTo(t, p, receiver)
		seen := producer.Take()
		if reply.Status != 200 || len(seen) != 1 {
			t.Fatalf("%s: HTTP %d %+v, the producer saw %d calls", receiver, reply.Status, reply.Fault, len(seen))
		}
		if !seen[0].Peer.Equal(as.Cert) {
			t.Errorf("%s was called as %s, want %s", receiver, seen[0].Peer.Subject, as.Cert.Subject)
		}
		if got := seen[0].Header.Get("User-Agent"); got != "SKLTP VP/4.9" {
			t.Errorf("User-Agent %q", got)
		}
		if !strings.Contains(string(seen[0].Body), element) {
			t.Errorf("%s: no %s in %s", receiver, element, seen[0].Body)
		}
	}
	reached("SE0000000001-1234", in.usual, in.client, "<urn:To ") // climbed two levels, and converted
	reached("SPECIAL", in.special, in.partner, "<urn:LogicalAddress>")

	client := lab.Client(lab.ClientTLS(in.consumer, in.ca))
	defer client.CloseIdleConnections()
	slow, err := lab.Call(t.Context(), client, "https://"+p.address(t, "https")+"/vp", envelope(slowThing, "SLOW"), nil)
	must(t, err)
	wantFault(t, slow, "VP009 [VARIABLE] ")

	described := askAt(t, "GET", "http://"+p.address(t, "http")+"/vp/things?wsdl", "")
	if described.status != 200 || !strings.Contains(described.body, `<soap:address location="http://`+p.address(t, "http")+`/vp/things"/>`) {
		t.Errorf("HTTP %d %s", described.status, described.body)
	}
	in.answerOperators(t, p)
	p.Signal(t, syscall.SIGTERM)
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// answerOperators checks that each of VP's operators' ports serves what VP
// serves there.
func (in *installation) answerOperators(t *testing.T, p *process) {
	t.Helper()
	var served []string
	for _, address := range p.Addresses("admin") {
		for path, text := range map[string]string{
			"/status":                    `"TakCacheInitialized": "true"`,
			"/resetcache":                "<br>Init done, was successful: true",
			"/resethsacache":             "Successfully reset HSA cache",
			"/actuator/health/readiness": `{"status":"UP"`,
			"/actuator/prometheus":       "rivgate_ready 1",
		} {
			if answer := askAt(t, "GET", "http://"+address+path, ""); answer.status == 200 && strings.Contains(answer.body, text) {
				served = append(served, path)
			}
		}
	}
	for _, path := range []string{"/status", "/resetcache", "/resethsacache", "/actuator/health/readiness", "/actuator/prometheus"} {
		if n := strings.Count(strings.Join(served, "\n")+"\n", path+"\n"); n < 1 {
			t.Errorf("%s is served nowhere", path)
		}
	}
	if len(p.Addresses("admin")) != 4 || len(served) != 9 { // the first serves all five
		t.Errorf("listeners %v serve %v", p.Addresses("admin"), served)
	}
}
