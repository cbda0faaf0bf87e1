package app

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"rivgate/config"
	"rivgate/edge"
	"rivgate/proxy"
	"rivgate/proxy/upstream"
)

func trimNewline(s string) string { return strings.TrimRight(s, "\r\n") }

// loadListeners reads each listener's TLS identity and client CAs.
func loadListeners(f *findings) []*edge.TLSOptions {
	all := make([]*edge.TLSOptions, len(f.cfg.Listeners))
	for i, listener := range f.cfg.Listeners {
		if listener.TLS == nil {
			continue
		}
		key := fmt.Sprintf("listeners[%d].tls", i)
		settings := listener.TLS
		options := &edge.TLSOptions{}
		identity := identity{settings.Certificate, settings.Key, settings.PKCS12, settings.PasswordFile}
		certificate, identified := identity.load(f, key)
		options.Certificate = certificate
		authorities, err := edge.LoadAuthorities(paths(settings.ClientCA)...)
		if err != nil {
			f.fail(key+".client_ca", err)
		} else {
			options.ClientCAs = edge.PoolOf(authorities)
		}
		options.Revocation = loadRevocation(f, key+".revocation", settings.Revocation, authorities)
		options.MinVersion, options.MaxVersion = versions(f, key, settings.MinVersion, settings.MaxVersion)
		options.CipherSuites = cipherSuites(f, key, settings.CipherSuites)
		if err == nil && identified {
			if err := options.Validate(); err != nil {
				f.fail(key, err)
			}
		}
		all[i] = options
	}
	return all
}

// identity is where a certificate and its key are.
type identity struct{ certificate, key, pkcs12, passwordFile config.Path }

// load reads the identity; ok is false where none is named or it is unreadable.
func (i identity) load(f *findings, key string) (certificate tls.Certificate, ok bool) {
	var err error
	switch {
	case i.pkcs12 != "":
		key += ".pkcs12"
		var password string
		if password, err = readSecret(i.passwordFile); err == nil {
			certificate, err = edge.LoadPKCS12(string(i.pkcs12), password)
		}
	case i.certificate != "":
		key += ".certificate"
		certificate, err = edge.LoadCertificate(string(i.certificate), string(i.key))
	default:
		return certificate, false
	}
	if err != nil {
		f.fail(key, err)
		return certificate, false
	}
	if expiry := certificate.Leaf.NotAfter; time.Until(expiry) < expiryWarning {
		f.warn(key, "the certificate is valid until "+expiry.Format(time.DateTime)+" only")
	}
	return certificate, true
}

// expiryWarning is how long before its end a certificate is worth a warning.
const expiryWarning = 30 * 24 * time.Hour

// loadChoices prepares the TLS settings towards producers.
func loadChoices(f *findings) *proxy.TLSChoices {
	settings := f.cfg.Producers.TLS
	choices := &proxy.TLSChoices{Default: proxy.TLSChoice{
		Name:    "default",
		Profile: clientProfile(f, "producers.tls.default", settings.Default),
	}}
	for i, override := range settings.Overrides {
		key := fmt.Sprintf("producers.tls.overrides[%d]", i)
		match := proxy.TLSMatch{Host: override.Match.Host, Suffix: override.Match.Suffix}
		if override.Match.Port != 0 {
			match.Port = strconv.Itoa(override.Match.Port)
		}
		choices.Overrides = append(choices.Overrides, proxy.TLSOverride{
			Match: match,
			Choice: proxy.TLSChoice{
				Name:    fmt.Sprintf("override %d", i+1),
				Profile: clientProfile(f, key, override.Over(settings.Default)),
			},
		})
	}
	return choices
}

func clientProfile(f *findings, key string, settings config.ClientTLS) *upstream.TLSProfile {
	return upstream.NewTLSProfile(clientConfig(f, key, settings), settings.VerifyHost)
}

func clientConfig(f *findings, key string, settings config.ClientTLS) *tls.Config {
	cfg := &tls.Config{NextProtos: []string{"http/1.1"}}
	identity := identity{settings.Certificate, settings.Key, settings.PKCS12, settings.PasswordFile}
	if certificate, ok := identity.load(f, key); ok {
		cfg.Certificates = []tls.Certificate{certificate}
	}
	if len(settings.CA) > 0 {
		pool, err := edge.LoadPool(paths(settings.CA)...)
		if err != nil {
			f.fail(key+".ca", err)
		}
		cfg.RootCAs = pool
	}
	cfg.MinVersion, cfg.MaxVersion = versions(f, key, settings.MinVersion, settings.MaxVersion)
	cfg.CipherSuites = cipherSuites(f, key, settings.CipherSuites)
	return cfg
}

func versions(f *findings, key, lowest, highest string) (low, high uint16) {
	low, err := edge.ParseVersion(lowest)
	if err != nil {
		f.fail(key+".min_version", err)
	}
	high, err = edge.ParseVersion(highest)
	if err != nil {
		f.fail(key+".max_version", err)
	}
	return low, high
}

// cipherSuites translates names; those crypto/tls lacks were warned about by
// the configuration.
func cipherSuites(f *findings, key string, names []string) []uint16 {
	ids, _, err := edge.CipherSuites(names)
	if err != nil {
		f.fail(key+".cipher_suites", err)
	}
	return ids
}

func paths(list []config.Path) []string {
	all := make([]string, len(list))
	for i, path := range list {
		all[i] = string(path)
	}
	return all
}

// fingerprintOf is a digest of the files that TLS towards producers is made of,
// by which a reload sees whether they have changed.
func fingerprintOf(files []string) [sha256.Size]byte {
	digest := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		fmt.Fprintf(digest, "%s %d %v\n", file, len(content), err)
		digest.Write(content)
	}
	return [sha256.Size]byte(digest.Sum(nil))
}
