package main

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// serveStock is a proxy that does nothing but pass on: Go's own, as one would
// put it together in an afternoon. What costs least in a gateway costs this much.
func serveStock(ctx context.Context, args []string, _, stderr io.Writer) error {
	set := flags("stock", stderr)
	dir := set.String("dir", "", "`folder` of the certificates")
	address := set.String("address", "", "`address` to listen on")
	producer := set.String("producer", "", "`address` of the producer")
	if err := set.Parse(args); err != nil {
		return err
	}
	incoming, err := serverTLS(*dir, "gateway")
	if err != nil {
		return err
	}
	outgoing := &tls.Config{Certificates: incoming.Certificates, RootCAs: incoming.ClientCAs, ServerName: hostName}
	target := &url.URL{Scheme: "https", Host: *producer}
	return serve(ctx, *address, incoming, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{
			TLSClientConfig:     outgoing,
			MaxIdleConnsPerHost: 1024,
			IdleConnTimeout:     90 * time.Second,
			DisableCompression:  true,
		},
	})
}
