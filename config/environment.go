package config

import (
	"fmt"
	"regexp"
)

var (
	// reference is an escaped ${, or ${…}, finished or not.
	reference    = regexp.MustCompile(`\$\$\{|\$\{[^}]*\}?`)
	variableName = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)
)

// expand replaces every ${NAME} in text by that variable, and $${ by ${. What
// a variable holds is not looked at again. replaced tells whether any variable
// was put in.
func (d *decoder) expand(text string) (expanded string, replaced bool, err error) {
	if d.env == nil {
		return text, false, nil
	}
	expanded = reference.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$${" {
			return "${"
		}
		name := variableName.FindStringSubmatch(found)
		if name == nil {
			err = fmt.Errorf("%q is not ${NAME}; $${ stands for a plain ${", found)
			return found
		}
		value, set := d.env(name[1])
		if !set {
			err = fmt.Errorf("environment variable %s is not set", name[1])
		}
		replaced = true
		return value
	})
	return expanded, replaced, err
}
