package proxy

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"rivgate/auth"
	"rivgate/record"
	"rivgate/wsdl"
)

// described notes what it is asked.
type described struct {
	asked  string
	origin wsdl.Origin
}

func (d *described) Answer(_ http.ResponseWriter, _ *http.Request, o wsdl.Origin) {
	d.asked, d.origin = "answer", o
}

func (d *described) Index(_ http.ResponseWriter, _ *http.Request, o wsdl.Origin) {
	d.asked, d.origin = "index", o
}

// oneEdge says the same of every connection.
type oneEdge struct{ peer Peer }

func (e oneEdge) Peer(*http.Request) Peer { return e.peer }
func (oneEdge) Distrusted(context.Context, *http.Request) (reason string, cause error) {
	return "", nil
}
func (oneEdge) Refused(*http.Request) *HTTPError { return nil }
func (oneEdge) BodyError(*http.Request) error    { return nil }
func (oneEdge) Abort(*http.Request)              {}

type noRecord struct{}

func (noRecord) Finished(*record.Call) {}

func TestDescriptionsKnowWhereTheyAreAskedFor(t *testing.T) {
	policy, err := auth.NewPolicy(auth.Options{
		InstanceID: "SE0000000000-GATE", Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, SenderAttribute: "serialNumber",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, target, remote string
		tls                  bool
		asked                string
		origin               wsdl.Origin
	}{
		{"trusted proxy", "/gw/a?wsdl", "192.0.2.1", false, "answer", wsdl.Origin{Trusted: true, Prefix: "/gw"}},
		{"mapped address", "/gw/a?xsd=x", "::ffff:192.0.2.1", false, "answer", wsdl.Origin{Trusted: true, Prefix: "/gw"}},
		{"stranger", "/gw/a?wsdl", "198.51.100.1", false, "answer", wsdl.Origin{Prefix: "/gw"}},
		{"proxy over TLS", "/gw/a?wsdl", "192.0.2.1", true, "answer", wsdl.Origin{TLS: true, Prefix: "/gw"}},
		{"person", "/gw", "192.0.2.1", false, "index", wsdl.Origin{Trusted: true, Prefix: "/gw"}},
		{"person who asks for a description", "/gw?wsdl", "192.0.2.1", false, "answer", wsdl.Origin{Trusted: true, Prefix: "/gw"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &described{}
			g := New(Options{
				View:   &View{Trust: policy, Ingresses: map[string]*Ingress{"in": {Name: "in", Path: "/gw"}}},
				Edge:   oneEdge{Peer{Listener: "in", Remote: netip.MustParseAddr(test.remote), TLS: test.tls}},
				Record: noRecord{}, WSDL: d,
			})
			r := httptest.NewRequest(http.MethodGet, test.target, nil)
			r.Header.Set("Accept", "text/html")
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if d.asked != test.asked || d.origin != test.origin {
				t.Errorf("asked for %q with %+v, status %d", d.asked, d.origin, w.Code)
			}
			if w.Header().Get("X-Skltp-Correlation-Id") == "" {
				t.Error("no correlation id")
			}
		})
	}
}
