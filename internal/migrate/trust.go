package migrate

import (
	"regexp"
	"strings"
)

func (t *translation) trust(n *node) {
	t.proxies(n)
	const clientIP = "http.forwarded.header.xfor"
	t.carry(n, "client_ip_header", clientIP, asText, t.differs(clientIP, n.path("client_ip_header"),
		"of several addresses in it every one must be trusted for an internal call; VP looks at how the text begins"))
	t.carry(n, "certificate_header", "http.forwarded.header.auth_cert", asText)
	t.senderAttribute(n)
	t.originalConsumer(n.section("original_consumer"))
	t.routingHistory(n)
}

func (t *translation) originalConsumer(n *node) {
	t.carryList(n, "allowed_senders", "sender.id.allowed.list")
	t.carry(n, "enforce", "throw.vp013.when.originalconsumer.not.allowed", asBool)
}

// routingHistory: VP compares with exactly true.
func (t *translation) routingHistory(n *node) {
	const key, target = "vp.use.routing.history", "trust.routing_history"
	if !t.written(key) {
		return
	}
	if t.get(key) == "true" {
		n.set("routing_history", "true", t.changed(key, target, "kept and checked on the https listener too"))
		return
	}
	n.set("routing_history", "false")
	t.kept(key, target)
}

// proxies translates the white list.
func (t *translation) proxies(n *node) {
	const key, target = "ip.whitelist", "trust.proxies"
	value := strings.TrimRight(t.get(key), ", \t")
	if value == "" {
		n.set("proxies", "[]", t.changed(key, target, "empty: nobody may use the plain listener, as in VP, whose documentation says everybody"))
		return
	}
	var networks, notes []string
	for _, entry := range strings.Split(value, ",") {
		network, note := translatePrefix(strings.TrimSpace(entry))
		if network.IsValid() {
			networks = append(networks, network.String())
		}
		switch {
		case strings.TrimSpace(entry) == "":
			notes = append(notes, t.unsafe(key, target, note))
		case note != "":
			notes = append(notes, t.changed(key, target, note))
		}
	}
	n.list("proxies", networks, notes...)
	t.kept(key, target)
}

// subjectPattern is the form of every pattern that picks one attribute:
// NAME=([^,]+), with several names as (?:A|B).
var subjectPattern = regexp.MustCompile(`^(?:\(\?i\))?(?:\(\?:([^()]+)\)|([^()|=]+))=\(\[\^,\]\+\)$`)

// subjectAttributes are the names that Java gives attributes of a subject.
var subjectAttributes = map[string]string{
	"2.5.4.5": "serialNumber", "SERIALNUMBER": "serialNumber", "OID.2.5.4.5": "serialNumber",
	"2.5.4.3": "CN", "CN": "CN", "2.5.4.11": "OU", "OU": "OU", "2.5.4.10": "O", "O": "O", "2.5.4.6": "C", "C": "C",
}

var dottedOID = regexp.MustCompile(`^[0-2](\.(0|[1-9][0-9]*))+$`)

// attributeOf is the attribute that a pattern of VP picks; empty if it does not
// pick exactly one.
func attributeOf(pattern string) string {
	match := subjectPattern.FindStringSubmatch(strings.TrimSpace(pattern))
	if match == nil {
		return ""
	}
	attribute := ""
	for _, name := range strings.Split(match[1]+match[2], "|") {
		name = strings.ToUpper(strings.ReplaceAll(name, `\.`, "."))
		known := subjectAttributes[name]
		if oid := strings.TrimPrefix(name, "OID."); known == "" && dottedOID.MatchString(oid) {
			known = oid
		}
		if known == "" || attribute != "" && known != attribute {
			return ""
		}
		attribute = known
	}
	return attribute
}

func (t *translation) senderAttribute(n *node) {
	const key, target = "certificate.senderid.subject.pattern", "trust.sender_attribute"
	if !t.written(key) {
		return
	}
	attribute := attributeOf(t.get(key))
	if attribute == "" {
		n.set("sender_attribute", "serialNumber",
			t.unsafe(key, target, "VP's regular expression does not pick one attribute: decide which one holds the sender's id"))
		return
	}
	n.set("sender_attribute", text(attribute))
	t.changed(key, target, "the attribute "+attribute+" is read from the certificate itself, not out of its text; a subject that has it twice is refused")
}
