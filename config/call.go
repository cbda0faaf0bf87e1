package config

// Headers extends the built-in header rules.
type Headers struct {
	RemoveRequest  []string `yaml:"remove_request" check:"header"`
	RemoveResponse []string `yaml:"remove_response" check:"header"`
	// UnderscoreNames sends x_vp_sender_id instead of x-vp-sender-id, and so on.
	UnderscoreNames bool      `yaml:"underscore_names" default:"false"`
	Forwarded       Forwarded `yaml:"forwarded"`
}

// Forwarded names the headers in which a trusted proxy tells the address that
// callers use, for rewriting service descriptions and for the log.
type Forwarded struct {
	Host  string `yaml:"host" default:"X-VP-Forwarded-Host" check:"header"`
	Port  string `yaml:"port" default:"X-VP-Forwarded-Port" check:"header"`
	Proto string `yaml:"proto" default:"X-VP-Forwarded-Proto" check:"header"`
}

// Limits bounds what a call may take. 0 is no limit where the file may say 0.
type Limits struct {
	MaxBody       Size `yaml:"max_body" default:"256MiB"`                      // of a request
	EnvelopeHead  Size `yaml:"envelope_head" default:"256KiB" positive:"true"` // up to the first child of Body
	AnswerHead    Size `yaml:"answer_head" default:"32KiB" positive:"true"`    // held before the answer starts
	HeaderBytes   Size `yaml:"header_bytes" default:"64KiB" positive:"true"`
	Headers       int  `yaml:"headers" default:"200"`
	Depth         int  `yaml:"depth" default:"200"`
	Attributes    int  `yaml:"attributes" default:"200"`
	CorrelationID int  `yaml:"correlation_id" default:"128"` // bytes
	InFlight      int  `yaml:"in_flight" default:"0"`        // calls
	Connections   int  `yaml:"connections" default:"0"`
	PerAddress    int  `yaml:"per_address" default:"0"` // connections
	PerSender     int  `yaml:"per_sender" default:"0"`  // calls
}

// The values of Faults.Detail: safe hides the producer's address and the cause.
const (
	DetailFull = "full"
	DetailSafe = "safe"
)

// Faults says how much a fault tells.
type Faults struct {
	Detail string `yaml:"detail" default:"full" oneof:"full safe"`
}
