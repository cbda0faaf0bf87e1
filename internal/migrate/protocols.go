package migrate

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// tlsRange are the lowest and highest version of TLS, in the configuration's words.
type tlsRange struct{ low, high string }

// defaultRange is rivgate's, and that of VP's Java.
var defaultRange = tlsRange{"1.2", "1.3"}

// javaVersions are Java's names, in the configuration's words and crypto/tls's.
var javaVersions = map[string]struct {
	word   string
	number uint16
}{
	"tlsv1": {"1.0", tls.VersionTLS10}, "tlsv1.0": {"1.0", tls.VersionTLS10}, "tlsv1.1": {"1.1", tls.VersionTLS11},
	"tlsv1.2": {"1.2", tls.VersionTLS12}, "tlsv1.3": {"1.3", tls.VersionTLS13},
}

var versionNumbers = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

// protocols translates the list at includeKey without that at excludeKey; no
// list is Java's default. Where nothing is given rivgate's default holds.
func (t *translation) protocols(includeKey, excludeKey, target string) tlsRange {
	include, exclude := t.list(includeKey), []string(nil)
	if excludeKey != "" {
		exclude = t.list(excludeKey)
	}
	if !t.in.isGiven(includeKey) && len(include) > 0 {
		t.changed(includeKey, target, "VP's default ends at TLS 1.2; here it is TLS 1.2 and 1.3")
		return defaultRange
	}
	if len(include) == 0 {
		include = []string{"TLSv1.3", "TLSv1.2"}
	}
	excluded := func(name string) bool {
		return slices.ContainsFunc(exclude, func(other string) bool { return strings.EqualFold(name, other) })
	}
	versions, notes := rangeOf(slices.DeleteFunc(include, excluded))
	key := includeKey
	if !t.isListGiven(includeKey) && excludeKey != "" && t.isListGiven(excludeKey) {
		key = excludeKey
	}
	for _, note := range notes {
		t.changed(key, target, note)
	}
	if versions.low < "1.2" {
		t.unsafe(key, target, "TLS below 1.2 is broken and not to be used (RFC 8996)")
	}
	t.keptList(includeKey, target)
	if excludeKey != "" {
		t.keptList(excludeKey, target)
	}
	return versions
}

// isListGiven tells whether key is set, as one value or item by item.
func (t *translation) isListGiven(key string) bool {
	return t.in.isGiven(key) || t.in.isGiven(key+"[0]")
}

func (t *translation) keptList(key, target string) {
	if !t.in.isGiven(key) && t.in.isGiven(key+"[0]") {
		t.report.add(Item{Outcome: Kept, Key: key, Origin: t.in.origin(key + "[0]"), Target: target})
		t.tell(Kept, key+"[0]", target, "")
		return
	}
	t.kept(key, target)
}

// rangeOf is the range that Java's names span. Versions below 1.2 are left out
// if there are better ones.
func rangeOf(names []string) (versions tlsRange, notes []string) {
	var good, old []string
	for _, name := range names {
		switch version, known := javaVersions[strings.ToLower(name)]; {
		case !known:
			notes = append(notes, name+" is not supported")
		case version.number < tls.VersionTLS12:
			old = append(old, version.word)
		default:
			good = append(good, version.word)
		}
	}
	switch {
	case len(good) > 0 && len(old) > 0:
		notes = append(notes, "TLS "+strings.Join(old, " and ")+" left out: broken (RFC 8996), and turned off in VP's Java too")
		fallthrough
	case len(good) > 0:
		return tlsRange{slices.Min(good), slices.Max(good)}, notes
	case len(old) > 0:
		return tlsRange{slices.Min(old), slices.Max(old)}, notes
	}
	return defaultRange, append(notes, "no version remains, with which VP does not start: TLS 1.2 and 1.3")
}

// suites translates lists of cipher suites, whose names stay. versions is
// narrowed to TLS 1.3 where none of them could be used below.
func (t *translation) suites(includeKey, excludeKey, target string, versions *tlsRange) []string {
	names := slices.DeleteFunc(t.list(includeKey), func(name string) bool { return name == "*" })
	if excludeKey != "" {
		names = t.withoutSuites(names, excludeKey, target)
	}
	if len(names) == 0 {
		t.keptList(includeKey, target)
		return nil
	}
	unknown := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return suiteNamed(name) != nil })
	if len(unknown) > 0 {
		t.changed(includeKey, target, fmt.Sprintf("%d of %d are not supported and have no effect: %s", len(unknown), len(names), strings.Join(unknown, ", ")))
	}
	if slices.ContainsFunc(names, isTLS13Suite) {
		t.changed(includeKey, target, "the suites of TLS 1.3 cannot be chosen: all are on where TLS 1.3 is")
	}
	if versions.low == "1.3" && len(unknown) < len(names) || usable(names, *versions) {
		t.keptList(includeKey, target)
		return names
	}
	if versions.high == "1.3" && len(unknown) < len(names) {
		versions.low = "1.3"
		t.changed(includeKey, target, "none can be used below TLS 1.3: min_version is 1.3")
		return names
	}
	t.unsafe(includeKey, target, "none of them is supported: the list is left out, and producers that know no others cannot be reached")
	return nil
}

// withoutSuites takes the excluded names out; out of rivgate's own list where
// there is none to take them from.
func (t *translation) withoutSuites(names []string, excludeKey, target string) []string {
	exclude := t.list(excludeKey)
	if len(exclude) == 0 {
		return names
	}
	if len(names) == 0 {
		for _, suite := range tls.CipherSuites() {
			if !isTLS13Suite(suite.Name) {
				names = append(names, suite.Name)
			}
		}
	}
	if slices.ContainsFunc(exclude, isTLS13Suite) {
		t.changed(excludeKey, target, "the suites of TLS 1.3 cannot be excluded one by one")
	}
	t.keptList(excludeKey, target)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(exclude, name) })
}

func suiteNamed(name string) *tls.CipherSuite {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if suite.Name == name {
			return suite
		}
	}
	return nil
}

func isTLS13Suite(name string) bool {
	suite := suiteNamed(name)
	return suite != nil && slices.Equal(suite.SupportedVersions, []uint16{tls.VersionTLS13})
}

// usable tells whether one of the suites can be used below TLS 1.3 within versions.
func usable(names []string, versions tlsRange) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		suite := suiteNamed(name)
		return suite != nil && slices.ContainsFunc(suite.SupportedVersions, func(v uint16) bool {
			return v != tls.VersionTLS13 && v >= versionNumbers[versions.low] && v <= versionNumbers[versions.high]
		})
	})
}
