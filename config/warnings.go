package config

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Warnings lists, in the order of lines, the settings that are allowed and
// unsafe, and those that do not do what they seem to. A gateway starts with
// them.
func (c *Config) Warnings() []Problem {
	w := &warner{Config: c}
	w.listeners()
	w.admin()
	w.trust()
	w.catalogue()
	w.producers()
	if c.Log.Payload != "off" {
		w.warn("log.payload", "%s: messages, which may hold patient data, are written to the log", c.Log.Payload)
	}
	if c.Audit.File != "" && c.Log.Level != "debug" && c.Log.Level != "info" {
		w.warn("audit.file", "log.level %s keeps the heads of the chain out of the log: nothing else can show that the file's end was cut off", c.Log.Level)
	}
	sortByLine(w.warnings)
	return w.warnings
}

type warner struct {
	*Config
	warnings []Problem
}

func (w *warner) warn(key, format string, args ...any) {
	w.warnings = append(w.warnings, w.Problem(key, fmt.Sprintf(format, args...)))
}

func (w *warner) listeners() {
	for i, listener := range w.Listeners {
		key := fmt.Sprintf("listeners[%d]", i)
		if listener.TLS == nil {
			w.plain(key, listener)
			continue
		}
		w.versions(key+".tls", listener.TLS.CipherSuites, listener.TLS.MinVersion)
		if r := listener.TLS.Revocation; r.Mode == RevocationOff && (len(r.CRL) > 0 || r.OCSP) {
			w.warn(key+".tls.revocation.mode", "off: crl and ocsp are not used")
		}
	}
}

// wideNetwork is the shortest prefix that may still be somebody's own network,
// as 10.0.0.0/8 and fc00::/8 are.
const wideNetwork = 8

// plain warns of a listener without TLS: whoever may use it may say who calls.
func (w *warner) plain(key string, listener Listener) {
	if len(w.Trust.Proxies) == 0 {
		w.warn(key, "nobody may use this plain listener: trust.proxies is empty")
	}
	wide := slices.IndexFunc(w.Trust.Proxies, func(p netip.Prefix) bool { return p.Bits() < wideNetwork })
	if wide >= 0 && !isLoopback(listener.Address) {
		w.warn(key+".address", "anyone in %s may use this plain listener and say who calls", w.Trust.Proxies[wide])
	}
}

func (w *warner) versions(key string, suites []string, minVersion string) {
	if tlsVersions[minVersion] < tlsVersions["1.2"] {
		w.warn(key+".min_version", "TLS %s is broken and not to be used (RFC 8996)", minVersion)
	}
	for i, name := range suites {
		if text := suiteWarning(name); text != "" {
			w.warn(fmt.Sprintf("%s.cipher_suites[%d]", key, i), "%s", text)
		}
	}
}

func (w *warner) admin() {
	if w.Admin.Address == "" || isLoopback(w.Admin.Address) {
		return
	}
	if w.Admin.TokenFile == "" {
		w.warn("admin.address", "whoever reaches %s may reload and reset: no token_file is set", w.Admin.Address)
	}
	if w.Admin.PProf {
		w.warn("admin.pprof", "whoever reaches %s may read the gateway's memory", w.Admin.Address)
	}
}

func (w *warner) trust() {
	if o := w.Trust.OriginalConsumer; o.Enforce && len(o.AllowedSenders) == 0 {
		w.warn("trust.original_consumer.enforce", "has no effect: every sender is allowed while allowed_senders is empty")
	}
}

func (w *warner) catalogue() {
	if w.sets("tak.tls") && !strings.HasPrefix(strings.ToLower(w.TAK.Address), "https:") {
		w.warn("tak.tls", "not used: the address is not https")
	}
	w.clientTLS("tak.tls", w.TAK.TLS)
}

func (w *warner) producers() {
	w.clientTLS("producers.tls.default", w.Producers.TLS.Default)
	for i, override := range w.Producers.TLS.Overrides {
		// What an override inherits has been told of already.
		named := override.Over(ClientTLS{MinVersion: "1.2", VerifyHost: true})
		w.clientTLS(fmt.Sprintf("producers.tls.overrides[%d]", i), named)
	}
}

func (w *warner) clientTLS(key string, t ClientTLS) {
	w.versions(key, t.CipherSuites, t.MinVersion)
	if !t.VerifyHost {
		w.warn(key+".verify_host", "false: any server with a certificate of the same authorities can pose as this one")
	}
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
