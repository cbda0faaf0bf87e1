package config

import (
	"net/netip"
	"time"
)

// Listener is one address on which calls arrive.
type Listener struct {
	// Name is unique; it labels metrics and finds a socket that systemd
	// passed in under LISTEN_FDNAMES.
	Name string `yaml:"name" required:"true" check:"identity" reload:"no"`
	// Address is host:port; an empty host is every interface, port 0 any free one.
	Address string `yaml:"address" required:"true" check:"address" reload:"no"`
	// Path is the prefix calls are served under, beginning with a slash and
	// not ending with one; "/" alone serves every path.
	Path      string           `yaml:"path" default:"/vp" required:"true" check:"path"`
	KeepAlive KeepAlive        `yaml:"keep_alive"`
	Timeouts  ListenerTimeouts `yaml:"timeouts"`
	// TLS is nil on a plain listener, which only trusted proxies may use.
	TLS *ListenerTLS `yaml:"tls" reload:"shape"`
}

// KeepAlive says whether and how long a caller's idle connection is kept.
type KeepAlive struct {
	Enabled bool          `yaml:"enabled" default:"true"`
	Idle    time.Duration `yaml:"idle" default:"60s" positive:"true"`
}

// ListenerTimeouts are the longest silences of a caller that are borne in each
// part of a call; all are above 0.
type ListenerTimeouts struct {
	Handshake time.Duration `yaml:"handshake" default:"10s" positive:"true"`
	Header    time.Duration `yaml:"header" default:"10s" positive:"true"`
	Body      time.Duration `yaml:"body" default:"30s" positive:"true"`
	Write     time.Duration `yaml:"write" default:"30s" positive:"true"`
}

// ListenerTLS is a listener's TLS. Callers always need a certificate that one
// of ClientCA issued. Its identity is Certificate and Key, or PKCS12.
type ListenerTLS struct {
	Certificate  Path   `yaml:"certificate"`
	Key          Path   `yaml:"key"`
	PKCS12       Path   `yaml:"pkcs12"`
	PasswordFile Path   `yaml:"password_file"`
	ClientCA     []Path `yaml:"client_ca" required:"true"`
	MinVersion   string `yaml:"min_version" default:"1.2" oneof:"1.0 1.1 1.2 1.3"`
	MaxVersion   string `yaml:"max_version" default:"1.3" oneof:"1.0 1.1 1.2 1.3"`
	// CipherSuites are IANA names, for TLS 1.2 and below; empty is Go's choice.
	// Names that crypto/tls does not have may be among them: see Warnings.
	CipherSuites []string   `yaml:"cipher_suites"`
	Revocation   Revocation `yaml:"revocation"`
}

// The values of Revocation.Mode: off asks nobody, soft refuses revoked
// certificates and accepts when no answer can be had, strict needs an answer.
const (
	RevocationOff    = "off"
	RevocationSoft   = "soft"
	RevocationStrict = "strict"
)

// Revocation says how callers' certificates are checked for revocation.
type Revocation struct {
	Mode        string        `yaml:"mode" default:"off" oneof:"off soft strict"`
	CRL         []Path        `yaml:"crl"`
	OCSP        bool          `yaml:"ocsp" default:"false"`
	OCSPTimeout time.Duration `yaml:"ocsp_timeout" default:"2s" positive:"true"`
}

// Admin is the operators' listener.
type Admin struct {
	// Address is host:port; empty for no operators' listener.
	Address string `yaml:"address" default:"127.0.0.1:8081" check:"address" reload:"no"`
	// TokenFile holds the bearer token that state-changing requests need; empty for none.
	TokenFile Path `yaml:"token_file"`
	// Also are listeners that serve a few endpoints only and ask for no token.
	Also  []AdminAlso `yaml:"also" reload:"no"`
	PProf bool        `yaml:"pprof" default:"false"`
}

// AdminAlso is one listener for the endpoints it names.
type AdminAlso struct {
	Address string   `yaml:"address" required:"true" check:"address"`
	Serve   []string `yaml:"serve" required:"true" oneof:"status resetcache resethsacache health metrics"`
}

// Trust says whom the gateway believes.
type Trust struct {
	// Proxies may use plain listeners and assert identity by header there.
	Proxies           []netip.Prefix `yaml:"proxies" default:"127.0.0.1/32"`
	ClientIPHeader    string         `yaml:"client_ip_header" default:"X-Forwarded-For" check:"free-header"`
	CertificateHeader string         `yaml:"certificate_header" default:"x-vp-auth-cert" check:"free-header"`
	// SenderAttribute is serialNumber, OU, CN, O, C or a dotted OID.
	SenderAttribute  string           `yaml:"sender_attribute" default:"serialNumber" required:"true" check:"attribute"`
	OriginalConsumer OriginalConsumer `yaml:"original_consumer"`
	RoutingHistory   bool             `yaml:"routing_history" default:"true"`
}

// OriginalConsumer says who may name the original consumer (VP013).
type OriginalConsumer struct {
	AllowedSenders []string `yaml:"allowed_senders" check:"text"` // empty: all
	Enforce        bool     `yaml:"enforce" default:"false"`      // false: warn and go on
}
