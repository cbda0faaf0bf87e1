package app

import (
	"errors"

	"rivgate/config"
)

// Check reads everything serve would read, binding and connecting nothing, and
// tells what is wrong or unsafe: the configuration's own problems first, which
// end the check, then those of what it names.
func Check(path, version string) Findings {
	cfg, err := config.Load(path)
	if err != nil {
		return configurationFindings(path, err)
	}
	_, found := load(cfg, version)
	return found
}

func configurationFindings(path string, err error) Findings {
	var problems config.Errors
	if !errors.As(err, &problems) {
		problems = config.Errors{{File: path, Text: err.Error()}}
	}
	found := make(Findings, len(problems))
	for i, problem := range problems {
		found[i] = Finding{Problem: problem}
	}
	return found
}
