package migrate

import (
	"errors"
	"strconv"
	"time"

	"rivgate/config"
)

func (t *translation) virtualisations(n *node) {
	t.keepAlive(n.section("default"))
	t.carry(n, "timeout_default_name", "timeout.json.file.default.tjanstekontrakt.name", asText)
	file, ok := t.carryFile(n, "timeout_file", "timeout.json.file")
	if ok && t.present(file) {
		t.timeouts(file)
	}
}

// timeouts reads the timeout file as serve will.
func (t *translation) timeouts(file string) {
	const key, target = "timeout.json.file", "virtualisations.timeout_file"
	timeouts, err := config.LoadTimeouts(t.local(file), t.get("timeout.json.file.default.tjanstekontrakt.name"))
	var problems config.Errors
	if errors.As(err, &problems) {
		for _, problem := range problems {
			t.tell(Unread, key, target, problem.String())
		}
		return
	}
	t.changed(key, target, "producertimeout counts, as in VP; routetimeout was never used and is not used here")
	if timeouts.Default == nil {
		t.changed(key, target, "has no default row: contracts that it does not name go by virtualisations.default, 29s as in VP")
	}
}

// keepAlive joins what VP sets for http and https: where either closes
// connections, both do.
func (t *translation) keepAlive(n *node) {
	const target = "virtualisations.default.keep_alive"
	keys := []string{"producer.http.keepAlive", "producer.https.keepAlive", "producer.http.disconnect", "producer.https.disconnect"}
	var closing []string
	for i, key := range keys {
		value, known := isTrue(t.get(key))
		switch {
		case !known:
			t.tell(Unread, key, target, "neither true nor false")
		case value == (i >= 2):
			closing = append(closing, key)
		default:
			t.kept(key, target)
		}
	}
	if len(closing) == 0 {
		return
	}
	n.set("keep_alive", "false", "Holds for http and https, and closes the caller's connection too; virtualisations.overrides sets it for single contracts.")
	for _, key := range closing {
		t.changed(key, target, "false holds for http and https producers alike, and for the caller's connection too; virtualisations.overrides sets it for single contracts")
	}
}

func (t *translation) producers(n *node) {
	t.connectTimeout(n)
	t.retry(n.section("retry"))
	t.carry(n.section("propagate_correlation_id"), "https", "propagate.correlation.id.for.https", asBool)
	t.carry(n, "user_agent", "vp.header.user.agent", asText)
	t.outgoingTLS(n.section("tls"))
}

// connectTimeout joins what VP sets for http and https: the longer one holds.
func (t *translation) connectTimeout(n *node) {
	const target = "producers.connect_timeout"
	var longest time.Duration
	keys := []string{"producer.http.connect.timeout", "producer.https.connect.timeout"}
	set, values := false, map[string]time.Duration{}
	for _, key := range keys {
		d, err := milliseconds(t.get(key))
		if err == nil && d == 0 {
			err = errors.New("0 is no limit in VP; here every wait has an end")
		}
		if err != nil {
			t.tell(Unread, key, target, err.Error())
			continue
		}
		set = set || t.written(key)
		values[key], longest = d, max(longest, d)
	}
	if !set || longest == 0 {
		return
	}
	var notes []string
	for _, key := range keys {
		if d, ok := values[key]; ok && d < longest {
			notes = append(notes, t.changed(key, target, "one setting for http and https: the longer one, "+duration(longest)))
		}
		t.kept(key, target)
	}
	n.set("connect_timeout", duration(longest), notes...)
}

// endlessRetries is what becomes of VP's "for ever".
const endlessRetries = 10

func (t *translation) retry(n *node) {
	const key, target = "vp.producer.retry.attempts", "producers.retry.attempts"
	const meaning = "only connects that are refused or time out are tried again; VP sent requests again after any socket error, also one that may have arrived"
	if t.written(key) {
		attempts, err := strconv.ParseInt(t.get(key), 10, 32)
		switch {
		case err != nil:
			t.tell(Unread, key, target, "not a number")
		case attempts < 0:
			n.set("attempts", strconv.Itoa(endlessRetries), t.changed(key, target, "negative is for ever in VP; here every call has an end"))
		default:
			n.set("attempts", strconv.FormatInt(attempts, 10), t.changed(key, target, meaning))
		}
	}
	t.carry(n, "delay", "vp.producer.retry.delay", asDuration)
}
