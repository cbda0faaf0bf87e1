package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

const (
	thingPath = "/vp/test/domain/GetThing/1/rivtabp21"

	// thingWSDL and the schemas have ADDRESS and the like where the gateway writes addresses.
	thingWSDL = `<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:riv:test:domain:GetThing:1:rivtabp21" xmlns:r="urn:riv:test:domain:GetThingResponder:1" targetNamespace="urn:riv:test:domain:GetThing:1:rivtabp21">
  <wsdl:types>
    <xs:schema>
      <xs:import namespace="urn:riv:test:domain:GetThingResponder:1" schemaLocation="SCHEMA"/>
    </xs:schema>
  </wsdl:types>
  <wsdl:service name="S">
    <wsdl:port name="P" binding="tns:B"><soap:address location="ADDRESS"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
`
	thingSchema = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:riv:test:domain:GetThingResponder:1">
  <xs:import namespace="urn:types" schemaLocation="TYPES"/>
  <xs:element name="GetThing" type="xs:string"/><!-- åäö -->
</xs:schema>
`
	thingTypes = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:types"/>`
)

// described is a world whose gateway describes GetThing.
func describedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	for name, content := range map[string]string{
		"GetThing.wsdl":                 strings.NewReplacer("SCHEMA", "sub/GetThingResponder_1.0.xsd", "ADDRESS", "http://original.example/").Replace(thingWSDL),
		"sub/GetThingResponder_1.0.xsd": strings.Replace(thingSchema, "TYPES", "types_1.0.xsd", 1),
		"sub/types_1.0.xsd":             thingTypes,
		"sub/unrelated.xsd":             thingTypes,
	} {
		path := filepath.Join(w.gate.dir, "wsdl", name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(content), 0o644))
	}
	w.gate = startConfigured(t, w.gate.dir, baseConfig+"wsdl: {directory: wsdl}\n")
	return w
}

// thingAt is the description as callers of base get it.
func thingAt(base string) string {
	return strings.NewReplacer("SCHEMA", base+thingPath+"?xsd=sub/GetThingResponder_1.0.xsd", "ADDRESS", base+thingPath).Replace(thingWSDL)
}

func TestDescriptionsOnBothListeners(t *testing.T) {
	w := describedWorld(t)
	const forwarded = "X-VP-Forwarded-Proto: https\r\nX-VP-Forwarded-Host: vp.example.org\r\nX-VP-Forwarded-Port: 443\r\n"
	const xml, plain = "text/xml; charset=UTF-8", "text/plain; charset=utf-8"
	list := "No wsdl found on this path, following wsdl paths is available:\n"
	for _, test := range []struct {
		name           string
		caller         lab.Caller
		target, header string
		status         int
		contentType    string
		want           string
	}{
		{"TLS", w.overTLS(w.consumer), thingPath + "?wsdl", "", 200, xml, thingAt("https://gate.example:8443")},
		{"plain", w.overHTTP(), thingPath + "?wsdl", "", 200, xml, thingAt("http://gate.example:8443")},
		{"upper case", w.overHTTP(), thingPath + "?WSDL", "", 200, xml, thingAt("http://gate.example:8443")},
		{"plain, forwarded", w.overHTTP(), thingPath + "?wsdl", forwarded, 200, xml, thingAt("https://vp.example.org:443")},
		{"TLS, forwarded by nobody who is trusted", w.overTLS(w.consumer), thingPath + "?wsdl", forwarded, 200, xml, thingAt("https://gate.example:8443")},
		{
			"schema", w.overHTTP(), thingPath + "?xsd=sub/GetThingResponder_1.0.xsd", forwarded, 200, xml,
			strings.Replace(thingSchema, "TYPES", "https://vp.example.org:443"+thingPath+"?xsd=types_1.0.xsd", 1),
		},
		{"schema of the schema", w.overTLS(w.consumer), thingPath + "?xsd=types_1.0.xsd", "", 200, xml, thingTypes},
		{"schema nothing leads to", w.overHTTP(), thingPath + "?xsd=sub/unrelated.xsd", "", 404, plain, "No such xsd belongs to the wsdl on this path."},
		{"file of another kind", w.overHTTP(), thingPath + "?xsd=../gateway.key", "", 404, plain, "No such xsd belongs to the wsdl on this path."},
		{"unknown", w.overTLS(w.consumer), "/vp/nothing?wsdl", "", 404, plain, list + "https://gate.example:8443" + thingPath + "?wsdl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, err := test.caller.Send(t.Context(), []byte("GET "+test.target+" HTTP/1.1\r\nHost: gate.example:8443\r\n"+test.header+"\r\n"))
			must(t, err)
			if answer.Status != test.status || answer.Header.Get("Content-Type") != test.contentType || string(answer.Body) != test.want {
				t.Errorf("HTTP %d %s %s\nwant %d %s %s", answer.Status, answer.Header.Get("Content-Type"), answer.Body, test.status, test.contentType, test.want)
			}
			head, err := test.caller.Send(t.Context(), []byte("HEAD "+test.target+" HTTP/1.1\r\nHost: gate.example:8443\r\n"+test.header+"\r\n"))
			must(t, err)
			if head.Status != test.status || head.Header.Get("Content-Length") != answer.Header.Get("Content-Length") || len(head.Body) != 0 {
				t.Errorf("HEAD: HTTP %d %v %s", head.Status, head.Header, head.Body)
			}
		})
	}
}

// People who open the prefix in a browser get a page with all contracts.
func TestPageOfContracts(t *testing.T) {
	w := describedWorld(t)
	answer, err := w.overTLS(w.consumer).Send(t.Context(), []byte("GET /vp HTTP/1.1\r\nHost: gate.example\r\nAccept: text/html\r\n\r\n"))
	must(t, err)
	for _, text := range []string{"urn:riv:test:domain:GetThingResponder:1", `href="https://gate.example` + thingPath + `?wsdl"`} {
		if answer.Status != 200 || !strings.Contains(string(answer.Body), text) {
			t.Errorf("HTTP %d, no %s in %s", answer.Status, text, answer.Body)
		}
	}
}

// A description that is put into the folder is served without a restart, and one
// that is damaged does not take the others away.
func TestDescriptionsFollowTheFolder(t *testing.T) {
	w := describedWorld(t)
	ask := func(path string) int {
		answer, err := w.overHTTP().Send(t.Context(), []byte(http.MethodGet+" "+path+"?wsdl HTTP/1.1\r\nHost: gate.example\r\n\r\n"))
		must(t, err)
		return answer.Status
	}
	second := strings.ReplaceAll(thingPath, "GetThing", "ListThings")
	if status := ask(second); status != 404 {
		t.Fatalf("HTTP %d before the file is there", status)
	}
	put := func(name, content string) {
		path := filepath.Join(w.gate.dir, "wsdl", name)
		must(t, os.WriteFile(path+".new", []byte(content), 0o644))
		must(t, os.Rename(path+".new", path))
	}
	put("ListThings.wsdl", strings.ReplaceAll(strings.NewReplacer("SCHEMA", "sub/types_1.0.xsd", "ADDRESS", "http://original.example/").Replace(thingWSDL), "GetThing", "ListThings"))
	eventually(t, "the new description", func() bool { return ask(second) == 200 })
	put("Damaged.wsdl", "<wsdl:definitions")
	eventually(t, "the warning", func() bool { return len(w.gate.log.lines("Damaged.wsdl")) > 0 })
	if first, other := ask(thingPath), ask(second); first != 200 || other != 200 {
		t.Errorf("HTTP %d and %d beside a damaged file", first, other)
	}
}

// What changes while the gateway starts, here while it waits for TAK, is seen.
func TestFilesThatChangeDuringTheStart(t *testing.T) {
	c := newChain(t)
	a := newLink(t, c.ca, "SE0000000000-A")
	a.routes(t, c.producer.URL("/ok"), consumerID)
	a.stop()
	must(t, a.tak.Become(lab.Slow))
	folder := filepath.Join(a.dir, "wsdl")
	must(t, os.Mkdir(folder, 0o755))
	yaml, err := os.ReadFile(filepath.Join(a.dir, "rivgate.yaml"))
	must(t, err)
	asked, put := len(a.tak.Asked()), make(chan error, 1)
	go func() {
		for len(a.tak.Asked()) == asked {
			runtime.Gosched()
		}
		put <- os.WriteFile(filepath.Join(folder, "GetThing.wsdl"), []byte(strings.NewReplacer("SCHEMA", "none.xsd", "ADDRESS", "http://original.example/").Replace(thingWSDL)), 0o644)
	}()
	a.gateway = startConfigured(t, a.dir, string(yaml)+"wsdl: {directory: wsdl}\n")
	must(t, <-put)
	eventually(t, "the description", func() bool {
		answer, err := lab.Caller{Address: a.http}.Send(t.Context(), []byte("GET "+thingPath+"?wsdl HTTP/1.1\r\nHost: gate.example\r\n\r\n"))
		must(t, err)
		return answer.Status == 200
	})
}
