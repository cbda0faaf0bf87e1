package migrate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var overrideKey = regexp.MustCompile(`^vp\.tls\.overrides\.(\d{1,4})\.`)

// overrideIndexes are the indexes in use, in order.
func (t *translation) overrideIndexes() []int {
	var indexes []int
	for name := range t.in.given {
		if match := overrideKey.FindStringSubmatch(name); match != nil {
			if i, err := strconv.Atoi(match[1]); err == nil && !slices.Contains(indexes, i) {
				indexes = append(indexes, i)
			}
		}
	}
	slices.Sort(indexes)
	return indexes
}

// override writes one override. Those that can never match in VP are left out,
// so that they do not begin to.
func (t *translation) override(n *node, i int, base clientTLS, names map[string]bool) {
	prefix := fmt.Sprintf("vp.tls.overrides[%d]", i)
	const target = "producers.tls.overrides[]"
	name, host, suffix := t.get(prefix+".name"), t.get(prefix+".match.domain-name"), t.get(prefix+".match.domain-suffix")
	switch {
	case name == "":
		t.ignored(i, "without a name: VP ignores it")
		return
	case host == "" && suffix == "":
		t.ignored(i, "names no domain: it never matches in VP, even with a port, and is left out")
		return
	case strings.Contains(host+suffix, ":"):
		t.ignored(i, "IPv6 addresses never match in VP: left out")
		return
	}
	if names[name] {
		t.changed(prefix+".name", target, "two overrides have this name: VP does not start with them")
	}
	names[name] = true
	item := n.item(name)
	item.set("match", t.match(prefix, host, suffix))
	c := t.tlsConfig(prefix, target)
	writeTLS(item, c, base)
}

// match is the mapping that picks the producers of an override.
func (t *translation) match(prefix, host, suffix string) string {
	const target = "producers.tls.overrides[].match"
	var parts []string
	if host != "" {
		parts = append(parts, "host: "+text(host))
		t.kept(prefix+".match.domain-name", target+".host")
		t.dropped(prefix+".match.domain-suffix", "VP ignores it beside domain-name")
	} else {
		parts = append(parts, "suffix: "+text(suffix))
		t.kept(prefix+".match.domain-suffix", target+".suffix")
	}
	if port := t.get(prefix + ".match.port"); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			t.tell(Unread, prefix+".match.port", target+".port", "not a port")
		} else {
			parts = append(parts, "port: "+port)
			t.kept(prefix+".match.port", target+".port")
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// ignored tells of an override that is left out, at each of its keys.
func (t *translation) ignored(i int, reason string) {
	for _, name := range t.in.under(fmt.Sprintf("vp.tls.overrides[%d]", i)) {
		t.tell(Dropped, t.in.given[name].name, "", reason)
	}
}
