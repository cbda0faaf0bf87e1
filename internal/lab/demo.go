package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// DemoOptions choose addresses. Empty ones mean 127.0.0.1 and a free port.
type DemoOptions struct {
	Plain  string // the producer that speaks HTTP
	Secure string // the producer that speaks HTTPS and demands the gateway's certificate
	TAK    string
}

// Sandbox is a whole neighbourhood for one gateway: who calls it, whom it
// calls, and what it looks things up in. Everything in it is fictive.
type Sandbox struct {
	Dir        string
	InstanceID string // the gateway's own HSA id
	Name       string // the gateway's name in fault strings

	CA       *CA
	Gateway  *Identity // for localhost, and towards producers
	Consumer *Identity // may call what Examples call
	Stranger *Identity // a good certificate, and no permission for anything
	Nameless *Identity // a good certificate that lacks an HSA id

	Files     Files
	Plain     *Producer
	Secure    *Producer
	TAK       *TAK
	Catalogue Catalogue

	// Slow is the contract and receiver behind which a producer takes longer
	// than SlowTimeout, which is what the gateway should allow it.
	Slow        Route
	SlowTimeout time.Duration

	Examples []Example
}

// Files are the paths of what a sandbox wrote, and of the folder a gateway may
// write to.
type Files struct {
	CA                        string
	GatewayCert, GatewayKey   string
	ConsumerCert, ConsumerKey string
	StrangerCert, StrangerKey string
	NamelessCert, NamelessKey string
	HSA                       string
	Catalogue                 string // the same as TAK serves, as a local copy
	LocalCopy                 string // not written; its folder exists
}

const (
	demoInstance = "SE0000000000-RIVGATE"
	demoName     = "DEMO"
)

// Demo writes certificates, a catalogue, an HSA file and example envelopes
// into dir, which must exist, and starts two producers and a TAK stand-in.
// Close stops them; the files stay.
func Demo(dir string, options DemoOptions) (_ *Sandbox, err error) {
	s := &Sandbox{Dir: dir, InstanceID: demoInstance, Name: demoName, SlowTimeout: 2 * time.Second}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("sandbox: %w", err), s.Close())
		}
	}()
	for _, step := range []func(DemoOptions) error{s.mint, s.startProducers, s.fillCatalogue, s.startTAK, s.examples} {
		if err := step(options); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close stops the producers and TAK.
func (s *Sandbox) Close() error {
	var failures []error
	for _, producer := range []*Producer{s.Plain, s.Secure} {
		if producer != nil {
			failures = append(failures, producer.Close())
		}
	}
	if s.TAK != nil {
		failures = append(failures, s.TAK.Close())
	}
	return errors.Join(failures...)
}

// mint makes the certificates and writes them.
func (s *Sandbox) mint(DemoOptions) (err error) {
	if s.CA, err = NewCA("Demo CA"); err != nil {
		return err
	}
	certs := filepath.Join(s.Dir, "certs")
	if err := os.MkdirAll(certs, 0o755); err != nil {
		return err
	}
	s.Files.CA = filepath.Join(certs, "ca.crt")
	if err := s.CA.WriteFile(s.Files.CA); err != nil {
		return err
	}
	for _, who := range []struct {
		id        **Identity
		cert, key *string
		subject   Subject
		name      string
		options   []IssueOption
	}{
		{&s.Gateway, &s.Files.GatewayCert, &s.Files.GatewayKey, demoSubject(demoInstance, "localhost"), "gateway", []IssueOption{Hosts("localhost", "127.0.0.1", "::1")}},
		{&s.Consumer, &s.Files.ConsumerCert, &s.Files.ConsumerKey, demoSubject(demoConsumer, "consumer"), "consumer", []IssueOption{ForClient()}},
		{&s.Stranger, &s.Files.StrangerCert, &s.Files.StrangerKey, demoSubject(demoStranger, "stranger"), "stranger", []IssueOption{ForClient()}},
		{&s.Nameless, &s.Files.NamelessCert, &s.Files.NamelessKey, demoSubject("", "nameless"), "nameless", []IssueOption{ForClient()}},
	} {
		if *who.id, err = s.CA.Issue(who.subject, who.options...); err != nil {
			return err
		}
		if *who.cert, *who.key, err = (*who.id).WriteFiles(certs, who.name); err != nil {
			return err
		}
	}
	return nil
}

func demoSubject(hsaID, cn string) Subject {
	return Subject{C: "SE", O: "Region Exempel", CN: cn, SerialNumber: hsaID}
}

func (s *Sandbox) startProducers(options DemoOptions) error {
	identity, err := s.CA.Issue(demoSubject("SE0000000000-PRODUCER", "producer"), ForServer("localhost", "127.0.0.1", "::1"))
	if err != nil {
		return err
	}
	if s.Plain, err = StartProducer(ProducerOptions{Address: options.Plain}); err != nil {
		return err
	}
	s.Secure, err = StartProducer(ProducerOptions{Address: options.Secure, TLS: ServerTLS(identity, s.CA)})
	if err != nil {
		return err
	}
	for _, producer := range []*Producer{s.Plain, s.Secure} {
		for path, body := range demoAnswers {
			producer.Answer(path, 200, textXML, body)
		}
	}
	return nil
}

func (s *Sandbox) startTAK(options DemoOptions) (err error) {
	s.TAK, err = StartTAK(options.TAK, s.Catalogue)
	return err
}

// examples writes an envelope file for each example.
func (s *Sandbox) examples(DemoOptions) error {
	folder := filepath.Join(s.Dir, "requests")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	s.Examples = s.demoExamples()
	for i := range s.Examples {
		example := &s.Examples[i]
		body, err := example.Bytes()
		if err != nil {
			return err
		}
		example.File = filepath.Join(folder, example.Name+".xml")
		if err := os.WriteFile(example.File, body, 0o644); err != nil {
			return err
		}
	}
	return nil
}
