package config

import "time"

// Log says what is logged and how.
type Log struct {
	Format string `yaml:"format" default:"ecs" oneof:"ecs legacy text"`
	Level  string `yaml:"level" default:"info" oneof:"debug info warn error"`
	// Output is the word stdout or stderr, or a file that is appended to.
	Output           Path     `yaml:"output" default:"stdout" required:"true" words:"stdout stderr"`
	Events           string   `yaml:"events" default:"call" oneof:"call vp"`
	CompatTypes      string   `yaml:"compat_types" default:"json" oneof:"json strings"`
	Payload          string   `yaml:"payload" default:"off" oneof:"off request response both"`
	PayloadMax       Size     `yaml:"payload_max" default:"16KiB"`
	PayloadContracts []string `yaml:"payload_contracts" check:"text"` // empty: all
}

// Tracing exports spans over OTLP.
type Tracing struct {
	OTLPEndpoint string  `yaml:"otlp_endpoint" check:"url"` // empty: off
	SampleRatio  float64 `yaml:"sample_ratio" default:"1" max:"1"`
}

// The values of Audit.OnFull: what becomes of calls when no audit line can be written.
const (
	OnFullContinue = "continue"
	OnFullRefuse   = "refuse"
)

// Audit is the hash-chained log of calls.
type Audit struct {
	File       Path   `yaml:"file"`                      // empty: off
	Rotate     Size   `yaml:"rotate" default:"100MiB"`   // 0: never
	Checkpoint int    `yaml:"checkpoint" default:"1000"` // lines between checkpoints; 0: none
	OnFull     string `yaml:"on_full" default:"continue" oneof:"continue refuse"`
}

// Reload says whether files are watched.
type Reload struct {
	Watch bool `yaml:"watch" default:"true"`
}

// Drain is how the gateway stops.
type Drain struct {
	Wait    time.Duration `yaml:"wait" default:"0s"` // not ready, still accepting
	Timeout time.Duration `yaml:"timeout" default:"30s" positive:"true"`
}
