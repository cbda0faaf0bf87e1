package config

import "time"

// TAK is where the catalogue comes from: File or Address, exactly one is set.
type TAK struct {
	File       Path          `yaml:"file"`
	Address    string        `yaml:"address" check:"url"`
	FollowWSDL bool          `yaml:"follow_wsdl" default:"false"`
	LocalCopy  Path          `yaml:"local_copy" default:"data/tak-cache.xml"`
	Refresh    TAKRefresh    `yaml:"refresh"`
	Timeout    time.Duration `yaml:"timeout" default:"30s" positive:"true"`
	TLS        ClientTLS     `yaml:"tls"`
}

// TAKRefresh says when the catalogue is asked again.
type TAKRefresh struct {
	Interval time.Duration `yaml:"interval" default:"0s"` // 0: only when told to
	Retry    time.Duration `yaml:"retry" default:"10s" positive:"true"`
	// MaxShrink is how many percent of its rows a table may lose in one refresh.
	MaxShrink int `yaml:"max_shrink" default:"50" max:"100"`
}

// HSA is the organisation tree and what it is climbed for.
type HSA struct {
	Files       []Path   `yaml:"files"` // later ones win on equal DN
	Routes      Climbing `yaml:"routes"`
	Permissions Climbing `yaml:"permissions"`
}

// Climbing says for which contracts the HSA tree is climbed: Enabled, and the
// opposite for contracts that begin with one of Except.
type Climbing struct {
	Enabled bool     `yaml:"enabled" default:"true"`
	Except  []string `yaml:"except" check:"text"`
}

// VGVE is the old addressing with two ids in one logical address.
type VGVE struct {
	Delimiter string   `yaml:"delimiter" default:"#"`  // empty: off
	Contracts []string `yaml:"contracts" check:"text"` // empty: all
	Senders   []string `yaml:"senders" check:"text"`   // empty: all
}

// Routing tunes the decider.
type Routing struct {
	Cache int `yaml:"cache" default:"10000" positive:"true"` // entries
}

// WSDL says which service descriptions are served.
type WSDL struct {
	Directory Path         `yaml:"directory"`
	File      Path         `yaml:"file"` // VP's wsdlconfig.json
	Sources   []WSDLSource `yaml:"sources"`
}

// WSDLSource is a service description that is fetched.
type WSDLSource struct {
	Contract string        `yaml:"contract" required:"true" check:"text"`
	URL      string        `yaml:"url" required:"true" check:"url"`
	Refresh  time.Duration `yaml:"refresh" default:"0s"` // 0: once
}
