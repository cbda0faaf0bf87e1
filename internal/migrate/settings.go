package migrate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// setting is one value and where it came from.
type setting struct {
	name     string // as written
	value    string
	origin   string
	variable bool // from a file of environment variables, most of which are nobody's business
}

// settings are everything VP was told. Names are compared as Spring compares
// them: case, dashes, and the difference between dots, brackets and underscores
// do not matter.
type settings struct {
	given map[string]setting // by folded name
	chart bool               // Helm values were among the files: the chart's defaults hold
	paths *strings.Replacer
	items []Item // of values that are read and come to nothing here
}

func newSettings() *settings {
	return &settings{given: map[string]setting{}, paths: strings.NewReplacer()}
}

// separators end the elements of a name. Between the words of one element
// nothing, a dash and a capital are the same; variables may have an underscore.
var (
	separators = strings.NewReplacer("_", ".", "[", ".", "]", "", "-", "")
	elements   = strings.NewReplacer("default.config", "defaultconfig", "domain.name", "domainname", "domain.suffix", "domainsuffix",
		"protocols.include", "protocolsinclude", "protocols.exclude", "protocolsexclude",
		"cipher.suites.include", "ciphersuitesinclude", "cipher.suites.exclude", "ciphersuitesexclude",
		"private.key.password", "privatekeypassword", "private.key", "privatekey")
)

// fold makes vp.tls.overrides[0].match.domain-name and
// VP_TLS_OVERRIDES_0_MATCH_DOMAINNAME the same.
func fold(name string) string { return elements.Replace(separators.Replace(strings.ToLower(name))) }

func (s *settings) set(file string, p property, variable bool) {
	s.given[fold(p.name)] = setting{p.name, p.value, fmt.Sprintf("%s:%d", filepath.Base(file), p.line), variable}
}

// find is the setting of key: given, or the chart's default.
func (s *settings) find(key string) (setting, bool) {
	if found, ok := s.given[fold(key)]; ok {
		return found, true
	}
	if known, ok := keyNamed(key); ok && s.chart && known.chart != "" {
		return setting{name: key, value: s.paths.Replace(known.chart), origin: "the chart's default"}, true
	}
	return setting{}, false
}

// isGiven tells whether key is set by somebody, if only by the chart.
func (s *settings) isGiven(key string) bool {
	_, given := s.find(key)
	return given
}

// origin is where the value of key comes from.
func (s *settings) origin(key string) string {
	if found, given := s.find(key); given {
		return found.origin
	}
	return "VP's default"
}

// value is what VP goes by for key: what was given, else VP's default, with
// its placeholders replaced. A placeholder that nothing answers is an error.
func (s *settings) value(key string) (string, error) { return s.resolved(key, 0) }

// maxNesting ends placeholders that name each other.
const maxNesting = 10

func (s *settings) resolved(key string, depth int) (string, error) {
	if found, given := s.find(key); given {
		return s.replace(found.value, depth)
	}
	if known, ok := keyNamed(key); ok {
		return s.replace(known.jar, depth)
	}
	return "", nil
}

// replace puts values in place of ${name} and ${name:default}.
func (s *settings) replace(text string, depth int) (string, error) {
	if depth > maxNesting {
		return "", fmt.Errorf("placeholders name each other")
	}
	before, rest, found := strings.Cut(text, "${")
	if !found {
		return text, nil
	}
	inner, after, closed := cutPlaceholder(rest)
	if !closed {
		return text, nil
	}
	value, err := s.placeholder(inner, depth)
	if err != nil {
		return "", err
	}
	after, err = s.replace(after, depth)
	return before + value + after, err
}

func (s *settings) placeholder(inner string, depth int) (string, error) {
	name, fallback, hasFallback := strings.Cut(inner, ":")
	if known, ok := keyNamed(name); s.isGiven(name) || ok && known.jar != "" {
		return s.resolved(name, depth+1)
	}
	if hasFallback {
		return s.replace(fallback, depth+1)
	}
	return "", fmt.Errorf("its placeholder ${%s} is set by none of the files", name)
}

// cutPlaceholder ends at the brace that closes the one before text.
func cutPlaceholder(text string) (inner, after string, closed bool) {
	open := 1
	for i, r := range text {
		switch {
		case r == '}':
			open--
		case r == '{' && i > 0 && text[i-1] == '$':
			open++
		}
		if open == 0 {
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

// list is the value of key as a list: its items by index, or else one value
// parted at commas. Items are trimmed, empty ones left out, as Spring does.
func (s *settings) list(key string) ([]string, error) {
	var items []string
	for i := 0; s.isGiven(key + "[" + strconv.Itoa(i) + "]"); i++ {
		value, err := s.value(key + "[" + strconv.Itoa(i) + "]")
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	if len(items) == 0 {
		value, err := s.value(key)
		if err != nil {
			return nil, err
		}
		items = strings.Split(value, ",")
	}
	return slices.DeleteFunc(trimmed(items), func(item string) bool { return item == "" }), nil
}

func trimmed(items []string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = strings.TrimSpace(item)
	}
	return all
}

// under lists the folded names that lie below prefix, sorted; all of them below "".
func (s *settings) under(prefix string) []string {
	var names []string
	for name := range s.given {
		if prefix == "" || strings.HasPrefix(name, fold(prefix)+".") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
