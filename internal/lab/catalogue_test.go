package lab_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const dated = "2014-08-13T00:00:00.000"

func smallCatalogue() lab.Catalogue {
	return lab.Catalogue{
		Routes: []lab.Route{{
			Receiver: "R1", Profile: "RIVTABP21", Contract: "urn:x:YResponder:1", Address: "http://a/b?c=1&d=2",
			From: dated, To: "2114-08-13T00:00:00.000",
		}},
		Permissions: []lab.Permission{{Receiver: "R1", Sender: "S1", Contract: "urn:x", From: dated, To: "2114-08-13T00:00:00.000"}},
	}
}

// The file is the one VP writes, so its bytes are a contract.
func TestLocalCopyBytes(t *testing.T) {
	const want = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><persistentCache xmlns:ns2="urn:skl:tp:vagvalsinfo:v2"><virtualiseringsInfo><ns2:virtualiseringsInfoId>1</ns2:virtualiseringsInfoId><ns2:receiverId>R1</ns2:receiverId><ns2:rivProfil>RIVTABP21</ns2:rivProfil><ns2:tjansteKontrakt>urn:x:YResponder:1</ns2:tjansteKontrakt><ns2:fromTidpunkt>2014-08-13T00:00:00.000</ns2:fromTidpunkt><ns2:tomTidpunkt>2114-08-13T00:00:00.000</ns2:tomTidpunkt><ns2:adress>http://a/b?c=1&amp;d=2</ns2:adress></virtualiseringsInfo><anropsBehorighetsInfo><ns2:anropsBehorighetsInfoId>1</ns2:anropsBehorighetsInfoId><ns2:receiverId>R1</ns2:receiverId><ns2:senderId>S1</ns2:senderId><ns2:tjansteKontrakt>urn:x</ns2:tjansteKontrakt><ns2:fromTidpunkt>2014-08-13T00:00:00.000</ns2:fromTidpunkt><ns2:tomTidpunkt>2114-08-13T00:00:00.000</ns2:tomTidpunkt></anropsBehorighetsInfo></persistentCache>`
	catalogue := smallCatalogue()
	path := filepath.Join(t.TempDir(), "copy.xml")
	if err := catalogue.WriteLocalCopy(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// rows is any document with catalogue rows in it.
type rows struct {
	Routes      []row `xml:"virtualiseringsInfo"`
	Permissions []row `xml:"anropsBehorighetsInfo"`
}

type row struct {
	Receiver string `xml:"urn:skl:tp:vagvalsinfo:v2 receiverId"`
	Sender   string `xml:"urn:skl:tp:vagvalsinfo:v2 senderId"`
	Contract string `xml:"urn:skl:tp:vagvalsinfo:v2 tjansteKontrakt"`
	From     string `xml:"urn:skl:tp:vagvalsinfo:v2 fromTidpunkt"`
	To       string `xml:"urn:skl:tp:vagvalsinfo:v2 tomTidpunkt"`
	Address  string `xml:"urn:skl:tp:vagvalsinfo:v2 adress"`
}

func TestBuiltRowsAreValidNow(t *testing.T) {
	var catalogue lab.Catalogue
	catalogue.Route("urn:a", "RIVTABP20", "http://x", "A", "B")
	catalogue.Permit("S", "urn:a", "A", "*")
	var got rows
	if err := xml.Unmarshal(catalogue.LocalCopy(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Routes) != 2 || got.Routes[1].Receiver != "B" || len(got.Permissions) != 2 || got.Permissions[1].Receiver != "*" {
		t.Fatalf("%+v", got)
	}
	for _, row := range append(got.Routes, got.Permissions...) {
		from, err1 := time.Parse(time.RFC3339, row.From)
		to, err2 := time.Parse(time.RFC3339, row.To)
		if err1 != nil || err2 != nil || time.Now().Before(from) || time.Now().After(to) {
			t.Errorf("%+v", row)
		}
	}
}

type takAnswer struct {
	Body struct {
		Routes      *rows     `xml:"urn:skl:tp:vagvalsinfo:v2 hamtaAllaVirtualiseringarResponse"`
		Permissions *rows     `xml:"urn:skl:tp:vagvalsinfo:v2 hamtaAllaAnropsBehorigheterResponse"`
		Fault       *struct{} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault"`
	} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Body"`
}

// askTAK asks one question as VP does.
func askTAK(t *testing.T, tak *lab.TAK, operation lab.Operation) (status int, body []byte, err error) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	question := `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><` + string(operation) +
		` xmlns="urn:skl:tp:vagvalsinfo:v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></soap:Body></soap:Envelope>`
	response, err := client.Post(tak.URL(), "text/xml; charset=UTF-8", strings.NewReader(question))
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

func parsed(t *testing.T, body []byte) takAnswer {
	t.Helper()
	var answer takAnswer
	if err := xml.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return answer
}

func TestTAKHealthy(t *testing.T) {
	tak := labtest.TAK(t, smallCatalogue())
	status, body, err := askTAK(t, tak, lab.AllRoutes)
	if err != nil || status != 200 {
		t.Fatal(status, err)
	}
	if routes := parsed(t, body).Body.Routes; routes == nil || len(routes.Routes) != 1 || routes.Routes[0].Address != "http://a/b?c=1&d=2" {
		t.Errorf("%s", body)
	}
	if _, body, err = askTAK(t, tak, lab.AllPermissions); err != nil {
		t.Fatal(err)
	}
	if permissions := parsed(t, body).Body.Permissions; permissions == nil || len(permissions.Permissions) != 1 || permissions.Permissions[0].Sender != "S1" {
		t.Errorf("%s", body)
	}
	tak.Serve(lab.Catalogue{Routes: []lab.Route{{Receiver: "NEW"}}})
	if _, body, err = askTAK(t, tak, lab.AllRoutes); err != nil || parsed(t, body).Body.Routes.Routes[0].Receiver != "NEW" {
		t.Errorf("%s, %v", body, err)
	}
	if asked := strings.Join(tak.Asked(), " "); asked != "hamtaAllaVirtualiseringar hamtaAllaAnropsBehorigheter hamtaAllaVirtualiseringar" {
		t.Errorf("asked: %s", asked)
	}
}

func TestTAKUnwell(t *testing.T) {
	tak := labtest.TAK(t, smallCatalogue())
	become := func(health lab.Health) {
		t.Helper()
		if err := tak.Become(health); err != nil {
			t.Fatal(err)
		}
	}
	become(lab.Faulty)
	if status, body, err := askTAK(t, tak, lab.AllRoutes); err != nil || status != 500 || parsed(t, body).Body.Fault == nil {
		t.Errorf("faulty: %d %s %v", status, body, err)
	}
	become(lab.Empty)
	if status, body, err := askTAK(t, tak, lab.AllPermissions); err != nil || status != 200 || len(parsed(t, body).Body.Permissions.Permissions) != 0 {
		t.Errorf("empty: %d %s %v", status, body, err)
	}
	become(lab.Cut)
	if _, body, err := askTAK(t, tak, lab.AllRoutes); err == nil || len(body) == 0 {
		t.Errorf("cut: %q %v", body, err)
	}
	become(lab.Down)
	if _, _, err := askTAK(t, tak, lab.AllRoutes); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("down: %v", err)
	}
	become(lab.Healthy)
	tak.BecomeFor(lab.AllPermissions, lab.Faulty)
	if status, _, err := askTAK(t, tak, lab.AllRoutes); err != nil || status != 200 {
		t.Errorf("healthy half: %d %v", status, err)
	}
	if status, _, err := askTAK(t, tak, lab.AllPermissions); err != nil || status != 500 {
		t.Errorf("faulty half: %d %v", status, err)
	}
}

func TestTAKSlow(t *testing.T) {
	tak := labtest.TAK(t, smallCatalogue())
	tak.BecomeFor(lab.AllRoutes, lab.Slow)
	ended := make(chan error, 1)
	go func() {
		_, _, err := askTAK(t, tak, lab.AllRoutes)
		ended <- err
	}()
	for len(tak.Asked()) == 0 {
		select {
		case err := <-ended:
			t.Fatalf("it was answered: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	tak.Close()
	if err := <-ended; err == nil {
		t.Error("closing answered a slow question")
	}
}

func TestTAKDescribesItself(t *testing.T) {
	tak := labtest.TAK(t, smallCatalogue())
	response, err := http.Get(tak.URL() + "?wsdl")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var wsdl struct {
		Service struct {
			Name string `xml:"name,attr"`
			Port struct {
				Address struct {
					Location string `xml:"location,attr"`
				} `xml:"http://schemas.xmlsoap.org/wsdl/soap/ address"`
			} `xml:"port"`
		} `xml:"http://schemas.xmlsoap.org/wsdl/ service"`
	}
	if err := xml.NewDecoder(response.Body).Decode(&wsdl); err != nil {
		t.Fatal(err)
	}
	if wsdl.Service.Name != "SokVagvalsServiceSoap11LitDocService" || wsdl.Service.Port.Address.Location != tak.URL() {
		t.Errorf("%+v", wsdl)
	}
}

func TestHSAFile(t *testing.T) {
	made := time.Date(2026, 3, 15, 15, 38, 42, 597e6, time.FixedZone("", 3600))
	var file struct {
		XMLName xml.Name
		EndDate string `xml:"endDate"`
		Units   []struct {
			ID   string `xml:"hsaIdentity"`
			DN   string `xml:"DN"`
			Name string `xml:"name"`
		} `xml:"hsaUnits>hsaUnit"`
	}
	if err := xml.Unmarshal(lab.HSAFile(made, lab.Unit{ID: "A", DN: "ou=a & b,c=SE", Name: "Åsa"}, lab.Unit{ID: "SE", DN: "c=SE"}), &file); err != nil {
		t.Fatal(err)
	}
	if want := (xml.Name{Space: "urn:riv:hsa:HsaWsResponder:3", Local: "FileGetHsaUnitsResponse"}); file.XMLName != want {
		t.Errorf("root %v", file.XMLName)
	}
	if file.EndDate != "2026-03-15T15:38:42.597+01:00" {
		t.Errorf("endDate %s", file.EndDate)
	}
	if len(file.Units) != 2 || file.Units[0].DN != "ou=a & b,c=SE" || file.Units[0].Name != "Åsa" || file.Units[1].ID != "SE" {
		t.Errorf("%+v", file.Units)
	}
}
