package recorded

import (
	"errors"
	"path/filepath"
	"time"

	"rivgate/internal/lab"
)

// InstanceID and GatewayName are what the gateway was called when the calls
// were recorded.
const (
	InstanceID  = "SE0000000000-FID"
	GatewayName = "GATE"
)

// World is what the recorded calls were made against, but for the gateway.
type World struct {
	CA      *lab.CA
	Gateway *lab.Identity // for localhost, and towards producers

	// Identities are the callers' certificates by the names cases use.
	Identities map[string]*lab.Identity

	Plain, Secure *lab.Producer

	Catalogue string // path of the local copy, the only source of routes
	HSA       string // path of the HSA file
}

// Settings are what a gateway must be told besides the World, for one
// configuration.
type Settings struct {
	TrustedProxies    []string
	RetryDelay        time.Duration
	ProducerTimeout   time.Duration
	Timeouts          map[string]time.Duration // by contract
	MaxBody           int64
	UserAgent         string // towards producers
	VerifyProducers   bool   // their host names
	Delimiter         string // of VG#VE addresses
	HSALookups        bool   // for routes and permissions
	AllowedSenders    []string
	EnforceOriginal   bool // VP013 for others than AllowedSenders
	CorrelationOnTLS  bool // propagate the correlation id to https producers
	UseRoutingHistory bool
}

// SettingsOf are the settings of a configuration, "a" or "b".
func SettingsOf(configuration string) Settings {
	settings := Settings{
		TrustedProxies:    []string{"127.0.0.1/32"},
		RetryDelay:        300 * time.Millisecond,
		ProducerTimeout:   5 * time.Second,
		Timeouts:          map[string]time.Duration{slowThing: 600 * time.Millisecond},
		MaxBody:           15 << 20,
		UserAgent:         "SKLTP VP/4.3.x",
		Delimiter:         "#",
		HSALookups:        true,
		UseRoutingHistory: true,
	}
	if configuration == "b" {
		settings.Delimiter = ""
		settings.HSALookups = false
		settings.AllowedSenders = []string{"SE-OTHER"}
		settings.EnforceOriginal = true
		settings.CorrelationOnTLS = true
		settings.UseRoutingHistory = false
	}
	return settings
}

// Build mints certificates, starts the producers, and writes the catalogue and
// the HSA file into dir. Close stops the producers.
func Build(dir string) (_ *World, err error) {
	w := &World{
		Catalogue: filepath.Join(dir, "catalogue.xml"),
		HSA:       filepath.Join(dir, "hsacache.xml"),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if err := w.mint(); err != nil {
		return nil, err
	}
	if err := w.start(); err != nil {
		return nil, err
	}
	if err := catalogue(w.Plain.Address(), w.Secure.Address()).WriteLocalCopy(w.Catalogue); err != nil {
		return nil, err
	}
	return w, lab.WriteHSAFile(w.HSA, units...)
}

// Close stops the producers.
func (w *World) Close() error {
	var failures []error
	for _, producer := range []*lab.Producer{w.Plain, w.Secure} {
		if producer != nil {
			failures = append(failures, producer.Close())
		}
	}
	return errors.Join(failures...)
}

func (w *World) mint() (err error) {
	if w.CA, err = lab.NewCA("Recorded CA"); err != nil {
		return err
	}
	stranger, err := lab.NewCA("Another CA")
	if err != nil {
		return err
	}
	w.Gateway, err = w.CA.Issue(lab.Subject{SerialNumber: "SE0000000000-VP01", CN: "gateway"}, lab.Hosts("localhost", "127.0.0.1"))
	if err != nil {
		return err
	}
	w.Identities = make(map[string]*lab.Identity)
	for _, who := range []struct {
		name    string
		ca      *lab.CA
		subject lab.Subject
		options []lab.IssueOption
	}{
		{"consumer", w.CA, lab.Subject{SerialNumber: consumer, CN: "consumer"}, nil},
		{"noserial", w.CA, lab.Subject{CN: "consumer"}, nil},
		{"expired", w.CA, lab.Subject{SerialNumber: consumer, CN: "consumer"}, []lab.IssueOption{lab.Expired()}},
		{"stranger", stranger, lab.Subject{SerialNumber: consumer, CN: "consumer"}, nil},
	} {
		if w.Identities[who.name], err = who.ca.Issue(who.subject, who.options...); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) start() (err error) {
	if w.Plain, err = lab.StartProducer(lab.ProducerOptions{}); err != nil {
		return err
	}
	identity, err := w.CA.Issue(lab.Subject{CN: "producer"}, lab.ForServer("localhost", "127.0.0.1"))
	if err != nil {
		return err
	}
	w.Secure, err = lab.StartProducer(lab.ProducerOptions{TLS: lab.ServerTLS(identity, w.CA)})
	return err
}
