package config

// Config is one configuration file, complete and valid. It is read-only: any
// number of goroutines may use it, and a reload makes a new one.
type Config struct {
	Instance        Instance        `yaml:"instance"`
	Listeners       []Listener      `yaml:"listeners" required:"true" reload:"shape"`
	Admin           Admin           `yaml:"admin"`
	Trust           Trust           `yaml:"trust"`
	TAK             TAK             `yaml:"tak"`
	HSA             HSA             `yaml:"hsa"`
	VGVE            VGVE            `yaml:"vg_ve"`
	Routing         Routing         `yaml:"routing"`
	Virtualisations Virtualisations `yaml:"virtualisations"`
	Producers       Producers       `yaml:"producers"`
	Headers         Headers         `yaml:"headers"`
	Limits          Limits          `yaml:"limits"`
	WSDL            WSDL            `yaml:"wsdl"`
	Faults          Faults          `yaml:"faults"`
	Log             Log             `yaml:"log"`
	Tracing         Tracing         `yaml:"tracing"`
	Audit           Audit           `yaml:"audit" reload:"no"`
	Reload          Reload          `yaml:"reload"`
	Drain           Drain           `yaml:"drain"`

	file  string
	lines map[string]int
}

// Instance says which gateway of a chain this one is.
type Instance struct {
	// ID is compared with x-vp-instance-id and written into the routing
	// history, a comma-separated header: visible ASCII without commas.
	ID string `yaml:"id" required:"true" check:"identity"`
	// Name is shown in brackets in every fault string. A file without it gets ID.
	Name string `yaml:"name"`
}
