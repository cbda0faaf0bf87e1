package tak_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"rivgate/internal/pace"
	"rivgate/tak"
)

// TestRequests: the requests are VP's, as plain HTTP/1.1.
func TestRequests(t *testing.T) {
	f := newTAK(t)
	f.give(routes(1), permissions(1))
	if _, err := newClient(t, tak.ClientOptions{Address: f.URL + "/tak-services/SokVagvalsInfo/v2?x=1"}).Fetch(context.Background(), nil, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><hamtaAllaVirtualiseringar xmlns="urn:skl:tp:vagvalsinfo:v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></soap:Body></soap:Envelope>`,
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><hamtaAllaAnropsBehorigheter xmlns="urn:skl:tp:vagvalsinfo:v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></soap:Body></soap:Envelope>`,
	}
	if len(f.bodies) != len(want) {
		t.Fatalf("%d requests", len(f.bodies))
	}
	for i, body := range f.bodies {
		r := f.requests[i]
		if body != want[i] {
			t.Errorf("request %s\nwant    %s", body, want[i])
		}
		if r.Method != "POST" || r.RequestURI != "/tak-services/SokVagvalsInfo/v2?x=1" || r.Proto != "HTTP/1.1" || r.ContentLength != int64(len(body)) {
			t.Errorf("%s %s %s of %d bytes", r.Method, r.RequestURI, r.Proto, r.ContentLength)
		}
		for name, value := range map[string]string{
			"Content-Type": "text/xml; charset=UTF-8", "Soapaction": `""`, "User-Agent": "SKLTP VP/3.1",
			"Accept": "*/*", "Upgrade": "", "Connection": "",
		} {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s: %q, want %q", name, got, value)
			}
		}
	}
}

// TestStrictAnswers: which answers fail a whole fetch, and which do not.
func TestStrictAnswers(t *testing.T) {
	good := routeRow(1, "R1", "http://a")
	with := func(row string) string { return answer(getRoutes, good, row) }
	for _, test := range []struct {
		name, routes string
		ok           bool
	}{
		{"good", with(routeRow(2, "R2", "http://b")), true},
		{"an unparsable date", with(strings.Replace(good, "2014-08-13T00:00:00.000", "2014-08-13 00:00", 1)), false},
		{"an empty date", with(strings.Replace(good, "2014-08-13T00:00:00.000", "", 1)), false},
		{"a missing date", with(strings.Replace(good, "<fromTidpunkt>2014-08-13T00:00:00.000</fromTidpunkt>", "", 1)), true},
		{"an unknown element under the root", with("<unknown/>"), false},
		{"the other table's row", with("<anropsBehorighetsInfo/>"), false},
		{"a row in no namespace", with(`<virtualiseringsInfo xmlns=""/>`), false},
		{"a nil row", with(`<virtualiseringsInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>`), false},
		{"a nil row, 1", with(`<virtualiseringsInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil=" 1 "/>`), false},
		{"a row that says it is not nil", with(strings.Replace(good, "<virtualiseringsInfo>", `<virtualiseringsInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false">`, 1)), true},
		{"an unknown element in a row", with(strings.Replace(good, "<receiverId>", "<new/><receiverId>", 1)), true},
		{"a foreign element in a row", with(strings.Replace(good, "<receiverId>", `<new xmlns="urn:x"/><receiverId>`, 1)), true},
		{"an element in a field", with(strings.Replace(good, "<receiverId>", "<receiverId><x/>", 1)), false},
		{"a SOAP Header", strings.Replace(with(""), "<soap:Body>", "<soap:Header><x/></soap:Header><soap:Body>", 1), true},
		{"SOAP 1.2", strings.Replace(with(""), "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", 1), true},
		{"no SOAP", strings.Replace(with(""), "http://schemas.xmlsoap.org/soap/envelope/", "urn:x", 1), false},
		{"an empty Body", `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body/></soap:Envelope>`, false},
		{"no Body", `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>`, false},
		{"the answer to something else", strings.ReplaceAll(with(""), getRoutes, "hamtaAllaTjanstekontrakt"), false},
		{"a DOCTYPE", "<!DOCTYPE x>" + with(""), false},
		{"cut in the document", with("")[:400], false},
		{"cut behind the last row", strings.TrimSuffix(with(""), "</soap:Envelope>"), false},
		{"more behind the document", with("") + "x", false},
		{"HTML", "<html><body>Welcome</body></html>", false},
		{"nothing", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := fetch(t, test.routes, permissions(1))
			if (err == nil) != test.ok || (c == nil) == test.ok {
				t.Fatalf("got %v, %v", c, err)
			}
			if _, isFormat := errors.AsType[*tak.FormatError](err); err != nil && !isFormat {
				t.Errorf("%v is no FormatError", err)
			}
		})
	}
}

// TestWhiteSpace: the schema's types decide what is trimmed.
func TestWhiteSpace(t *testing.T) {
	row := `<virtualiseringsInfo><receiverId> R </receiverId><rivProfil>
		RIVTABP21 &#9;&#13; x&#13;</rivProfil><tjansteKontrakt>urn:k
		</tjansteKontrakt><fromTidpunkt> 2014-08-13T00:00:00 </fromTidpunkt><tomTidpunkt>2114-08-13T00:00:00
		</tomTidpunkt><adress> http://a </adress></virtualiseringsInfo>`
	c, err := fetch(t, answer(getRoutes, row), permissions(1))
	if err != nil {
		t.Fatal(err)
	}
	for got := range c.AllRoutes() {
		want := tak.Route{
			Receiver: " R ", Profile: "RIVTABP21 x", Contract: "urn:k", Address: " http://a ",
			Valid: validity(t, "2014-08-13T00:00:00", "2114-08-13T00:00:00"),
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestEmptyTables(t *testing.T) {
	for name, answers := range map[string][2]string{
		"routes":      {routes(0), permissions(1)},
		"permissions": {routes(1), permissions(0)},
	} {
		if _, err := fetch(t, answers[0], answers[1]); !errors.Is(err, tak.ErrEmpty) {
			t.Errorf("no %s: %v", name, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		want    tak.AnswerError
	}{
		{"a SOAP fault", says(500, soapFault), tak.AnswerError{Status: 500, Fault: "An error occured. Try rollback from TAK-WEB."}},
		{"a SOAP fault with 200", says(200, soapFault), tak.AnswerError{Status: 200, Fault: "An error occured. Try rollback from TAK-WEB."}},
		{"a SOAP 1.2 fault", says(500, `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code><e:Reason><e:Text xml:lang="sv">nej</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>`), tak.AnswerError{Status: 500, Fault: "nej"}},
		{"an error page", says(503, "<html>busy"), tak.AnswerError{Status: 503}},
		{"a good answer with the wrong status", says(201, routes(1)), tak.AnswerError{Status: 201}},
		{"a redirection", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, tak.AnswerError{Status: 307}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newTAK(t)
			f.on(getRoutes, test.handler)
			test.want.Address = f.URL + "/tak"
			_, err := f.client(t).Fetch(context.Background(), nil, nil)
			if answer, ok := errors.AsType[*tak.AnswerError](err); !ok || *answer != test.want {
				t.Errorf("got %v, want %v", err, &test.want)
			}
			if got := f.operations(); len(got) != 1 {
				t.Errorf("asked for %v", got)
			}
		})
	}
}

// TestCutAnswer: a connection that breaks in the middle fails the fetch, even
// where what arrived would be a document.
func TestCutAnswer(t *testing.T) {
	f := newTAK(t)
	f.on(getRoutes, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		io.WriteString(w, routes(1))
	})
	if _, err := f.client(t).Fetch(context.Background(), nil, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

// TestHangingTAK: a TAK that accepts and says nothing, or stops in the middle,
// costs the timeout.
func TestHangingTAK(t *testing.T) {
	for name, begin := range map[string]string{"silent": "", "stops in the middle": routes(3)[:500]} {
		t.Run(name, func(t *testing.T) {
			f := newTAK(t)
			f.on(getRoutes, func(w http.ResponseWriter, r *http.Request) {
				if begin != "" {
					io.WriteString(w, begin)
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			client := newClient(t, tak.ClientOptions{Address: f.URL, Timeout: 50 * time.Millisecond})
			for _, p := range []*pace.Pace{nil, pace.New(t.Context())} {
				if _, err := client.Fetch(context.Background(), nil, p); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestMaxBytes(t *testing.T) {
	f := newTAK(t)
	f.give(routes(10), permissions(10))
	for _, test := range []struct {
		max int64
		ok  bool
	}{{int64(max(len(routes(10)), len(permissions(10)))), true}, {1000, false}} {
		_, err := newClient(t, tak.ClientOptions{Address: f.URL, MaxBytes: test.max}).Fetch(context.Background(), nil, nil)
		tooLarge, _ := errors.AsType[*http.MaxBytesError](err)
		if (err == nil) != test.ok || (tooLarge != nil) == test.ok {
			t.Errorf("at most %d bytes: %v", test.max, err)
		}
	}
}

func TestAnswerCharset(t *testing.T) {
	f := newTAK(t)
	f.give("", permissions(1))
	latin1 := strings.Replace(answer(getRoutes, routeRow(1, "\xC5", "http://a")), "R1", "\xC5", 1)
	f.on(getRoutes, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", `text/xml; charset="ISO-8859-1"`)
		io.WriteString(w, latin1)
	})
	c, err := f.client(t).Fetch(context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows, _ := routesOf(c, contract, time.Now(), "å", nil); len(rows) != 1 {
		t.Error("Å was not understood")
	}
}

func wsdl(service, location string) string {
	return fmt.Sprintf(`<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:skl:tp:vagvalsinfo:v2">
<wsdl:service name="Other"><wsdl:port name="p"><soap:address location="http://127.0.0.1:1/wrong"/></wsdl:port></wsdl:service>
<wsdl:service name="%s">
  <wsdl:port name="SokVagvalsSoap11LitDocPort">
    <soap:address location="%s"/>
  </wsdl:port>
</wsdl:service>
</wsdl:definitions>`, service, location)
}

func TestFollowWSDL(t *testing.T) {
	const service = "SokVagvalsServiceSoap11LitDocService"
	for _, test := range []struct {
		name, service, location string
		path                    string // where the calls arrive; "": they do not
	}{
		{"an absolute address", service, "SERVER/takpost", "/takpost"},
		{"a relative address", service, "takpost", "/takpost"},
		{"without the service", "Another", "SERVER/takpost", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newTAK(t)
			f.give(routes(1), permissions(1))
			f.on("wsdl", says(200, wsdl(test.service, strings.Replace(test.location, "SERVER", f.URL, 1))))
			_, err := newClient(t, tak.ClientOptions{Address: f.URL + "/tak", FollowWSDL: true}).Fetch(context.Background(), nil, nil)
			if (err == nil) != (test.path != "") {
				t.Fatalf("got %v", err)
			}
			if first := f.requests[0]; first.Method != "GET" || first.RequestURI != "/tak?wsdl" {
				t.Errorf("first asked %s %s", first.Method, first.RequestURI)
			}
			for _, r := range f.requests[1:] {
				if r.URL.Path != test.path {
					t.Errorf("posted to %s", r.URL.Path)
				}
			}
		})
	}
	f := newTAK(t)
	f.give(routes(1), permissions(1))
	_, err := newClient(t, tak.ClientOptions{Address: f.URL, FollowWSDL: true}).Fetch(context.Background(), nil, nil)
	if answer, ok := errors.AsType[*tak.AnswerError](err); !ok || answer.Status != 404 {
		t.Errorf("a missing WSDL: %v", err)
	}
}

func TestBadAddress(t *testing.T) {
	for _, address := range []string{"", "null", "tak:8080", "ftp://tak.example.org", "http://", "http://tak example"} {
		if _, err := tak.NewClient(tak.ClientOptions{Address: address}); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
}

// failingWriter is a disk that is full.
type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestFetchTellsOfCopyErrors(t *testing.T) {
	f := newTAK(t)
	f.give(routes(1), permissions(1))
	full := errors.New("full")
	if _, err := f.client(t).Fetch(context.Background(), failingWriter{full}, nil); err != full {
		t.Errorf("got %v", err)
	}
}
