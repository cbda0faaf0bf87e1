package app

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"rivgate/auth"
	"rivgate/config"
	"rivgate/edge"
	"rivgate/hsa"
	"rivgate/internal/pace"
	"rivgate/proxy"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/record/audit"
	"rivgate/tak"
	"rivgate/wsdl"
)

// loaded is everything a configuration names, read and ready for use.
type loaded struct {
	trust           *auth.Policy
	virtualisations *proxy.Virtualisations
	choices         *proxy.TLSChoices
	listeners       []*edge.TLSOptions // by position, nil for plain ones
	client          *tak.Client        // nil: tak.file is the only source
	producers       *upstream.Client   // nil until somebody serves: what only looks has nothing to call with
	descriptions    *wsdl.Store
	fingerprint     [sha256.Size]byte // of the files behind TLS towards producers and TAK
	tree            *hsa.Tree         // nil: the running one stays
	certificates    []record.Certificate
	revocationLists []record.RevocationList
	pace            *pace.Pace // that it was loaded at, and is to be put to use
}

// load reads what serve needs and check examines: the one implementation of
// both. It binds and connects nothing. The catalogue's copy is examined and not
// kept: whoever serves reads it when TAK cannot be asked. p paces what takes long,
// nil where there are no calls to think of. running is what a gateway goes by
// already, nil without one: catalogue and tree that stay as they are are not read.
func load(cfg *config.Config, version string, p *pace.Pace, running *config.Config) (*loaded, Findings) {
	f := &findings{cfg: cfg, pace: p}
	f.add(cfg.Warnings(), true)
	l := &loaded{pace: p}
	l.trust = loadTrust(f)
	l.virtualisations = loadVirtualisations(f)
	l.choices = loadChoices(f)
	l.listeners = loadListeners(f)
	l.descriptions = loadDescriptions(f, l.choices)
	l.client = loadClient(f, version)
	if running == nil || !sameTree(running, cfg) {
		l.tree = loadTree(f)
	}
	l.fingerprint = fingerprintOf(clientFiles(cfg))
	l.certificates, l.revocationLists = certificatesOf(cfg)
	if running == nil || !reflect.DeepEqual(running.TAK, cfg.TAK) {
		loadCopy(f)
	}
	examineRest(f)
	return l, f.list
}

// examineRest looks at what is opened only later.
func examineRest(f *findings) {
	if output := string(f.cfg.Log.Output); output != "stdout" && output != "stderr" {
		if info, err := os.Stat(filepath.Dir(output)); err != nil {
			f.fail("log.output", err)
		} else if !info.IsDir() {
			f.fail("log.output", fmt.Errorf("%s is no folder", filepath.Dir(output)))
		}
	}
	if _, err := readSecret(f.cfg.Admin.TokenFile); err != nil {
		f.fail("admin.token_file", err)
	}
	if file := f.cfg.Audit.File; file != "" {
		if err := audit.Writable(string(file)); err != nil {
			f.fail("audit.file", err)
		}
	}
}

func loadTrust(f *findings) *auth.Policy {
	trust := f.cfg.Trust
	policy, err := auth.NewPolicy(auth.Options{
		InstanceID:        f.cfg.Instance.ID,
		Proxies:           trust.Proxies,
		ClientIPHeader:    trust.ClientIPHeader,
		CertificateHeader: trust.CertificateHeader,
		SenderAttribute:   trust.SenderAttribute,
		OriginalConsumer: auth.OriginalConsumer{
			AllowedSenders: trust.OriginalConsumer.AllowedSenders,
			Enforce:        trust.OriginalConsumer.Enforce,
		},
		RoutingHistory:     trust.RoutingHistory,
		CorrelationIDLimit: f.cfg.Limits.CorrelationID,
	})
	if err != nil {
		f.fail("trust", err)
	}
	return policy
}

func loadVirtualisations(f *findings) *proxy.Virtualisations {
	v := f.cfg.Virtualisations
	o := proxy.VirtualisationOptions{Default: proxy.Virtualisation{
		Timeout: v.Default.Timeout, KeepAlive: v.Default.KeepAlive, KeepAliveIdle: v.Default.KeepAliveIdle,
	}}
	if v.TimeoutFile != "" {
		timeouts, err := config.LoadTimeouts(string(v.TimeoutFile), v.TimeoutDefaultName)
		if err != nil {
			f.fail("virtualisations.timeout_file", err)
		} else {
			o.File, o.FileDefault = timeouts.Contracts, timeouts.Default
			f.add(timeouts.Warnings, true)
		}
	}
	for _, override := range v.Overrides {
		o.Overrides = append(o.Overrides, proxy.Override(override))
	}
	return proxy.NewVirtualisations(o)
}

func loadTree(f *findings) *hsa.Tree {
	files := make([]string, len(f.cfg.HSA.Files))
	for i, file := range f.cfg.HSA.Files {
		files[i] = string(file)
	}
	tree, warnings, err := hsa.Load(files, f.pace)
	if err != nil {
		f.fail("hsa.files", err)
	}
	for _, warning := range warnings {
		f.list = append(f.list, Finding{
			Problem: config.Problem{File: warning.File, Line: warning.Line, Key: "hsa.files", Text: oneLine(warning.Text)},
			Warning: true,
		})
	}
	return tree
}

// loadCopy reads the catalogue's file. Without it a gateway cannot start where
// it is the only source, and cannot start while TAK is away where it is not.
func loadCopy(f *findings) {
	key, file := "tak.local_copy", string(f.cfg.TAK.LocalCopy)
	if f.cfg.TAK.File != "" {
		key, file = "tak.file", string(f.cfg.TAK.File)
	}
	if file == "" {
		f.warn(key, "no local copy is kept: the gateway cannot start while TAK is away")
		return
	}
	catalogue, err := tak.ReadCopy(file, f.pace)
	switch {
	case err == nil:
		f.examine(key, file, catalogue)
	case f.cfg.TAK.File != "":
		f.fail(key, err)
	case errors.Is(err, fs.ErrNotExist):
		f.warn(key, "no local copy yet: the first start needs TAK")
	default:
		f.warn(key, "unreadable local copy: "+err.Error())
	}
}

// examine warns about what is odd in a catalogue.
func (f *findings) examine(key, file string, catalogue *tak.Catalogue) {
	for _, warning := range catalogue.Warnings() {
		f.list = append(f.list, Finding{
			Problem: config.Problem{File: file, Line: warning.Line, Key: key, Text: oneLine(warning.Text)},
			Warning: true,
		})
	}
	for _, text := range routesBack(catalogue, configuredListeners(f.cfg.Listeners), f.pace) {
		f.list = append(f.list, Finding{Problem: config.Problem{File: file, Line: 1, Key: key, Text: text}, Warning: true})
	}
}

func readSecret(file config.Path) (string, error) {
	if file == "" {
		return "", nil
	}
	content, err := os.ReadFile(string(file))
	return trimNewline(string(content)), err
}
