package config_test

import (
	"errors"
	"reflect"
	"testing"

	"rivgate/config"
)

// seeds are all files under testdata, with some that YAML readers fall over.
func seeds(t testing.TB) [][]byte {
	seeds := [][]byte{
		[]byte(minimal),
		[]byte("listeners: &a [*a]"),
		[]byte("instance: &a\n  <<: *a"),
		[]byte("? [a]\n: b"),
		[]byte("tracing: {sample_ratio: .nan}"),
		[]byte("!!binary a: !!set {}"),
		[]byte("\xff\xfei\x00"),
		[]byte("---\n...\n---"),
		[]byte("a: !!int \"x\"\n\"\\x00\": 1"),
	}
	for _, pattern := range []string{"*.good.yaml", "*.bad.yaml"} {
		for _, data := range files(t, pattern) {
			seeds = append(seeds, data)
		}
	}
	return seeds
}

func TestSeeds(t *testing.T) {
	if len(seeds(t)) < 20 {
		t.Errorf("only %d seeds", len(seeds(t)))
	}
}

// FuzzParse: either a configuration or problems that say where; the same file
// gives the same configuration; and what a configuration promises holds.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("f", data, "/d", lookup)
		if err != nil {
			checkRefused(t, c, err)
			return
		}
		again, err := config.Parse("f", data, "/d", lookup)
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("the second reading differs: %v", err)
		}
		checkAccepted(t, c)
	})
}

func checkRefused(t *testing.T, c *config.Config, err error) {
	problems, ok := errors.AsType[config.Errors](err)
	if !ok || len(problems) == 0 || c != nil {
		t.Fatalf("refused with %T %v and configuration %v", err, err, c)
	}
	line := 0
	for _, p := range problems {
		if p.Line < max(line, 1) || p.Text == "" || p.File != "f" {
			t.Fatalf("problem out of order or incomplete: %+v", p)
		}
		line = p.Line
	}
}

func checkAccepted(t *testing.T, c *config.Config) {
	if c.Instance.ID == "" || c.Instance.Name == "" || len(c.Listeners) == 0 {
		t.Fatal("accepted without what is required")
	}
	if (c.TAK.File == "") == (c.TAK.Address == "") {
		t.Fatal("accepted with no or two sources of the catalogue")
	}
	for _, listener := range c.Listeners {
		if listener.Address == "" || listener.Path == "" || listener.Path[0] != '/' || listener.Timeouts.Body <= 0 {
			t.Fatalf("accepted listener %+v", listener)
		}
		if listener.TLS != nil && (len(listener.TLS.ClientCA) == 0 || listener.TLS.Certificate == "" && listener.TLS.PKCS12 == "") {
			t.Fatalf("accepted TLS %+v", listener.TLS)
		}
	}
	if c.Virtualisations.Default.Timeout <= 0 || c.Limits.EnvelopeHead <= 0 || c.Limits.MaxBody < 0 || !(c.Tracing.SampleRatio >= 0) {
		t.Fatal("accepted a number out of range")
	}
	if changed := c.NeedsRestart(c); changed != nil {
		t.Fatalf("differs from itself in %v", changed)
	}
	c.Warnings()
}

var timeoutSeeds = []string{
	`[]`, `null`, `[{}]`, `{"a":1}`, "[\n{\"tjanstekontrakt\": \"a\", \"routetimeout\": 1, \"producertimeout\": 2}]",
	`[{"tjanstekontrakt": "\ud83d\ude00\/", "producertimeout": 1e3}]`, "\ufeff[]", `[[[[`,
}

func TestTimeoutSeeds(t *testing.T) {
	if len(timeoutSeeds) == 0 {
		t.Error("no seeds")
	}
}

// FuzzParseTimeouts: either timeouts, all above 0, or problems that say where.
func FuzzParseTimeouts(f *testing.F) {
	for _, seed := range timeoutSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		timeouts, err := config.ParseTimeouts("f", data, "default_timeouts")
		if err != nil {
			problems, ok := errors.AsType[config.Errors](err)
			if !ok || len(problems) == 0 || timeouts != nil || problems[0].Line < 1 {
				t.Fatalf("refused with %T %v", err, err)
			}
			return
		}
		for contract, timeout := range timeouts.Contracts {
			if contract == "" || timeout <= 0 {
				t.Fatalf("%q has %v", contract, timeout)
			}
		}
	})
}
