package proxy

import (
	"context"
	"strings"
	"time"
)

// Virtualisation is how a contract's producers are called.
type Virtualisation struct {
	Set           bool
	Timeout       time.Duration // from the request's last byte to the answer's head, then each silence
	KeepAlive     bool
	KeepAliveIdle time.Duration // how long an unused producer connection is kept
	Source        string        // which rule's timeout holds, for explanations
}

// Override changes the fields it names for a contract, or for a contract and
// receiver.
type Override struct {
	Contract      string
	Receiver      string // "" any
	Timeout       *time.Duration
	KeepAlive     *bool
	KeepAliveIdle *time.Duration
}

// VirtualisationOptions are the rules in order of precedence, weakest first.
type VirtualisationOptions struct {
	Default     Virtualisation
	FileDefault *time.Duration           // the timeout file's default row
	File        map[string]time.Duration // the timeout file's rows by contract
	Overrides   []Override
}

// Virtualisations answers which settings hold for a call. It is immutable.
type Virtualisations struct {
	base      Virtualisation
	file      map[string]time.Duration
	overrides map[overrideKey]Override
	named     map[string]bool // contracts that an override names
}

type overrideKey struct{ contract, receiver string }

// NewVirtualisations prepares the rules. Of two overrides with the same
// contract and receiver the later holds.
func NewVirtualisations(o VirtualisationOptions) *Virtualisations {
	v := &Virtualisations{base: o.Default, file: o.File, overrides: make(map[overrideKey]Override, len(o.Overrides)), named: make(map[string]bool)}
	v.base.Set, v.base.Source = true, "default"
	if o.FileDefault != nil {
		v.base.Timeout, v.base.Source = *o.FileDefault, "timeout file, default row"
	}
	for _, override := range o.Overrides {
		v.overrides[overrideKey{override.Contract, strings.ToLower(override.Receiver)}] = override
		v.named[override.Contract] = true
	}
	return v
}

// names tells whether some rule is about this contract.
func (v *Virtualisations) names(contract string) bool {
	_, inFile := v.file[contract]
	return inFile || v.named[contract]
}

// For is the settings for contract, compared exactly, and receiver as it was
// requested, compared without case: the override of both, then of the contract,
// then the timeout file's row, then its default row, then the default.
func (v *Virtualisations) For(contract, receiver string) Virtualisation {
	settings := v.base
	if timeout, ok := v.file[contract]; ok {
		settings.Timeout, settings.Source = timeout, "timeout file"
	}
	if len(v.overrides) == 0 {
		return settings
	}
	if override, ok := v.overrides[overrideKey{contract, ""}]; ok {
		settings.apply(override, "override of contract")
	}
	if receiver != "" {
		if override, ok := v.overrides[overrideKey{contract, strings.ToLower(receiver)}]; ok {
			settings.apply(override, "override of contract and receiver")
		}
	}
	return settings
}

func (s *Virtualisation) apply(o Override, source string) {
	if o.Timeout != nil {
		s.Timeout, s.Source = *o.Timeout, source
	}
	if o.KeepAlive != nil {
		s.KeepAlive = *o.KeepAlive
	}
	if o.KeepAliveIdle != nil {
		s.KeepAliveIdle = *o.KeepAliveIdle
	}
}

// virtualisation looks up how the producer is to be called.
func (g *Gateway) virtualisation(_ context.Context, c *Call) error {
	c.Virtualisation = c.View.Virtualisations.For(c.Message.Envelope.Body.Space, c.Address)
	if c.Target.Scheme == "https" {
		c.TLS = c.View.TLS.For(c.Target.Addr)
	}
	return nil
}
