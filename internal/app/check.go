package app

import (
	"strings"

	"rivgate/config"
)

// Check reads everything serve would read, binding and connecting nothing, and
// tells all that is wrong or unsafe at once: in the configuration and in what
// it names.
func Check(path, version string) Findings {
	_, _, found := inspect(path, version)
	return found
}

// inspect reads a configuration and what it names. Without errors among the
// findings both results are complete.
func inspect(path, version string) (*config.Config, *loaded, Findings) {
	cfg, problems := config.LoadPartly(path)
	var found Findings
	for _, problem := range problems {
		found = append(found, Finding{Problem: problem})
	}
	if cfg == nil {
		return nil, nil, found
	}
	l, more := load(cfg, version, nil, nil)
	for _, finding := range more {
		if len(problems) == 0 || !consequence(finding, problems) {
			found = append(found, finding)
		}
	}
	found.sort()
	return cfg, l, found
}

// consequence tells whether a finding only repeats that the configuration is
// incomplete: it is about a key that has a problem, or about values of the
// configuration rather than about a file.
func consequence(finding Finding, problems config.Errors) bool {
	if finding.Key == "trust" || finding.Key == "tak.address" {
		return true
	}
	for _, problem := range problems {
		if problem.Key == "" || strings.HasPrefix(finding.Key, problem.Key) || strings.HasPrefix(problem.Key, finding.Key) {
			return true
		}
	}
	return false
}

// Open is New for a configuration file. The error holds all that is wrong with
// it and with what it names.
func Open(path string, o Options) (*App, error) {
	cfg, l, found := inspect(path, o.Version)
	if err := found.Err(); err != nil {
		return nil, err
	}
	o.Path = path
	return assemble(cfg, l, found, o)
}
