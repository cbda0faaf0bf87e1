package app

import (
	"testing"

	"rivgate/config"
)

// The producers' client outlives a reload that changes nothing it was made of, and
// no other.
func TestProducersClientIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*config.Config)
		kept   bool
	}{
		"nothing":             {func(*config.Config) {}, true},
		"a limit of envelope": {func(c *config.Config) { c.Limits.EnvelopeHead++ }, true},
		"producers":           {func(c *config.Config) { c.Producers.Retry.Attempts++ }, false},
		"size of heads":       {func(c *config.Config) { c.Limits.HeaderBytes++ }, false},
		"number of headers":   {func(c *config.Config) { c.Limits.Headers++ }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var old, next config.Config
			test.change(&next)
			before, after := &loaded{producers: producersClient(old.Producers, old.Limits)}, &loaded{}
			after.keep(before, &old, &next)
			if kept := after.producers == before.producers; kept != test.kept {
				t.Errorf("kept: %t", kept)
			}
		})
	}
}
