package neighbours

import (
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// Traefik's form, which no program here writes: leaf and issuer in base64 with a
// comma between, as they are or percent-encoded.
func TestStandInForTraefik(t *testing.T) {
	for name, encode := range map[string]func(string) string{"as it is": func(s string) string { return s }, "percent-encoded": url.QueryEscape} {
		t.Run(name, func(t *testing.T) {
			w := newFrontWorld(t, traefikHeader)
			w.behindStandIn(t, encode)
			w.check(t)
		})
	}
}

// behindStandIn starts a proxy that does what the snippets make proxies do.
func (w *frontWorld) behindStandIn(t *testing.T, encode func(string) string) {
	t.Helper()
	gateway := &url.URL{Scheme: "http", Host: w.gate.Address("http")}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	server := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(gateway)
			for name := range r.Out.Header {
				if strings.HasPrefix(strings.ReplaceAll(strings.ToLower(name), "_", "-"), "x-vp-") {
					delete(r.Out.Header, name)
				}
			}
			var chain []string
			for _, certificate := range r.In.TLS.PeerCertificates {
				chain = append(chain, base64.StdEncoding.EncodeToString(certificate.Raw))
			}
			r.Out.Header.Set(traefikHeader, encode(strings.Join(chain, ",")))
			r.SetXForwarded()
			r.Out.Header.Set("X-Forwarded-Port", w.port)
		},
	})
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are to fail
	server.TLS = lab.ServerTLS(w.server, w.ca)
	server.StartTLS()
	t.Cleanup(server.Close)
	w.address = server.Listener.Addr().String()
	_, port, err := net.SplitHostPort(w.address)
	must(t, err)
	w.port, w.standIn = port, true
}
