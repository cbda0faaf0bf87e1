package migrate

import "strings"

// log keeps VP's form and events. Payloads, which VP logs by default, are off:
// they hold patient data.
func (t *translation) log(n *node) {
	const key, target = "vp.logging.style", "log.format"
	format := "legacy"
	switch style := t.get(key); {
	case strings.EqualFold(style, "ecs"):
		format = "ecs"
	case !strings.EqualFold(style, "legacy"):
		t.changed(key, target, "neither ECS nor LEGACY: legacy")
	}
	n.set("format", format)
	t.kept(key, target)
	n.set("events", "vp", "As in VP, up to five lines a call. call writes one when a call ends, with the same facts.")
	n.set("compat_types", "strings", "As in VP, every value is a string. json writes numbers and lists as such.")
	n.set("payload", "off", "VP logs messages, and the patient data in them, unless its loggers are turned down. This does not.")
	t.report.add(Item{
		Outcome: Changed, Key: "log4j2.xml: loggers req.in, req.out, resp.in, resp.out", Origin: "VP's default",
		Target: "log.payload", Reason: "off: at their default level DEBUG they write whole messages, patient data included",
	})
}
