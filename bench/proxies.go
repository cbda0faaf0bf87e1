package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// proxy is one of those that are compared.
type proxy struct {
	name    string
	does    string   // what it does with a call, for readers
	asks    []string // what to run to learn its version; nil: it is part of this tree
	version string
	start   func(ctx context.Context, w *world, address string) (*child, error)
}

const (
	gatewayName = "rivgate"
	stockName   = "ReverseProxy"
	haproxyName = "HAProxy"
)

const gatewayDoes = "everything: sender, envelope, route by the HSA tree (remembered by its LRU), permission, headers; " +
	"an ECS line a call to a file, metrics, audit log"

// proxies are all that can be compared, the gateway first.
func proxies() []*proxy {
	return []*proxy{
		{name: gatewayName, start: startGateway, does: gatewayDoes},
		{name: stockName, start: startStock, does: "Go's `httputil.ReverseProxy` and `http.Transport`: passes on; no log"},
		{name: haproxyName, start: startHAProxy, asks: []string{"haproxy", "-v"}, does: "passes on; no log"},
		{name: "nginx", start: startNginx, asks: []string{"nginx", "-v"}, does: "passes on, unbuffered requests; no log"},
		{name: "Caddy", start: startCaddy, asks: []string{"caddy", "version"}, does: "passes on; no log"},
	}
}

// present are the proxies that are installed.
func present(ctx context.Context) []*proxy {
	var found []*proxy
	for _, p := range proxies() {
		if p.asks == nil {
			p.version = runtime.Version()
		} else {
			out, err := exec.CommandContext(ctx, p.asks[0], p.asks[1:]...).CombinedOutput()
			if err != nil {
				continue
			}
			p.version = versionIn(string(out))
		}
		found = append(found, p)
	}
	return found
}

// versionIn is the version in what a program says of itself: its first word
// with a digit, without what a distribution adds.
func versionIn(text string) string {
	for word := range strings.FieldsSeq(text) {
		if at := strings.IndexAny(word, "0123456789"); at >= 0 {
			word, _, _ = strings.Cut(word[at:], "-")
			return word
		}
	}
	return "unknown"
}

// usualSources is where catalogue and tree come from, as YAML.
const usualSources = "tak: {file: tak.xml}\nhsa: {files: [hsa.xml]}\n"

// gatewayConfig is the gateway's configuration. admin may be empty; extra is
// YAML, and names the sources.
func gatewayConfig(address, admin, extra string) string {
	return fmt.Sprintf(`instance: {id: %s, name: BENCH}
listeners:
  - name: https
    address: %s
    keep_alive: {idle: 10m}
    tls: {certificate: gateway.crt, key: gateway.key, client_ca: [ca.crt]}
admin: {address: %q, pprof: true}
limits: {max_body: 1GiB}
log: {format: ecs, output: rivgate.log}
audit: {file: audit.log}
producers:
  tls: {default: {certificate: gateway.crt, key: gateway.key, ca: [ca.crt]}}
%s`, gatewayID, address, admin, extra)
}

func startGateway(ctx context.Context, w *world, address string) (*child, error) {
	return startGatewayWith(ctx, w, address, "", usualSources)
}

func startGatewayWith(ctx context.Context, w *world, address, admin, extra string) (*child, error) {
	config := w.path("rivgate.yaml")
	if err := os.WriteFile(config, []byte(gatewayConfig(address, admin, extra)), 0o600); err != nil {
		return nil, err
	}
	for _, log := range []string{"rivgate.log", "audit.log"} { // of the start before
		if err := os.Remove(w.path(log)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return w.start(ctx, gatewayName, address, w.gateway, "serve", "--config", config)
}

func startStock(ctx context.Context, w *world, address string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return w.start(ctx, stockName, address, program, "stock", "-dir", w.dir, "-address", address, "-producer", w.producer)
}

func startHAProxy(ctx context.Context, w *world, address string) (*child, error) {
	return w.startConfigured(ctx, haproxyName, address, fmt.Sprintf(`
global
  maxconn 8000
  nbthread %d
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-bind-curves X25519
defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  timeout http-keep-alive 120s
frontend callers
  bind %s ssl crt gateway.pem ca-file ca.crt verify required
  default_backend producers
backend producers
  http-reuse always
  server producer %s ssl crt gateway.pem ca-file ca.crt verify required sni str(%s) verifyhost %[4]s pool-max-conn 1024
`, runtime.NumCPU(), address, w.producer, hostName), "haproxy", "-db", "-f")
}

func startNginx(ctx context.Context, w *world, address string) (*child, error) {
	user := ""
	if os.Getuid() == 0 { // its workers must reach the folder
		user = "user root;"
	}
	return w.startConfigured(ctx, "nginx", address, fmt.Sprintf(`%s
daemon off; pid nginx.pid; error_log stderr warn;
worker_processes %d; worker_rlimit_nofile 16384;
events { worker_connections 8000; }
http {
  access_log off;
  client_body_temp_path temp-body; proxy_temp_path temp-proxy; fastcgi_temp_path temp-fastcgi; uwsgi_temp_path temp-uwsgi; scgi_temp_path temp-scgi;
  upstream producer { server %s; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen %s ssl;
    ssl_certificate gateway.crt; ssl_certificate_key gateway.key; ssl_client_certificate ca.crt; ssl_verify_client on;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_ecdh_curve X25519;
    keepalive_requests 1000000000; keepalive_timeout 120s; client_max_body_size 0;
    location / {
      proxy_pass https://producer; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_request_buffering off; proxy_max_temp_file_size 0; proxy_read_timeout 120s;
      proxy_ssl_certificate gateway.crt; proxy_ssl_certificate_key gateway.key; proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_trusted_certificate ca.crt; proxy_ssl_verify on; proxy_ssl_name %s; proxy_ssl_server_name on;
    }
  }
}
`, user, runtime.NumCPU(), w.producer, address, hostName), "nginx", "-e", "stderr", "-p", w.dir, "-c")
}

func startCaddy(ctx context.Context, w *world, address string) (*child, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return w.startConfigured(ctx, "Caddy", address, fmt.Sprintf(`{
	admin off
	auto_https off
	servers {
		protocols h1
	}
}
https://%s:%s {
	bind 127.0.0.1
	tls gateway.crt gateway.key {
		curves x25519
		client_auth {
			mode require_and_verify
			trusted_ca_cert_file ca.crt
		}
	}
	reverse_proxy https://%s {
		transport http {
			tls_client_auth gateway.crt gateway.key
			tls_trusted_ca_certs ca.crt
			tls_server_name %[1]s
			versions 1.1
			keepalive_idle_conns_per_host 1024
		}
	}
}
`, hostName, port, w.producer), "caddy", "run", "--adapter", "caddyfile", "--config")
}

// startConfigured starts a program whose last argument is its configuration.
func (w *world) startConfigured(ctx context.Context, name, address, config, program string, args ...string) (*child, error) {
	path := w.path(name + ".conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return w.start(ctx, name, address, program, append(args, path)...)
}
