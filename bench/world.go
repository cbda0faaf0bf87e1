package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"

	"rivgate/bench/load"
	"rivgate/internal/lab"
)

// hostName is the name on the servers' certificates.
const hostName = "localhost"

// world is what stands around the proxies.
type world struct {
	dir       string
	gateway   string // the program
	scenarios []*scenario

	ca       *lab.CA
	consumer *lab.Identity
	senders  []*lab.Identity // of scenarios in which every caller is another

	producer string // its address
	children []*child
}

// newWorld writes certificates, catalogue and HSA file into a folder of its own.
func newWorld(gateway string, all []*scenario) (_ *world, err error) {
	w := &world{scenarios: all}
	if w.gateway, err = filepath.Abs(gateway); err != nil {
		return nil, err
	}
	if _, err := os.Stat(w.gateway); err != nil {
		return nil, fmt.Errorf("%w (make build makes it)", err)
	}
	if w.dir, err = os.MkdirTemp("", "rivgate-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.producer, err = freeAddress(); err != nil {
		return nil, err
	}
	return w, errors.Join(w.mint(), w.fillCatalogue())
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// close ends what was started and removes what was written.
func (w *world) close() error {
	for _, c := range w.children {
		c.stop()
	}
	return os.RemoveAll(w.dir)
}

// mint makes the certificates: one for every proxy, towards callers and
// towards the producer.
func (w *world) mint() (err error) {
	if w.ca, err = lab.NewCA("Bench CA"); err != nil {
		return err
	}
	if err := w.ca.WriteFile(w.path("ca.crt")); err != nil {
		return err
	}
	for _, name := range []string{"gateway", "producer"} {
		id, err := w.ca.Issue(lab.Subject{SerialNumber: gatewayID, CN: name}, lab.Hosts(hostName, "127.0.0.1"))
		if err != nil {
			return err
		}
		if _, _, err := id.WriteFiles(w.dir, name); err != nil {
			return err
		}
		key, err := id.KeyPEM()
		if err != nil {
			return err
		}
		if err := os.WriteFile(w.path(name+".pem"), append(id.CertPEM(), key...), 0o600); err != nil { // HAProxy wants one file
			return err
		}
	}
	if w.consumer, err = w.ca.Issue(lab.Subject{SerialNumber: consumerID, CN: "consumer"}, lab.ForClient()); err != nil {
		return err
	}
	most := 0
	for _, s := range w.scenarios {
		if s.senders {
			most = max(most, s.callers)
		}
	}
	for i := range most {
		id, err := w.ca.Issue(lab.Subject{SerialNumber: sender(i), CN: sender(i)}, lab.ForClient())
		if err != nil {
			return err
		}
		w.senders = append(w.senders, id)
	}
	return nil
}

func sender(i int) string { return fmt.Sprintf("SE0000000000-SENDER%03d", i) }

// fillCatalogue writes the catalogue and the tree. Each scenario asks for a ward;
// route and permissions are its hospital's, so that every decision climbs, and is
// remembered.
func (w *world) fillCatalogue() error {
	catalogue := &lab.Catalogue{}
	units := []lab.Unit{{ID: "SE0000000000-REGION", DN: "o=Region,c=SE", Name: "Region"}}
	for i, s := range w.scenarios {
		hospital := fmt.Sprintf("SE0000000000-HOSPITAL%02d", i)
		dn := fmt.Sprintf("ou=Hospital %d,o=Region,c=SE", i)
		units = append(units, lab.Unit{ID: hospital, DN: dn, Name: hospital}, lab.Unit{ID: s.receiver, DN: "ou=Ward," + dn, Name: s.receiver})
		profile := lab.Profile21
		if s.convert {
			profile = lab.Profile20
		}
		catalogue.Route(contract, string(profile), "https://"+w.producer+s.path, hospital)
		catalogue.Permit(consumerID, contract, hospital)
		if s.senders {
			for n := range w.senders {
				catalogue.Permit(sender(n), contract, hospital)
			}
		}
	}
	return errors.Join(catalogue.WriteLocalCopy(w.path("tak.xml")), lab.WriteHSAFile(w.path("hsa.xml"), units...))
}

// target is a proxy as callers of a scenario see it.
func (w *world) target(address string, s *scenario) load.Target {
	_, port, _ := net.SplitHostPort(address)
	var sessions tls.ClientSessionCache
	if s.connections == resumed {
		sessions = tls.NewLRUClientSessionCache(1) // one server
	}
	return load.Target{Address: address, Host: net.JoinHostPort(hostName, port), TLS: func(i int) *tls.Config {
		id := w.consumer
		if s.senders {
			id = w.senders[i]
		}
		return &tls.Config{
			RootCAs: w.ca.Pool(), ServerName: hostName, Certificates: []tls.Certificate{id.TLS()},
			CurvePreferences: curves, ClientSessionCache: sessions,
		}
	}}
}

// curves is the one key exchange that all proxies here know: the default ones of
// Go include one that is costlier, and that older OpenSSL lacks.
var curves = []tls.CurveID{tls.X25519}

// serverTLS is the configuration of a server that demands certificates.
func serverTLS(dir, name string) (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, err
	}
	pool, err := readPool(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		CurvePreferences: curves,
	}, nil
}

// freeAddress is an address of this machine that nobody listens on. It is below
// the ports that systems hand out on their own: one of those could be anybody's
// by the time it is used.
func freeAddress() (string, error) {
	const lowest, count, tries = 20_000, 10_000, 100
	var last error
	for range tries {
		probe, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.N(count)))
		if err == nil {
			return probe.Addr().String(), probe.Close()
		}
		last = err
	}
	return "", last
}

// startProducer starts the producer, which stays until the world's end.
func (w *world) startProducer(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	c, err := w.start(ctx, "producer", w.producer, program, "producer", "-dir", w.dir, "-address", w.producer)
	if err != nil {
		return err
	}
	w.children = append(w.children, c)
	return nil
}
