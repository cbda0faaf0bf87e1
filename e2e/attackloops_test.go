package e2e

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Whatever a caller writes into the history and the hop counter, a call that
// leads back ends, and one call never becomes many.
func TestAttackLoops(t *testing.T) {
	a := newAttacks(t, "Routing loops and amplification: histories that are forged, cut, joined or endless, hop counters that are forged, and routes that lead back")
	w := newIdentityWorld(t)
	for _, in := range w.ingresses(t) {
		w.histories(t, a, in)
		w.hops(t, a, in)
	}
	loopsThroughGateways(t, a)
}

// loop makes a call with header lines, which ends with the code, or is served
// and shows the producer the history or the hops wanted.
func (w *identityWorld) loop(t *testing.T, a *attacks, in ingress, name, lines, code, header, want string) {
	t.Helper()
	attempt := in.name + ", " + name
	f := forgery{lines: func(_, _ string) string { return lines }}
	got := in.line.ask(t, f.request(in, "", "", attacked(t, "HTTP21", "")))
	seen := w.plain.Take()
	if code != "" {
		if got.vpCode() != code || len(seen) != 0 {
			t.Errorf("%s: HTTP %d %s, %d calls, want %s", attempt, got.status, got.vpCode(), len(seen), code)
		}
		a.count(attempt, refused)
		return
	}
	if got.status != http.StatusOK || len(seen) != 1 {
		t.Fatalf("%s: HTTP %d %s, %d calls", attempt, got.status, got.vpCode(), len(seen))
	}
	if shown := strings.Join(seen[0].Header.Values(header), " and "); shown != want {
		t.Errorf("%s: the producer saw %.300q, want %.300q", attempt, shown, want)
	}
	a.count(attempt, harmless)
}

// histories that name this gateway are loops, wherever it stands in them and
// whatever is around it; others go on with its step.
func (w *identityWorld) histories(t *testing.T, a *attacks, in ingress) {
	t.Helper()
	const header = "X-Rivta-Routing-History"
	internal, stranger := in.name == "proxy with platform headers", in.name == "stranger"
	many := strings.TrimSuffix(strings.Repeat("SE0000000000-OTHER#", 1000), "#")
	lines := func(values ...string) string {
		return "x-rivta-routing-history: " + strings.Join(values, "\r\nx-rivta-routing-history: ") + "\r\n"
	}
	for name, values := range map[string][]string{
		"own id": {instanceID}, "own id first": {instanceID + "#A"}, "own id last": {"A#" + instanceID}, "own id in spaces": {"A# " + instanceID + "\t#B"}, "own id between separators": {"##" + instanceID + "##"},
		"own id in a list": {"A," + instanceID + ",B"}, "own id in the second line": {"A", instanceID}, "own id in the first of three lines": {instanceID, "A", "B"}, "own id folded": {"A#\r\n " + instanceID},
		"own id behind 1,000": {many + "#" + instanceID}, "own id before 1,000": {instanceID + "#" + many}, "own id twice": {instanceID + "#" + instanceID},
	} {
		code, want := "VP014", ""
		switch {
		case stranger:
			code = "VP011"
		case internal: // its hops are counted instead
			code, want = "", strings.ReplaceAll(strings.Join(values, "#"), "\r\n", "")
		}
		w.loop(t, a, in, "history with "+name, lines(values...), code, header, want)
	}
	for name, values := range map[string][]string{
		"1,000 others": {many}, "separators alone": {"####"}, "own id cut": {"A#" + instanceID[:len(instanceID)-1]}, "own id and more": {"A#" + instanceID + "X"}, "own id in another case": {strings.ToLower(instanceID)},
		"100 lines": slices.Repeat([]string{"B"}, 100), "own id encoded": {"%53" + instanceID[1:]}, "own id quoted": {`"` + instanceID + `"`}, "own id behind a semicolon": {"A;" + instanceID},
	} {
		code, want := "", strings.Join(values, "#")+"#"+instanceID
		switch {
		case stranger:
			code = "VP011"
		case internal:
			want = strings.Join(values, "#")
		}
		w.loop(t, a, in, "history with "+name, lines(values...), code, header, want)
	}
	empty := consumerID + "#" + instanceID
	code := ""
	if internal {
		empty = ""
	}
	if stranger {
		code = "VP011"
	}
	w.loop(t, a, in, "empty history", lines(""), code, header, empty)
	w.loop(t, a, in, "own id in the history's other spelling", "x_rivta_routing_history: "+instanceID+"\r\n", code, header, empty)
}

// hops count where platform headers count, and only upwards to eight.
func (w *identityWorld) hops(t *testing.T, a *attacks, in ingress) {
	t.Helper()
	for _, value := range []string{"0", "1", "7", "8", "9", "99", "65535", "65536", "18446744073709551616", "-1", "+1", "00", "08", "0x1", "1e0", "1.0", " ", "x", "1,1", "1 1", "٣"} {
		code, want := "", "1"
		switch {
		case in.name == "stranger":
			code = "VP011"
		case in.name != "proxy with platform headers":
		default:
			n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 16)
			code, want = "VP014", ""
			if err == nil && n <= 8 {
				code, want = "", strconv.FormatUint(n+1, 10)
			}
		}
		w.loop(t, a, in, "hops "+strconv.Quote(value), "x-vp-hops: "+value+"\r\n", code, "X-Vp-Hops", want)
	}
}

// loopsThroughGateways: routes that lead back end, also when the caller wrote
// the history and the counter that should end them.
func loopsThroughGateways(t *testing.T, a *attacks) {
	t.Helper()
	c := newChain(t)
	for name, lines := range map[string]string{
		"nothing forged": "", "a history without own ids": "x-rivta-routing-history: A\r\n", "an empty history": "x-rivta-routing-history:\r\n", "negative hops": "x-vp-hops: -99\r\n",
		"history in other spellings": "x_rivta_routing_history: \r\nx.rivta.routing.history: \r\n", "history named by Connection": "Connection: x-rivta-routing-history, x-vp-hops\r\nx-rivta-routing-history: A\r\n",
	} {
		one, two := newLink(t, c.ca, "SE0000000000-A"), newLink(t, c.ca, "SE0000000000-B")
		one.routes(t, two.secureURL(), consumerID, two.id)
		two.routes(t, one.secureURL(), one.id)
		wantLoop(t, a, c, one, "over TLS through another gateway, "+name, lines, 2)
		one.routes(t, one.plainURL(), consumerID)
		wantLoop(t, a, c, one, "through the own plain listener, "+name, lines, 10)
	}
}

// wantLoop makes a call that leads back, and counts the calls it becomes at the
// gateway.
func wantLoop(t *testing.T, a *attacks, c *chain, at *link, attempt, lines string, most int) {
	t.Helper()
	logged := func() int { return len(at.log.lines(`"event.action":"call"`)) }
	before := logged()
	w := &world{ca: c.ca, consumer: c.consumer, gate: at.gateway}
	body := attacked(t, "RECEIVER", "")
	got := w.lineOverTLS(t, c.consumer).ask(t, requestHead(lines+"Content-Length: "+strconv.Itoa(len(body))+"\r\n")+body)
	if got.vpCode() != "VP014" {
		t.Errorf("%s: HTTP %d %s", attempt, got.status, got.body)
	}
	eventually(t, "the log lines of "+attempt, func() bool { return logged() >= before+most })
	if n := logged() - before; n != most {
		t.Errorf("%s: %d calls, want %d", attempt, n, most)
	}
	a.count(attempt, refused)
}
