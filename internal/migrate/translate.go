package migrate

import (
	"fmt"
	"slices"
	"strings"
)

// translation turns settings into a configuration. Its methods, one for each
// section, say what becomes of the keys they use while they write.
type translation struct {
	in     *settings
	report *Report
	told   map[string]bool // folded names of the keys the report has something on
	files  []File          // beside the configuration
	stores map[string]material

	dir    string // VP's working folder
	outDir string // the configuration's folder
	base   string // what the names of files beside it begin with
	taken  []string
}

func newTranslation(in *settings, dir, outDir, base string) *translation {
	return &translation{
		in: in, dir: dir, outDir: outDir, base: base,
		report: &Report{Items: slices.Clone(in.items)},
		told:   map[string]bool{},
		stores: map[string]material{},
	}
}

// document writes the sections in the order of docs/config.md.
func (t *translation) document() *node {
	root := &node{notes: []string{
		"Imported from VP's configuration. A comment stands where a setting means something else than in VP.",
		"What is missing or unsafe is told by: rivgate check --config FILE",
	}}
	t.instance(root.section("instance"))
	t.listeners(root.section("listeners"))
	t.admin(root.section("admin"))
	t.trust(root.section("trust"))
	t.catalogue(root.section("tak"))
	t.hsa(root.section("hsa"))
	t.vgve(root.section("vg_ve"))
	t.virtualisations(root.section("virtualisations"))
	t.producers(root.section("producers"))
	t.headers(root.section("headers"))
	t.limits(root.section("limits"))
	t.wsdl(root.section("wsdl"))
	t.log(root.section("log"))
	return root
}

func (t *translation) instance(n *node) {
	const id = "vp.instance.id"
	var notes []string
	if _, explicit := t.in.given[fold(id)]; !explicit {
		notes = append(notes, t.changed(id, n.path("id"), "a default: every gateway of a chain needs an id of its own"))
	}
	t.carry(n, "id", id, asText, notes...)
	t.carry(n, "name", "vp.instance.name", asText)
}

func (t *translation) limits(n *node) {
	t.carry(n, "max_body", "vp.max.receive.length", asSize,
		t.changed("vp.max.receive.length", "limits.max_body", "bounds requests alone; answers are streamed and may be of any size"))
}

// get is the value of key. A value whose placeholders cannot be replaced is
// told and taken for not given.
func (t *translation) get(key string) string {
	value, err := t.in.value(key)
	if err != nil {
		t.tell(Unread, key, "", err.Error())
		known, _ := keyNamed(key)
		value, err = t.in.replace(known.jar, 0)
		if err != nil {
			return ""
		}
	}
	return strings.TrimSpace(value)
}

func (t *translation) list(key string) []string {
	items, err := t.in.list(key)
	if err != nil {
		t.tell(Unread, key, "", err.Error())
		return nil
	}
	return items
}

// carry writes the value of key as n's key name, unless VP's default holds and
// is rivgate's default too. A value that form refuses is told and left out.
func (t *translation) carry(n *node, name, key string, form func(string) (string, error), notes ...string) {
	if !t.written(key) {
		return
	}
	yaml, err := form(t.get(key))
	if err != nil {
		t.tell(Unread, key, n.path(name), err.Error())
		return
	}
	n.set(name, yaml, notes...)
	t.kept(key, n.path(name))
}

// carryList is carry for a list.
func (t *translation) carryList(n *node, name, key string) {
	if t.written(key) {
		n.list(name, t.list(key))
		t.kept(key, n.path(name))
	}
}

// written tells whether key needs a line in the result.
func (t *translation) written(key string) bool {
	known, _ := keyNamed(key)
	return t.in.isGiven(key) || !known.same
}

// tell adds to the report and returns the reason, for a comment.
func (t *translation) tell(outcome Outcome, key, target, reason string) string {
	t.told[fold(key)] = true
	for i := 0; ; i++ { // the items of a list share its fate
		item := fmt.Sprintf("%s[%d]", key, i)
		if _, given := t.in.given[fold(item)]; !given {
			break
		}
		t.told[fold(item)] = true
	}
	t.report.add(Item{Outcome: outcome, Key: key, Origin: t.in.origin(key), Target: target, Reason: reason})
	return reason
}

// kept tells that a setting means what it did. VP's defaults that stay as they
// are need no line.
func (t *translation) kept(key, target string) {
	if t.in.isGiven(key) && !t.hasItem(key, target) {
		t.tell(Kept, key, target, "")
	}
}

// hasItem tells whether more is said of key and target already.
func (t *translation) hasItem(key, target string) bool {
	return slices.ContainsFunc(t.report.Items, func(i Item) bool { return i.Key == key && i.Target == target })
}

func (t *translation) changed(key, target, reason string) string {
	return t.tell(Changed, key, target, reason)
}

// differs is changed for a setting that was given, and nothing for VP's defaults.
func (t *translation) differs(key, target, reason string) string {
	if !t.in.isGiven(key) {
		return ""
	}
	return t.changed(key, target, reason)
}

func (t *translation) unsafe(key, target, reason string) string {
	return t.tell(Unsafe, key, target, reason)
}

// dropped tells that a given setting has no counterpart; VP's defaults without
// one need no line.
func (t *translation) dropped(key, reason string) {
	if t.in.isGiven(key) {
		t.tell(Dropped, key, "", reason)
	}
}

// leftovers tells of the settings that no section had a use for.
func (t *translation) leftovers() {
	var foreign []string
	for _, name := range t.in.under("") {
		if t.told[name] {
			continue
		}
		given := t.in.given[name]
		switch known, ok := keyNamed(given.name); {
		case ok && known.fate == live:
			t.tell(Dropped, known.name, "", "of no effect together with the other settings")
		case ok:
			t.tell(Dropped, known.name, "", known.why)
		case familyOf(name) != "":
			t.tell(Dropped, given.name, "", familyOf(name))
		case given.variable && !strings.HasPrefix(name, "vp.") && !strings.HasPrefix(name, "tp.tls."):
			foreign = append(foreign, given.name)
		default:
			t.tell(Dropped, given.name, "", "not a key of VP: read by nothing")
		}
	}
	if len(foreign) > 0 {
		t.report.add(Item{
			Outcome: Dropped, Key: "other environment variables", Origin: "environment",
			Reason: "not VP's: " + strings.Join(foreign, ", "),
		})
	}
}

// familyOf says why a key of a family that nothing used is of no use; empty for
// a name of no family.
func familyOf(folded string) string {
	for _, family := range families {
		if family.names.MatchString(folded) {
			return family.why
		}
	}
	return ""
}
