package config

import (
	"net/netip"
	"time"
)

// Virtualisations holds what is set per contract towards producers.
type Virtualisations struct {
	Default            Virtualisation           `yaml:"default"`
	TimeoutFile        Path                     `yaml:"timeout_file"` // see LoadTimeouts
	TimeoutDefaultName string                   `yaml:"timeout_default_name" default:"default_timeouts" required:"true" check:"text"`
	Overrides          []VirtualisationOverride `yaml:"overrides"`
}

// Virtualisation is what a call to a producer goes by.
type Virtualisation struct {
	Timeout       time.Duration `yaml:"timeout" default:"29s" positive:"true"`
	KeepAlive     bool          `yaml:"keep_alive" default:"true"`
	KeepAliveIdle time.Duration `yaml:"keep_alive_idle" default:"60s" positive:"true"`
}

// VirtualisationOverride changes what it names for one contract, or for one
// contract and receiver; nil fields are not named.
type VirtualisationOverride struct {
	Contract      string         `yaml:"contract" required:"true" check:"text"` // exact, case counts
	Receiver      string         `yaml:"receiver"`                              // as requested, case does not count; empty: any
	Timeout       *time.Duration `yaml:"timeout" positive:"true"`
	KeepAlive     *bool          `yaml:"keep_alive"`
	KeepAliveIdle *time.Duration `yaml:"keep_alive_idle" positive:"true"`
}

// Producers says how producers are called.
type Producers struct {
	ConnectTimeout         time.Duration          `yaml:"connect_timeout" default:"2s" positive:"true"`
	Retry                  Retry                  `yaml:"retry"`
	MaxIdlePerHost         int                    `yaml:"max_idle_per_host" default:"512"`
	PropagateCorrelationID PropagateCorrelationID `yaml:"propagate_correlation_id"`
	UserAgent              string                 `yaml:"user_agent"`                        // empty: rivgate/VERSION
	AcceptShortAnswers     []string               `yaml:"accept_short_answers" check:"host"` // host names
	Allow                  Allow                  `yaml:"allow"`
	Deny                   Deny                   `yaml:"deny"`
	TLS                    ProducerTLS            `yaml:"tls"`
}

// Retry is how often a refused or timed-out TCP connect is tried again.
type Retry struct {
	Attempts int           `yaml:"attempts" default:"1"` // beside the first; 0: never
	Delay    time.Duration `yaml:"delay" default:"2s"`
}

// PropagateCorrelationID says which producers are sent x-skltp-correlation-id.
type PropagateCorrelationID struct {
	HTTP  bool `yaml:"http" default:"true"`
	HTTPS bool `yaml:"https" default:"false"`
}

// Allow bounds where route addresses may lead; an empty list bounds nothing.
type Allow struct {
	Schemes  []string       `yaml:"schemes" default:"http,https" oneof:"http https"`
	Ports    []int          `yaml:"ports" positive:"true" max:"65535"`
	Networks []netip.Prefix `yaml:"networks"`
}

// Deny names where route addresses may not lead, whatever Allow says.
type Deny struct {
	Ports    []int          `yaml:"ports" positive:"true" max:"65535"`
	Networks []netip.Prefix `yaml:"networks"`
}

// ProducerTLS is the TLS towards producers; see For.
type ProducerTLS struct {
	Default   ClientTLS     `yaml:"default"`
	Overrides []TLSOverride `yaml:"overrides"` // first match wins
}

// ClientTLS is TLS towards a server. Its identity is Certificate and Key, or
// PKCS12, or none.
type ClientTLS struct {
	Certificate  Path     `yaml:"certificate"`
	Key          Path     `yaml:"key"`
	PKCS12       Path     `yaml:"pkcs12"`
	PasswordFile Path     `yaml:"password_file"`
	CA           []Path   `yaml:"ca"` // empty: the system's
	MinVersion   string   `yaml:"min_version" default:"1.2" oneof:"1.0 1.1 1.2 1.3"`
	MaxVersion   string   `yaml:"max_version" default:"1.3" oneof:"1.0 1.1 1.2 1.3"`
	CipherSuites []string `yaml:"cipher_suites"` // as ListenerTLS.CipherSuites
	VerifyHost   bool     `yaml:"verify_host" default:"true"`
}

// TLSOverride changes what it names for the producers it matches; nil fields
// are not named.
type TLSOverride struct {
	Match        TLSMatch  `yaml:"match"`
	Certificate  *Path     `yaml:"certificate"`
	Key          *Path     `yaml:"key"`
	PKCS12       *Path     `yaml:"pkcs12"`
	PasswordFile *Path     `yaml:"password_file"`
	CA           *[]Path   `yaml:"ca"`
	MinVersion   *string   `yaml:"min_version" oneof:"1.0 1.1 1.2 1.3"`
	MaxVersion   *string   `yaml:"max_version" oneof:"1.0 1.1 1.2 1.3"`
	CipherSuites *[]string `yaml:"cipher_suites"`
	VerifyHost   *bool     `yaml:"verify_host"`
}

// TLSMatch picks producers by the host and port of the route's address: Host
// is the whole name, Suffix its end, both without case; never both are set.
// Port 0 is any.
type TLSMatch struct {
	Host   string `yaml:"host" check:"host"`
	Suffix string `yaml:"suffix" check:"text"`
	Port   int    `yaml:"port" default:"0" max:"65535"`
}
